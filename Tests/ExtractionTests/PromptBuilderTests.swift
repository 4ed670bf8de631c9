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

  @Test func theFenceDependsOnTheText() {
    let fenced = PromptBuilder.fenced("abc")
    #expect(fenced.hasPrefix("<document ba7816bf8f01>\nabc\n"))
    #expect(fenced.hasSuffix("\n</document ba7816bf8f01>"))
    #expect(PromptBuilder.fenced(fenced) != fenced)
  }
}
