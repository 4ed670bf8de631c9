import Compute
import Inference
import JSON
import Models
import Posix
import Testing
import Tokenizers
import Tokens

@Suite struct LabelScorerTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let before: String
    let labels: [String]
    let after: String
    var testDescription: String { name }
  }

  /// Texts over four letters of which many share prefixes, some are prefixes of others, and some
  /// end in punctuation.
  private static func texts(_ count: Int) -> [String] {
    let letters = Array("abcx")
    return (0..<count).map { number in
      var text = ""
      var rest = number
      repeat {
        text.append(letters[rest % 4])
        rest /= 4
      } while rest > 0
      if number % 7 == 3 { text += "," }
      return "\"ab\(text)\""
    }
  }

  static let cases: [Case] = [
    Case(name: "two", before: #"{"x":"#, labels: texts(2), after: "}"),
    Case(name: "twenty-six", before: #"{"x":"#, labels: texts(26), after: #","y":"a"}"#),
    Case(name: "255", before: #"{"x":"#, labels: texts(255), after: "}"),
    Case(name: "at the root", before: "", labels: texts(12), after: ""),
    Case(name: "no text", before: #"{"x":"#, labels: ["a", "ab", "abc", "abcx", "ba"], after: "}"),
    Case(name: "no text at the root", before: "", labels: ["a", "ab", "b"], after: ""),
    Case(
      name: "a label that all others begin with", before: #"{"x":"#,
      labels: [#""ab""#, #""abc""#, #""aba""#], after: #","y":"a"}"#),
    Case(
      name: "an empty text", before: #"{"x":"#, labels: [#""""#, #""a""#, #""b""#], after: "}"),
    Case(
      name: "punctuation", before: #"{"x":"#, labels: [#""a,""#, #""a}""#, #""a""#], after: "}"),
  ]

  private static func request(
    _ each: Case, _ rig: Rig, priors: [String: [Double]] = [:]
  )
    -> GenerationRequest
  {
    GenerationRequest(
      prompt: (0..<21).map { TokenID(3 + $0 * 5 % 10) }, sharedCount: 0,
      constraint: LabelConstraint(
        rig.tokenizer.vocabulary, before: each.before, labels: each.labels, after: each.after),
      budget: 200, sampling: SamplingSettings(), labels: LabelPolicy(isOn: true, priors: priors))
  }

  /// The greatest difference of a probability from the one that a forward over each whole path gives.
  private static let tolerance = 1e-4

  @Test(arguments: cases) func scoresEqualThoseOfEachPathAlone(_ each: Case) throws {
    let rig = try Rig()
    let request = Self.request(each, rig)
    let result = try rig.schedule([request], limits: BatchScheduler.Limits())[0].get()
    let scored = try #require(result.labels.first)
    #expect(scored.labels.map { String(decoding: $0, as: UTF8.self) } == each.labels)
    #expect(scored.pointer.description == (each.before.isEmpty ? "" : "/x"))
    let truth = try Self.bruteForce(each, request, rig)
    let total = truth.reduce(0, +)
    for (found, expected) in zip(scored.probabilities, truth) {
      #expect(abs(found - expected / total) < Self.tolerance)
    }
    #expect(abs(scored.mass - total) < Self.tolerance)
    #expect(abs(scored.probabilities.reduce(0, +) - 1) < 1e-9)
    let best = truth.indices.max { truth[$0] < truth[$1] }
    #expect(scored.chosen == best)
    let text = String(decoding: rig.tokenizer.decode(result.tokens.map(\.token)), as: UTF8.self)
    #expect(text == each.before + each.labels[scored.chosen] + each.after)
  }

  /// Runs every token of every label by itself, with nothing shared.
  private static func bruteForce(
    _ each: Case, _ request: GenerationRequest, _ rig: Rig
  ) throws -> [Double] {
    let tokenizer = rig.tokenizer
    let vocabulary = tokenizer.vocabulary
    let isText = each.labels[0].first == "\""
    let terminator = isText ? "" : String(each.after.prefix(1))
    // What is committed before the labels: all dictated words but the last.
    let dictated = tokenizer.encode(Array(each.before.utf8))
    let committed = Array(dictated.tokens.prefix(dictated.countBeforeLastWord))
    let withheld = tokenizer.decode(dictated.tokens.dropFirst(committed.count))
    var paths: [[TokenID]] = []
    for label in each.labels {
      let end = withheld.count + label.utf8.count - (isText ? 1 : 0)
      var path: [TokenID] = []
      var length = 0
      for token in tokenizer.encode(withheld + Array((label + terminator).utf8)).tokens {
        length += vocabulary.bytes(of: token).count
        if length > end { break }
        path.append(token)
      }
      paths.append(path)
    }
    var shared = 0
    while paths.allSatisfy({ $0.count > shared && $0[shared] == paths[0][shared] }) { shared += 1 }
    return zip(each.labels, paths).map { label, path in
      var sequence = request.prompt + committed + path.prefix(shared)
      var probability = 1.0
      func row() -> [Double] {
        let logits = (0..<vocabulary.count).map {
          Double(ScriptedModel.logit(of: TokenID($0), after: sequence))
        }
        let total = logits.reduce(0) { $0 + Elementary.exp($1) }
        return logits.map { Elementary.exp($0) / total }
      }
      for token in path.dropFirst(shared) {
        probability *= row()[token.index]
        sequence.append(token)
      }
      let spelled = tokenizer.decode(path).count
      let rest = Array((withheld + Array(label.utf8)).dropFirst(spelled))
      let following = Array(each.after.utf8)
      var sum = 0.0
      let last = row()
      for id in 0..<vocabulary.count {
        let token = TokenID(id)
        if vocabulary.endOfText.contains(token) {
          if !isText, rest.isEmpty, following.isEmpty { sum += last[id] }
          continue
        }
        guard vocabulary.kind(of: token) == .text else { continue }
        let bytes = Array(vocabulary.bytes(of: token))
        let legal = rest + following
        guard bytes.count >= rest.count + (isText ? 0 : 1), legal.starts(with: bytes) else {
          continue
        }
        sum += last[id]
      }
      return probability * sum
    }
  }

  /// Whichever label is taken, the answer goes on behind it, also where its last token is shared by all.
  @Test(arguments: 0..<3) func everyLabelCanBeTaken(chosen: Int) throws {
    for each in Self.cases.suffix(3) {
      let rig = try Rig()
      let prior = each.labels.indices.map { $0 == chosen ? 1e-9 : 1.0 }
      let request = Self.request(each, rig, priors: ["/x": prior])
      let result = try rig.schedule([request], limits: .init())[0].get()
      #expect(result.labels.first?.chosen == chosen)
      let text = String(decoding: rig.tokenizer.decode(result.tokens.map(\.token)), as: UTF8.self)
      #expect(text == each.before + each.labels[chosen] + each.after)
    }
  }

  @Test func aWalkTakesAPassForEachDepthAndARowForEachNode() throws {
    let each = Self.cases[1]
    let rig = try Rig()
    let request = Self.request(each, rig)
    let constraint = request.constraint
    var state = constraint
    let dictated = rig.tokenizer.encode(Array(each.before.utf8))
    for token in dictated.tokens.prefix(dictated.countBeforeLastWord) {
      let isLegal = state.accept(token)
      #expect(isLegal)
    }
    let withheld = rig.tokenizer.decode(dictated.tokens.dropFirst(dictated.countBeforeLastWord))
    let question = try #require(
      LabelQuestion(
        each.labels.map { Array($0.utf8) }, withheld: withheld, constraint: state,
        tokenizer: rig.tokenizer))
    let cache = try rig.model.makeCache(capacity: 100)
    _ = try rig.model.forward([SequenceInput(tokens: [TokenID(5)], cache: cache, keep: .last)])
    let root = try rig.model.logits(rows: [0], requests: [.all])[0]
    let before = rig.model.record.withLock { $0 }
    let scores = try LabelScorer.score(
      question, root: root, cache: cache, model: rig.model, rowLimit: 64)
    let after = rig.model.record.withLock { $0 }
    #expect(question.depth >= 2)
    #expect(question.nodes.count < each.labels.count * question.depth)
    #expect(after.passes - before.passes == question.depth)
    #expect(after.tokens - before.tokens == question.nodes.count)
    #expect(cache.position == 1)
    // Narrow passes change nothing but their number.
    for rows in [1, 3] {
      let narrow = try LabelScorer.score(
        question, root: root, cache: cache, model: rig.model, rowLimit: rows)
      #expect(narrow == scores)
    }
  }

  @Test func aPriorChangesWhatIsTakenAndLeavesTheRawProbabilities() throws {
    let each = Self.cases[0]
    let rig = try Rig()
    let plain = try rig.schedule([Self.request(each, rig)], limits: .init())[0].get().labels[0]
    // A prior that gives the taken label nearly everything makes the other one win.
    let prior = plain.probabilities.indices.map { $0 == plain.chosen ? 0.999_999 : 0.000_001 }
    let other = try rig.schedule(
      [Self.request(each, rig, priors: ["/x": prior])], limits: .init())[0].get().labels[0]
    #expect(other.probabilities == plain.probabilities)
    #expect(other.chosen != plain.chosen)
    #expect(abs((other.calibrated?.reduce(0, +) ?? 0) - 1) < 1e-9)
  }

  @Test func companyAndWidthChangeNoScore() throws {
    let rig = try Rig()
    let requests = (0..<12).map { Self.request(Self.cases[$0 % Self.cases.count], rig) }
    let alone = try requests.map {
      try rig.schedule([$0], limits: .init(sequences: 1))[0].get()
    }
    let together = try rig.schedule(requests, limits: .init(sequences: 8)).map { try $0.get() }
    let tight = try rig.schedule(requests, limits: .init(sequences: 2), cacheByteLimit: 700)
      .map { try $0.get() }
    for (i, result) in alone.enumerated() {
      #expect(result.tokens == together[i].tokens && result.labels == together[i].labels)
      #expect(result.tokens == tight[i].tokens && result.labels == tight[i].labels)
    }
  }

  @Test func aTightBudgetChoosesWithoutScores() throws {
    let rig = try Rig()
    var request = Self.request(Self.cases[1], rig)
    request.budget = request.constraint.need
    let result = try rig.schedule([request], limits: .init())[0].get()
    #expect(result.labels.isEmpty)
  }
}
