// Whether masks grow dear with a number in the schema: lengths, counts, choices and depths at 10 to 10,000.

import Grammars
import JSON
import JSONSchema
import Posix
import Tokens

/// Times masks over families of schemas that differ in one number.
struct CliffBench {
  let trie: TokenTrie

  private static let sizes = [10, 100, 1000, 10_000]
  private static let steps = 400

  private static func families(_ size: Int) -> [(name: String, schema: String)] {
    let choices = (0..<size).map { "\"value \($0)\"" }.joined(separator: ",")
    func nested(_ open: String, _ close: String) -> String {
      String(repeating: open, count: size) + "true" + String(repeating: close, count: size)
    }
    return [
      ("maxLength", #"{"type":"string","maxLength":\#(size)}"#),
      ("minLength", #"{"type":"string","minLength":\#(size)}"#),
      ("maxItems", #"{"type":"array","items":{"type":"integer"},"maxItems":\#(size)}"#),
      ("enum", #"{"type":"array","items":{"enum":[\#(choices)]}}"#),
      ("nesting", nested(#"{"type":"array","items":"#, "}")),
    ]
  }

  /// Measures every family at every size.
  func run() throws {
    for place in Self.families(1).indices {
      for size in Self.sizes {
        let family = Self.families(size)[place]
        do {
          try measure(family.name, size, family.schema)
        } catch {
          try report([
            "bench": "masks", "part": "cliffs", "family": .string(family.name),
            "size": .number(JSONNumber(size)), "answer": .string(String("\(error)".prefix(160))),
          ])
        }
      }
    }
  }

  private func measure(_ name: String, _ size: Int, _ text: String) throws {
    let clock = SystemClock()
    let started = clock.monotonicNanoseconds
    let schema = try Schema(JSONValue.parse(text))
    let bound = try BoundGrammar(
      Grammar(schema, options: GrammarOptions(limits: .none)), trie: trie)
    let compiled = clock.monotonicNanoseconds
    var mask = TokenMask(count: trie.vocabulary.count)
    var times: [Int64] = []
    var random = MaskDraws(seed: 7)
    // Answers without a budget; one that ends is begun anew.
    while times.count < Self.steps {
      var matcher = bound.makeMatcher()
      while !matcher.hasEnded, times.count < Self.steps {
        let begun = clock.monotonicNanoseconds
        matcher.fillMask(&mask, remaining: 1 << 40)
        times.append(clock.monotonicNanoseconds - begun)
        guard let token = random.token(mask), matcher.accept(token) else { break }
      }
    }
    times.sort()
    try report([
      "bench": "masks", "part": "cliffs", "family": .string(name),
      "size": .number(JSONNumber(size)), "answer": "compiled",
      "compile_us": .number(JSONNumber(Int(compiled - started) / 1000)),
      "median_ns": .number(JSONNumber(Int(times[times.count / 2]))),
      "p99_ns": .number(JSONNumber(Int(times[times.count * 99 / 100]))),
      "max_ns": .number(JSONNumber(Int(times[times.count - 1]))),
      "vocabulary": .number(JSONNumber(trie.vocabulary.count)),
    ])
  }
}
