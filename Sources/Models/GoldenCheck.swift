// Whether a model gives the logits of a reference implementation, and the same bits in every way of
// asking: as one prefill, in odd chunks, token by token, among other sequences, after rewinds and
// forks, and for some tokens only.

package import Tokens

/// What a reference implementation says about one sequence.
package struct GoldenCase: Sendable {
  /// The greatest logits after one token.
  package struct Position: Sendable {
    /// The token's position.
    package var position: Int
    /// The tokens with the greatest logits, best first.
    package var ids: [TokenID]
    /// Their logits.
    package var values: [Float]

    /// Creates the expectation of one position.
    package init(position: Int, ids: [TokenID], values: [Float]) {
      self.position = position
      self.ids = ids
      self.values = values
    }
  }

  /// The case's name.
  package var name: String
  /// The sequence.
  package var tokens: [TokenID]
  /// Expectations at some positions.
  package var positions: [Position]
  /// All logits after the last token.
  package var lastLogits: [Float]
  /// The tokens that greedy decoding appends.
  package var greedy: [TokenID]
  /// The draft head's logits of the last token behind those before it, nil if there are none.
  package var draftLogits: [Float]?

  /// Creates a case.
  package init(
    name: String, tokens: [TokenID], positions: [Position], lastLogits: [Float],
    greedy: [TokenID], draftLogits: [Float]? = nil
  ) {
    self.name = name
    self.tokens = tokens
    self.positions = positions
    self.lastLogits = lastLogits
    self.greedy = greedy
    self.draftLogits = draftLogits
  }
}

/// The outcome of one way of running one case.
package struct GoldenResult: Sendable {
  /// The case's name.
  package var caseName: String
  /// How the case was run.
  package var way: String
  /// Whether it agreed.
  package var passed: Bool
  /// What was compared and how far it was off.
  package var detail: String
}

/// Runs golden cases in all ways.
package struct GoldenCheck {
  /// How far a correct engine in 32 bits may be off; the reference itself is within 4e-5 of 64 bits.
  package static let tolerance: Float = 2e-4
  /// How far every cache can go back.
  package static let rewindLimit = 64

  private let model: any Model
  private let comparesValues: Bool

  /// Prepares the check of a model.
  ///
  /// - Parameter comparesValues: Whether logits and greedy tokens are compared with the
  ///   reference's, as exact precision on unrounded weights should have them; otherwise only the
  ///   ways are compared with each other.
  package init(_ model: any Model, comparesValues: Bool) {
    self.model = model
    self.comparesValues = comparesValues
  }

  /// Runs one case.
  ///
  /// - Parameter rewinds: How many tokens to take back, each once.
  package func run(
    _ golden: GoldenCase, rewinds: [Int] = Array(1...rewindLimit)
  ) throws(ModelError) -> [GoldenResult] {
    var results: [GoldenResult] = []
    func add(_ way: String, _ problem: String?, _ detail: String) {
      results.append(
        GoldenResult(
          caseName: golden.name, way: way, passed: problem == nil, detail: problem ?? detail))
    }

    // One prefill is the measure of all other ways; the continuation makes room for rewinds.
    let sequence = golden.tokens + golden.greedy
    let measure = try rows(of: sequence, chunks: [sequence.count])
    if comparesValues {
      let (difference, place) = furthest(measure, golden)
      let detail = "furthest logit is off by \(difference) at \(place)"
      add("one prefill", difference < Self.tolerance ? nil : detail, detail)
      let greedy = try greedyTokens(golden)
      let equal = zip(greedy, golden.greedy).prefix { $0 == $1 }.count
      let counted = "\(equal) of \(golden.greedy.count) greedy tokens equal"
      add("greedy", equal == golden.greedy.count ? nil : counted, counted)
      if let drafting = model as? any DraftingModel, drafting.hasDraftHead,
        let expected = golden.draftLogits, golden.tokens.count > 1
      {
        let found = try draft(golden.tokens, drafting)
        let worst = zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity
        let detail = "furthest logit of the draft is off by \(worst)"
        add("draft head", worst < Self.tolerance ? nil : detail, detail)
      }
    }
    for (way, chunks) in [
      ("chunks of 5, 16, 17", [5, 16, 17]), ("chunks of 3, 1", [3, 1]), ("token by token", [1]),
    ] {
      let found = try rows(of: sequence, chunks: chunks)
      add(way, firstDifference(measure, found), "\(found.count) rows, all bits equal")
    }
    let batched = try rowsInBatch(of: sequence)
    add(
      "in a batch of 4", firstDifference(measure, batched), "\(batched.count) rows, all bits equal")
    add("rewinds", try rewound(sequence, measure, rewinds), "all bits equal after each")
    add("fork", try forked(sequence, measure), "both continue with equal bits")
    add("some tokens only", try someTokens(sequence, measure), "all bits equal")
    return results
  }
}

