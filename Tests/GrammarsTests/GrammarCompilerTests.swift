import Grammars
import JSON
import JSONSchema
import Testing

@Suite struct GrammarCompilerTests {
  private func compile(_ text: String) throws -> Grammar {
    try Grammar(Schema(JSONValue.parse(text)))
  }

  @Test(arguments: [
    (#"{"type":"object","patternProperties":{"(?<=a)b":true}}"#, "", "patternProperties"),
    (#"{"type":"string","pattern":"(a)\\1"}"#, "", "pattern"),
  ])
  func aKeywordOutsideTheMasksIsRefusedByName(text: String, pointer: String, keyword: String) throws
  {
    do {
      _ = try compile(text)
      Issue.record("compiled")
    } catch let error as GrammarError {
      guard case .refused(let foundPointer, let foundKeyword, let detail) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(foundPointer == pointer)
      #expect(foundKeyword == keyword)
      #expect(!detail.isEmpty)
    }
  }

  @Test(arguments: [
    (#"false"#, ""),
    (#"{"type":"string","minLength":3,"maxLength":2}"#, ""),
    (#"{"type":"integer","minimum":5,"maximum":4}"#, ""),
    (
      #"{"type":"object","properties":{"a":{"allOf":[{"type":"string"},{"type":"null"}]}},"required":["a"]}"#,
      "/properties/a"
    ),
    (#"{"type":"array","minItems":1,"items":{"enum":[]}}"#, "/items"),
    (##"{"$ref":"#"}"##, ""),
    (##"{"type":"object","properties":{"a":{"$ref":"#"}},"required":["a"]}"##, ""),
    (#"{"enum":[1,2],"type":"string"}"#, ""),
  ])
  func aSchemaThatNothingSatisfiesIsRefused(text: String, pointer: String) throws {
    #expect(throws: GrammarError.unsatisfiable(pointer: pointer)) { try compile(text) }
  }

  @Test func theReportSaysWhatBecomesOfEachKeyword() throws {
    let grammar = try compile(
      #"{"type":"object","title":"T","properties":{"a":{"type":"string","format":"color","x-note":1}}}"#
    )
    let entries = grammar.report.entries.map { ($0.pointer, $0.keyword, $0.enforcement) }
    #expect(entries.count == 6)
    #expect(entries.contains { $0 == ("", "type", .inMask) })
    #expect(entries.contains { $0 == ("", "title", .noEffect) })
    #expect(entries.contains { $0 == ("/properties/a", "format", .noEffect) })
    #expect(entries.contains { $0 == ("/properties/a", "x-note", .noEffect) })
  }
}
