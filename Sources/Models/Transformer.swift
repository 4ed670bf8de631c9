// A decoder of the Llama family: embedding, layers of attention and feed-forward, norm, head.
//
// A batch is cut into passes of at most 512 rows; a pass takes rows of several sequences, each
// with its own cache. Cutting changes no bit, since every row's sums depend on its own sequence
// only. All checks come before the first pass: a batch runs whole or not at all.

import Compute
import Tensors
import Tokens

/// One layer: attention and feed-forward, each after a norm and each added to the residual stream.
struct TransformerLayer {
  let attentionNorm: DeviceTensor
  let attention: GroupedAttention
  let feedForwardNorm: DeviceTensor
  let feedForward: FeedForward
}

/// A loaded decoder whose layers hold grouped attention and a feed-forward block.
package final class Transformer: Model {
  /// The greatest number of rows of one pass.
  static let passRows = 512
  /// The greatest number of rows whose full logits are computed together.
  static let headRows = 16

  /// The sizes of the model.
  package let configuration: ModelConfiguration
  private let backend: any Backend
  private let embedding: Weight
  private let layers: [TransformerLayer]
  private let outputNorm: DeviceTensor
  private let head: Weight
  private let rotary: RotaryEmbedding

  private var space: WorkSpace
  /// Normalized hidden states, one tensor per pass of the last batch.
  private var kept: [DeviceTensor] = []
  /// Where each kept row lies.
  private var keptRows: [(tensor: Int, row: Int)] = []
  private var headInput: DeviceTensor
  private var headOutput: DeviceTensor

  /// Puts a model together from its bound parts.
  init(
    _ configuration: ModelConfiguration, backend: any Backend, embedding: Weight,
    layers: [TransformerLayer], outputNorm: DeviceTensor, head: Weight, rotary: RotaryEmbedding
  ) throws(ModelError) {
    self.configuration = configuration
    self.backend = backend
    self.embedding = embedding
    self.layers = layers
    self.outputNorm = outputNorm
    self.head = head
    self.rotary = rotary
    space = try compute { () throws(ComputeError) in
      try WorkSpace(rows: 16, for: configuration, backend: backend)
    }
    headInput = try Self.tensor(1, configuration.hiddenSize, on: backend)
    headOutput = try Self.tensor(1, configuration.vocabularyCount, on: backend)
  }

  package var vocabularyCount: Int { configuration.vocabularyCount }
  package var contextLength: Int { configuration.contextLength }

  package var cacheBytesPerPosition: Int {
    2 * configuration.layerCount * configuration.keyValueHeadCount * configuration.headSize
      * backend.precision.cacheType.blockBytes
  }

  package func makeCache(capacity: Int) throws(ModelError) -> any SequenceCache {
    guard capacity <= contextLength else {
      throw .contextTooLong(limit: contextLength, asked: capacity)
    }
    return try KeyValueCache(
      backend: backend,
      shape: KeyValueShape(
        layers: configuration.layerCount, heads: configuration.keyValueHeadCount,
        keySize: configuration.headSize, valueSize: configuration.headSize),
      capacity: capacity)
  }

  private static func tensor(
    _ rows: Int, _ columns: Int, on backend: any Backend
  ) throws(ModelError) -> DeviceTensor {
    try compute { () throws(ComputeError) in
      try backend.makeTensor(rows: rows, columns: columns)
    }
  }
}

// MARK: - Forward

extension Transformer {
  package func forward(_ batch: [SequenceInput]) throws(ModelError) -> Int {
    let passes = try plan(batch)
    try makeRoom(for: passes)
    keptRows.removeAll(keepingCapacity: true)
    for (index, pass) in passes.enumerated() { run(pass, index: index) }
    return keptRows.count
  }

  /// Some rows of a batch that go through the layers together.
  private struct Pass {
    var tokens: [Int] = []
    var parts: [(cache: KeyValueCache, count: Int)] = []
    /// The rows whose hidden states are kept.
    var keep: [Int] = []
  }

  /// Checks a batch and cuts it into passes.
  private func plan(_ batch: [SequenceInput]) throws(ModelError) -> [Pass] {
    var passes: [Pass] = []
    var current = Pass()
    var seen: Set<ObjectIdentifier> = []
    for input in batch {
      guard let cache = input.cache as? KeyValueCache else {
        preconditionFailure("a sequence's cache was made by its model")
      }
      precondition(!input.tokens.isEmpty, "a sequence adds at least one token")
      precondition(seen.insert(ObjectIdentifier(cache)).inserted, "a cache takes part once")
      guard input.tokens.count <= cache.capacity - cache.position else {
        throw .cacheFull(capacity: cache.capacity, needed: cache.position + input.tokens.count)
      }
      for token in input.tokens where !(0..<vocabularyCount).contains(token.index) {
        throw .unknownToken(id: token.index, vocabulary: vocabularyCount)
      }
      var next = 0
      while next < input.tokens.count {
        let count = min(Self.passRows - current.tokens.count, input.tokens.count - next)
        let firstRow = current.tokens.count
        current.tokens += input.tokens[next..<next + count].map(\.index)
        current.parts.append((cache, count))
        next += count
        switch input.keep {
        case .none: break
        case .last: if next == input.tokens.count { current.keep.append(firstRow + count - 1) }
        case .all: current.keep += firstRow..<firstRow + count
        }
        if current.tokens.count == Self.passRows {
          passes.append(current)
          current = Pass()
        }
      }
    }
    if !current.tokens.isEmpty { passes.append(current) }
    return passes
  }

