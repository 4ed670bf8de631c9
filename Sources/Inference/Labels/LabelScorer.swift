// The exact probabilities of labels: one walk of their token tree, a forward pass for each depth and a row for
// each node.

import Compute
package import Models
import Tokens

/// What a walk found.
package struct LabelScores: Sendable, Equatable {
  /// The natural logarithms of the labels' probabilities over the full vocabulary.
  package var logProbabilities: [Double]
}

/// The walk of a tree of labels.
package enum LabelScorer {
  /// The greatest number of labels that are scored together where memory has room for more.
  package static let usualRowLimit = 64

  /// Scores all labels of a question.
  ///
  /// - Parameters:
  ///   - root: All logits of the row after the common tokens.
  ///   - cache: The sequence up to that row; it is forked and stays as it is.
  ///   - rowLimit: The greatest number of sequences in a pass. It changes no result.
  package static func score(
    _ question: LabelQuestion, root: Logits, cache: any SequenceCache, model: any Model,
    rowLimit: Int
  ) throws(ModelError) -> LabelScores {
    var walk = Walk(question: question, model: model, rowLimit: max(1, rowLimit))
    guard case .all(let row) = root else {
      preconditionFailure("labels are scored over the full vocabulary")
    }
    walk.take(row, node: -1, logProbability: 0)
    try walk.expand(question.children[0], from: [-1: cache], ends: 0)
    return LabelScores(logProbabilities: walk.results)
  }

  /// The logits of a row as numbers, with the logarithm of the sum of their exponentials.
  private struct Row {
    let values: [Float]
    let total: Double

    /// - Parameter words: A bit for each logit.
    init(_ values: [Float], _ arithmetic: MaskedRow, words: [UInt64]) {
      self.values = values
      let greatest = arithmetic.greatest(values, words: words).reduce(-Float.infinity, max)
      guard greatest > -.infinity else {
        total = -.infinity
        return
      }
      let sums = arithmetic.sums(values, words: words, greatest: greatest, factor: 1)
      total = Double(greatest) + Elementary.log(sums.reduce(0) { $0 + Double($1) })
    }

    func logProbability(_ token: TokenID) -> Double {
      token.index < values.count ? LabelScorer.number(values[token.index]) - total : -.infinity
    }
  }

  /// Returns a logit as a finite number, as the sampler reads it.
  private static func number(_ value: Float) -> Double {
    if value.isFinite { return Double(value) }
    return Double(value == .infinity ? Float.greatestFiniteMagnitude : -.greatestFiniteMagnitude)
  }

  /// The exponent below which a term is left out: a million of them change the sum by less than 1e-9.
  private static let negligible = -35.0

  /// Returns the logarithm of a sum of exponentials; it is finite unless there is none.
  private static func logSum(of values: some Sequence<Double>, count: Int) -> Double {
    var all: [Double] = []
    all.reserveCapacity(count)
    var greatest = -Double.infinity
    for value in values {
      all.append(value)
      if value > greatest { greatest = value }
    }
    guard greatest > -.infinity else { return greatest }
    var sum = 0.0
    for value in all where value - greatest > negligible {
      sum += Elementary.exp(value - greatest)
    }
    return greatest + Elementary.log(sum)
  }

  private struct Walk {
    let question: LabelQuestion
    let model: any Model
    let rowLimit: Int
    let arithmetic = MaskedRow()
    /// A bit for each token.
    let words: [UInt64]
    var results: [Double]
    /// The logarithms of the probabilities of the paths to each node.
    var reached: [Double]
    /// The labels that end after each node, the root's first.
    let ending: [[Int]]

    init(question: LabelQuestion, model: any Model, rowLimit: Int) {
      self.question = question
      self.model = model
      self.rowLimit = rowLimit
      words = [UInt64](repeating: .max, count: (model.vocabularyCount + 63) / 64)
      results = [Double](repeating: -.infinity, count: question.labels.count)
      reached = [Double](repeating: -.infinity, count: question.nodes.count)
      var ending = [[Int]](repeating: [], count: question.nodes.count + 1)
      for (number, label) in question.labels.enumerated() { ending[label.node + 1].append(number) }
      self.ending = ending
    }

    /// Takes the logits after a node.
    mutating func take(_ values: [Float], node: Int, logProbability: Double) {
      let row = Row(values, arithmetic, words: words)
      for child in question.children[node + 1] {
        reached[child] = logProbability + row.logProbability(question.nodes[child].token)
      }
      for label in ending[node + 1] {
        let endings = question.labels[label].endings
        let sum = LabelScorer.logSum(
          of: endings.map { row.logProbability($0) }, count: endings.count)
        results[label] = logProbability + sum
      }
    }

    /// Runs nodes of one depth, and then what follows them.
    ///
    /// - Parameter parents: The caches up to the nodes before them; a parent's last child takes its cache over.
    mutating func expand(
      _ level: [Int], from parents: [Int: any SequenceCache], ends depth: Int
    ) throws(ModelError) {
      for start in stride(from: 0, to: level.count, by: rowLimit) {
        let group = Array(level[start..<min(start + rowLimit, level.count)])
        var caches: [Int: any SequenceCache] = [:]
        var inputs: [SequenceInput] = []
        for node in group {
          let parent = question.nodes[node].parent
          guard let before = parents[parent] else {
            preconditionFailure("a node comes after its parent")
          }
          var cache = before
          if parent < 0 || question.children[parent + 1].last != node {
            let left = question.depth - depth
            cache = try before.fork(capacity: before.position + left, borrows: true)
          }
          caches[node] = cache
          inputs.append(
            SequenceInput(tokens: [question.nodes[node].token], cache: cache, keep: .last))
        }
        _ = try model.forward(inputs)
        let rows = try model.logits(
          rows: Array(group.indices), requests: group.map { _ in .all })
        for (node, row) in zip(group, rows) {
          guard case .all(let values) = row else { continue }
          take(values, node: node, logProbability: reached[node])
        }
        let next = group.flatMap { question.children[$0 + 1] }
        if !next.isEmpty { try expand(next, from: caches, ends: depth + 1) }
      }
    }
  }
}
