// Guesses change no answer, whatever they are, and are taken back where they are wrong.

import Inference
import Models
import Posix
import Testing
import Tokenizers
import Tokens

@Suite struct DraftingTests {
  /// Letters that go on as they did before, so that documents and earlier answers foretell them.
  private static func requests(_ rig: Rig, _ count: Int, temperature: Double) -> [GenerationRequest]
  {
    (0..<count).map { i in
      // The same requests come again, so that earlier answers foretell later ones.
      let kind = i % 2
      let own = (0..<(30 + kind)).map { TokenID(3 + ($0 * 5 + kind) % 3) }
      return GenerationRequest(
        prompt: own, sharedCount: 0,
        constraint: FormConstraint.record(rig.tokenizer.vocabulary, atMost: 12 + kind),
        budget: 400, sampling: SamplingSettings(temperature: temperature, seed: UInt64(kind)))
    }
  }

  @Test(arguments: [0, 0.7], [2, 3, 6, 40])
  func answersAreThoseOfPlainDecoding(temperature: Double, draftRows: Int) throws {
    let rig = try Rig()
    let requests = Self.requests(rig, 36, temperature: temperature)
    var limits = BatchScheduler.Limits(sequences: 2)
    limits.options.draftRows = draftRows
    let results = try rig.schedule(requests, limits: limits).map { try $0.get() }
    #expect(results.count == 36)
    for (result, request) in zip(results, requests) {
      #expect(try result.tokens == rig.answer(request).answer)
    }
    // Two rows are the sequences' own: there is room only when one is alone.
    let drafted = results.reduce(0) { $0 + $1.draftedCount }
    #expect(draftRows == 2 ? drafted < 20 : drafted > 0)
  }

  @Test func rightGuessesSavePassesAndWrongOnesAreTakenBack() throws {
    let plain = try Rig()
    let guessing = try Rig()
    let requests = Self.requests(plain, 36, temperature: 0)
    var limits = BatchScheduler.Limits(sequences: 1)
    limits.options.draftRows = 0
    _ = try plain.schedule(requests, limits: limits)
    limits.options.draftRows = 6
    _ = try guessing.schedule(requests, limits: limits)
    let (before, after) = (
      plain.model.record.withLock { $0 }, guessing.model.record.withLock { $0 }
    )
    #expect(after.passes < before.passes)
    // Some guesses were wrong: more tokens went through the model than stayed.
    #expect(after.tokens > before.tokens)
    #expect(after.rewinds > 0)
  }

  @Test func whatIsNotJoinedIsRunAloneAndGivesTheSame() throws {
    let rig = try Rig()
    let requests = rig.requests(12)
    var limits = BatchScheduler.Limits(sequences: 4)
    limits.options.joinsDictatedText = false
    limits.options.masksBeforeHead = false
    limits.options.draftRows = 0
    for (result, request) in zip(try rig.schedule(requests, limits: limits), requests) {
      #expect(try result.get().tokens == rig.answer(request).answer)
    }
    #expect(rig.model.record.withLock { $0.rowsOfSomeIds } == 0)
  }
}
