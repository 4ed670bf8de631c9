import Extraction
import Testing
import Tokenizers

@Suite struct PromptBuilderTests {
  private static let builder = PromptBuilder(
    instructions: "Look for the total.", schemaText: "{\"type\":\"object\"}",
    examples: [PromptExample(document: "Total: 1", output: "{\"total\": 1}")])

  @Test func whatJobsShareComesFirstAndTheDocumentLast() {
    let first = Self.builder.turns(for: "one")
    let second = Self.builder.turns(for: "two")
    #expect(Self.builder.sharedTurnCount == 3)
    #expect(first.count == 4)
    #expect(first.prefix(3) == second.prefix(3))
    #expect(first[3] != second[3])
    #expect(first.map(\.role) == [.system, .user, .assistant, .user])
  }

  @Test func theSystemTurnCarriesInstructionsAndSchema() {
    let text = Self.builder.turns(for: "one")[0].text
    #expect(text.contains("Look for the total."))
    #expect(
      text.hasSuffix(
        "\n\n## Response Format:\n\nYou MUST strictly adhere to the following schema to reply:\n"
          + "{\"type\":\"object\"}"))
  }

  @Test(arguments: [
    (#"{"enum":["a","b"]}"#, true), (#"{"enum":["a"]}"#, false), (#"{"type":"object"}"#, false),
    (#"{"properties":{"k":{"enum":["a","b"]}}}"#, false),
  ])
  func aSchemaThatListsItsValuesAsksForTheOneThatFits(_ schema: String, _ asksForLabel: Bool) {
    let builder = PromptBuilder(instructions: "", schemaText: schema, examples: [])
    let task = asksForLabel ? PromptBuilder.labelTask : PromptBuilder.task
    #expect(builder.turns(for: "one")[0].text.hasPrefix(task + "\n\n## Response"))
  }

  @Test func theFenceDependsOnTheText() {
    let fenced = PromptBuilder.fenced("abc")
    #expect(fenced.hasPrefix("<document ba7816bf8f01>\nabc\n"))
    #expect(fenced.hasSuffix("\n</document ba7816bf8f01>"))
    #expect(PromptBuilder.fenced(fenced) != fenced)
  }
}
