// Patterns that repeat classes of characters over a vocabulary that mixes them: whole subtrees of tokens are
// taken at once there, and must be the same as byte by byte. And spaces of states that are begun anew.

import Grammars
import JSON
import JSONSchema
import TestSupport
import Testing
import Tokens

/// Tokens of random characters of many classes, some cut inside a character.
private enum MixedVocabulary {
  private static let characters: [String] = [
    "a", "b", "f", "g", "z", "A", "F", "Q", "0", "1", "9", " ", "\t", "\n", "_", "-", ".", "/", ":",
    ",", "{", "}", "[", "]", "\"", "\\", "\\n", "\\\"", "\\u0001", "\u{7F}", "é", "ÿ", "\u{A0}",
    "ж",
    "日", "\u{2028}", "\u{3000}", "\u{FEFF}", "😀", "\u{10FFFF}", "e", "E", "+", "u", "n",
  ]

  static let trie: TokenTrie = {
    var random = SeededRandom(seed: 5)
    var tokens: [[UInt8]] = [Array("<end>".utf8), Array("<turn>".utf8)]
    tokens += (0...255).map { [UInt8($0)] }
    var seen = Set(tokens)
    while tokens.count < 2000 {
      // Few different characters a token, so that many tokens are of one class alone.
      let some = (0..<Int.random(in: 1...3, using: &random)).map { _ in
        characters.randomElement(using: &random) ?? "a"
      }
      var text = (0..<Int.random(in: 1...5, using: &random)).flatMap { _ in
        Array((some.randomElement(using: &random) ?? "a").utf8)
      }
      if Int.random(in: 0..<4, using: &random) == 0 {
        text = (0..<Int.random(in: 2...9, using: &random)).map { _ in
          Array("abfgz_-".utf8).randomElement(using: &random) ?? 0x61
        }
      }
      if text.count > 1, Int.random(in: 0..<8, using: &random) == 0 { text.removeFirst() }
      if text.count > 1, Int.random(in: 0..<8, using: &random) == 0 { text.removeLast() }
      if seen.insert(text).inserted { tokens.append(text) }
    }
    let kinds = tokens.indices.map { $0 < 2 ? Vocabulary.Kind.control : .text }
    return TokenTrie(Vocabulary(tokens: tokens, kinds: kinds, endOfText: [TokenID(0)]))
  }()
}

@Suite struct LoopTests {
  private static let patterns = [
    "^[a-z]+$", "^[\\\\w.-]+(?:/[\\\\w.-]+)*$", "^[^:\\\\s]+:[^:\\\\s]+(:[^\\\\s]+)?$", "^.*$",
    "^\\\\S*$",
    "^[^\\\\x00-\\\\x1f]*$", "[0-9a-f]{2,}", "^([A-Z][a-z]*)*$", "^\\\\p{L}*$", "^[^\\\\uFEFF]*$",
    "^[^\\\"]*$", "^(?:ab|cd)*$", "^[\\\\u0080-\\\\uFFFF]+$", "^a*\\\\n*$", "\\\\.ts$",
    "^(?!a)[a-z]*[0-9]$",
    // Words that must or must not occur: tokens that are too short to end one are taken unseen.
    "abz", "ag|bab", "a.*f.*z", "^[a-z]{4}-", "(?:^|_)fgab(?:$|_)",
  ]

  private static var schemas: [String] {
    patterns.flatMap { pattern in
      [
        #"{"type":"string","pattern":"\#(pattern)"}"#,
        #"{"type":"object","patternProperties":{"\#(pattern)":{"type":"integer"}},"additionalProperties":false}"#,
        #"{"type":["string","number"],"not":{"pattern":"\#(pattern)"}}"#,
        #"{"type":"array","items":{"type":"string","pattern":"\#(pattern)","maxLength":3}}"#,
        #"{"items":{"type":"string","pattern":"\#(pattern)","minLength":1,"maxLength":40}}"#,
      ]
    } + [
      #"{"type":"string","oneOf":[{"pattern":"abz"},{"pattern":"zag"},{"pattern":"bf"}]}"#,
      #"{"type":"number"}"#, #"{"type":"array","items":{"type":"integer"}}"#, "{}",
    ]
  }

