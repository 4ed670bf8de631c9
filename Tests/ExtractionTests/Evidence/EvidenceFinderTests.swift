import Extraction
import JSON
import TestSupport
import Testing

@Suite struct EvidenceFinderTests {
  private static func evidence(
    _ output: JSONValue, in text: String, locale: String? = nil
  ) -> OutputEvidence {
    EvidenceFinder(DocumentPlaces(text), locale: locale.flatMap { QueueLocale($0) })
      .evidence(for: output) { _, _ in false }
  }

  private static func raw(_ value: JSONValue, in text: String, locale: String? = nil) -> String? {
    evidence(["v": value], in: text, locale: locale).fields.first?.raw
  }

  // MARK: - Generated documents

  /// Pieces of text of many scripts, with all that makes offsets go wrong.
  private static let pieces = [
    "Invoice", "total", "東京都港区", "株式会社", "e\u{301}te\u{301}", "naïve", "👩‍👩‍👧‍👦", "🇩🇪", "\"quoted\"",
    "it's", "back\\slash", "a\tb", "Ünïcödé", "שלום", "مرحبا", "हिन्दी", "𝔘𝔫𝔦", "x", "xx", "xxx", "aa",
    "aaaa",
    "1.580,22", "358.00", "2025-03-31", "\u{200B}zero", "</script>", "&amp;", "ﬁne", "한국어", "ไทย",
    "A-5512",
  ]
  private static let separators = [
    " ", "\n", "\r\n", "\t", "  ", "\n\n", " \u{A0}", "\u{0C}", ", ", "; ",
  ]

