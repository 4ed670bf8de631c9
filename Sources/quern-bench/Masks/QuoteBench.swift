// What strings cost that are parts of a document: the automaton of the document, and the masks inside of a quote.

import Grammars
import JSON
import JSONSchema
import Posix
import TestSupport
import Tokens

/// Times quotes over documents of three sizes.
struct QuoteBench {
  let trie: TokenTrie
  let seed: Int

  private static let sizes = [10_000, 100_000, 1_000_000]
  private static let quotes = 200
  private static let builds = 5
  private static let schema =
    #"{"type":"object","properties":{"quote":{"type":"string"}},"required":["quote"],"#
    + #""additionalProperties":false}"#

  /// Words by the law of Zipf, numbers, punctuation and line breaks.
  private static func text(_ count: Int, _ random: inout MaskDraws) -> String {
    let letters = Array("etaoinshrdlucmfwypvbgkjqxz")
    let words = (0..<5000).map { _ in
      String(
        (0..<Int.random(in: 2...9, using: &random)).map { _ in
          letters[
            min(
              Int.random(in: 0..<26, using: &random), Int.random(in: 0..<26, using: &random))]
        })
    }
    var text = ""
    while text.utf8.count < count {
      switch Int.random(in: 0..<20, using: &random) {
      case 0: text += "\(Int.random(in: 0..<100_000, using: &random)).50 "
      case 1: text += "\n"
      case 2: text += "\"" + words[Int.random(in: 0..<5000, using: &random)] + "\", "
      default:
        // A rank whose logarithm is uniform has a probability of one over the rank.
        let octave = Int.random(in: 0..<12, using: &random)
        text += words[Int.random(in: (1 << octave) - 1..<(2 << octave) - 1, using: &random)] + " "
      }
    }
    return text
  }

  /// Measures and reports.
  func run() throws {
    let clock = SystemClock()
    let vocabulary = trie.vocabulary
    let table = QuoteTable(vocabulary)
    let bound = try BoundGrammar(
      Grammar(
        Schema(JSONValue.parse(Self.schema)), options: GrammarOptions(whiteSpace: .separators)),
      trie: trie)
    for size in Self.sizes {
      var random = MaskDraws(seed: UInt64(seed))
      let text = Self.text(size, &random)
      var builds: [Int64] = []
      var quotable = QuotableText("", table: table)
      for _ in 0..<Self.builds {
        let start = clock.monotonicNanoseconds
        quotable = QuotableText(text, table: table)
        builds.append(clock.monotonicNanoseconds - start)
      }
      var first: Int64 = 0
      var times: [Int64] = []
      var mask = TokenMask(count: vocabulary.count)
      let endings = MaskDraws.endings(vocabulary)
      for number in 0..<Self.quotes {
        var constraint = QuotingConstraint(bound.makeMatcher(), text: quotable, table: table) {
          $0 == ["quote"]
        }
        for token in opening(constraint) where !constraint.accept(token) { break }
        // A quote of up to forty tokens; where nothing but its end may follow, it ends.
        for step in 0..<40 {
          let start = clock.monotonicNanoseconds
          constraint.fillMask(&mask, remaining: 1 << 40)
          let time = clock.monotonicNanoseconds - start
          if number == 0, step == 0 { first = time } else { times.append(time) }
          var inside = mask
          for i in inside.words.indices { inside.words[i] &= ~endings.words[i] }
          guard let token = random.token(inside), constraint.accept(token) else { break }
        }
      }
      builds.sort()
      times.sort()
      try report([
        "bench": "masks", "part": "quotes", "bytes": .number(JSONNumber(text.utf8.count)),
        "vocabulary": .number(JSONNumber(vocabulary.count)),
        "build_us": .number(JSONNumber(Int(builds[builds.count / 2]) / 1000)),
        "first_mask_us": .number(JSONNumber(Int(first) / 1000)),
        "masks": .number(JSONNumber(times.count)),
        "median_ns": .number(JSONNumber(Int(times[times.count / 2]))),
        "p99_ns": .number(JSONNumber(Int(times[times.count * 99 / 100]))),
        "max_ns": .number(JSONNumber(Int(times[times.count - 1]))),
      ])
    }
  }

  /// The tokens of what stands before a quote, byte by byte where no longer token fits.
  private func opening(_ constraint: QuotingConstraint) -> [TokenID] {
    var state = constraint
    var tokens: [TokenID] = []
    var rest = Array(#"{"quote": ""#.utf8)[...]
    var mask = TokenMask(count: trie.vocabulary.count)
    while !rest.isEmpty {
      state.fillMask(&mask, remaining: 1 << 40)
      let fitting = mask.allowed.filter { token in
        trie.vocabulary.kind(of: token) == .text && !trie.vocabulary.bytes(of: token).isEmpty
          && rest.starts(with: trie.vocabulary.bytes(of: token))
      }
      guard
        let token = fitting.max(by: {
          trie.vocabulary.bytes(of: $0).count < trie.vocabulary.bytes(of: $1).count
        }), state.accept(token)
      else { break }
      tokens.append(token)
      rest = rest.dropFirst(trie.vocabulary.bytes(of: token).count)
    }
    return tokens
  }
}
