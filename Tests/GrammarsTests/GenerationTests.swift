import Grammars
import JSON
import JSONSchema
import TestSupport
import Testing
import Tokens

@Suite struct GenerationTests {
  /// Draws a token from a mask, half of the time with a liking for tokens that close or go on.
  private func draw(
    _ mask: TokenMask, _ vocabulary: Vocabulary, biased: Bool, _ random: inout SeededRandom
  ) -> TokenID? {
    let allowed = mask.allowed
    if biased {
      let liked = allowed.filter { token in
        vocabulary.kind(of: token) != .text
          || vocabulary.bytes(of: token).contains { [0x22, 0x7D, 0x5D, 0x2C].contains($0) }
      }
      if let token = liked.randomElement(using: &random) { return token }
    }
    return allowed.randomElement(using: &random)
  }

  private func generate(
    _ bound: BoundGrammar, budget: Int, biased: Bool, _ random: inout SeededRandom
  ) -> [UInt8]? {
    var matcher = bound.makeMatcher()
    var mask = TokenMask(count: bound.trie.vocabulary.count)
    var text: [UInt8] = []
    var remaining = budget
    while !matcher.hasEnded {
      matcher.fillMask(&mask, remaining: remaining)
      guard let token = draw(mask, bound.trie.vocabulary, biased: biased, &random),
        matcher.accept(token)
      else { return nil }
      if bound.trie.vocabulary.kind(of: token) == .text {
        text.append(contentsOf: bound.trie.vocabulary.bytes(of: token))
      }
      remaining -= 1
    }
    return remaining >= 0 ? text : nil
  }

  @Test(arguments: SampleSchemas.all, [GrammarOptions.WhiteSpace.none, .separators])
  func everyRandomAnswerEndsWithinItsBudgetAndIsValid(
    sample: SampleSchema, whiteSpace: GrammarOptions.WhiteSpace
  ) throws {
    let bound = try BoundGrammar(
      sample.grammar(GrammarOptions(whiteSpace: whiteSpace)), trie: SyntheticVocabulary.trie)
    let judge = try SchemaValidator(sample.schema())
    var random = SeededRandom(seed: 3)
    let least = bound.makeMatcher().need
    for round in 0..<60 {
      let budget = Int.random(in: least...(least * 4 + 20), using: &random)
      guard let text = generate(bound, budget: budget, biased: round % 2 == 0, &random) else {
        Issue.record("no end within \(budget) tokens")
        return
      }
      let value = try JSONValue.parse(text)
      let violations = try judge.violations(of: value)
      #expect(violations == [], "\(String(decoding: text, as: UTF8.self))")
      let compact = whiteSpace == .none ? text : withoutSeparators(text)
      #expect(value.bytes == compact, "another spelling than the one of \(whiteSpace)")
    }
  }

  /// Takes out the spaces after commas and colons and the line breaks around elements, nothing else.
  private func withoutSeparators(_ text: [UInt8]) -> [UInt8] {
    let (quote, comma, bracket) = (UInt8(ascii: "\""), UInt8(ascii: ","), UInt8(ascii: "["))
    var result: [UInt8] = []
    var isInside = false
    var isEscaped = false
    var last: UInt8 = 0
    for (i, byte) in text.enumerated() {
      if isInside {
        isInside = isEscaped || byte != quote
        isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
      } else {
        let isSpace = byte == 0x20 && (last == comma || last == UInt8(ascii: ":"))
        let isBreak =
          byte == 0x0A && (last == comma || last == bracket || text[i + 1] == UInt8(ascii: "]"))
        last = byte
        if isSpace || isBreak { continue }
        isInside = byte == quote
      }
      result.append(byte)
    }
    return result
  }

  /// Moves on by tokens of one byte each.
  private func spell(_ bytes: [UInt8], _ matcher: inout GrammarMatcher) {
    for byte in bytes {
      let isTaken = matcher.accept(TokenID(Int(byte) + 2))
      #expect(isTaken, "\(byte) is refused")
    }
  }

