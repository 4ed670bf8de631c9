// Golden checkpoints: the reference's logits, in every way of asking the same bits.

import Checkpoints
import Compute
import Models
import Testing

@Suite struct GoldenTests {
  @Test(arguments: GoldenFixture.names)
  func theReferenceBackendAgreesInEveryWay(fixture: String) throws {
    let model = try ModelRegistry.load(
      GoldenFixture.checkpoint(fixture), backend: ReferenceBackend())
    let cases = try GoldenFixture.cases(fixture)
    #expect(cases.count == 3)
    for golden in cases {
      let results = try GoldenCheck(model, comparesValues: true)
        .run(golden, rewinds: [1, 2, 5, 31, 64])
      #expect(results.count == 9)
      for result in results {
        #expect(result.passed, "\(result.caseName), \(result.way): \(result.detail)")
      }
    }
  }

  @Test(arguments: GoldenFixture.names, InstructionSet.allCases.filter(\.isAvailable))
  func theProcessorAgreesInEveryWay(fixture: String, instructions: InstructionSet) throws {
    for threads in [1, 2] {
      let backend = try CPUBackend(
        precision: .exact, threads: threads, instructions: instructions)
      let model = try ModelRegistry.load(GoldenFixture.checkpoint(fixture), backend: backend)
      for golden in try GoldenFixture.cases(fixture) {
        let results = try GoldenCheck(model, comparesValues: true)
          .run(golden, rewinds: [1, 2, 5, 31, 64])
        #expect(results.count == 9)
        for result in results {
          #expect(result.passed, "\(result.caseName), \(result.way): \(result.detail)")
        }
      }
    }
  }

  /// The caches are rounded to 16 bits, so values differ from the reference's; the ways may not.
  @Test(arguments: GoldenFixture.names)
  func fastPrecisionIsTheSameInEveryWay(fixture: String) throws {
    let model = try ModelRegistry.load(
      GoldenFixture.checkpoint(fixture), backend: CPUBackend(precision: .fast, threads: 2))
    for golden in try GoldenFixture.cases(fixture) {
      let results = try GoldenCheck(model, comparesValues: false)
        .run(golden, rewinds: [1, 2, 5, 31, 64])
      for result in results where result.way != "greedy" {
        #expect(result.passed, "\(result.caseName), \(result.way): \(result.detail)")
      }
    }
  }

  @Test func aWrongExpectationIsFound() throws {
    let model = try ModelRegistry.load(
      GoldenFixture.checkpoint("llama-tiny"), backend: ReferenceBackend())
    var golden = try #require(GoldenFixture.cases("llama-tiny").first)
    golden.lastLogits[17] += 4e-4
    golden.greedy.swapAt(0, 1)
    let failed = try GoldenCheck(model, comparesValues: true).run(golden, rewinds: [1])
      .filter { !$0.passed }
    #expect(failed.map(\.way) == ["one prefill", "greedy"])
  }
}
