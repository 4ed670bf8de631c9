// One answer as a state machine: dictated text, masks, budgets.

import Inference
import Models
import Testing
import Tokenizers
import Tokens

@Suite struct GenerationTests {
  /// Sums over 64 exponentials are in 32 bits, with an error of some units in the seventh place.
  private static let probabilityTolerance = 1e-6

  private let rig: Rig
  private let prompt = [TokenID(3), TokenID(4)]

  init() throws { rig = try Rig() }

  private func request(
    atMost: Int, budget: Int, dictates: Bool = true, temperature: Double = 0, seed: UInt64 = 0
  ) -> GenerationRequest {
    GenerationRequest(
      prompt: prompt, sharedCount: 0,
      constraint: FormConstraint.record(
        rig.tokenizer.vocabulary, atMost: atMost, dictates: dictates), budget: budget,
      sampling: SamplingSettings(temperature: temperature, seed: seed))
  }

  private func text(_ generation: Generation) -> String {
    String(decoding: rig.tokenizer.decode(generation.answer.map(\.token)), as: UTF8.self)
  }

  @Test func dictatedTextIsCommittedUpToItsLastWordAndJoinsTheFirstInput() throws {
    let request = request(atMost: 4, budget: 64)
    var generation = try Generation(
      prompt: prompt, constraint: request.constraint, tokenizer: rig.tokenizer,
      sampling: request.sampling, budget: 64)
    // {"x":" is the words {", x and ":"; the last one may go on, so the model chooses its tokens.
    let expected = rig.tokenizer.encode(Array("{\"x".utf8)).tokens
    #expect(generation.nextInput() == prompt + expected)
    #expect(generation.answer.map(\.token) == expected)
    #expect(generation.answer.allSatisfy { $0.logProbability == nil })
    #expect(generation.remaining == 64 - expected.count)
    #expect(generation.phase == .needsLogits)
  }

  @Test func dictatedTextThatEndsTheAnswerNeedsNoModel() throws {
    let text = Array("{\"x\":\"\"}".utf8)
    var generation = try Generation(
      prompt: prompt,
      constraint: FormConstraint(rig.tokenizer.vocabulary, [.text(text)]),
      tokenizer: rig.tokenizer, sampling: SamplingSettings(), budget: text.count + 1)
    #expect(generation.phase == .done)
    #expect(generation.answer.map(\.token) == rig.tokenizer.encode(text).tokens)
    #expect(generation.nextInput() == prompt + rig.tokenizer.encode(text).tokens)
  }

  @Test(arguments: [0, 0.7, 1.5])
  func everyAnswerHasTheFormAndEveryChoiceAProbability(temperature: Double) throws {
    for seed in 0..<40 as Range<UInt64> {
      let generation = try rig.answer(
        request(atMost: 6, budget: 200, temperature: temperature, seed: seed))
      #expect(generation.phase == .done)
      #expect(!generation.closedEarly)
      #expect(text(generation).wholeMatch(of: /\{"x":"[abc]{0,6}","y":"[abc]{0,6}"\}/) != nil)
      let chosen = generation.answer.compactMap(\.logProbability)
      #expect(!chosen.isEmpty && chosen.allSatisfy { $0 <= 0 && $0 > -20 })
    }
  }

  @Test func aProbabilityIsThatOfTheTokenAmongTheAllowedOnes() throws {
    let generation = try rig.answer(request(atMost: 6, budget: 200))
    let vocabulary = rig.tokenizer.vocabulary
    var constraint: any TokenConstraint = FormConstraint.record(vocabulary, atMost: 6)
    var sequence = prompt
    var mask = TokenMask(count: vocabulary.count)
    for step in generation.answer {
      constraint.fillMask(&mask, remaining: 200)
      #expect(mask.contains(step.token))
      if let logProbability = step.logProbability {
        let logits = mask.allowed.map {
          Double(ScriptedModel.logit(of: $0, after: sequence))
        }
        let own = Double(ScriptedModel.logit(of: step.token, after: sequence))
        let total = logits.reduce(0) { $0 + exponential($1 - own) }
        #expect(abs(exponential(logProbability) * total - 1) < Self.probabilityTolerance)
        #expect(own == logits.max())
      }
      let isAccepted = constraint.accept(step.token)
      #expect(isAccepted)
      sequence.append(step.token)
    }
  }

  /// e to a small power by its series, an oracle of its own.
  private func exponential(_ x: Double) -> Double {
    var term = 1.0
    var sum = 1.0
    let part = x / 16
    for n in 1..<40 {
      term *= part / Double(n)
      sum += term
    }
    return [Double](repeating: sum, count: 16).reduce(1, *)
  }

  @Test(arguments: [0, 0.9], 0..<8 as Range<UInt64>)
  func everyBudgetFromTheLeastOnGivesAWholeAnswer(temperature: Double, seed: UInt64) throws {
    let form = FormConstraint(
      rig.tokenizer.vocabulary,
      [.letters(atMost: 30), .text(Array("\",\"".utf8)), .letters(atMost: 30), .text([0x7D])])
    func answer(_ budget: Int) throws -> Generation {
      var request = request(
        atMost: 30, budget: budget, temperature: temperature, seed: seed)
      request.constraint = form
      // Prompts that differ, so that greedy answers do.
      request.prompt.append(TokenID(3 + Int(seed)))
      return try rig.answer(request)
    }
    let free = try answer(500)
    #expect(!free.closedEarly)
    for budget in form.need...(form.need + 60) {
      let generation = try answer(budget)
      #expect(generation.phase == .done)
      #expect(generation.answer.count < budget)
      #expect(text(generation).wholeMatch(of: /[abc]*","[abc]*}/) != nil)
      // Closed early is exactly what differs from the answer without a limit.
      #expect(generation.closedEarly == (generation.answer != free.answer))
    }
  }

  @Test func someAnswersAreCutByTheirBudget() throws {
    let cut = try (0..<8 as Range<UInt64>).filter { seed in
      var request = request(atMost: 30, budget: 4, temperature: 0.9, seed: seed)
      request.constraint = FormConstraint(
        rig.tokenizer.vocabulary, [.letters(atMost: 30), .text([0x7D])])
      return try rig.answer(request).closedEarly
    }
    #expect(cut.count > 0 && cut.count < 8)
  }

  @Test func aBudgetBelowTheLeastIsRefusedWithBothNumbers() throws {
    let request = request(atMost: 3, budget: 15)
    let need = request.constraint.need
    #expect(need == 16)
    do throws(InferenceError) {
      _ = try Generation(
        prompt: prompt, constraint: request.constraint, tokenizer: rig.tokenizer,
        sampling: request.sampling, budget: 15)
      Issue.record("a budget of 15 was taken")
    } catch {
      guard case .budgetTooSmall(needed: 16, left: 15) = error else {
        Issue.record("\(error)")
        return
      }
    }
  }

  @Test func fewAllowedTokensAskForTheirRowsOnly() throws {
    let request = request(atMost: 4, budget: 64)
    let generation = try Generation(
      prompt: prompt, constraint: request.constraint, tokenizer: rig.tokenizer,
      sampling: request.sampling, budget: 64)
    // After {"x the tokens " and ": and ":" may follow, 3 of 31.
    guard case .only(let ids) = generation.logitsRequest else {
      Issue.record("all rows were asked for")
      return
    }
    let texts = ids.map { String(decoding: rig.tokenizer.vocabulary.bytes(of: $0), as: UTF8.self) }
    #expect(Set(texts) == ["\"", "\":", "\":\""])
  }
}
