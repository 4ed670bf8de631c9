// `quern plan` and `quern model inspect`, run as programs.

import JSON
import Posix
import TestSupport
import Testing

@Suite struct PlanCommandTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func run(_ words: [String]) throws -> ChildProcess.Outcome {
    try Program.run(words, environment: [], folder: folder.path)
  }

  private static func fixture(_ name: String) -> String {
    Fixtures.repository("Tests/ModelsTests/Fixtures/\(name)").text
  }

  @Test func thePlanOfAKnownModelSaysWhatFits() throws {
    let words = ["plan", "deepseek-v4-flash", "--memory", "80GB", "--devices", "2"]
    let table = try run(words + ["--context", "1M", "--weights", "released"])
    #expect(table.status == 0)
    let text = String(decoding: table.output, as: UTF8.self)
    #expect(text.contains("only just fits"), "\(text)")
    let lines = try run(words + ["--context", "1M", "--json"]).output.split(separator: 10)
    #expect(lines.count == 8)
    let first = try JSONValue.parse(Array(try #require(lines.first)))
    #expect(first["weights"]?.string == "released" && first["close"]?.bool == true)
    #expect(first["tokens_per_second"]?.int == 278)
  }

  @Test func wrongSizesAndFormsAreUsage() throws {
    for words in [
      ["--memory", "big"], ["--memory", "0GB"], ["--bandwidth", "-1TB/s"], ["--context", "9T"],
      ["--weights", "int3"],
    ] {
      let outcome = try run(["plan", "deepseek-v4-flash"] + words)
      #expect(outcome.status == 64 && outcome.errorLines.count == 1, "\(words)")
    }
    #expect(try run(["plan", "./none.gguf"]).status == 66)
  }

  @Test func aCheckpointIsPlannedAndInspected() throws {
    for name in ["deepseek-v4-tiny-q", "deepseek-v4-tiny/model.gguf", "qwen3moe-tiny"] {
      let plan = try run(["plan", Self.fixture(name), "--json"])
      #expect(plan.status == 0, "\(plan.errorText)")
      #expect(try JSONValue.parse(plan.output)["fits"]?.bool == true)
      let table = try run(["model", "inspect", Self.fixture(name)])
      #expect(table.status == 0)
      let text = String(decoding: table.output, as: UTF8.self)
      #expect(text.contains("architecture") && text.contains("experts"), "\(text)")
      let json = try JSONValue.parse(
        try run(["model", "inspect", Self.fixture(name), "--json"]).output)
      let all = try #require(json["parameters"]?.int)
      let active = try #require(json["active_parameters"]?.int)
      #expect(active > 0 && active < all)
      #expect(json["parts"]?.array?.isEmpty == false)
    }
    try folder.write("no model", to: "junk.gguf")
    for words in [["plan", "./junk.gguf"], ["model", "inspect", "./junk.gguf"]] {
      let outcome = try run(words)
      #expect(outcome.status == 65 && outcome.errorLines.count == 1, "\(outcome.errorText)")
    }
  }
}
