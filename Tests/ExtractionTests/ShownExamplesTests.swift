import Documents
import Extraction
import Inference
import JSON
import Synchronization
import Testing
import Tokenizers
import Tokens

@Suite struct ShownExamplesTests {
  /// A source that keeps the prompt.
  private final class Listener: AnswerSource {
    let modelDigest = "none"
    let backendName = "none"
    private let seen = Mutex<[PromptTurn]>([])

    var turns: [PromptTurn] { seen.withLock { $0 } }

    func answer(_ request: AnswerRequest) throws(JobFailure) -> Answer {
      seen.withLock { $0 = request.turns }
      return Answer(
        bytes: Array(#"{"total":{"not_found":true},"due":{"not_found":true}}"#.utf8), tokens: [],
        promptTokens: [], closedEarly: false, limitsMet: [],
        usage: AnswerUsage(prompt: 0, cached: 0, completion: 0, forced: 0, drafted: 0),
        prefillMilliseconds: 0, decodeMilliseconds: 0)
    }
  }

  private static let schema = #"""
    {"type":"object","properties":{"total":{"type":["number","null"]},"due":{"type":["string","null"]}},
     "required":["total","due"],"additionalProperties":false}
    """#

  private static func shown(_ evidence: EvidenceMode, _ abstention: Abstention) throws -> String {
    var settings = ExtractionSettings(schema: Array(schema.utf8))
    settings.examples = [
      PromptExample(document: "To pay: $1,204.50", output: #"{"total": 1204.5, "due": null}"#)
    ]
    settings.evidence = evidence
    settings.abstention = abstention
    settings.scoresLabels = false
    let listener = Listener()
    let document = try DocumentReaders.read(Array("text".utf8), name: "a.txt")
    _ = try? RecordGenerator(source: listener, library: SchemaLibrary()).generate(
      document, settings: settings)
    return try #require(listener.turns.first { $0.role == .assistant }?.text)
  }

  @Test func anExampleHasTheShapeThatTheModelWrites() throws {
    #expect(try Self.shown(.match, .never) == #"{"total": 1204.5, "due": null}"#)
    #expect(try Self.shown(.match, .all) == #"{"total": 1204.5, "due": {"not_found": true}}"#)
    #expect(
      try Self.shown(.quote, .all)
        == #"{"total": {"quote": "1,204.50", "value": 1204.5}, "due": {"not_found": true}}"#)
    #expect(
      try Self.shown(.quote, .never)
        == #"{"total": {"quote": "1,204.50", "value": 1204.5}, "due": {"quote": "", "value": null}}"#
    )
  }
}
