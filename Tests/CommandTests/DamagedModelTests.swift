// Two thousand damaged checkpoints in a process of their own, so that a crash, a hang and a greedy
// allocation are seen from outside.

import JSON
import Posix
import TestSupport
import Testing

@Suite struct DamagedModelTests {
  private static let samples = [
    "words-tiny/model.gguf", "words-tiny", "deepseek-v4-tiny/model.gguf", "qwen3moe-tiny",
  ].map { Fixtures.repository("Tests/ModelsTests/Fixtures") / FilePath($0) }

  @Test func damagedCheckpointsGiveAModelOrOneLineSoonAndInLittleMemory() throws {
    let folder = try TemporaryFolder(.memory)
    let program = try #require(Fixtures.program("quern-bench"), "it lies beside the tests")
    // A case may take ten seconds on a busy machine; how long one took is in the output.
    let outcome = try ChildProcess.run(
      program,
      arguments: ["mutations"] + Self.samples.map(\.text) + [
        "--out", folder.path.text, "--count", "2000", "--seed", "7", "--limit", "10",
      ])
    #expect(outcome.ending == .exited(0), "\(outcome.errorText)")
    var cases = 0
    var refused = 0
    var kinds: Set<String> = []
    for text in outcome.outputText.split(separator: "\n") {
      let line = try JSONValue.parse(String(text))
      func number(_ key: String) throws -> Int { try #require(line[key]?.int) }
      cases += try number("cases")
      refused += try number("refused")
      #expect(try number("unclear") == 0, "\(text)")
      kinds.insert(try #require(line["damage"]?.string))
      // What is taken follows from the file: its weights once more, its tokenizer and some
      // rows, and a few megabytes that are taken at once whatever the file.
      let bound = try 4 * number("fileBytes") + 64 * number("metadataBytes") + 8 << 20
      #expect(try number("greatestGrowthBytes") < bound, "\(text)")
    }
    #expect(cases == 2000 && kinds.count == 8)
    #expect(refused > 1500)
  }
}
