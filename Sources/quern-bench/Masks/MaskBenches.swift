// The measurements of masks.
//
//   quern-bench masks exactness   --cases FILE --tokenizer DIR [--states N] [--threads N] [--seed N]
//   quern-bench masks generations --cases FILE --tokenizer DIR [--generations N] [--seed N] [--write FILE]
//   quern-bench masks hostile     [--family NAME --size N]
//   quern-bench masks cliffs      --tokenizer DIR
//   quern-bench masks quotes      --tokenizer DIR [--seed N]
//
// A folder of a tokenizer holds tokenizer.json and tokenizer_config.json; a file of cases has one
// {"id":…,"schema":…} a line. With --every N and --from K only each N-th case from the K-th on is taken.

import Grammars
import Posix

/// The parts of `quern-bench masks`.
enum MaskBenches {
  private static let names: Set = [
    "--cases", "--tokenizer", "--states", "--threads", "--seed", "--generations", "--write",
    "--every", "--from", "--seconds", "--family", "--size",
  ]

  /// Runs one part.
  static func run(_ words: [String]) throws {
    var options: [String: String] = [:]
    var index = 1
    while index < words.count {
      guard names.contains(words[index]), index + 1 < words.count else {
        throw MaskBenchFailure(description: "\(words[index]) is no option, or has no value")
      }
      options[words[index]] = words[index + 1]
      index += 2
    }
    func count(_ name: String, _ standard: Int) throws -> Int {
      guard let text = options[name] else { return standard }
      guard let value = Int(text), value >= 0 else {
        throw MaskBenchFailure(description: "\(name) cannot be \(text)")
      }
      return value
    }
    func text(_ name: String) throws -> String {
      guard let text = options[name] else {
        throw MaskBenchFailure(description: "\(name) is missing")
      }
      return text
    }
    func cases() throws -> MaskCases {
      try MaskCases(
        text("--cases"), every: max(1, count("--every", 1)), from: count("--from", 0))
    }
    switch words.first {
    case "exactness":
      let vocabulary = try MaskCases.vocabulary(text("--tokenizer"))
      try ExactnessBench(
        cases: cases(), oracle: MaskOracle(vocabulary), trie: TokenTrie(vocabulary),
        states: count("--states", 20_000), seed: count("--seed", 1), threads: count("--threads", 8)
      ).run()
    case "generations":
      let vocabulary = try MaskCases.vocabulary(text("--tokenizer"))
      try GenerationsBench(
        cases: cases(), trie: TokenTrie(vocabulary), generations: count("--generations", 10_000),
        seed: count("--seed", 1), secondsPerSchema: count("--seconds", 20),
        output: options["--write"]
      ).run()
    case "hostile":
      if options["--family"] == nil { return try HostileBench.runAll() }
      try HostileBench.run(text("--family"), size: count("--size", 10))
    case "cliffs":
      try CliffBench(trie: TokenTrie(MaskCases.vocabulary(text("--tokenizer")))).run()
    case "quotes":
      try QuoteBench(
        trie: TokenTrie(MaskCases.vocabulary(text("--tokenizer"))), seed: count("--seed", 1)
      ).run()
    default:
      throw MaskBenchFailure(description: "masks exactness, generations, hostile, cliffs or quotes")
    }
  }
}