// MARK: - Ways

extension GoldenCheck {
  /// Returns the logits after each token, feeding chunks of the given sizes in turn.
  private func rows(of tokens: [TokenID], chunks: [Int]) throws(ModelError) -> [[Float]] {
    let cache = try model.makeCache(capacity: tokens.count)
    var rows: [[Float]] = []
    var turn = 0
    while rows.count < tokens.count {
      let end = min(rows.count + chunks[turn % chunks.count], tokens.count)
      rows += try feed(Array(tokens[rows.count..<end]), to: cache)
      turn += 1
    }
    return rows
  }

  /// Adds tokens to a cache and returns the logits after each.
  private func feed(
    _ tokens: [TokenID], to cache: any SequenceCache
  ) throws(ModelError) -> [[Float]] {
    let count = try model.forward([SequenceInput(tokens: tokens, cache: cache, keep: .all)])
    return try logits(0..<count)
  }

  private func logits(_ rows: Range<Int>) throws(ModelError) -> [[Float]] {
    let logits = try model.logits(
      rows: Array(rows), requests: [LogitsRequest](repeating: .all, count: rows.count))
    return logits.map { row in
      if case .all(let values) = row { values } else { [] }
    }
  }

  /// Returns the logits after each token while three other sequences share every batch.
  private func rowsInBatch(of tokens: [TokenID]) throws(ModelError) -> [[Float]] {
    let others = [Array(tokens.reversed()), Array(tokens.suffix(9)), Array(tokens.prefix(1))]
    let cache = try model.makeCache(capacity: tokens.count)
    var caches: [any SequenceCache] = []
    for other in others { caches.append(try model.makeCache(capacity: other.count)) }
    var rows: [[Float]] = []
    var turn = 0
    while rows.count < tokens.count {
      let end = min(rows.count + [7, 2, 13][turn % 3], tokens.count)
      var batch: [SequenceInput] = []
      var first = 0
      for (index, other) in others.enumerated() {
        if index == 1 {
          batch.append(
            SequenceInput(tokens: Array(tokens[rows.count..<end]), cache: cache, keep: .all))
        }
        let position = caches[index].position
        let count = min(index + turn % 4 + 1, other.count - position)
        guard count > 0 else { continue }
        if index == 0 { first = 1 }
        batch.append(
          SequenceInput(
            tokens: Array(other[position..<position + count]), cache: caches[index],
            keep: index == 0 ? .last : .none))
      }
      let needed = end - rows.count
      _ = try model.forward(batch)
      rows += try logits(first..<first + needed)
      turn += 1
    }
    return rows
  }

  /// Takes tokens back, goes astray, takes that back too, and repeats the tokens.
  private func rewound(
    _ tokens: [TokenID], _ measure: [[Float]], _ counts: [Int]
  ) throws(ModelError) -> String? {
    let cache = try model.makeCache(capacity: tokens.count)
    _ = try feed(tokens, to: cache)
    for count in counts where count < tokens.count {
      let start = tokens.count - count
      guard cache.rewind(to: start) else { return "cannot rewind by \(count)" }
      let astray = min(count, 3)
      _ = try feed(Array(tokens.reversed().prefix(astray)), to: cache)
      guard cache.rewind(to: start) else { return "cannot rewind by \(astray)" }
      let found = try feed(Array(tokens[start...]), to: cache)
      if let problem = firstDifference(Array(measure[start...]), found) {
        return "after a rewind by \(count): \(problem)"
      }
    }
    return nil
  }