  /// Takes the memory that passes need and earlier ones did not.
  private func makeRoom(for passes: [Pass]) throws(ModelError) {
    let rows = passes.map(\.tokens.count).max() ?? 0
    if rows > space.rows {
      let room = rows > 64 ? Self.passRows : 64
      space = try compute { () throws(ComputeError) in
        try WorkSpace(rows: room, for: configuration, backend: backend)
      }
    }
    for (index, pass) in passes.enumerated() {
      let needed = max(pass.keep.count, 1)
      if index == kept.count {
        kept.append(try Self.tensor(needed, configuration.hiddenSize, on: backend))
      } else if kept[index].rows < needed {
        kept[index] = try Self.tensor(needed, configuration.hiddenSize, on: backend)
      }
    }
  }

  /// Runs one pass through all layers and keeps the rows that were asked for.
  private func run(_ batch: Pass, index: Int) {
    var sequences: [SequenceRows] = []
    var firstRow = 0
    for part in batch.parts {
      sequences.append(
        SequenceRows(
          store: part.cache.store, firstRow: firstRow, count: part.count,
          position: part.cache.position))
      part.cache.advance(by: part.count)
      firstRow += part.count
    }
    let pass = ForwardPass(rows: batch.tokens.count, sequences: sequences)
    let epsilon = configuration.normEpsilon

    backend.embed(batch.tokens, from: embedding, into: space.residual)
    rotary.prepare(pass, space, on: backend)
    for (number, layer) in layers.enumerated() {
      // Attention; the block before it left its output to be added.
      if number == 0 {
        backend.normalize(
          space.residual, rows: pass.rows, weight: layer.attentionNorm, epsilon: epsilon,
          into: space.normalized)
      } else {
        backend.addThenNormalize(
          space.output, rows: pass.rows, to: space.residual, weight: layer.attentionNorm,
          epsilon: epsilon, into: space.normalized)
      }
      layer.attention.run(pass, layer: number, space, rotary: rotary, on: backend)

      // Feed-forward
      backend.addThenNormalize(
        space.output, rows: pass.rows, to: space.residual, weight: layer.feedForwardNorm,
        epsilon: epsilon, into: space.normalized)
      layer.feedForward.run(pass, space, on: backend)
    }
    if !batch.keep.isEmpty {
      backend.add(space.output, rows: pass.rows, to: space.residual)
      backend.copyRows(batch.keep, of: space.residual, into: kept[index])
      backend.normalize(
        kept[index], rows: batch.keep.count, weight: outputNorm, epsilon: epsilon,
        into: kept[index])
      for row in batch.keep.indices { keptRows.append((index, row)) }
    }
  }
}

// MARK: - Logits

extension Transformer {
  package func logits(
    rows: [Int], requests: [LogitsRequest]
  ) throws(ModelError) -> [Logits] {
    precondition(rows.count == requests.count, "every row has one request")
    var results = [Logits](repeating: .all([]), count: rows.count)
    var whole: [Int] = []
    for (index, request) in requests.enumerated() {
      precondition(keptRows.indices.contains(rows[index]), "only kept rows have logits")
      switch request {
      case .all: whole.append(index)
      case .only(let ids): results[index] = try some(ids, row: rows[index])
      }
    }
    for start in stride(from: 0, to: whole.count, by: Self.headRows) {
      let group = whole[start..<min(start + Self.headRows, whole.count)]
      try all(Array(group), of: rows, into: &results)
    }
    return results
  }

  /// Computes the logits of some tokens for one row.
  private func some(_ ids: [TokenID], row: Int) throws(ModelError) -> Logits {
    for id in ids where !(0..<vocabularyCount).contains(id.index) {
      throw .unknownToken(id: id.index, vocabulary: vocabularyCount)
    }
    let place = keptRows[row]
    var values = [Float](repeating: 0, count: ids.count)
    backend.multiply(
      row: place.row, of: kept[place.tensor], byRows: ids.map(\.rawValue), of: head,
      into: &values)
    return .only(ids: ids, values: values)
  }

  /// Computes all logits for a group of rows, reading the head once.
  ///
  /// - Parameters:
  ///   - group: Which of `rows` and of `results`.
  private func all(
    _ group: [Int], of rows: [Int], into results: inout [Logits]
  ) throws(ModelError) {
    if headInput.rows < group.count {
      headInput = try Self.tensor(Self.headRows, configuration.hiddenSize, on: backend)
      headOutput = try Self.tensor(Self.headRows, vocabularyCount, on: backend)
    }
    // Rows of one tensor are gathered together; a batch of several passes has several tensors.
    var done = 0
    while done < group.count {
      let tensor = keptRows[rows[group[done]]].tensor
      let run = group[done...].prefix { keptRows[rows[$0]].tensor == tensor }
      backend.copyRows(
        run.map { keptRows[rows[$0]].row }, of: kept[tensor], into: headInput)
      backend.multiply(
        headInput, rows: run.count, by: Projection(weight: head, output: headOutput))
      for (row, index) in run.enumerated() {
        var values = [Float](repeating: 0, count: vocabularyCount)
        backend.read(headOutput, rows: row..<row + 1, into: &values)
        results[index] = .all(values)
      }
      done += run.count
    }
  }
}