  private func grammar(_ text: String, _ space: GrammarOptions.WhiteSpace) throws -> Grammar {
    let schema = try Schema(try JSONValue.parse(Array(text.utf8)))
    return try Grammar(
      schema,
      options: GrammarOptions(
        limits: .none, whiteSpace: space, numbers: .any, contradictions: .accept))
  }

  @Test(arguments: schemas)
  func masksOfLoopsEqualAWalkOfEveryTokenByteByByte(text: String) throws {
    let trie = MixedVocabulary.trie
    let bound = try BoundGrammar(grammar(text, .any), trie: trie)
    var random = SeededRandom(seed: 3)
    var mask = TokenMask(count: trie.vocabulary.count)
    for _ in 0..<4 {
      var matcher = bound.makeMatcher()
      for _ in 0..<12 where !matcher.hasEnded {
        matcher.fillMask(&mask, remaining: 1 << 40)
        #expect(mask == Walker.mask(matcher))
        guard let token = mask.allowed.randomElement(using: &random) else { break }
        let isTaken = matcher.accept(token)
        #expect(isTaken)
      }
    }
  }

  @Test func aFreshSpaceOfStatesChangesNoMask() throws {
    let trie = MixedVocabulary.trie
    let text = #"{"type":"object","additionalProperties":{"type":"string","pattern":"^[a-z/]*$"}}"#
    let kept = try BoundGrammar(grammar(text, .none), trie: trie)
    let spent = try BoundGrammar(grammar(text, .none), trie: trie, greatestSpaceByteCount: 0)
    var random = SeededRandom(seed: 9)
    var mask = TokenMask(count: trie.vocabulary.count)
    var other = mask
    var older = spent.makeMatcher()
    for _ in 0..<20 {
      var a = kept.makeMatcher()
      var b = spent.makeMatcher()
      for _ in 0..<16 where !a.hasEnded {
        a.fillMask(&mask, remaining: 1 << 40)
        b.fillMask(&other, remaining: 1 << 40)
        #expect(mask == other)
        #expect(a.need == b.need)
        guard let token = mask.allowed.randomElement(using: &random) else { break }
        let isTaken = a.accept(token)
        let isTakenToo = b.accept(token)
        #expect(isTaken && isTakenToo)
      }
      // A generation that began earlier goes on in its own space.
      if !older.hasEnded {
        older.fillMask(&mask, remaining: 1 << 40)
        #expect(mask == Walker.mask(older))
        if let token = mask.allowed.randomElement(using: &random) { _ = older.accept(token) }
      }
    }
  }

  @Test func anAnswerThatFillsASpaceSeldomLeavesIt() throws {
    let trie = MixedVocabulary.trie
    let text = #"{"type":"array","items":{"type":"boolean"},"minItems":400}"#
    let bound = try BoundGrammar(grammar(text, .none), trie: trie, greatestSpaceByteCount: 0)
    var matcher = bound.makeMatcher()
    var mask = TokenMask(count: trie.vocabulary.count)
    var length = 0
    while matcher.need > 0, length < 4000 {
      matcher.fillMask(&mask, remaining: matcher.need)
      let token = try #require(mask.allowed.first)
      let isTaken = matcher.accept(token)
      try #require(isTaken)
      length += 1
    }
    #expect(length >= 800)
    #expect(matcher.renewalCount > 10 && matcher.renewalCount < 60)
  }

