import Grammars
import JSON
import JSONSchema
import TestSupport
import Testing
import Tokens

/// Judges texts and masks without the tree of tokens: byte by byte through the matcher.
enum Walker {
  /// Returns whether a matcher takes a text as single-byte tokens and may end then.
  static func takes(_ text: String, _ matcher: GrammarMatcher) -> Bool {
    var matcher = matcher
    for byte in text.utf8 where !matcher.accept(TokenID(Int(byte) + 2)) { return false }
    return matcher.isComplete
  }

  /// Returns the mask as the set of tokens that a copy of the matcher accepts.
  static func mask(_ matcher: GrammarMatcher, bound: Int = .max) -> TokenMask {
    var mask = TokenMask(count: matcher.vocabulary.count)
    for index in 0..<matcher.vocabulary.count {
      var copy = matcher
      if copy.accept(TokenID(index)), copy.need <= bound { mask.insert(TokenID(index)) }
    }
    return mask
  }
}

@Suite struct MaskTests {
  @Test(arguments: SampleSchemas.all)
  func everySampleTakesAndRefusesWhatItMust(sample: SampleSchema) throws {
    let bound = try BoundGrammar(sample.grammar(), trie: SyntheticVocabulary.trie)
    for text in sample.taken {
      #expect(Walker.takes(text, bound.makeMatcher()), "refused \(text)")
    }
    for text in sample.refused {
      #expect(!Walker.takes(text, bound.makeMatcher()), "took \(text)")
    }
  }

  @Test(arguments: SampleSchemas.all)
  func masksEqualAWalkOfEveryTokenByteByByte(sample: SampleSchema) throws {
    let bound = try BoundGrammar(sample.grammar(), trie: SyntheticVocabulary.trie)
    var random = SeededRandom(seed: 7)
    var mask = TokenMask(count: bound.trie.vocabulary.count)
    for _ in 0..<12 {
      var matcher = bound.makeMatcher()
      for _ in 0..<24 where !matcher.hasEnded {
        matcher.fillMask(&mask, remaining: 1 << 30)
        let expected = Walker.mask(matcher)
        guard mask == expected else {
          reportDifference(mask, expected, sample)
          return
        }
        let allowed = mask.allowed
        guard let token = allowed.randomElement(using: &random) else {
          Issue.record("an empty mask")
          return
        }
        let isTaken = matcher.accept(token)
        #expect(isTaken)
      }
    }
  }

  @Test(arguments: SampleSchemas.all)
  func nearTheBudgetMasksKeepExactlyWhatStillFits(sample: SampleSchema) throws {
    let bound = try BoundGrammar(sample.grammar(), trie: SyntheticVocabulary.trie)
    var random = SeededRandom(seed: 11)
    var mask = TokenMask(count: bound.trie.vocabulary.count)
    for round in 0..<8 {
      var matcher = bound.makeMatcher()
      var remaining = matcher.need + round * 2
      while !matcher.hasEnded {
        matcher.fillMask(&mask, remaining: remaining)
        let expected = Walker.mask(matcher, bound: remaining - 1)
        guard mask == expected else {
          reportDifference(mask, expected, sample)
          return
        }
        guard let token = mask.allowed.randomElement(using: &random) else {
          Issue.record("an empty mask with \(remaining) tokens left")
          return
        }
        let isTaken = matcher.accept(token)
        #expect(isTaken)
        remaining -= 1
      }
      #expect(remaining >= 0)
    }
  }

  @Test(arguments: [
    (
      #"{"type":"string","allOf":[{"pattern":"a"},{"pattern":"b"}],"not":{"pattern":"ab"}}"#,
      "\"ba\""
    ),
    (
      #"{"type":"string","pattern":"^(?:[a-f]{2}){3,}$","not":{"pattern":"^.{6}$"}}"#,
      "\"aaaaaaaa\""
    ),
    (#"{"type":"string","pattern":"^(?:xé|x{5})$","maxLength":4}"#, "\"xé\""),
    (#"{"type":"string","pattern":"^(?:xéééé|xxxxxxx)$","maxLength":6}"#, "\"xéééé\""),
    (#"{"type":"integer","multipleOf":7,"allOf":[{"multipleOf":6}],"minimum":100}"#, "126"),
    (#"{"type":"integer","multipleOf":429,"exclusiveMaximum":-100000}"#, "-100386"),
    (
      #"{"type":"integer","anyOf":[{"multipleOf":33},{"multipleOf":12}],"not":{"multipleOf":4},"minimum":1}"#,
      "33"
    ),
  ])
  func theNeedOfTheStartIsTheLengthOfAShortestValueAndOne(text: String, shortest: String) throws {
    let grammar = try Grammar(Schema(JSONValue.parse(text)))
    let matcher = try BoundGrammar(grammar, trie: SyntheticVocabulary.trie).makeMatcher()
    #expect(Walker.takes(shortest, matcher))
    #expect(matcher.need == shortest.utf8.count + 1)
  }

  /// What keys that are owed need is estimated before the object is begun, and known from then on.
  @Test(arguments: [
    (
      #"{"type":"object","not":{"patternProperties":{"^cdeb":false}}}"#,
      ["{ ", "  {\n", "{ \"cdeb"]
    ),
    (
      #"{"type":"object","minProperties":3,"additionalProperties":{"type":["null","object"]}}"#,
      ["{ ", "{\"\":null ", "{\"a\":null , ", "{\"a\":{} ", "{\"a\":{ ", "{\"a\":nul"]
    ),
    (
      ##"""
      {"type":"object","properties":{"a":{"type":"integer"}},"maxProperties":3,
       "allOf":[{"not":{"patternProperties":{"^ab":false}}},
        {"not":{"patternProperties":{"^[0-9]+a$":{"type":"null"}}}}]}
      """##, ["{ ", "{\"a\":1", "{\"a\":1 ", "{\"a\" : 1, ", "{\"ab\":[] ", "{\"ab\":[ "]
    ),
  ])
  func budgetsCountOnWhatBegins(text: String, beginnings: [String]) throws {
    let sample = SampleSchema(name: "", text: text)
    let options = GrammarOptions(limits: .none, whiteSpace: .any, numbers: .any)
    let bound = try BoundGrammar(sample.grammar(options), trie: SyntheticVocabulary.trie)
    for beginning in beginnings {
      var matcher = bound.makeMatcher()
      for (place, byte) in beginning.utf8.enumerated() {
        let isTaken = matcher.accept(TokenID(Int(byte) + 2))
        try #require(isTaken, "refused byte \(place) of \(beginning)")
      }
      var mask = TokenMask(count: bound.trie.vocabulary.count)
      for greatest in max(1, matcher.need - 3)...matcher.need + 12 {
        matcher.fillMask(&mask, remaining: greatest + 1)
        let expected = Walker.mask(matcher, bound: greatest)
        #expect(mask == expected, "\(beginning), \(greatest) of \(matcher.need)")
      }
    }
  }

  private func reportDifference(_ mask: TokenMask, _ expected: TokenMask, _ sample: SampleSchema) {
    let vocabulary = SyntheticVocabulary.trie.vocabulary
    for index in 0..<mask.count
    where mask.contains(TokenID(index)) != expected.contains(TokenID(index)) {
      let text = String(decoding: vocabulary.bytes(of: TokenID(index)), as: UTF8.self)
      Issue.record(
        "\(sample): token \(text) is \(mask.contains(TokenID(index)) ? "extra" : "missing")")
      return
    }
  }
}
