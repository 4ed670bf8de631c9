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

  @Test(arguments: GoldenFixture.compressed, InstructionSet.allCases.filter(\.isAvailable))
  func deepSeekV4AgreesInEveryWay(file: String, instructions: InstructionSet) throws {
    let backend = try CPUBackend(precision: .exact, threads: 2, instructions: instructions)
    let model = try ModelRegistry.load(GoldenFixture.checkpoint(file), backend: backend)
    let cases = try GoldenFixture.cases(file)
    #expect(cases.count >= 3)
    for golden in cases {
      let results = try GoldenCheck(model, comparesValues: true)
        .run(golden, rewinds: [1, 2, 5, 31, 64])
      #expect(results.count == 9)
      for result in results {
        #expect(result.passed, "\(result.caseName), \(result.way): \(result.detail)")
      }
    }
  }

  /// Experts that stay in their file give the bits of those in memory.
  @Test(arguments: ["qwen3moe-tiny", "deepseek-v4-tiny-q/model.safetensors"])
  func expertsInTheirFileAgreeInEveryWay(file: String) throws {
    let backend = try CPUBackend(precision: .exact, threads: 2)
    let model = try ModelRegistry.load(
      GoldenFixture.checkpoint(file), backend: backend, expertPlace: .file)
    let golden = try #require(GoldenFixture.cases(file).last)
    let results = try GoldenCheck(model, comparesValues: true).run(golden, rewinds: [1, 64])
    for result in results { #expect(result.passed, "\(result.way): \(result.detail)") }
  }

  /// The caches are rounded to 16 bits, so values differ from the reference's; the ways may not.
  @Test(
    arguments: GoldenFixture.names + ["llama-tiny-mixed"] + GoldenFixture.compressed.suffix(3))
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

  /// Both backends decode the same rounded weights, so exact precision agrees as closely as on
  /// float32 weights; that the roundings themselves matter shows in the second expectation.
  @Test func quantizedWeightsGiveTheOraclesLogits() throws {
    let golden = try #require(GoldenFixture.cases("llama-tiny-mixed").last)
    func rows(_ fixture: String, _ backend: any Backend) throws -> [Float] {
      let model = try ModelRegistry.load(GoldenFixture.checkpoint(fixture), backend: backend)
      let cache = try model.makeCache(capacity: golden.tokens.count)
      let count = try model.forward([
        SequenceInput(tokens: golden.tokens, cache: cache, keep: .all)
      ])
      let requests = [LogitsRequest](repeating: .all, count: count)
      return try model.logits(rows: Array(0..<count), requests: requests).flatMap { row in
        if case .all(let values) = row { values } else { [Float]() }
      }
    }
    func furthest(_ a: [Float], _ b: [Float]) -> Float {
      zip(a, b).map { abs($0 - $1) }.max() ?? .infinity
    }
    let oracle = try rows("llama-tiny-mixed", ReferenceBackend())
    let exact = try rows("llama-tiny-mixed", CPUBackend(precision: .exact, threads: 2))
    let original = try rows("llama-tiny-gguf", ReferenceBackend())
    #expect(furthest(exact, oracle) < GoldenCheck.tolerance)
    #expect(furthest(original, oracle) > 0.05)
    // Fast precision stays near: a few percent of logits that reach about 10.
    let fast = try rows("llama-tiny-mixed", CPUBackend(precision: .fast, threads: 2))
    #expect(furthest(fast, oracle) < 1)
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
