// Values that may be "not found": the probability of the word, and a bound from which on it is taken.

import Compute
import Inference
import JSON
import Models
import Testing
import Tokenizers
import Tokens

@Suite struct AbsenceTests {
  private static let values = ["\"a\"", "\"abc\"", "\"bc\"", "{\"c\":\"a\"}"]
  private static let absent = 3

  private static func request(
    _ rig: Rig, _ number: Int, bound: Double?, synonyms: [TokenID] = []
  ) -> GenerationRequest {
    var labels = LabelPolicy(isOn: true, priors: [:])
    labels.absenceBound = bound
    return GenerationRequest(
      prompt: (0..<5).map { TokenID(3 + ($0 * 3 + number) % 10) } + [TokenID(3 + number / 10)],
      sharedCount: 0,
      constraint: LabelConstraint(
        rig.tokenizer.vocabulary, before: "{\"x\":", labels: values, after: ",\"y\":\"a\"}",
        absent: absent, synonyms: synonyms),
      budget: 200, sampling: SamplingSettings(), labels: labels)
  }

  private static func text(_ result: GenerationResult, _ rig: Rig) -> String {
    String(decoding: rig.tokenizer.decode(result.tokens.map(\.token)), as: UTF8.self)
  }

  /// Follows the answer and sums what the tokens allowed at each place say, as long as the word is possible.
  private static func expected(
    _ result: GenerationResult, _ request: GenerationRequest, _ rig: Rig,
    synonyms: [TokenID] = []
  ) throws -> Double {
    let vocabulary = rig.tokenizer.vocabulary
    let word = "{\"x\":" + values[absent] + ",\"y\":\"a\"}"
    let others = (0..<3).map { "{\"x\":" + values[$0] + ",\"y\":\"a\"}" }
    var constraint: any TokenConstraint = request.constraint
    var mask = TokenMask(count: vocabulary.count)
    var sequence = request.prompt
    var said = ""
    var probability = 0.0
    var open = 1.0
    for step in result.tokens {
      constraint.fillMask(&mask, remaining: 200)
      if mask.allowedCount > 1, word.hasPrefix(said), others.contains(where: { $0.hasPrefix(said) })
      {
        var total = 0.0
        var absent = 0.0
        var undecided = 0.0
        if said == "{\"x\":" {
          for token in synonyms where !mask.contains(token) {
            absent += Elementary.exp(Double(ScriptedModel.logit(of: token, after: sequence)))
          }
          total += absent
        }
        for token in mask.allowed {
          let value = Elementary.exp(Double(ScriptedModel.logit(of: token, after: sequence)))
          let next = said + String(decoding: vocabulary.bytes(of: token), as: UTF8.self)
          total += value
          if word.hasPrefix(next) {
            if others.contains(where: { $0.hasPrefix(next) }) {
              undecided += value
            } else {
              absent += value
            }
          }
        }
        probability += open * absent / total
        open *= undecided / total
      }
      let isLegal = constraint.accept(step.token)
      try #require(isLegal)
      sequence.append(step.token)
      said += String(decoding: vocabulary.bytes(of: step.token), as: UTF8.self)
    }
    return probability
  }

  @Test func theProbabilityOfTheWordIsThatOfItsTokensAmongTheAllowedOnes() throws {
    let rig = try Rig()
    var absent = 0
    for number in 0..<40 {
      let request = Self.request(rig, number, bound: nil)
      let result = try rig.schedule([request], limits: .init())[0].get()
      let score = try #require(result.absences.first)
      #expect(result.absences.count == 1)
      #expect(score.pointer.description == "/x")
      #expect(abs(score.probability - (try Self.expected(result, request, rig))) < 1e-6)
      absent += Self.text(result, rig).contains(Self.values[Self.absent]) ? 1 : 0
    }
    #expect((1..<40).contains(absent))
  }

  @Test func whatSaysTheSameCountsForTheWord() throws {
    let rig = try Rig()
    let synonyms = [TokenID(4), TokenID(7), TokenID(9)]
    var absent = 0
    var changed = 0
    for number in 0..<40 {
      let request = Self.request(rig, number, bound: nil, synonyms: synonyms)
      let result = try rig.schedule([request], limits: .init())[0].get()
      let score = try #require(result.absences.first)
      #expect(
        abs(score.probability - (try Self.expected(result, request, rig, synonyms: synonyms)))
          < 1e-6)
      let isAbsent = Self.text(result, rig).contains(Self.values[Self.absent])
      #expect(isAbsent == (score.probability >= 0.5))
      let plain = try rig.schedule([Self.request(rig, number, bound: nil)], limits: .init())[0]
        .get()
      absent += isAbsent ? 1 : 0
      changed += Self.text(plain, rig) == Self.text(result, rig) ? 0 : 1
    }
    #expect((1..<40).contains(absent) && changed > 0)
  }

  @Test func aBoundDecidesAndLeavesTheProbabilities() throws {
    let rig = try Rig()
    for number in 0..<40 {
      func result(_ bound: Double?) throws -> GenerationResult {
        try rig.schedule([Self.request(rig, number, bound: bound)], limits: .init())[0].get()
      }
      let plain = try result(nil)
      let never = try result(1)
      #expect(!Self.text(never, rig).contains(Self.values[Self.absent]))
      let always = try result(1e-9)
      // One token before the word may decide that there is a value.
      let mayBe = Self.text(always, rig).contains(Self.values[Self.absent])
      #expect(mayBe || (always.absences.first?.probability ?? 0) < 1e-9)
      // What would have been taken anyway has the probability that it would have had.
      for other in [never, always] where Self.text(other, rig) == Self.text(plain, rig) {
        for (a, b) in zip(plain.tokens, other.tokens) {
          #expect(abs((a.logProbability ?? 0) - (b.logProbability ?? 0)) < 1e-5)
        }
      }
    }
  }
}
