// The scores of labels: whether they are those of a whole forward of every path, and what they cost.

import Compute
import Extraction
import Grammars
import Inference
import JSON
import Models
import Posix
import Tokenizers
import Tokens

/// Scores of labels on one model.
struct LabelBench {
  let engine: Engine
  let name: String
  let threads: Int

  private static let document = "The bug is in the house: a bill of 10, \"in the\" end."
  private static let tokenLimit = 200

  private struct NoAnswer: Error, CustomStringConvertible {
    let name: String
    var description: String { "\(name): no labels were scored" }
  }

  // MARK: - Against brute force

  /// Reports the greatest difference of each case from a whole forward of every path.
  func check() throws {
    let scheduler = BatchScheduler(engine, limits: BatchScheduler.Limits(sequences: 1))
    let compute = try scheduler.start()
    defer {
      scheduler.stop()
      compute.join()
    }
    let source = LocalAnswerSource(engine: engine, scheduler: scheduler)
    let trie = TokenTrie(engine.vocabulary)
    let quotes = QuoteTable(engine.vocabulary)
    for each in LabelCase.all {
      let schema = try SchemaLibrary().compiled(
        ExtractionSettings(schema: Array(each.schema.utf8)))
      let builder = PromptBuilder(
        instructions: "", schemaText: schema.generationText, examples: [])
      var request = AnswerRequest(
        turns: builder.turns(for: Self.document), sharedTurnCount: builder.sharedTurnCount,
        schema: schema, budget: .tokens(Self.tokenLimit), sampling: SamplingChoice(),
        labels: LabelPolicy(isOn: true, priors: [:]))
      var constraint: any TokenConstraint = try BoundGrammar(schema.grammar, trie: trie)
        .makeMatcher()
      if schema.hasQuotes {
        request.quotableText = Self.document
        constraint = QuotingConstraint(
          constraint, text: QuotableText(Self.document, table: quotes), table: quotes
        ) { schema.isQuote($0) }
      }
      let answer = try source.answer(request)
      if answer.labels.isEmpty, !each.name.hasSuffix("quoted or absent") {
        throw NoAnswer(name: each.name)
      }
      for scored in answer.labels {
        let oracle = try BruteForce(engine, answer, scored, constraint)
        try report([
          "bench": "labels", "part": "check", "model": .string(name), "case": .string(each.name),
          "pointer": .string(scored.pointer.description),
          "labels": .number(JSONNumber(scored.labels.count)),
          "difference": Self.number(oracle.difference(of: scored)),
          "mass_difference": Self.number(oracle.massDifference(of: scored)),
          "sum_difference": Self.number(abs(scored.probabilities.reduce(0, +) - 1)),
        ])
      }
    }
  }

  private static func number(_ value: Double) -> JSONValue {
    JSONNumber(literal: "\(value)").map { .number($0) } ?? .null
  }

  // MARK: - The cost

  /// Reports the time of a walk beside plain passes of as many rows.
  func time(depth: Int, repeats: Int) throws {
    let trie = TokenTrie(engine.vocabulary)
    for count in [2, 6, 26, 255] {
      let labels = LabelCase.names(count)
      let schema = try SchemaLibrary().compiled(
        ExtractionSettings(schema: Array(LabelCase.schema(of: labels).utf8)))
      let question = LabelQuestion(
        labels.map { JSONValue.string($0).bytes }, withheld: [],
        constraint: try BoundGrammar(schema.grammar, trie: trie).makeMatcher(),
        tokenizer: engine.tokenizer)
      guard let question else { throw NoAnswer(name: "\(count) names") }
      try time(question, depth: depth, repeats: repeats)
    }
  }

  private func time(_ question: LabelQuestion, depth: Int, repeats: Int) throws {
    let model = engine.model
    let clock = SystemClock()
    let cache = try model.makeCache(capacity: depth + question.common.count + 1)
    let prompt =
      (0..<depth).map { TokenID(100 + $0 * 37 % (model.vocabularyCount - 200)) } + question.common
    _ = try model.forward([SequenceInput(tokens: prompt, cache: cache, keep: .last)])
    let root = try model.logits(rows: [0], requests: [.all])[0]
    let widths = (1...max(1, question.depth)).map { depth in
      question.nodes.filter { $0.depth == depth }
    }
    var walks: [Int64] = []
    var plain: [Int64] = []
    for turn in 0...repeats {
      let start = clock.monotonicNanoseconds
      _ = try LabelScorer.score(
        question, root: root, cache: cache, model: model, rowLimit: LabelScorer.usualRowLimit)
      let walk = clock.monotonicNanoseconds - start
      var passes: Int64 = 0
      for level in widths where !level.isEmpty {
        let inputs = try level.map { node in
          SequenceInput(
            tokens: [node.token],
            cache: try cache.fork(capacity: cache.position + 1, borrows: false), keep: .last)
        }
        let start = clock.monotonicNanoseconds
        _ = try model.forward(inputs)
        _ = try model.logits(
          rows: Array(inputs.indices), requests: inputs.map { _ in .all })
        passes += clock.monotonicNanoseconds - start
      }
      // The first turn warms caches up.
      guard turn > 0 else { continue }
      walks.append(walk)
      plain.append(passes)
    }
    walks.sort()
    plain.sort()
    let (walk, passes) = (walks[walks.count / 2], max(1, plain[plain.count / 2]))
    try report([
      "bench": "labels", "part": "time", "model": .string(name),
      "threads": .number(JSONNumber(threads)), "depth": .number(JSONNumber(depth)),
      "labels": .number(JSONNumber(question.labels.count)),
      "passes": .number(JSONNumber(question.depth)),
      "rows": .number(JSONNumber(question.nodes.count)),
      "walk_us": .number(JSONNumber(Int(walk / 1000))),
      "plain_us": .number(JSONNumber(Int(passes / 1000))),
      "ratio": Self.number(Double(walk * 1000 / passes) / 1000),
    ])
  }
}

