import Grammars
import JSON
import JSONSchema
import TestSupport
import Testing
import Tokens

/// Whatever the masks take, the independent validator takes too.
@Suite struct AgreementTests {
  /// Values that many keywords tell apart.
  private static let pool: [JSONValue] = [
    nil, true, false, 0, 1, 2, 7, 10, 14, 100, "", "a", "ab", "ab-12", "red", "re", "1", [],
    {
      var object = JSONObject()
      object["a"] = 1
      return .object(object)
    }(),
  ]

  /// Draws a value of bounded depth.
  private func value(_ depth: Int, _ random: inout SeededRandom) -> JSONValue {
    let scalar = Self.pool.randomElement(using: &random) ?? nil
    switch depth > 0 ? Int.random(in: 0..<4, using: &random) : 0 {
    case 1, 2:
      var object = JSONObject()
      for _ in 0..<Int.random(in: 0...3, using: &random) {
        let name = ["a", "b", "c", "ab", "kind", "x", "y"].randomElement(using: &random) ?? "a"
        object[name] = value(depth - 1, &random)
      }
      return .object(object)
    case 3:
      return .array(
        (0..<Int.random(in: 0...3, using: &random)).map { _ in value(depth - 1, &random) })
    default: return scalar
    }
  }

  /// Exchanges, drops or repeats one byte of a text.
  private func mutation(_ text: String, _ random: inout SeededRandom) -> String {
    var bytes = Array(text.utf8)
    guard !bytes.isEmpty else { return text }
    let place = Int.random(in: 0..<bytes.count, using: &random)
    switch Int.random(in: 0..<3, using: &random) {
    case 0: bytes.remove(at: place)
    case 1: bytes.insert(bytes[place], at: place)
    default: bytes[place] = Array("01a\"{}[],:".utf8).randomElement(using: &random) ?? 0x30
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test(
    arguments: SampleSchemas.all, [GrammarOptions.MemberOrder.schema, .any])
  func nothingIsTakenThatTheValidatorRefuses(
    sample: SampleSchema, order: GrammarOptions.MemberOrder
  ) throws {
    let options = GrammarOptions(
      limits: .none, numbers: order == .any ? .any : .plain, memberOrder: order)
    let bound = try BoundGrammar(sample.grammar(options), trie: SyntheticVocabulary.trie)
    let judge = try SchemaValidator(sample.schema())
    var random = SeededRandom(seed: 5)
    var texts = (0..<300).map { _ in value(3, &random).text }
    for text in sample.taken + sample.refused {
      texts.append(text)
      for _ in 0..<20 { texts.append(mutation(text, &random)) }
    }
    for text in texts where Walker.takes(text, bound.makeMatcher()) {
      let violations = try judge.violations(of: JSONValue.parse(Array(text.utf8)))
      #expect(violations == [], "\(text)")
    }
  }

  @Test(arguments: SampleSchemas.all)
  func whatTheValidatorTakesIsTakenInAnyOrderAndSpelling(sample: SampleSchema) throws {
    let options = GrammarOptions(limits: .none, numbers: .any, memberOrder: .any)
    let bound = try BoundGrammar(sample.grammar(options), trie: SyntheticVocabulary.trie)
    for text in sample.taken {
      #expect(Walker.takes(text, bound.makeMatcher()), "refused \(text)")
    }
  }

  @Test func membersStandInAnyOrderIfThatIsWanted() throws {
    let sample = SampleSchema(
      name: "",
      text:
        #"{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"null"}},"required":["a"],"additionalProperties":false}"#
    )
    let bound = try BoundGrammar(
      sample.grammar(GrammarOptions(memberOrder: .any)), trie: SyntheticVocabulary.trie)
    #expect(Walker.takes(#"{"b":null,"a":1}"#, bound.makeMatcher()))
    #expect(Walker.takes(#"{"a":1,"b":null}"#, bound.makeMatcher()))
    #expect(!Walker.takes(#"{"b":null}"#, bound.makeMatcher()))
    #expect(!Walker.takes(#"{"a":1,"a":1}"#, bound.makeMatcher()))
  }

  @Test func numbersInAnySpellingKeepTheirValue() throws {
    let sample = SampleSchema(name: "", text: #"{"type":"integer","minimum":1,"maximum":20}"#)
    let bound = try BoundGrammar(
      sample.grammar(GrammarOptions(limits: .none, numbers: .any)),
      trie: SyntheticVocabulary.trie)
    #expect(Walker.takes("12.00", bound.makeMatcher()))
    #expect(!Walker.takes("12.01", bound.makeMatcher()))
    #expect(!Walker.takes("1e1", bound.makeMatcher()))
    #expect(!Walker.takes("0.0", bound.makeMatcher()))
  }

  @Test func thatAnIntegerOfDraft4IsNoneInAnotherSpellingIsInTheMask() throws {
    let dialect = #""$schema":"http://json-schema.org/draft-04/schema#""#
    let sample = SampleSchema(
      name: "", text: "{\(dialect),\"type\":\"number\",\"not\":{\"type\":\"integer\"}}")
    let bound = try BoundGrammar(
      sample.grammar(GrammarOptions(limits: .none, numbers: .any)),
      trie: SyntheticVocabulary.trie)
    for text in ["1.0", "1.5", "1e0", "15e-1"] {
      #expect(Walker.takes(text, bound.makeMatcher()), "refused \(text)")
    }
    for text in ["1", "-0", "120"] {
      #expect(!Walker.takes(text, bound.makeMatcher()), "took \(text)")
    }
  }

  @Test func anUnsatisfiableSchemaCanBeAnEmptyGrammar() throws {
    let sample = SampleSchema(name: "", text: #"{"type":"string","minLength":2,"maxLength":1}"#)
    let bound = try BoundGrammar(
      sample.grammar(GrammarOptions(contradictions: .accept)), trie: SyntheticVocabulary.trie)
    var mask = TokenMask(count: bound.trie.vocabulary.count)
    var matcher = bound.makeMatcher()
    matcher.fillMask(&mask, remaining: 1 << 40)
    #expect(mask.isEmpty)
    #expect(!matcher.isComplete)
  }
}
