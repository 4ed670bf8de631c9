import Digests
import Documents
import Extraction
import Inference
import JSON
import Testing
import Tokens

@Suite struct ConfidenceTests {
  /// Answers with given pieces of text and the probabilities of the chosen ones.
  struct Pieces: AnswerSource {
    var pieces: [(text: String, probability: Double?)]
    var labels: [ScoredLabels] = []
    var absences: [ScoredAbsence] = []
    var modelDigest: String { "none" }
    var backendName: String { "none" }

    func answer(_ request: AnswerRequest) throws(JobFailure) -> Answer {
      var answer = Answer(
        bytes: pieces.flatMap { Array($0.text.utf8) }, tokens: [], promptTokens: [],
        closedEarly: false, limitsMet: [],
        usage: AnswerUsage(prompt: 0, cached: 0, completion: 0, forced: 0, drafted: 0),
        prefillMilliseconds: 0, decodeMilliseconds: 0)
      answer.pieces = pieces.map {
        AnswerPiece(
          byteCount: $0.text.utf8.count,
          logProbability: $0.probability.map { Self.logarithm(of: $0) })
      }
      answer.labels = labels
      answer.absences = absences
      return answer
    }

    /// The logarithm by the series of artanh, exact to many digits for the values of these tests.
    static func logarithm(of value: Double) -> Double {
      let x = (value - 1) / (value + 1)
      var sum = 0.0
      var term = x
      for k in 0..<200 {
        sum += term / Double(2 * k + 1)
        term *= x * x
      }
      return 2 * sum
    }
  }

  private static func extracted(
    _ schema: String, _ source: Pieces, abstention: Abstention = .never, below: Double = 0.9
  ) throws -> Extracted {
    var settings = ExtractionSettings(schema: Array(schema.utf8), instructions: "")
    settings.abstention = abstention
    settings.reviewBelow = below
    settings.evidence = .none
    let document = try DocumentReaders.read(Array("text".utf8), name: "a.txt")
    return try RecordGenerator(source: source, library: SchemaLibrary()).generate(
      document, settings: settings)
  }

