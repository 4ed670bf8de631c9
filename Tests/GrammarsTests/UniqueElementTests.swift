import Grammars
import JSON
import JSONSchema
import TestSupport
import Testing
import Tokens

/// Arrays whose elements must differ, under budgets that just suffice: what is taken makes the next element
/// dearer, and a budget that is met is enough all the same.
@Suite struct UniqueElementTests {
  private static let open =
    #"{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":{"type":["string","boolean"]}}"#

  private static func array(_ items: String, _ more: String = "") -> String {
    #"{"type":"array","uniqueItems":true,"items":\#(items)\#(more)}"#
  }

  /// Schemas of which all is in the masks.
  static let schemas: [String] = [
    array(open),
    array(open, #","minItems":3"#),
    array(#"{"type":"array","items":{"enum":[1,2]},"maxItems":2}"#),
    array(#"{"type":"array","items":{"enum":[1,2]},"maxItems":2}"#, #","minItems":7"#),
    array(
      #"{"type":"array","items":{"type":"array","items":{"const":"x"},"maxItems":2},"maxItems":2}"#
    ),
    array(#"{"type":"array"}"#, #","minItems":5"#),
    array(#"{"type":["object","string","null"]}"#),
    array(#"{"anyOf":[{"type":"array","items":{"type":"boolean"}},{"enum":["","a",{}]}]}"#),
    array(
      #"{"type":"object","additionalProperties":{"const":1},"propertyNames":{"enum":["x","y","z"]}}"#
    ),
    array(
      #"{"type":"object","additionalProperties":{"const":1},"propertyNames":{"enum":["x","y","z"]}}"#,
      #","minItems":8"#),
    array(
      #"{"type":"object","additionalProperties":{"enum":["r","gray"]},"maxProperties":2,"propertyNames":{"enum":["x","yy","zzzzzzzzzz"]}}"#
    ),
    array(
      #"{"type":"object","properties":{"a":{"enum":["x","a text that is far longer than the other"]}},"required":["a"],"additionalProperties":false}"#
    ),
    array(
      #"{"type":"object","properties":{"k":{"type":"integer"},"more":{"type":"object","additionalProperties":{"type":"boolean"}}},"required":["k"],"additionalProperties":false}"#,
      #","minItems":12"#),
    array(
      #"{"type":"object","required":["b"],"properties":{"b":{"minimum":1000,"type":"integer"}}}"#
    ),
    array(
      #"{"anyOf":[{"properties":{"a":{"const":1},"b":{"const":2}},"required":["a"],"additionalProperties":false,"type":"object"},{"properties":{"b":{"const":2},"a":{"const":1}},"required":["b"],"additionalProperties":false,"type":"object"}]}"#
    ),
    array("true"),
    array(#"{"type":"string"}"#, #","minItems":4,"contains":{"maxLength":1},"minContains":3"#),
    array(#"{"type":"integer"}"#, #","contains":{"minimum":7},"minContains":5"#),
    array(#"{"enum":["","a","bb",null]}"#, #","minItems":3"#),
    #"{"type":"object","properties":{"o":\#(array(open)),"p":\#(array(#"{"type":"array","items":{"type":"null"},"maxItems":3}"#))},"additionalProperties":{"type":"integer"}}"#,
    #"{"type":"array","uniqueItems":true,"prefixItems":[\#(open),{"type":"object"}],"items":{"type":["array","boolean"]}}"#,
    ##"{"$defs":{"n":{"type":"object","properties":{"l":{"$ref":"#/$defs/n"},"r":{"$ref":"#/$defs/n"}},"additionalProperties":false}},"type":"array","uniqueItems":true,"items":{"$ref":"#/$defs/n"},"minItems":2}"##,
  ]

  private static let spaces: [GrammarOptions] = [
    GrammarOptions(), GrammarOptions(whiteSpace: .separators),
    GrammarOptions(limits: .none, whiteSpace: .any, numbers: .any, memberOrder: .any),
  ]

  private func bound(_ text: String, _ options: GrammarOptions) throws -> BoundGrammar {
    try BoundGrammar(
      SampleSchema(name: "", text: text).grammar(options), trie: SyntheticVocabulary.trie)
  }

  /// Spells a text by tokens of one byte each.
  private func spell(_ text: String, _ matcher: inout GrammarMatcher) {
    for byte in text.utf8 {
      let isTaken = matcher.accept(TokenID(Int(byte) + 2))
      #expect(isTaken, "\(byte) is refused")
    }
  }

  @Test(arguments: schemas, spaces)
  func everyAnswerThatHasItsBudgetEndsAndIsValid(schema: String, options: GrammarOptions) throws {
    let bound = try bound(schema, options)
    let judge = try SchemaValidator(SampleSchema(name: "", text: schema).schema())
    #expect(!bound.grammar.report.entries.contains { $0.enforcement == .checkedAfter })
    var random = SeededRandom(seed: 11)
    var mask = TokenMask(count: bound.trie.vocabulary.count)
    let least = bound.makeMatcher().need
    for round in 0..<40 {
      var matcher = bound.makeMatcher()
      var text: [UInt8] = []
      let budget = Int.random(in: least...(least * 4), using: &random) + (round % 4) * 10
      var remaining = budget
      while !matcher.hasEnded {
        matcher.fillMask(&mask, remaining: remaining)
        // Every other answer goes on where it can, so that elements become many.
        let more = mask.allowed.filter {
          bound.trie.vocabulary.bytes(of: $0).contains(UInt8(ascii: ","))
        }
        let token =
          (round % 2 == 0 ? more.randomElement(using: &random) : nil)
          ?? mask.allowed.randomElement(using: &random)
        guard let token, matcher.accept(token) else {
          Issue.record(
            "an empty mask after \(String(decoding: text, as: UTF8.self)), \(remaining) of \(budget)"
          )
          return
        }
        if bound.trie.vocabulary.kind(of: token) == .text {
          text.append(contentsOf: bound.trie.vocabulary.bytes(of: token))
        }
        remaining -= 1
        #expect(matcher.need <= remaining)
      }
      let violations = try judge.violations(of: JSONValue.parse(text))
      #expect(violations == [], "\(String(decoding: text, as: UTF8.self))")
    }
  }

  @Test func theShortestElementThatIsNewCounts() throws {
    let bound = try bound(Self.array(Self.open), GrammarOptions())
    var matcher = bound.makeMatcher()
    spell("[{},", &matcher)
    // {"":""}] or {"a":""}] would do, {"":true}] is longer.
    #expect(matcher.need == #"{"":""}]"#.utf8.count + 1)
    var mask = TokenMask(count: bound.trie.vocabulary.count)
    matcher.fillMask(&mask, remaining: matcher.need)
    #expect(mask.allowed == [TokenID(0x7B + 2)] || mask.contains(TokenID(0x7B + 2)))
    spell(#"{"":""},"#, &matcher)
    #expect(matcher.need == #"{"a":""}]"#.utf8.count + 1)
  }

  @Test func membersInAnotherOrderAreTheSameElement() throws {
    let schema = Self.array(
      #"{"type":"object","additionalProperties":{"const":1},"maxProperties":2}"#)
    let bound = try bound(schema, GrammarOptions())
    #expect(Walker.takes(#"[{"a":1,"b":1},{"b":1,"c":1}]"#, bound.makeMatcher()))
    #expect(!Walker.takes(#"[{"a":1,"b":1},{"b":1,"a":1}]"#, bound.makeMatcher()))
    #expect(!Walker.takes(#"[{"a":1,"b":1},{"a":1,"b":1}]"#, bound.makeMatcher()))
    var matcher = bound.makeMatcher()
    spell(#"[{"a":1,"b":1},{"b":1,""#, &matcher)
    // The shortest key is empty, and after "a" the key must go on.
    #expect(matcher.need == #"":1}]"#.utf8.count + 1)
    spell("a", &matcher)
    #expect(matcher.need == #"x":1}]"#.utf8.count + 1)
  }

  @Test func anArrayEndsWhenItsElementsHaveRunOut() throws {
    let bound = try bound(
      Self.array(#"{"type":"array","items":{"const":1},"maxItems":1}"#), GrammarOptions())
    #expect(Walker.takes("[[1],[]]", bound.makeMatcher()))
    var matcher = bound.makeMatcher()
    spell("[[1],[]", &matcher)
    let text = matcher.dictatedText(limit: 9)
    #expect(text == DictatedText(bytes: [0x5D], endsAnswer: true))
  }

  @Test func moreElementsThanThereAreIsAContradiction() throws {
    let schema = Self.array(
      #"{"type":"array","items":{"const":1},"maxItems":1}"#, #","minItems":3"#)
    #expect(throws: GrammarError.unsatisfiable(pointer: "")) {
      try bound(schema, GrammarOptions())
    }
    let enough = Self.array(
      #"{"type":"array","items":{"const":1},"maxItems":1}"#, #","minItems":2"#)
    // Of two elements that differ the second may be as long as the longer one.
    #expect(try bound(enough, GrammarOptions()).makeMatcher().need == "[[],[1]]".utf8.count + 1)
  }
}
