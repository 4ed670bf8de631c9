import Documents
import Extraction
import Inference
import JSON
import Testing

/// What counts as missing because the document does not bear it out.
@Suite struct DocumentSupportTests {
  private static let document = """
    Invoice 4471 of 31 March 2025, due 2025-04-30.
    To: TIDEWATER Interpreters
    Contact: Ms. Erik Johan
    Amount due 1,580.22
    """

  /// Returns the members that count as missing when the word had the given probabilities.
  private static func missing(
    _ text: String, _ absences: [String: Double], chosen: Set<String> = []
  ) throws -> Set<String> {
    let output = try JSONValue.parse(Array(text.utf8))
    var fields: [AnsweredField] = []
    func visit(_ value: JSONValue, _ place: JSONPointer) {
      if let object = value.object {
        for member in object.members { visit(member.value, place.appending(member.key)) }
      } else if let elements = value.array {
        for (index, element) in elements.enumerated() {
          visit(element, place.appending(String(index)))
        }
      } else {
        fields.append(
          AnsweredField(
            generated: place, wrapper: place, output: place, isFound: true, quote: nil))
      }
    }
    visit(output, JSONPointer())
    let known = absences.compactMap { place, value in JSONPointer(place).map { ($0, value) } }
    let missing = DocumentSupport.missing(
      in: RestoredAnswer(output: output, fields: fields, missing: []),
      absences: Dictionary(uniqueKeysWithValues: known), document: document, locale: nil
    ) { place, _ in chosen.contains(place.description) }
    return Set(missing.map(\.description))
  }

  @Test(arguments: [
    // Stands in the document, in its own spelling.
    (#"{"v":"2025-03-31"}"#, true), (#"{"v":"2025-04-30"}"#, true), (#"{"v":1580.22}"#, true),
    (#"{"v":"Tidewater interpreters"}"#, true), (#"{"v":"Johan, Erik"}"#, true),
    // Made up.
    (#"{"v":"2025-03-30"}"#, false), (#"{"v":1580.23}"#, false), (#"{"v":"Pine Basin"}"#, false),
    (#"{"v":"Tidewater Harbour Pilots"}"#, false), (##"{"v":"#"}"##, false),
    // The day of a date and no number of its own; the year could be asked for.
    (#"{"v":31}"#, false), (#"{"v":2025}"#, true),
    // Not judged.
    (#"{"v":true}"#, true), (#"{"v":null}"#, true), (#"{"v":""}"#, true),
  ])
  func whatNothingBearsOutIsMissing(text: String, isThere: Bool) throws {
    let bound = DocumentSupport.bounds.unsupported
    #expect(try Self.missing(text, ["/v": bound]) == (isThere ? [] : ["/v"]))
    #expect(try Self.missing(text, ["/v": bound * 0.99]) == [], "the model was sure")
    #expect(try Self.missing(text, [:]) == [], "the place may not be missing")
    #expect(try Self.missing(text, ["/v": 0.4], chosen: ["/v"]) == [])
  }

  @Test func wordsForNothingAreMissingUnlessTheDocumentSaysThem() throws {
    #expect(try Self.missing(#"{"v":"Not stated"}"#, ["/v": 0]) == ["/v"])
    #expect(try Self.missing(#"{"v":"Not stated"}"#, [:]) == [], "the place may not be missing")
    let output: JSONValue = ["v": "unknown"]
    let place = JSONPointer().appending("v")
    let field = AnsweredField(
      generated: place, wrapper: place, output: place, isFound: true, quote: nil)
    for (document, isThere) in [("Next of kin: unknown", true), ("Next of kin:", false)] {
      let missing = DocumentSupport.missing(
        in: RestoredAnswer(output: output, fields: [field], missing: []), absences: [place: 0],
        document: document, locale: nil
      ) { _, _ in false }
      #expect(missing.isEmpty == isThere)
    }
  }

  @Test func ofTwoValuesFromOnePlaceTheSurerStays() throws {
    let names = #"{"family":"Erik Johan","given":"Erik Johan"}"#
    #expect(try Self.missing(names, ["/family": 0.2, "/given": 0.04]) == ["/family"])
    #expect(try Self.missing(names, ["/family": 0.04, "/given": 0.2]) == ["/given"])
    #expect(try Self.missing(names, ["/family": 0.04, "/given": 0.03]) == [], "below the bound")
    #expect(try Self.missing(names, ["/family": 0.2]) == ["/family"])
    // A place for each.
    let dates = #"{"date":"2025-03-31","due":"2025-04-30"}"#
    #expect(try Self.missing(dates, ["/date": 0.4, "/due": 0.4]) == [])
    // Rows repeat each other.
    let rows = #"{"rows":[{"who":"Erik Johan"},{"who":"Erik Johan"}]}"#
    #expect(try Self.missing(rows, ["/rows/0/who": 0.2, "/rows/1/who": 0.2]) == [])
  }

  @Test func textsWithoutWordsNeedTheirOwnPlace() throws {
    let text = "発行日 2025年3月31日 株式会社東京"
    for (value, isThere) in [("株式会社", true), ("大阪", false)] {
      let output: JSONValue = ["v": .string(value)]
      let place = JSONPointer().appending("v")
      let field = AnsweredField(
        generated: place, wrapper: place, output: place, isFound: true, quote: nil)
      let missing = DocumentSupport.missing(
        in: RestoredAnswer(output: output, fields: [field], missing: []), absences: [place: 0.3],
        document: text, locale: nil
      ) { _, _ in false }
      #expect(missing.isEmpty == isThere, "\(value)")
    }
  }

  /// Returns the record of the text "due 2025-04-30" for two members that may be missing.
  private static func record(_ schema: String, absence: Double) throws -> Extracted {
    let answer = #"{"date": "2025-03-31", "due": "2025-04-30"}"#
    let source = ConfidenceTests.Pieces(
      pieces: [(answer, nil)],
      absences: ["date", "due"].map {
        ScoredAbsence(
          pointer: JSONPointer().appending($0), probability: absence, tokenStart: 0)
      })
    var settings = ExtractionSettings(schema: Array(schema.utf8))
    settings.abstention = .all
    let document = try DocumentReaders.read(Array("due 2025-04-30".utf8), name: "a.txt")
    return try RecordGenerator(source: source, library: SchemaLibrary())
      .generate(document, settings: settings)
  }

  @Test func aRecordSaysWhatWasTakenOutOfIt() throws {
    func schema(_ type: String) -> String {
      let member = #"{"type":\#(type)}"#
      return #"{"type":"object","properties":{"date":\#(member),"due":\#(member)},"#
        + #""required":["date","due"],"additionalProperties":false}"#
    }
    let nullable = try Self.record(schema(#"["string","null"]"#), absence: 0.1)
    #expect(
      String(decoding: nullable.output, as: UTF8.self) == #"{"date":null,"due":"2025-04-30"}"#)
    #expect(
      nullable.reviewReasons.contains(
        #"/date: not found, for the document does not bear out "2025-03-31""#))
    #expect(nullable.fields.map(\.isFound) == [false, true])
    let sure = try Self.record(schema(#"["string","null"]"#), absence: 0.001)
    #expect(sure.fields.map(\.isFound) == [true, true])
    do {
      _ = try Self.record(schema(#""string""#), absence: 0.1)
      Issue.record("a required date that is missing is an error")
    } catch let failure as JobFailure {
      guard case .notFound(let pointers, let partial) = failure else { throw failure }
      #expect(pointers == ["/date"])
      #expect(String(decoding: partial, as: UTF8.self) == #"{"due":"2025-04-30"}"#)
    }
  }
}
