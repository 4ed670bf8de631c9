// What hostile schemas cost: each in a process of its own, so that its peak of memory is known.

import Grammars
import JSON
import JSONSchema
import Posix
import TestSupport
import Tokens

/// Reads, compiles and judges schemas that were made to be dear.
enum HostileBench {
  /// Runs every family at every size, each in its own process.
  static func runAll() throws {
    guard let program = Machine.executablePath else {
      throw MaskBenchFailure(description: "the program does not know its own path")
    }
    for family in HostileSchema.all {
      for size in family.sizes {
        let outcome = try ChildProcess.run(
          program,
          arguments: ["masks", "hostile", "--family", family.name, "--size", "\(size)"])
        if outcome.ending == .exited(0) {
          try StandardStream.output.write(outcome.output)
        } else {
          try report([
            "bench": "masks", "part": "hostile", "family": .string(family.name),
            "size": .number(JSONNumber(size)), "answer": .string("\(outcome.ending)"),
          ])
        }
      }
    }
  }

  /// Runs one family at one size in this process.
  static func run(_ name: String, size: Int) throws {
    guard let family = HostileSchema.all.first(where: { $0.name == name }) else {
      throw MaskBenchFailure(description: "there is no family \(name)")
    }
    let schema = family.schema(size)
    let instance = family.instance(size)
    let clock = SystemClock()
    let before = peakKibibytes()
    let started = clock.monotonicNanoseconds
    var states = 0
    let answer = Self.answer(schema, states: &states)
    let compiled = clock.monotonicNanoseconds
    let verdict = Self.verdict(schema, instance)
    let judged = clock.monotonicNanoseconds
    try report([
      "bench": "masks", "part": "hostile", "family": .string(name),
      "size": .number(JSONNumber(size)), "bytes": .number(JSONNumber(schema.count)),
      "answer": .string(answer), "verdict": .string(verdict),
      "mask_us": .number(JSONNumber(Int(compiled - started) / 1000)),
      "judge_us": .number(JSONNumber(Int(judged - compiled) / 1000)),
      "peak_kb": .number(JSONNumber(peakKibibytes())),
      "peak_kb_before": .number(JSONNumber(before)), "states": .number(JSONNumber(states)),
    ])
  }

  private static func answer(_ text: [UInt8], states: inout Int) -> String {
    let bytes = Vocabulary(
      tokens: (0..<256).map { [UInt8($0)] } + [[]],
      kinds: [Vocabulary.Kind](repeating: .text, count: 256) + [.control],
      endOfText: [TokenID(256)])
    do {
      let schema = try Schema(
        JSONValue.parse(text), options: SchemaOptions(unknownKeywords: .allow))
      let bound = try BoundGrammar(Grammar(schema), trie: TokenTrie(bytes))
      var mask = TokenMask(count: bytes.count)
      var matcher = bound.makeMatcher()
      // A short walk, so that what is only made while masks are computed is counted too.
      for _ in 0..<32 where !matcher.hasEnded {
        matcher.fillMask(&mask, remaining: max(matcher.need, 1 << 40))
        guard let token = mask.allowed.last, matcher.accept(token) else { break }
      }
      states = bound.stateCount
      return "compiled"
    } catch {
      return String("\(error)".prefix(160))
    }
  }

  private static func verdict(_ text: [UInt8], _ instance: [UInt8]) -> String {
    do {
      let schema = try Schema(
        JSONValue.parse(text), options: SchemaOptions(unknownKeywords: .allow))
      let judge = try SchemaValidator(schema)
      return try judge.verdict(on: JSONValue.parse(instance)) ? "valid" : "invalid"
    } catch {
      return String("\(error)".prefix(160))
    }
  }

  /// The greatest memory that this process ever had resident.
  private static func peakKibibytes() -> Int {
    guard let status = try? readFile(FilePath("/proc/self/status"), limit: 1 << 20) else {
      return 0
    }
    for line in status.split(separator: 0x0A) where line.starts(with: Array("VmHWM:".utf8)) {
      return Int(String(decoding: line.filter { (0x30...0x39).contains($0) }, as: UTF8.self)) ?? 0
    }
    return 0
  }
}