/// Every token of every label by itself: one sequence a label, with nothing shared but what stands before.
private struct BruteForce {
  /// The probabilities of the labels behind what they share, not normalized.
  private var truth: [Double] = []

  init(
    _ engine: Engine, _ answer: Answer, _ scored: ScoredLabels, _ start: any TokenConstraint
  ) throws {
    var text = JSONPathTracker()
    text.take(answer.bytes)
    text.end()
    let range = text.values.first { $0.pointer == scored.pointer }?.range ?? 0..<0
    // What stands before the question; its last bytes may be in one token with the first of some labels.
    let vocabulary = engine.vocabulary
    let kept = Array(answer.tokens.prefix(scored.tokenStart))
    let end = vocabulary.text(of: kept).count
    let withheld = Array(answer.bytes[end..<range.lowerBound])
    var constraint = start
    for token in kept { _ = constraint.accept(token) }
    let isRoot = answer.bytes.count == range.count
    let following = isRoot ? [] : Array(answer.bytes[range.upperBound...].prefix(1))
    let paths = scored.labels.map { label in
      Self.path(withheld, label, following, engine.tokenizer)
    }
    var shared = 0
    while paths.allSatisfy({ $0.count > shared && $0[shared] == paths[0][shared] }) { shared += 1 }
    let before = answer.promptTokens + kept
    let longest = paths.reduce(0) { max($0, $1.count) }
    let cache = try engine.model.makeCache(capacity: before.count + longest + 1)
    let first = try Self.rows(engine.model, before, in: cache, keep: .last)
    for (label, path) in zip(scored.labels, paths) {
      var state = constraint
      for token in path { _ = state.accept(token) }
      var mask = TokenMask(count: vocabulary.count)
      state.fillMask(&mask, remaining: Int.max)
      let spelled = vocabulary.text(of: path)
      let rest = Array((withheld + label).dropFirst(spelled.count))
      let own = try cache.fork(capacity: before.count + path.count + 1, borrows: false)
      let rows =
        path.isEmpty ? first : try first + Self.rows(engine.model, path, in: own, keep: .all)
      var probability = 1.0
      for (place, token) in path.enumerated() where place >= shared {
        probability *= rows[place][token.index]
      }
      let isText = label.first == UInt8(ascii: "\"")
      truth.append(
        probability
          * mask.allowed.reduce(0.0) { sum, token in
            if vocabulary.endOfText.contains(token) {
              return !isText && rest.isEmpty ? sum + rows[path.count][token.index] : sum
            }
            let bytes = Array(vocabulary.bytes(of: token))
            let terminates =
              isText
              ? bytes.count >= rest.count
              : bytes.count > rest.count && [0x2C, 0x7D, 0x5D, 0x0A].contains(bytes[rest.count])
            let isEnding = bytes.starts(with: rest) && terminates
            return isEnding ? sum + rows[path.count][token.index] : sum
          })
    }
  }

  /// The canonical tokens of a label up to the one that holds its terminator.
  private static func path(
    _ withheld: [UInt8], _ label: [UInt8], _ following: [UInt8], _ tokenizer: any Tokenizer
  ) -> [TokenID] {
    let isText = label.first == UInt8(ascii: "\"")
    let text = withheld + label + (isText ? [] : following)
    let end = withheld.count + label.count - (isText ? 1 : 0)
    var path: [TokenID] = []
    var count = 0
    for token in tokenizer.encode(text).tokens {
      count += tokenizer.vocabulary.bytes(of: token).count
      if count > end { break }
      path.append(token)
    }
    return path
  }

  /// The probabilities after some tokens more.
  private static func rows(
    _ model: any Model, _ tokens: [TokenID], in cache: any SequenceCache, keep: KeptRows
  ) throws -> [[Double]] {
    let count = try model.forward([SequenceInput(tokens: tokens, cache: cache, keep: keep)])
    let requests = [LogitsRequest](repeating: .all, count: count)
    return try model.logits(rows: Array(0..<count), requests: requests).map {
      guard case .all(let values) = $0 else { return [] }
      let greatest = Double(values.max() ?? 0)
      let terms = values.map { Elementary.exp(max(-700, Double($0) - greatest)) }
      let total = terms.reduce(0, +)
      return terms.map { $0 / total }
    }
  }

  /// The greatest difference of a normalized probability.
  func difference(of scored: ScoredLabels) -> Double {
    let total = truth.reduce(0, +)
    return zip(scored.probabilities, truth).reduce(0) { max($0, abs($1.0 - $1.1 / total)) }
  }

  /// The difference of the sum before it is normalized.
  func massDifference(of scored: ScoredLabels) -> Double {
    abs(scored.mass - truth.reduce(0, +))
  }
}
