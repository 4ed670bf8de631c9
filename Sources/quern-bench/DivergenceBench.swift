// How far fast precision is from exact on a text: the mean divergence of the next token's distribution, how
// often the most probable token is the same, and both perplexities.
//
// The text is cut into pieces of 512 tokens, each read from an empty cache; the tokens of a piece's second
// half are judged, each after all before it. llama-perplexity does the same, so that its figure on the
// same file can stand beside these.

import Compute
import Inference
import JSON
import Models
import Tokenizers
import Tokens

/// Two engines of one checkpoint, in fast and in exact precision, over one text.
struct DivergenceBench {
  let fast: Engine
  let exact: Engine
  let name: String
  let text: [UInt8]
  /// The number of tokens to judge, at least.
  let tokens: Int

  private static let pieceTokens = 512
  /// The rows whose whole logits are held at once.
  private static let rows = 16

  private struct Sums {
    var judged = 0
    var agreeing = 0
    var divergence = 0.0
    var fastLoss = 0.0
    var exactLoss = 0.0
  }

  private struct TooShort: Error, CustomStringConvertible {
    var description: String { "the text is shorter than 512 tokens" }
  }

  /// Measures and reports.
  func run() throws {
    let ids = fast.tokenizer.encode(text).tokens
    var sums = Sums()
    var start = 0
    while sums.judged < tokens, start + Self.pieceTokens <= ids.count {
      var piece = Array(ids[start..<start + Self.pieceTokens])
      if let begin = fast.tokenizer.beginOfText { piece[0] = begin }
      try judge(piece, &sums)
      start += Self.pieceTokens
    }
    guard sums.judged > 0 else { throw TooShort() }
    let count = Double(sums.judged)
    try report([
      "bench": "divergence", "model": .string(name), "tokens": .number(JSONNumber(sums.judged)),
      "backends": [.string(fast.backendName), .string(exact.backendName)],
      "meanDivergence": Self.number(sums.divergence / count),
      "sameMostProbable": Self.number(Double(sums.agreeing) / count),
      "perplexityFast": Self.number(Elementary.exp(sums.fastLoss / count)),
      "perplexityExact": Self.number(Elementary.exp(sums.exactLoss / count)),
    ])
  }

  private static func number(_ value: Double) -> JSONValue {
    (try? JSONValue.parse("\((value * 1e6).rounded() / 1e6)")) ?? .null
  }

  private func judge(_ piece: [TokenID], _ sums: inout Sums) throws {
    let first = piece.count / 2
    let judged = Array(first..<piece.count - 1)
    for model in [fast.model, exact.model] {
      let cache = try model.makeCache(capacity: piece.count)
      _ = try model.forward([SequenceInput(tokens: piece, cache: cache, keep: .some(judged))])
    }
    for start in stride(from: 0, to: judged.count, by: Self.rows) {
      let rows = Array(start..<min(start + Self.rows, judged.count))
      let requests = [LogitsRequest](repeating: .all, count: rows.count)
      let pairs = zip(
        try fast.model.logits(rows: rows, requests: requests),
        try exact.model.logits(rows: rows, requests: requests))
      for (row, (a, b)) in zip(rows, pairs) {
        guard case .all(let a) = a, case .all(let b) = b else { continue }
        compare(a, b, next: piece[judged[row] + 1], &sums)
      }
    }
  }

  /// Adds the Kullback-Leibler divergence of the fast distribution from the exact one, in nats.
  private func compare(_ fast: [Float], _ exact: [Float], next: TokenID, _ sums: inout Sums) {
    let (a, b) = (Self.logTotal(fast), Self.logTotal(exact))
    var divergence = 0.0
    for (x, y) in zip(fast, exact) {
      let logProbability = Double(y) - b.log
      guard logProbability > -60 else { continue }
      divergence += Elementary.exp(logProbability) * (logProbability - (Double(x) - a.log))
    }
    sums.judged += 1
    sums.agreeing += a.best == b.best ? 1 : 0
    sums.divergence += divergence
    sums.fastLoss += a.log - Double(fast[next.index])
    sums.exactLoss += b.log - Double(exact[next.index])
  }

  /// The logarithm of the sum of exponentials, and the place of the greatest.
  private static func logTotal(_ logits: [Float]) -> (log: Double, best: Int) {
    var best = 0
    for place in logits.indices where logits[place] > logits[best] { best = place }
    let greatest = Double(logits[best])
    var total = 0.0
    for value in logits { total += Elementary.exp(max(Double(value) - greatest, -700)) }
    return (greatest + Elementary.log(total), best)
  }
}