  /// Splits a sequence in two in its middle and lets one go astray first.
  private func forked(
    _ tokens: [TokenID], _ measure: [[Float]]
  ) throws(ModelError) -> String? {
    let middle = tokens.count / 2
    guard middle > 0 else { return nil }
    let cache = try model.makeCache(capacity: tokens.count)
    _ = try feed(Array(tokens[..<middle]), to: cache)
    let copy = try cache.fork(capacity: tokens.count, borrows: true)
    _ = try feed(Array(tokens.prefix(1)), to: cache)
    guard cache.rewind(to: middle) else { return "cannot rewind by 1" }
    for one in [copy, cache] {
      let found = try feed(Array(tokens[middle...]), to: one)
      if let problem = firstDifference(Array(measure[middle...]), found) { return problem }
    }
    return nil
  }

  /// Returns the draft head's logits of the last token behind all others.
  private func draft(
    _ tokens: [TokenID], _ model: any DraftingModel
  ) throws(ModelError) -> [Float] {
    let cache = try model.makeDraftingCache(capacity: tokens.count)
    _ = try feed(Array(tokens.dropLast()), to: cache)
    return try model.draft(after: tokens[tokens.count - 1], in: cache)
  }

  /// Asks for every seventh token's logits, for rows in descending order.
  private func someTokens(
    _ tokens: [TokenID], _ measure: [[Float]]
  ) throws(ModelError) -> String? {
    let cache = try model.makeCache(capacity: tokens.count)
    let count = try model.forward([SequenceInput(tokens: tokens, cache: cache, keep: .all)])
    let rows = Array((0..<count).reversed())
    let ids = stride(from: 3, to: model.vocabularyCount, by: 7).map { TokenID($0) }
    let found = try model.logits(
      rows: rows, requests: [LogitsRequest](repeating: .only(ids), count: count))
    for (row, logits) in zip(rows, found) {
      guard case .only(_, let values) = logits else { return "row \(row) has all logits" }
      let expected = ids.map { measure[row][$0.index] }
      if let problem = firstDifference([expected], [values]) { return "row \(row): \(problem)" }
    }
    return nil
  }

  /// Continues a case greedily; equal logits go to the lowest id.
  private func greedyTokens(_ golden: GoldenCase) throws(ModelError) -> [TokenID] {
    let cache = try model.makeCache(capacity: golden.tokens.count + golden.greedy.count)
    var result: [TokenID] = []
    var next = golden.tokens
    while result.count < golden.greedy.count {
      let row = try feed(next, to: cache).last ?? []
      var best = 0
      for (id, value) in row.enumerated() where value > row[best] { best = id }
      result.append(TokenID(best))
      next = [TokenID(best)]
    }
    return result
  }
}

// MARK: - Comparing

extension GoldenCheck {
  /// Returns the greatest difference from the reference, and where it is.
  private func furthest(_ rows: [[Float]], _ golden: GoldenCase) -> (Float, String) {
    var worst: (Float, String) = (0, "no place")
    func note(_ found: Float, _ expected: Float, _ place: @autoclosure () -> String) {
      let difference = abs(found - expected)
      // NaN is further than anything.
      if !(difference <= worst.0) { worst = (difference.isNaN ? .infinity : difference, place()) }
    }
    for expected in golden.positions {
      for (id, value) in zip(expected.ids, expected.values) {
        note(
          rows[expected.position][id.index], value, "position \(expected.position), token \(id)")
      }
    }
    let last = golden.tokens.count - 1
    for (id, value) in golden.lastLogits.enumerated() {
      note(rows[last][id], value, "position \(last), token #\(id)")
    }
    return worst
  }

  /// Says where two runs first differ in a bit, nil if nowhere.
  private func firstDifference(_ measure: [[Float]], _ found: [[Float]]) -> String? {
    guard measure.count == found.count else { return "\(found.count) rows of \(measure.count)" }
    for (row, (expected, values)) in zip(measure, found).enumerated() {
      guard expected.count == values.count else { return "row \(row) has \(values.count) logits" }
      for (id, (a, b)) in zip(expected, values).enumerated() where a.bitPattern != b.bitPattern {
        return "row \(row), token #\(id): \(b) instead of \(a)"
      }
    }
    return nil
  }
}