  @Test(arguments: 0..<600)
  func spansEqualTheTextAtTheirOffsets(seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    var text = ""
    var chosen: [String] = []
    for _ in 0..<Int.random(in: 5...60, using: &random) {
      let words = (0..<Int.random(in: 1...4, using: &random)).map { _ in
        Self.pieces[Int.random(in: 0..<Self.pieces.count, using: &random)]
      }
      let phrase = words.joined(
        separator: Self.separators[Int.random(in: 0..<Self.separators.count, using: &random)])
      if Int.random(in: 0..<3, using: &random) == 0 { chosen.append(phrase) }
      text += phrase + Self.separators[Int.random(in: 0..<Self.separators.count, using: &random)]
    }
    let scalars = Array(text.unicodeScalars)
    let output = JSONValue.array(chosen.map { ["text": .string($0)] })
    let places = DocumentPlaces(text)
    let found = EvidenceFinder(places, locale: nil).evidence(for: output) { _, _ in false }
    // Every value was taken from the text, so every one must have a place.
    #expect(found.fields.count == chosen.count)
    #expect(found.reasons.isEmpty)
    for field in found.fields {
      let value = try #require(field.pointer.find(in: output)?.string)
      #expect(!field.spans.isEmpty && field.spans.count <= 16)
      for (index, span) in field.spans.enumerated() {
        let part = Array(scalars[span.range])
        if index == 0 { #expect(Array(field.raw.unicodeScalars) == part) }
        #expect(Self.folded(part) == Self.folded(Array(value.unicodeScalars)))
        let lines = Self.lineCount(
          scalars[..<span.range.lowerBound], next: scalars[span.range.lowerBound])
        #expect(span.line == lines + 1)
      }
    }
  }

  private static func folded(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    for scalar in scalars {
      let isSpace = scalar.properties.isWhitespace
      if isSpace && result.last == " " { continue }
      result.append(isSpace ? " " : scalar)
    }
    return result
  }

  private static func lineCount(_ scalars: ArraySlice<Unicode.Scalar>, next: Unicode.Scalar) -> Int
  {
    var count = 0
    for (index, scalar) in scalars.enumerated() {
      if scalar == "\n" { count += 1 }
      if scalar == "\r" {
        let after = index + 1 < scalars.count ? scalars[scalars.startIndex + index + 1] : next
        if after != "\n" { count += 1 }
      }
    }
    return count
  }

  // MARK: - Numbers

  @Test(arguments: [
    ("1.580,22", "1580.22", nil), ("1,292.55", "1292.55", nil), ("8.95", "8.95", nil),
    ("3.480,00 €", "3480", "de-DE"), ("1'250.50", "1250.5", "de-CH"),
    ("1 234 567,8", "1234567.8", "fr-FR"),
    ("1\u{202F}234,50", "1234.5", "fr-FR"), ("(12.00)", "-12", nil),
    ("\u{2212}3,5", "-3.5", "de-DE"),
    ("$-4.20", "-4.2", nil), ("-$4.20", "-4.2", nil), ("19 %", "0.19", nil), ("19%", "19", nil),
    ("12,34,567", "1234567", "en-IN"), ("1.234.567", "1234567", nil), ("5.00-", "-5", nil),
    ("Nr. 208841", "208841", nil), ("٣٤٥", "345", nil), ("１２３", "123", nil), ("007", "7", nil),
  ])
  func aNumberIsReadAsDocumentsSpellIt(text: String, value: String, locale: String?) throws {
    let number = try #require(JSONNumber(literal: value))
    #expect(Self.raw(.number(number), in: "x \(text) y", locale: locale) != nil)
  }

  @Test(arguments: [
    ("2025", "5"), ("1,2,3", "123"), ("14.01.2025", "14.01"), ("1.2.3", "1.2"), ("0.123", "123"),
    ("40  358.00", "40358"), ("3-5", "-5"), ("12 34", "1234"),
  ])
  func whatIsNotTheNumberIsNot(text: String, value: String) throws {
    let number = try #require(JSONNumber(literal: value))
    #expect(Self.raw(.number(number), in: "x \(text) y") == nil)
  }

  @Test func theLocaleDecidesWhatOneSeparatorMeans() {
    #expect(Self.raw(1234, in: "1.234 St.", locale: "de-DE") == "1.234")
    #expect(Self.raw(1234, in: "1.234 pcs", locale: "en-US") == nil)
    let value = JSONValue.number(JSONNumber(literal: "1.234") ?? JSONNumber(0))
    #expect(Self.raw(value, in: "1.234 pcs", locale: "en-US") == "1.234")
    #expect(Self.raw(value, in: "1.234 St.", locale: "de-DE") == nil)
  }

  @Test func withoutALocaleTheDocumentDecidesIfItCan() {
    #expect(Self.evidence(["v": 1234], in: "1.234 of 12,50").reasons.isEmpty)
    #expect(Self.raw(1234, in: "1.234 of 12.50") == nil)
  }

  @Test func anAmbiguousNumberIsListedBothWaysAndNamed() throws {
    for value in ["1234", "1.234"] {
      let number = try #require(JSONNumber(literal: value))
      let found = Self.evidence(["v": .number(number)], in: "about 1.234 pieces")
      #expect(found.fields.first?.spans.first?.readings == ["1.234", "1234"])
      #expect(found.reasons == ["/v: \"1.234\" can be read as 1.234 or 1234"])
    }
  }

  // MARK: - Dates

  @Test(arguments: [
    "March 31, 2025", "31 March 2025", "31st of March, 2025", "31. März 2025",
    "le 31 mars 2025", "31 de marzo de 2025", "31.03.2025", "31.3.25", "3/31/2025",
    "31/03/2025", "2025年3月31日", "31-Mar-2025", "2025/3/31", "Mar. 31 2025",
    "31. 3. 2025", "31 MARS 2025",
  ])
  func aDateIsReadAsDocumentsSpellIt(text: String) {
    let found = Self.evidence(["d": "2025-03-31"], in: "on \(text), we")
    #expect(found.fields.first?.raw == text.replacing("le ", with: ""))
    #expect(found.reasons.isEmpty)
  }

  @Test func theLocaleDecidesWhichNumberIsTheMonth() {
    #expect(Self.raw("2025-03-04", in: "3/4/2025", locale: "en-US") == "3/4/2025")
    #expect(Self.raw("2025-04-03", in: "3/4/2025", locale: "en-GB") == "3/4/2025")
    #expect(Self.raw("2025-04-03", in: "3/4/2025", locale: "en-US") == nil)
    let found = Self.evidence(["d": "2025-03-04"], in: "3/4/2025")
    #expect(found.fields.first?.spans.first?.readings == ["2025-03-04", "2025-04-03"])
    #expect(found.reasons == ["/d: \"3/4/2025\" can be read as 2025-03-04 or 2025-04-03"])
  }

  @Test(arguments: ["31.02.2025", "1-800-55", "192.168.1.10", "10.3.2025.1", "2025-13-01"])
  func whatIsNoDateIsNone(text: String) {
    #expect(Self.raw("2025-03-10", in: text) == nil)
    #expect(Self.raw("2025-02-31", in: text) == nil)
  }

  // MARK: - Which of several

  @Test func theOccurrenceNearestToItsNeighborsComesFirst() throws {
    let text = """
      Summary: 4 boxes, 2 lids.
      Gloves    4    8.95
      Gauze     2    6.20
      Cuffs     4    34.50
      """
    let output: JSONValue = [
      "lines": [
        ["name": "Gloves", "count": 4], ["name": "Gauze", "count": 2],
        ["name": "Cuffs", "count": 4],
      ]
    ]
    let found = Self.evidence(output, in: text)
    let lines = found.fields.map { ($0.pointer.description, $0.spans[0].line) }
    #expect(lines.map(\.1) == [2, 2, 3, 3, 4, 4])
    #expect(found.fields[1].spans.map(\.line) == [2, 1, 4])
  }

  @Test func equalRowsGetDifferentPlaces() {
    let text = "Visit 80.00\nVisit 80.00\nVisit 80.00\n"
    let row: JSONValue = ["what": "Visit", "amount": 80]
    let found = Self.evidence(["rows": [row, row, row]], in: text)
    #expect(found.fields.map { $0.spans[0].line } == [1, 1, 2, 2, 3, 3])
  }

  @Test func wholeWordsAreWantedFirst() {
    #expect(Self.evidence(["v": "art"], in: "start art party").fields.first?.spans.count == 1)
    #expect(Self.evidence(["v": "art"], in: "start party").fields.first?.spans.count == 2)
    #expect(Self.evidence(["v": "e"], in: "e\u{301} e").fields.first?.spans.map(\.range) == [3..<4])
  }

  @Test func atMostSixteenPlacesAreListed() {
    let text = String(repeating: "again ", count: 100)
    #expect(Self.evidence(["v": "again"], in: text).fields.first?.spans.count == 16)
  }

  @Test func whatDoesNotOccurIsNamedButForChosenValues() {
    let output: JSONValue = [
      "kind": "invoice", "who": "Nobody", "ok": true, "none": .null, "empty": "",
    ]
    let schema: JSONValue = [
      "properties": ["kind": ["$ref": "#/$defs/kind"]], "$defs": ["kind": ["enum": ["invoice"]]],
    ]
    let chosen = ChosenValues(schema)
    let found = EvidenceFinder(DocumentPlaces("nothing here"), locale: nil)
      .evidence(for: output) { chosen.holds($1, at: $0) }
    #expect(found.reasons == ["/who: does not occur in the document"])
    #expect(found.fields.isEmpty)
  }

  @Test func pagesAreCountedWhereThereAreFormFeeds() {
    let found = Self.evidence(["a": "one", "b": "two"], in: "one\u{0C}two")
    #expect(found.fields.map { $0.spans[0].page } == [1, 2])
    #expect(Self.evidence(["a": "one"], in: "one").fields[0].spans[0].page == nil)
  }

  @Test(arguments: ["en", "en-US", "de-DE", "de-CH", "fr", "ja-JP"])
  func aLocaleIsKnown(tag: String) { #expect(QueueLocale(tag) != nil) }

  @Test(arguments: ["", "english", "EN", "en-us", "xx", "de_DE", "de-DE-1901", "-"])
  func anUnknownLocaleIsNone(tag: String) { #expect(QueueLocale(tag) == nil) }
}
