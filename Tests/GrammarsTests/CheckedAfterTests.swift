import Grammars
import JSON
import JSONSchema
import Testing
import Tokens

/// Keywords for which the masks allow too much, and say so.
@Suite struct CheckedAfterTests {
  private struct Loose: Sendable, CustomStringConvertible {
    let text: String
    let pointer: String
    let keyword: String
    /// Valid values, which the masks must take.
    let valid: [String]
    /// Values that the masks take although they are not valid.
    let invalid: [String]

    var description: String { text }
  }

  private static let samples = [
    Loose(
      text: #"{"type":"string","pattern":"\\bx\\b"}"#, pointer: "", keyword: "pattern",
      valid: [#""x""#, #""a x b""#], invalid: [#""xy""#]),
    Loose(
      text: #"{"type":"string","pattern":"(?<=a)b","maxLength":3}"#, pointer: "",
      keyword: "pattern", valid: [#""ab""#], invalid: [#""bb""#]),
    Loose(
      text:
        #"{"type":"object","properties":{"k":{"not":{"pattern":"\\bx"}}},"additionalProperties":false}"#,
      pointer: "/properties/k/not", keyword: "pattern", valid: [#"{"k":"ax"}"#, "{}"],
      invalid: [#"{"k":"x"}"#]),
    Loose(
      text:
        #"{"oneOf":[{"type":"string","pattern":"\\bx"},{"type":"string","pattern":"y"},{"type":"null"}]}"#,
      pointer: "/oneOf/0", keyword: "pattern", valid: [#""x""#, #""y""#, "null"],
      invalid: [#""x y""#]),
    Loose(
      text: #"{"type":"array","items":{"type":"boolean"},"not":{"uniqueItems":true}}"#,
      pointer: "/not", keyword: "uniqueItems", valid: ["[true,true]"], invalid: ["[true,false]"]),
    Loose(
      text:
        #"{"type":"array","uniqueItems":true,"items":{"type":"array","uniqueItems":true,"items":{"type":"integer"}}}"#,
      pointer: "", keyword: "uniqueItems", valid: ["[[1],[2]]", "[]"], invalid: ["[[1],[1]]"]),
  ]

  @Test(arguments: samples)
  private func theReportNamesTheKeywordAndEveryValidValueIsTaken(sample: Loose) throws {
    let schema = try Schema(JSONValue.parse(sample.text))
    let grammar = try Grammar(schema)
    let later = grammar.report.entries.filter { $0.enforcement == .checkedAfter }
    #expect(later.map(\.pointer) == [sample.pointer])
    #expect(later.map(\.keyword) == [sample.keyword])
    #expect(grammar.report.checksAfter)
    let matcher = try BoundGrammar(grammar, trie: SyntheticVocabulary.trie).makeMatcher()
    let judge = try SchemaValidator(schema)
    for text in sample.valid {
      #expect(judge.isValid(try JSONValue.parse(text)), "\(text)")
      #expect(Walker.takes(text, matcher), "\(text)")
    }
    for text in sample.invalid {
      #expect(!judge.isValid(try JSONValue.parse(text)), "\(text)")
      #expect(Walker.takes(text, matcher), "\(text)")
    }
  }

  @Test func whatNoJudgeDecidesIsRefused() throws {
    let schema = try Schema(JSONValue.parse(#"{"type":"string","pattern":"(a)\\1"}"#))
    #expect(throws: GrammarError.self) { try Grammar(schema) }
  }

  @Test func uniqueElementsInsideOfTheOuterOnesStayInTheMask() throws {
    let text =
      #"{"type":"array","uniqueItems":true,"items":{"type":"array","uniqueItems":true,"items":{"type":"integer"}}}"#
    let grammar = try Grammar(try Schema(JSONValue.parse(text)))
    let matcher = try BoundGrammar(grammar, trie: SyntheticVocabulary.trie).makeMatcher()
    #expect(!Walker.takes("[[1,1]]", matcher))
  }
}