  @Test func aMaskThatTakesTooMuchWorkIsEmptyAndNamesItsPlace() throws {
    // Each text position may begin a match: the states are sets of up to 4,000 positions.
    let text =
      #"{"type":"object","properties":{"a":{"type":"string","pattern":"^(?:a|b)*a(?:a|b){4000}$"}}}"#
    let bound = try BoundGrammar(grammar(text, .none), trie: Self.letters)
    var matcher = bound.makeMatcher()
    var mask = TokenMask(count: Self.letters.vocabulary.count)
    for byte in "{\"a\":\"".utf8 {
      let isTaken = matcher.accept(TokenID(Int(byte) + 1))
      #expect(isTaken)
    }
    let longest = TokenID(Self.letters.vocabulary.count - 1)
    for _ in 0..<3 where matcher.exhaustion == nil {
      matcher.fillMask(&mask, remaining: 1 << 40)
      guard !mask.isEmpty else { break }
      let isTaken = matcher.accept(longest)
      #expect(isTaken)
    }
    matcher.fillMask(&mask, remaining: 1 << 40)
    #expect(mask.isEmpty)
    guard case .exhausted(let pointer, _)? = matcher.exhaustion else {
      Issue.record("no fault")
      return
    }
    #expect(pointer.isEmpty || pointer == "/a" || pointer == "/properties/a")
  }

  /// All bytes, and every text of eleven letters `a` and `b` and of two thousand letters `a`.
  private static let letters: TokenTrie = {
    var tokens: [[UInt8]] = [Array("<end>".utf8)]
    tokens += (0...255).map { [UInt8($0)] }
    for number in 0..<2048 {
      tokens.append((0..<11).map { number >> $0 & 1 == 0 ? 0x61 : 0x62 })
    }
    tokens.append([UInt8](repeating: 0x61, count: 2000))
    let kinds = tokens.indices.map { $0 < 1 ? Vocabulary.Kind.control : .text }
    return TokenTrie(Vocabulary(tokens: tokens, kinds: kinds, endOfText: [TokenID(0)]))
  }()

  @Test func aKeyUnderManyOverlappingPatternsTakesLittleWork() throws {
    // Each subset of the patterns is a kind of keys of its own.
    let text = """
      {"type":"object","patternProperties":{"a":{"multipleOf":2},"b":{"multipleOf":3},
       "c":{"multipleOf":5},"d":{"multipleOf":7},"e":{"minimum":5},"f":{"maximum":1000}}}
      """
    let bound = try BoundGrammar(grammar(text, .none), trie: Self.words)
    var matcher = bound.makeMatcher()
    let vocabulary = Self.words.vocabulary
    for byte in "{\"abcdef\":210,\"".utf8 {
      let isTaken = matcher.accept(TokenID(Int(byte) + 1))
      #expect(isTaken)
    }
    var mask = TokenMask(count: vocabulary.count)
    var random = SeededRandom(seed: 5)
    for budget in [1 << 40, matcher.need + 4] {
      matcher.fillMask(&mask, remaining: budget)
      #expect(!mask.isEmpty)
      #expect(matcher.exhaustion == nil)
      for _ in 0..<200 {
        let token = TokenID(Int.random(in: 1..<vocabulary.count, using: &random))
        var next = matcher
        let mayFollow = next.accept(token) && next.need < budget
        #expect(mask.contains(token) == mayFollow)
      }
    }
  }

  /// All bytes, and every text of four of fourteen letters.
  private static let words: TokenTrie = {
    var tokens: [[UInt8]] = [Array("<end>".utf8)]
    tokens += (0...255).map { [UInt8($0)] }
    for number in 0..<(14 * 14 * 14 * 14) {
      tokens.append([1, 14, 196, 2744].map { UInt8(0x61 + number / $0 % 14) })
    }
    let kinds = tokens.indices.map { $0 < 1 ? Vocabulary.Kind.control : .text }
    return TokenTrie(Vocabulary(tokens: tokens, kinds: kinds, endOfText: [TokenID(0)]))
  }()
}