  private static let schema = #"""
    {"type":"object","properties":{"a":{"type":"string"},"b":{"type":"integer"},
     "c":{"type":["null","string"]}},"required":["a","b","c"],"additionalProperties":false}
    """#

  @Test func aValueHasTheProductOfItsChosenTokensAndTheLeast() throws {
    let extracted = try Self.extracted(
      Self.schema,
      Pieces(pieces: [
        (#"{"a": "#, nil), (#""x"#, 0.5), ("y", 0.8), (#"","#, 0.9), (#" "b": "#, nil), ("1", 0.95),
        ("2", 0.99), (#", "c":"#, nil), (" null", 0.25), ("}", nil),
      ]))
    let fields = extracted.fields
    #expect(fields.map(\.pointer) == ["/a", "/b", "/c"])
    // The token that closes the text belongs to it.
    #expect(abs((fields[0].probability ?? 0) - 0.5 * 0.8 * 0.9) < 1e-9)
    #expect(abs((fields[0].least ?? 0) - 0.5) < 1e-9)
    #expect(abs((fields[1].probability ?? 0) - 0.95 * 0.99) < 1e-9)
    #expect(abs((fields[2].probability ?? 0) - 0.25) < 1e-9)
    #expect(
      extracted.reviewReasons == [
        "/c: probability 0.25 is below 0.9", "/a: probability 0.36 is below 0.9",
      ])
  }

  @Test func fieldsStandByRiskInTheLine() throws {
    let extracted = try Self.extracted(
      Self.schema,
      Pieces(pieces: [
        (#"{"a": "x", "b": "#, nil), ("1", 0.5), (#", "c": "#, nil), (#""z""#, 0.25), ("}", nil),
      ]), below: 0.3)
    let record = Record(
      key: SHA256.hash([1]), queue: "q",
      input: RecordInput(name: "a", digest: nil, byteCount: 4), ending: .result(extracted))
    let line = try JSONValue.parse(
      record.line(
        job: "J",
        run: RunDetails(sequence: 1, worker: "w", attempt: 1, accepted: "", done: "")))
    #expect(line["fields"]?.object?.keys == ["/c", "/b", "/a"])
    #expect(line["fields"]?["/b"]?.text == #"{"p":0.5,"min":0.5,"status":"found"}"#)
    // What was not chosen among several cannot be doubted.
    #expect(line["fields"]?["/a"]?["p"]?.text == "1")
    #expect(line["review"]?["reasons"]?.array?.count == 1)
    #expect(line["review"]?["needed"]?.bool == true)
  }

  @Test func whatIsNotFoundIsNullAndSaysSo() throws {
    let extracted = try Self.extracted(
      Self.schema,
      Pieces(pieces: [
        (#"{"a": "x", "b": 1, "c":"#, nil), (#" {""#, 0.75), (#"not_found": true}"#, nil),
        ("}", nil),
      ]), abstention: .optional)
    #expect(String(decoding: extracted.output, as: UTF8.self) == #"{"a":"x","b":1,"c":null}"#)
    #expect(extracted.fields[2].isFound == false)
    #expect(abs((extracted.fields[2].probability ?? 0) - 0.75) < 1e-9)
  }

  @Test func aDemandedValueThatIsNotFoundFailsTheJobWithTheRest() throws {
    let failure = #expect(throws: JobFailure.self) {
      try Self.extracted(
        Self.schema,
        Pieces(pieces: [(#"{"a": "x", "b": {"not_found": true}, "c": null}"#, nil)]),
        abstention: .all)
    }
    #expect(failure?.code == "output.not_found")
    #expect(failure?.field == "/b")
    #expect(failure?.partial == Array(#"{"a":"x","c":null}"#.utf8))
    #expect(failure?.isTransient == false)
  }

  @Test func labelsStandInTheLineWithSixDigits() throws {
    let labels = ScoredLabels(
      pointer: JSONPointer(), labels: [Array(#""no""#.utf8), Array(#""yes""#.utf8)],
      probabilities: [1.0 / 3, 2.0 / 3], mass: 0.123_456_789, calibrated: [0.75, 0.25], chosen: 0)
    let extracted = try Self.extracted(
      #"{"enum":["no","yes"]}"#, Pieces(pieces: [(#""no""#, 0.75)], labels: [labels]))
    let record = Record(
      key: SHA256.hash([1]), queue: "q",
      input: RecordInput(name: "a", digest: nil, byteCount: 4), ending: .result(extracted))
    let line = try JSONValue.parse(
      record.line(
        job: "J",
        run: RunDetails(sequence: 1, worker: "w", attempt: 1, accepted: "", done: "")))
    #expect(
      line["labels"]?[""]?.text
        == #"{"probabilities":[{"value":"no","probability":0.333333,"calibrated":0.75},{"value":"yes","probability":0.666667,"calibrated":0.25}],"label_mass":0.123457}"#
    )
    #expect(line["fields"]?[""]?["p"]?.text == "0.75")
  }

  @Test func whetherALabelIsMissingStandsBesideItsProbabilities() throws {
    let labels = ScoredLabels(
      pointer: JSONPointer(steps: ["c"]),
      labels: [#""a""#, #""b""#, #"{"not_found": true}"#].map { Array($0.utf8) },
      probabilities: [0.25, 0.125, 0.625], mass: 0.5, calibrated: nil, chosen: 2)
    var source = Pieces(
      pieces: [(#"{"c": "#, nil), (#"{"not_found": true}"#, 0.625), ("}", nil)], labels: [labels])
    source.absences = [
      ScoredAbsence(pointer: JSONPointer(steps: ["c"]), probability: 0.625, tokenStart: 1)
    ]
    let extracted = try Self.extracted(
      #"{"type":"object","properties":{"c":{"enum":["a","b"]}},"additionalProperties":false}"#,
      source, abstention: .all)
    #expect(String(decoding: extracted.output, as: UTF8.self) == "{}")
    #expect(
      extracted.labels.first?.json.text
        == #"{"probabilities":[{"value":"a","probability":0.25},{"value":"b","probability":0.125}],"not_found":0.625,"label_mass":0.5}"#
    )
    #expect(extracted.fields.first?.isFound == false)
    #expect(extracted.fields.first?.absence == 0.625)
  }
}
