import Digests
import Documents
import Extraction
import JSON
import Testing

@Suite struct RecordTests {
  private static let input = RecordInput(
    name: "inv-17.txt", digest: SHA256.hash([1, 2, 3]), byteCount: 3, encoding: "utf-8")

  private static let run = RunDetails(
    sequence: 7, worker: "h1", attempt: 1, accepted: "2026-01-02T03:04:05.678Z",
    done: "2026-01-02T03:04:09.000Z",
    usage: AnswerUsage(prompt: 10, cached: 4, completion: 5, forced: 2, drafted: 0),
    milliseconds: [("queue", 12), ("prefill", 900)])

  private static func extracted(_ output: String, finish: FinishReason = .stop) -> Extracted {
    Extracted(
      output: Array(output.utf8), finish: finish, reviewReasons: [],
      reproduction: Reproduction(
        schema: SHA256.hash([1]), prompt: SHA256.hash([2]), model: "sha256:m",
        engine: engineName, backend: "test", temperature: 0, seed: 0, tokens: SHA256.hash([3])),
      usage: AnswerUsage(prompt: 10, cached: 4, completion: 5, forced: 2, drafted: 0),
      milliseconds: [])
  }

  private static func record(_ ending: Record.Ending) -> Record {
    Record(key: SHA256.hash([9]), queue: "invoices", input: input, ending: ending)
  }

  @Test func aResultLineHasItsKeysInOrderAndIsOneLine() throws {
    let line = Self.record(.result(Self.extracted("{\"total\":1.50}"))).line(
      job: "01J", run: Self.run)
    #expect(!line.contains(0x0A))
    let value = try JSONValue.parse(line)
    #expect(
      value.object?.keys == [
        "v", "type", "status", "key", "queue", "input", "output", "review", "finish", "repro",
        "record", "job", "run",
      ])
    #expect(value["status"]?.string == "ok")
    #expect(value["output"]?.text == "{\"total\":1.50}")
    #expect(value["run"]?["seq"]?.int == 7)
    #expect(value["repro"]?["sampling"]?["temperature"]?.int == 0)
  }

  @Test func theRecordHashCoversWhatStandsBeforeItsLastComma() throws {
    // The output holds the same text as the hash's key, as a hostile document might want it to.
    let output = #"{"a":",\"record\":","b":1}"#
    let line = Self.record(.result(Self.extracted(output))).line(job: "01J", run: Self.run)
    let marker = Array(",\"record\":".utf8)
    let start = try #require(
      (0...(line.count - marker.count)).last { Array(line[$0..<($0 + marker.count)]) == marker })
    let value = try JSONValue.parse(line)
    #expect(value["record"]?.string == SHA256.hash(Array(line[..<start])).prefixed)
  }

  @Test func whatIsNotDeterministicStandsBehindTheHash() {
    let record = Self.record(.result(Self.extracted("1")))
    let first = record.line(job: "A", run: Self.run)
    var later = Self.run
    later.done = "2027-01-01T00:00:00.000Z"
    let second = record.line(job: "B", run: later)
    #expect(first != second)
    func hashed(_ line: [UInt8]) -> String? { (try? JSONValue.parse(line))?["record"]?.string }
    #expect(hashed(first) == hashed(second))
  }

  @Test func aClosedAnswerIsPartial() throws {
    let line = Self.record(.result(Self.extracted("[]", finish: .closedEarly))).line(
      job: "01J", run: Self.run)
    let value = try JSONValue.parse(line)
    #expect(value["status"]?.string == "partial")
    #expect(value["finish"]?.string == "closed_early")
  }

  @Test func aLongLineIsNamedForReview() throws {
    let text = String(repeating: "x", count: 40_000)
    let line = Self.record(.result(Self.extracted("\"\(text)\""))).line(job: "01J", run: Self.run)
    let value = try JSONValue.parse(line)
    #expect(value["review"]?["needed"]?.bool == true)
    #expect(value["output"]?.string == text)
  }

  @Test(arguments: [(700, 2, false), (300, 600, false), (2, 1_000, true)])
  func aLongLineMovesEvidenceThenLabelsBesideIt(
    _ spans: Int, _ labels: Int, _ movesLabels: Bool
  ) throws {
    var extracted = Self.extracted("1")
    let span: JSONValue = ["doc": 0, "start": 1000, "end": 2000, "line": 17, "by": "match"]
    extracted.fields = (0..<10).map {
      FieldRecord(
        pointer: "/\($0)", probability: 0.5, least: 0.5, isFound: true,
        evidence: Array(repeating: span, count: spans / 10))
    }
    if spans < 10 { extracted.fields[0].evidence = [span] }
    extracted.labels = [
      LabelRecord(
        pointer: "/l", labels: (0..<labels).map { (.string("label \($0)"), 0.25, nil) }, mass: 1)
    ]
    var record = Self.record(.result(extracted))
    let inline = record.line(job: "01J", run: Self.run)
    #expect(record.sidecar == nil && inline.count > Record.lineTarget)
    record.maySplit = true
    let sidecar = try #require(record.sidecar)
    let line = try JSONValue.parse(record.line(job: "01J", run: Self.run))
    #expect(line["sidecar"]?["path"]?.string == sidecar.path)
    #expect(line["sidecar"]?["sha256"]?.string == SHA256.hash(sidecar.bytes).hex)
    #expect(line["fields"]?["/0"]?["evidence"] == nil)
    #expect(line["fields"]?["/0"]?["p"]?.text == "0.5")
    let beside = try JSONValue.parse(sidecar.bytes)
    #expect((line["labels"] == nil) == movesLabels)
    #expect((beside["labels"] != nil) == movesLabels)
    #expect(beside["evidence"]?["/0"]?.array?.isEmpty == false)
    #expect(line["output"]?.int == 1)
  }

  @Test func anErrorLineSaysWhatHappened() throws {
    let line = Self.record(
      .failure(.input(.notText(firstBytes: [1, 255])), status: "quarantined", attempts: 1)
    ).line(job: "01J", run: Self.run)
    let value = try JSONValue.parse(line)
    #expect(
      value.object?.keys == [
        "v", "type", "status", "key", "queue", "input", "error", "record", "job", "run",
      ])
    #expect(value["type"]?.string == "error")
    #expect(value["error"]?["code"]?.string == "input.not_text")
    #expect(value["error"]?["class"]?.string == "input")
    #expect(value["error"]?["message"]?.string?.contains("01 ff") == true)
  }
}
