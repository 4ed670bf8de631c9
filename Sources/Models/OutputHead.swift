// The end of a model: hidden states that are kept, their norm, and the logits of rows asked for.

import Compute
import Tokens

/// The final norm and the output head, with the rows that the last batch kept.
final class OutputHead {
  /// The greatest number of rows whose full logits are computed together.
  static let groupRows = 16
  /// The greatest number of tokens of a row that shares a product with other rows.
  static let sharedIDs = 512

  /// The number of tokens.
  var vocabularyCount: Int { weight.rows }
  private let weight: Weight
  private let norm: DeviceTensor
  private let epsilon: Float
  private let backend: any Backend

  /// Normalized hidden states, one tensor per pass of the last batch.
  private var kept: [DeviceTensor] = []
  /// Where each kept row lies.
  private var keptRows: [(tensor: Int, row: Int)] = []
  private var input: DeviceTensor
  private var output: DeviceTensor

  /// Creates a head.
  init(
    _ weight: Weight, norm: DeviceTensor, epsilon: Float, backend: any Backend
  ) throws(ModelError) {
    self.weight = weight
    self.norm = norm
    self.epsilon = epsilon
    self.backend = backend
    input = try Self.tensor(1, weight.columns, on: backend)
    output = try Self.tensor(1, weight.rows, on: backend)
  }

  private static func tensor(
    _ rows: Int, _ columns: Int, on backend: any Backend
  ) throws(ModelError) -> DeviceTensor {
    try compute { () throws(ComputeError) in
      try backend.makeTensor(rows: rows, columns: columns)
    }
  }

  /// Forgets kept rows and makes room for those of the next batch.
  ///
  /// - Parameter counts: The rows that each pass keeps.
  func begin(keeping counts: [Int]) throws(ModelError) {
    keptRows.removeAll(keepingCapacity: true)
    for (index, count) in counts.enumerated() {
      if index == kept.count { kept.append(try Self.tensor(1, weight.columns, on: backend)) }
      if kept[index].rows < count {
        kept[index] = try Self.tensor(count, weight.columns, on: backend)
      }
    }
  }

  /// Keeps rows of a pass and normalizes them.
  func keep(_ rows: [Int], of states: DeviceTensor, pass: Int) {
    guard !rows.isEmpty else { return }
    backend.copyRows(rows, of: states, into: kept[pass])
    backend.normalize(
      kept[pass], rows: rows.count, weight: norm, epsilon: epsilon, into: kept[pass])
    for row in rows.indices { keptRows.append((pass, row)) }
  }

  /// The number of rows kept so far.
  var keptCount: Int { keptRows.count }

  /// Returns a kept row after its norm.
  func normalized(_ row: Int) -> [Float] {
    var values: [Float] = []
    let place = keptRows[row]
    backend.read(kept[place.tensor], rows: place.row..<place.row + 1, into: &values)
    return values
  }
}

// MARK: - Logits

extension OutputHead {
  /// Computes what `Model.logits` promises.
  func logits(rows: [Int], requests: [LogitsRequest]) throws(ModelError) -> [Logits] {
    precondition(rows.count == requests.count, "every row has one request")
    var results = [Logits](repeating: .all([]), count: rows.count)
    var whole: [Int] = []
    var few: [(index: Int, ids: [TokenID])] = []
    for (index, request) in requests.enumerated() {
      precondition(keptRows.indices.contains(rows[index]), "only kept rows have logits")
      switch request {
      case .all: whole.append(index)
      case .only(let ids):
        for id in ids where !(0..<vocabularyCount).contains(id.index) {
          throw .unknownToken(id: id.index, vocabulary: vocabularyCount)
        }
        if ids.count <= Self.sharedIDs {
          few.append((index, ids))
        } else {
          results[index] = some(ids, row: rows[index])
        }
      }
    }
    for start in stride(from: 0, to: few.count, by: Self.groupRows) {
      try shared(few[start..<min(start + Self.groupRows, few.count)], of: rows, into: &results)
    }
    for start in stride(from: 0, to: whole.count, by: Self.groupRows) {
      let group = whole[start..<min(start + Self.groupRows, whole.count)]
      try all(Array(group), of: rows, into: &results)
    }
    return results
  }

  /// Computes the logits of some tokens for one row.
  private func some(_ ids: [TokenID], row: Int) -> Logits {
    let place = keptRows[row]
    var values = [Float](repeating: 0, count: ids.count)
    backend.multiply(
      row: place.row, of: kept[place.tensor], byRows: ids.map(\.rawValue), of: weight,
      into: &values)
    return .only(ids: ids, values: values)
  }

  /// Computes the logits of a few tokens each for a group of rows, in one product of all of them.
  private func shared(
    _ group: ArraySlice<(index: Int, ids: [TokenID])>, of rows: [Int],
    into results: inout [Logits]
  ) throws(ModelError) {
    var rest = group
    while let first = rest.first {
      let tensor = keptRows[rows[first.index]].tensor
      let run = rest.prefix { keptRows[rows[$0.index]].tensor == tensor }
      rest = rest.dropFirst(run.count)
      if run.count == 1 {
        results[first.index] = some(first.ids, row: rows[first.index])
        continue
      }
      try makeRoom(run.count)
      backend.copyRows(
        run.map { keptRows[rows[$0.index]].row }, of: kept[tensor], into: input)
      let union = Set(run.flatMap(\.ids)).sorted()
      var values: [Float] = []
      backend.multiply(
        input, rows: run.count, byRows: union.map(\.rawValue), of: weight, into: &values)
      for (row, each) in run.enumerated() {
        var own: [Float] = []
        own.reserveCapacity(each.ids.count)
        var place = row * union.count
        for id in each.ids {
          // Both lists ascend.
          while union[place - row * union.count] != id { place += 1 }
          own.append(values[place])
        }
        results[each.index] = .only(ids: each.ids, values: own)
      }
    }
  }

  /// Takes the memory for full logits of a group where it was not needed so far.
  private func makeRoom(_ rows: Int) throws(ModelError) {
    guard input.rows < rows else { return }
    input = try Self.tensor(Self.groupRows, weight.columns, on: backend)
    output = try Self.tensor(Self.groupRows, vocabularyCount, on: backend)
  }

  /// Computes all logits for a group of rows, reading the head once.
  ///
  /// - Parameters:
  ///   - group: Which of `rows` and of `results`.
  private func all(
    _ group: [Int], of rows: [Int], into results: inout [Logits]
  ) throws(ModelError) {
    try makeRoom(group.count)
    // Rows of one tensor are gathered together; a batch of several passes has several tensors.
    var done = 0
    while done < group.count {
      let tensor = keptRows[rows[group[done]]].tensor
      let run = group[done...].prefix { keptRows[rows[$0]].tensor == tensor }
      backend.copyRows(run.map { keptRows[rows[$0]].row }, of: kept[tensor], into: input)
      backend.multiply(input, rows: run.count, by: Projection(weight: weight, output: output))
      for (row, index) in run.enumerated() {
        var values: [Float] = []
        backend.read(output, rows: row..<row + 1, into: &values)
        results[index] = .all(values)
      }
      done += run.count
    }
  }

  /// Computes all logits after one hidden state that was not kept.
  func logits(after states: DeviceTensor, norm other: DeviceTensor) throws(ModelError) -> [Float] {
    backend.copyRows([0], of: states, into: input)
    backend.normalize(input, rows: 1, weight: other, epsilon: epsilon, into: input)
    backend.multiply(input, rows: 1, by: Projection(weight: weight, output: output))
    var values: [Float] = []
    backend.read(output, rows: 0..<1, into: &values)
    return values
  }
}
