// Scores of labels on small models with real caches: forks, rewinds and batches must not show.

import Checkpoints
import Compute
import Foundation
import Inference
import Models
import Testing
import Tokenizers
import Tokens

@Suite struct LabelGoldenTests {
  static let fixtures = ["llama-tiny", "qwen3moe-tiny", "deepseek-v3-tiny", "deepseek-v4-tiny"]

  private static func model(_ fixture: String) throws -> any Model {
    let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
      .appending(path: "ModelsTests/Fixtures/\(fixture)").path()
    return try ModelRegistry.load(
      MappedCheckpoint.open(path), backend: CPUBackend(precision: .exact, threads: 2))
  }

  /// Labels of two to seven letters with many prefixes in common.
  private static func labels(_ count: Int) -> [String] {
    let letters = Array("ABCD")
    return (0..<count).map { number in
      var text = "ab"
      var rest = number
      repeat {
        text.append(letters[rest % 4])
        rest /= 4
      } while rest > 0
      return "\"\(text)\""
    }
  }

  private static func row(
    _ model: any Model, _ tokens: [TokenID]
  ) throws -> [Float] {
    let cache = try model.makeCache(capacity: tokens.count)
    _ = try model.forward([SequenceInput(tokens: tokens, cache: cache, keep: .last)])
    guard case .all(let values) = try model.logits(rows: [0], requests: [.all])[0] else {
      return []
    }
    return values
  }

  private static func probabilities(_ values: [Float]) -> [Double] {
    let greatest = Double(values.max() ?? 0)
    let terms = values.map { Elementary.exp(max(-700, Double($0) - greatest)) }
    let total = terms.reduce(0, +)
    return terms.map { $0 / total }
  }

  @Test(arguments: fixtures, [2, 26, 255])
  func oneWalkGivesWhatAWholeForwardOfEachPathGives(_ fixture: String, _ count: Int) throws {
    let model = try Self.model(fixture)
    let rig = try Rig()
    let tokenizer = rig.tokenizer
    let prompt = (0..<70).map { TokenID($0 * 37 % 200) }
    let question = try #require(
      LabelQuestion(
        Self.labels(count).map { Array($0.utf8) }, withheld: [],
        constraint: LabelConstraint(
          tokenizer.vocabulary, before: "", labels: Self.labels(count), after: ""),
        tokenizer: tokenizer))
    let cache = try model.makeCache(capacity: 80)
    let start = prompt + question.common
    _ = try model.forward([SequenceInput(tokens: start, cache: cache, keep: .last)])
    let root = try model.logits(rows: [0], requests: [.all])[0]
    let scores = try LabelScorer.score(
      question, root: root, cache: cache, model: model, rowLimit: 64)
    #expect(cache.position == start.count)
    var known: [[TokenID]: [Double]] = [:]
    func probabilities(after sequence: [TokenID]) throws -> [Double] {
      if let row = known[sequence] { return row }
      let row = Self.probabilities(try Self.row(model, sequence))
      known[sequence] = row
      return row
    }
    for (label, found) in zip(question.labels, scores.logProbabilities) {
      var sequence = start
      var expected = 1.0
      for token in label.path {
        expected *= try probabilities(after: sequence)[token.index]
        sequence.append(token)
      }
      let last = try probabilities(after: sequence)
      expected *= label.endings.reduce(0) { $0 + last[$1.index] }
      // Relative, so that improbable labels are compared as well.
      #expect(abs(Probability.of(logarithm: found) / expected - 1) < 1e-4)
    }
  }
}
