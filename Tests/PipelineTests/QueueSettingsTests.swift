import Extraction
import Pipeline
import Posix
import Spool
import TestSupport
import Testing

@Suite struct QueueSettingsTests {
  private static func load(
    _ json: String, schema: String = #"{"type":"object"}"#
  ) throws
    -> QueueSettings
  {
    let folder = try TemporaryFolder()
    let spool = try SpoolDirectory.create(folder.path / "spool")
    let name = try SpoolName("q")
    try spool.createQueue(
      name, files: [("schema.json", Array(schema.utf8)), ("queue.json", Array(json.utf8))])
    return try QueueSettings(name, in: spool, library: SchemaLibrary())
  }

  @Test func anEmptyFileGivesTheStandardSettings() throws {
    let settings = try Self.load("{}")
    #expect(settings.intake.settleMilliseconds == 2000)
    #expect(settings.intake.byteLimit == 67_108_864)
    #expect(settings.intake.priority == 5)
    #expect(settings.intake.dedupe == .content)
    #expect(settings.extraction.sampling == SamplingChoice(temperature: 0, seed: 0))
    #expect(settings.extraction.budget == .auto)
  }

  @Test func whatIsSetIsTaken() throws {
    let settings = try Self.load(
      #"""
      {"instructions":"Look.","priority":9,"sampling":{"temperature":0.5,"seed":7},
       "max_output_tokens":300,"limits":{"items":3},
       "accept":{"settle_seconds":0.5,"dedupe":"off","on_accept":"keep"}}
      """#)
    #expect(settings.extraction.instructions == "Look.")
    #expect(settings.intake.priority == 9)
    #expect(settings.extraction.sampling == SamplingChoice(temperature: 0.5, seed: 7))
    #expect(settings.extraction.budget == .tokens(300))
    #expect(settings.intake.settleMilliseconds == 500)
    #expect(settings.intake.dedupe == .off)
    #expect(settings.intake.afterAccept == .keep)
  }

  @Test(arguments: [
    (#"{"instruction":"x"}"#, "did you mean instructions?"),
    (#"{"accept":{"setle_seconds":1}}"#, "did you mean settle_seconds?"),
    (#"{"priority":10}"#, "from 0 to 9"), (#"{"max_output_tokens":0}"#, "above 0"),
    (#"{"abstain":"maybe"}"#, "one of never, optional, all"),
    (#"{"abstain_from":2}"#, "\"abstain_from\" must be"),
    (#"{"label_calibration":"batch"}"#, "needs"), (#"{"review":{"below":2}}"#, "from"),
    (#"{"window_tokens":100}"#, "needs \"long_documents\""),
    (#"{"locale":"xx"}"#, "known language"), ("[]", "must be an object"),
    ("{", "not JSON"), (#"{"schema":"../x"}"#, "beside queue.json"),
  ])
  func whatIsWrongIsNamed(_ json: String, _ part: String) {
    let problem = #expect(throws: QueueProblem.self) { try Self.load(json) }
    #expect(problem?.description.contains(part) == true, "\(String(describing: problem))")
  }

  @Test func whatIsSaidOfValuesIsTaken() throws {
    let settings = try Self.load(
      #"""
      {"abstain":"all","abstain_from":0.25,"probabilities":"none","label_calibration":"content-free",
       "evidence":"quote","review":{"below":0.5}}
      """#
    ).extraction
    #expect(settings.abstention == .all && settings.evidence == .quote)
    #expect(settings.abstainFrom == 0.25)
    #expect(!settings.scoresLabels && settings.calibration == .contentFree)
    #expect(settings.reviewBelow == 0.5)
  }

  @Test func aFaultySchemaIsNamed() {
    let problem = #expect(throws: QueueProblem.self) {
      try Self.load("{}", schema: #"{"maxLenght":3}"#)
    }
    #expect(problem?.description.contains("maxLength") == true)
  }
}