  @Test func dictatedTextIsTheOnlyContinuation() throws {
    let sample = SampleSchema(
      name: "",
      text:
        #"{"type":"object","properties":{"name":{"const":"x"},"id":{"type":"integer"}},"required":["name","id"],"additionalProperties":false}"#
    )
    let bound = try BoundGrammar(sample.grammar(), trie: SyntheticVocabulary.trie)
    var matcher = bound.makeMatcher()
    let text = matcher.dictatedText(limit: 100)
    let cut = matcher.dictatedText(limit: 4).bytes
    #expect(String(decoding: text.bytes, as: UTF8.self) == #"{"name":"x","id":"#)
    #expect(!text.endsAnswer)
    #expect(cut == Array("{\"na".utf8))
    spell(text.bytes + Array("12".utf8), &matcher)
    let open = matcher.dictatedText(limit: 9)
    #expect(open == DictatedText(bytes: [], endsAnswer: false))
    spell(Array("}".utf8), &matcher)
    let closed = matcher.dictatedText(limit: 9)
    #expect(closed == DictatedText(bytes: [], endsAnswer: true))
    #expect(matcher.isComplete)
    let hasEnded = matcher.accept(SyntheticVocabulary.endOfText)
    #expect(hasEnded)
    #expect(matcher.hasEnded)
  }

