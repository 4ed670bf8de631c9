import Documents
import Extraction
import Synchronization
import Testing
import Tokens

/// Gives one answer, and another one when it is asked to go on from inside the first.
private final class TwoAnswers: AnswerSource {
  let modelDigest = "sha256:0"
  let backendName = "none"
  let first: String
  let second: String?
  /// The places and the excluded texts that were asked for.
  let asked = Mutex<[(Int, String)]>([])

  init(_ first: String, _ second: String?) {
    self.first = first
    self.second = second
  }

  private func made(_ text: String) -> Answer {
    Answer(
      bytes: Array(text.utf8), tokens: [], promptTokens: [], closedEarly: false, limitsMet: [],
      usage: AnswerUsage(prompt: 0, cached: 0, completion: 0, forced: 0, drafted: 0),
      prefillMilliseconds: 0, decodeMilliseconds: 0)
  }

  func answer(_ request: AnswerRequest) throws(JobFailure) -> Answer { made(first) }

  func resume(
    _ request: AnswerRequest, _ answer: Answer, at offset: Int, excluding excluded: [UInt8]
  ) throws(JobFailure) -> Answer? {
    asked.withLock { $0.append((offset, String(decoding: excluded, as: UTF8.self))) }
    return second.map { made($0) }
  }
}

@Suite struct AnswerRepairTests {
  private let words = #"""
    {"type":"object","properties":{"n":{"type":"integer"},"a":{"type":"string","pattern":"\\bx\\b"}},
    "required":["n","a"],"additionalProperties":false}
    """#

  private func record(_ schema: String, _ source: TwoAnswers) throws -> Extracted {
    let document = Document(text: "text", encoding: .utf8, flags: [])
    var settings = ExtractionSettings(schema: Array(schema.utf8), instructions: "")
    settings.evidence = .none
    return try RecordGenerator(source: source, library: SchemaLibrary())
      .generate(document, settings: settings)
  }

  @Test func aValueThatBreaksAPatternIsMadeAnewOnce() throws {
    let source = TwoAnswers(#"{"n": 1, "a": "xy"}"#, #"{"n": 1, "a": "x y"}"#)
    let record = try record(words, source)
    #expect(String(decoding: record.output, as: UTF8.self) == #"{"n":1,"a":"x y"}"#)
    #expect(
      record.reviewReasons == ["/a: made anew, the first value broke a rule that is checked after"])
    let asked = source.asked.withLock { $0 }
    #expect(asked.map(\.0) == [14])
    #expect(asked.map(\.1) == [#""xy""#])
  }

  @Test func aSecondViolationFailsTheJob() {
    let source = TwoAnswers(#"{"n": 1, "a": "xy"}"#, #"{"n": 1, "a": "xyz"}"#)
    #expect(throws: JobFailure.self) { try record(words, source) }
    #expect(source.asked.withLock { $0.count } == 1)
  }

  @Test func aSourceThatCannotGoOnFailsTheJob() {
    #expect(throws: JobFailure.self) {
      try record(words, TwoAnswers(#"{"n": 1, "a": "xy"}"#, nil))
    }
  }

  @Test func aValidAnswerIsNotTouched() throws {
    let source = TwoAnswers(#"{"n": 1, "a": "x"}"#, nil)
    let record = try record(words, source)
    #expect(record.reviewReasons == [])
    #expect(source.asked.withLock { $0.isEmpty })
  }

  @Test func theLastOfTwoEqualElementsIsMadeAnew() throws {
    let schema = #"""
      {"type":"array","uniqueItems":true,"items":{"type":"array","uniqueItems":true,"items":{"type":"integer"}}}
      """#
    let source = TwoAnswers("[[1, 2], [3], [1, 2]]", "[[1, 2], [3], [1, 4]]")
    let record = try record(schema, source)
    #expect(String(decoding: record.output, as: UTF8.self) == "[[1,2],[3],[1,4]]")
    #expect(record.reviewReasons.first?.hasPrefix("/2: ") == true)
    #expect(source.asked.withLock { $0.map(\.1) } == ["[1, 2]"])
  }
}
