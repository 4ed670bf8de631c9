import Documents
import Extraction
import Inference
import JSON
import JSONSchema
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
    private let answer: String

    init(answer: String = #"{"total":{"not_found":true},"due":{"not_found":true}}"#) {
      self.answer = answer
    }

    var turns: [PromptTurn] { seen.withLock { $0 } }

    func answer(_ request: AnswerRequest) throws(JobFailure) -> Answer {
      seen.withLock { $0 = request.turns }
      return Answer(
        bytes: Array(answer.utf8), tokens: [], promptTokens: [], closedEarly: false, limitsMet: [],
        usage: AnswerUsage(prompt: 0, cached: 0, completion: 0, forced: 0, drafted: 0),
        prefillMilliseconds: 0, decodeMilliseconds: 0)
    }
  }

  private static let schema = #"""
    {"type":"object","properties":{"total":{"type":["number","null"]},"due":{"type":["string","null"]}},
     "required":["total","due"],"additionalProperties":false}
    """#

  private static let given = PromptExample(
    document: "To pay: $1,204.50", output: #"{"total": 1204.5, "due": null}"#)

  /// Returns the turns between the task and the document.
  private static func turns(
    _ schema: String, _ evidence: EvidenceMode, _ abstention: Abstention,
    examples: [PromptExample] = []
  ) throws -> [PromptTurn] {
    var settings = ExtractionSettings(schema: Array(schema.utf8))
    settings.examples = examples
    settings.evidence = evidence
    settings.abstention = abstention
    settings.scoresLabels = false
    let listener = Listener()
    let document = try DocumentReaders.read(Array("text".utf8), name: "a.txt")
    _ = try? RecordGenerator(source: listener, library: SchemaLibrary()).generate(
      document, settings: settings)
    try #require(listener.turns.count >= 2, "the source was asked")
    return Array(listener.turns.dropFirst().dropLast())
  }

  private static func shown(_ evidence: EvidenceMode, _ abstention: Abstention) throws -> String {
    try #require(turns(schema, evidence, abstention, examples: [given]).last?.text)
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

  private static let invoice = #"""
    {"type":"object","properties":{
      "number":{"type":"string","maxLength":9},"date":{"type":"string","format":"date"},
      "buyer":{"type":["string","null"]},"code":{"type":"string","pattern":"^[A-Z]{2}$"},
      "kind":{"enum":["bill","credit"]},
      "lines":{"type":"array","items":{"$ref":"#/$defs/line"}},
      "total":{"type":"number","minimum":0}},
     "required":["number","date","buyer","code","kind","lines","total"],"additionalProperties":false,
     "$defs":{"line":{"type":"object","properties":{"text":{"type":"string"},
       "amount":{"anyOf":[{"type":"null"},{"type":"number","minimum":900}]}},
       "required":["text","amount"],"additionalProperties":false}}}
    """#

  /// The leaves of an answer by their places, nil for what was not found.
  private static func leaves(
    _ output: String, _ evidence: EvidenceMode
  ) throws -> [String: JSONValue?] {
    let schema = try JSONValue.parse(Array(invoice.utf8))
    let generation = try GenerationSchema(schema, abstention: .all, evidence: evidence)
    let answer = try JSONValue.parse(Array(output.utf8))
    var leaves: [String: JSONValue?] = [:]
    for field in generation.restore(answer).fields {
      leaves[field.output.description] = .some(
        field.isFound ? field.generated.find(in: answer) : nil)
    }
    return leaves
  }

  /// The spelling of a value in a document: dates in words.
  private static func written(_ value: JSONValue) -> String {
    guard let text = value.string else { return value.text }
    let parts = text.split(separator: "-").map(String.init)
    guard parts.count == 3, parts[0].count == 4, let month = Int(parts[1]) else { return text }
    let months = "January February March April May June July August September October November"
    let names = months.split(separator: " ").map(String.init) + ["December"]
    return "\(parts[2]) \(names[month - 1]) \(parts[0])"
  }

  @Test(arguments: [EvidenceMode.match, .quote])
  func madeExamplesStateWhatTheirOutputsHold(_ evidence: EvidenceMode) throws {
    let turns = try Self.turns(Self.invoice, evidence, .all)
    #expect(turns.map(\.role) == [.user, .assistant, .user, .assistant])
    // The first states nothing, the second all that can be made up.
    let nothing = try Self.leaves(turns[1].text, evidence)
    #expect(nothing.count == 7)
    #expect(nothing.allSatisfy { $0.value == ($0.key == "/lines" ? .some([]) : nil) })
    let leaves = try Self.leaves(turns[3].text, evidence)
    #expect(leaves.count == 8)
    #expect(leaves.filter { $0.value == nil }.map(\.key) == ["/code"])
    let stated = leaves.compactMap { $0.value.map(Self.written) }
    #expect(Set(stated).count == stated.count)
    let document = turns[2].text
    for text in stated { #expect(document.contains(text), "\(text)") }
    #expect(document.split(separator: "\n").count == stated.count + 2)
  }

  @Test func madeExamplesAreValidInTheGenerationSchema() throws {
    let schema = try JSONValue.parse(Array(Self.invoice.utf8))
    for evidence in [EvidenceMode.match, .quote] {
      let generation = try GenerationSchema(schema, abstention: .all, evidence: evidence)
      let validator = try SchemaValidator(
        Schema(generation.document, options: SchemaOptions()), formats: .assert)
      let turns = try Self.turns(Self.invoice, evidence, .all).filter { $0.role == .assistant }
      for turn in turns {
        let output = try JSONValue.parse(Array(turn.text.utf8))
        #expect(try validator.violations(of: output, limit: 1).isEmpty)
        #expect(output.spacedText == turn.text)
      }
    }
  }

  @Test func examplesAreMadeOnlyWhereNothingElseShowsTheWord() throws {
    #expect(try Self.turns(Self.invoice, .match, .never).isEmpty)
    #expect(try Self.turns(Self.schema, .match, .all, examples: [Self.given]).count == 2)
    let found = PromptExample(document: "8 on 9", output: #"{"total": 8, "due": "9"}"#)
    let turns = try Self.turns(Self.schema, .match, .all, examples: [found])
    #expect(turns.count == 6)
    #expect(turns.last?.text == #"{"total": 8, "due": "9"}"#)
  }

  @Test func aSchemaWhoseValuesCannotBeMadeUpHasNoExamples() throws {
    let schema = Self.invoice.replacing(
      #""code":{"type":"string""#,
      with: #""total_of_all":{"type":"number","x-abstain":true},"code":{"type":"string""#)
    #expect(try Self.turns(schema, .match, .never).isEmpty)
    // The same schema with the value out of the way has some.
    let possible = schema.replacing(#","pattern":"^[A-Z]{2}$""#, with: "")
    #expect(try Self.turns(possible, .match, .never).count == 4)
  }

  @Test func aMadeExampleGoesOnceIntoASchemaThatHoldsItself() throws {
    let recursive = ##"""
      {"$ref":"#/$defs/node","$defs":{"node":{"type":"object","properties":{"name":{"type":"string"},
       "next":{"$ref":"#/$defs/node"}},"required":["name"],"additionalProperties":false}}}
      """##
    let turns = try Self.turns(recursive, .match, .all)
    #expect(turns.count == 4)
    #expect(turns.last?.text == #"{"name": "Example name 17"}"#)
  }

  @Test func aTextCopiedFromAMadeExampleIsNotFound() throws {
    let turns = try Self.turns(Self.schema, .match, .all)
    let line = try #require(
      turns.lazy.flatMap { $0.text.split(separator: "\n") }.first { $0.hasPrefix("due: ") })
    let invention = String(line.dropFirst("due: ".count))
    var settings = ExtractionSettings(schema: Array(Self.schema.utf8))
    settings.abstention = .all
    settings.scoresLabels = false
    func due(_ text: String, in document: String) throws -> String? {
      let source = Listener(answer: #"{"total":5,"due":"\#(text)"}"#)
      let record = try RecordGenerator(source: source, library: SchemaLibrary()).generate(
        DocumentReaders.read(Array(document.utf8), name: "a.txt"), settings: settings)
      return try JSONValue.parse(record.output)["due"]?.string
    }
    #expect(try due(invention, in: "5 to pay") == nil)
    #expect(try due(invention, in: "5 to pay, \(invention)") == invention)
    #expect(try due("never", in: "5 to pay") == "never")
  }
}