  @Test func labelsAreKnownExactlyWhereAnEnumerationStarts() throws {
    let sample = SampleSchema(
      name: "",
      text:
        #"{"type":"object","properties":{"kind":{"enum":["b","a"]}},"required":["kind"],"additionalProperties":false}"#
    )
    let bound = try BoundGrammar(sample.grammar(), trie: SyntheticVocabulary.trie)
    var matcher = bound.makeMatcher()
    #expect(matcher.labels() == nil)
    spell(Array(#"{"kind":"#.utf8), &matcher)
    #expect(matcher.labels() == [Array("\"b\"".utf8), Array("\"a\"".utf8)])
    spell([0x22], &matcher)
    #expect(matcher.labels() == nil)
  }

  @Test func aLimitThatStopsAnAnswerIsNamed() throws {
    let sample = SampleSchema(
      name: "",
      text:
        #"{"type":"object","properties":{"a":{"type":"array","items":{"type":"string"}}},"required":["a"],"additionalProperties":false}"#
    )
    let limits = GenerationLimits(string: 2, items: 2)
    let bound = try BoundGrammar(
      sample.grammar(GrammarOptions(limits: limits)), trie: SyntheticVocabulary.trie)
    var matcher = bound.makeMatcher()
    spell(Array(#"{"a":["x""#.utf8), &matcher)
    #expect(matcher.limitsMet == [])
    spell(Array(#","xy"#.utf8), &matcher)
    #expect(matcher.limitsMet == ["/a/*"])
    let isTaken = matcher.accept(TokenID(Int(0x61) + 2))
    #expect(!isTaken)
    spell([0x22], &matcher)
    #expect(matcher.limitsMet == ["/a/*", "/a"])
    #expect(Walker.takes("]}", matcher))
  }

  @Test func nestingStopsAtTheDepthLimit() throws {
    let sample = SampleSchema(name: "", text: ##"{"type":"array","items":{"$ref":"#"}}"##)
    let bound = try BoundGrammar(
      sample.grammar(GrammarOptions(limits: GenerationLimits(depth: 3))),
      trie: SyntheticVocabulary.trie)
    #expect(Walker.takes("[[[]]]", bound.makeMatcher()))
    #expect(!Walker.takes("[[[[[]]]]]", bound.makeMatcher()))
  }

  /// Objects below the limit that must have a member which nests on get it, whatever the limit says.
  @Test func whatIsOwedBelowTheDepthLimitMayBeWritten() throws {
    let word =
      ##"{"type":"object","properties":{"a":{"$ref":"#/$defs/word"}},"##
      + ##""additionalProperties":false}"##
    // Every object owes a member but each sixth.
    let owing = (0..<6).map { index in
      let least = index == 5 ? 0 : 1
      return ##""\##(index)":{"minProperties":\##(least),"##
        + ##""additionalProperties":{"$ref":"#/$defs/\##((index + 1) % 6)"}}"##
    }
    let sample = SampleSchema(
      name: "",
      text: ##"{"allOf":[{"$ref":"#/$defs/word"},{"$ref":"#/$defs/0"}],"$defs":{"word":\##(word),"##
        + owing.joined(separator: ",") + "}}")
    let judge = try SchemaValidator(sample.schema())
    var random = SeededRandom(seed: 5)
    var lengths: Set<Int> = []
    for depth in 1...8 {
      let bound = try BoundGrammar(
        sample.grammar(GrammarOptions(limits: GenerationLimits(depth: depth))),
        trie: SyntheticVocabulary.trie)
      let least = bound.makeMatcher().need
      for budget in [least, least + 3, 4 * least] {
        let text = try #require(generate(bound, budget: budget, biased: false, &random))
        #expect(try judge.violations(of: JSONValue.parse(text)) == [])
        lengths.insert(text.count)
      }
    }
    #expect(lengths.contains { $0 > 36 }, "some nest beyond the first level that may end")
  }

  @Test func bytesThatAVocabularyCannotSpellAreLeftOut() throws {
    let vocabulary = SyntheticVocabulary.make(missing: [0xC3, 0x7A])
    let trie = TokenTrie(vocabulary)
    let string = SampleSchema(name: "", text: #"{"type":"string","minLength":1}"#)
    let matcher = try BoundGrammar(string.grammar(), trie: trie).makeMatcher()
    #expect(Walker.takes(#""ab""#, matcher))
    #expect(!Walker.takes("\"é\"", matcher))
    let literal = SampleSchema(name: "", text: #"{"enum":["a","z"]}"#)
    #expect(throws: GrammarError.unspellable(pointer: "", byte: 0x7A)) {
      try BoundGrammar(literal.grammar(), trie: trie)
    }
  }

  @Test func nothingIsLeftOfAGrammarThatIsDropped() throws {
    final class Seen {
      weak var state: AnyObject?
    }
    let seen = Seen()
    func generate() throws {
      let sample = SampleSchema(name: "", text: #"{"type":"array","items":{"type":"boolean"}}"#)
      let bound = try BoundGrammar(
        sample.grammar(GrammarOptions(limits: .none)), trie: SyntheticVocabulary.trie)
      var matcher = bound.makeMatcher()
      spell(Array("[true,false".utf8), &matcher)
      seen.state = matcher.sharedState
      // Without limits the second comma leads back to where the first one led.
      spell(Array(",true,false".utf8), &matcher)
      #expect(seen.state === matcher.sharedState)
    }
    try generate()
    #expect(seen.state == nil)
  }

  @Test func manyThreadsSeeTheSameMasks() async throws {
    let sample = try #require(SampleSchemas.all.first { $0.name == "anything" })
    let grammar = try sample.grammar()
    let shared = try BoundGrammar(grammar, trie: SyntheticVocabulary.trie)
    func walk(_ bound: BoundGrammar, _ seed: UInt64) -> [TokenMask] {
      var random = SeededRandom(seed: seed)
      var matcher = bound.makeMatcher()
      var mask = TokenMask(count: bound.trie.vocabulary.count)
      var result: [TokenMask] = []
      for _ in 0..<40 where !matcher.hasEnded {
        matcher.fillMask(&mask, remaining: 400)
        result.append(mask)
        guard let token = mask.allowed.randomElement(using: &random), matcher.accept(token) else {
          break
        }
      }
      return result
    }
    let found = await withTaskGroup(of: (UInt64, [TokenMask]).self) { group in
      for seed in UInt64(0)..<8 { group.addTask { (seed, walk(shared, seed)) } }
      var result: [UInt64: [TokenMask]] = [:]
      for await (seed, masks) in group { result[seed] = masks }
      return result
    }
    for seed in UInt64(0)..<8 {
      let alone = try BoundGrammar(grammar, trie: SyntheticVocabulary.trie)
      #expect(found[seed] == walk(alone, seed))
    }
  }
}
