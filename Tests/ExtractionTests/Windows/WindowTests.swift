import Documents
import Extraction
import JSON
import Synchronization
import TestSupport
import Testing
import Tokenizers

/// A source that reads every row of the text that it is shown, or stops where its budget ends.
private final class RowReader: AnswerSource {
  let modelDigest = "sha256:scripted"
  let backendName = "scripted"
  /// The rows after which an answer is closed early, nil for no limit.
  private let rowLimit: Int?
  private let calls = Mutex(0)

  init(rowLimit: Int? = nil) { self.rowLimit = rowLimit }

  var callCount: Int { calls.withLock { $0 } }

  func answer(_ request: AnswerRequest) throws(JobFailure) -> Answer {
    calls.withLock { $0 += 1 }
    var rows: [JSONValue] = []
    var title: JSONValue = ["not_found": true]
    for line in request.documentText.split(whereSeparator: \.isNewline) {
      let cells = line.split(separator: "|").map { $0.trimmed }
      if cells.count == 3, let amount = JSONNumber(literal: cells[2].replacing(",", with: "")) {
        rows.append([
          "what": .string(cells[0]), "code": .string(cells[1]), "amount": .number(amount),
        ])
      }
      if line.hasPrefix("TITLE ") { title = .string(String(line.dropFirst(6))) }
    }
    let isClosed = rowLimit.map { rows.count > $0 } ?? false
    if let rowLimit, isClosed { rows = Array(rows.prefix(rowLimit)) }
    let output: JSONValue = ["title": title, "rows": .array(rows)]
    return Answer(
      bytes: output.bytes, tokens: [], promptTokens: [], closedEarly: isClosed, limitsMet: [],
      usage: AnswerUsage(prompt: 1, cached: 0, completion: 1, forced: 0, drafted: 0),
      prefillMilliseconds: 0, decodeMilliseconds: 0)
  }
}

extension Substring {
  fileprivate var trimmed: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}

@Suite struct WindowTests {
  private static let schema = #"""
    {"type":"object","properties":{"title":{"type":"string"},
     "rows":{"type":"array","items":{"type":"object","properties":{"what":{"type":"string"},"code":{"type":"string"},
     "amount":{"type":"number"}},"required":["what","code","amount"],"additionalProperties":false}}},
     "required":["title","rows"],"additionalProperties":false}
    """#

  private static func extracted(
    _ text: String, windowTokens: Int, reader: RowReader
  ) throws -> Extracted {
    var settings = ExtractionSettings(schema: Array(schema.utf8), instructions: "")
    settings.longDocuments = .windows(tokens: windowTokens)
    return try RecordGenerator(source: reader, library: SchemaLibrary()).generate(
      Document(text: text, encoding: .utf8, flags: []), settings: settings)
  }

  private static let goods = [
    "Gloves", "Gauze", "Cuffs", "Montage", "Courier", "東京 tea", "Lids, large",
  ]

  /// Returns a table whose rows repeat each other, as real tables do, and the rows that it holds.
  private static func table(
    _ count: Int, seed: UInt64, eol: String
  ) -> (text: String, rows: [String]) {
    var random = SeededRandom(seed: seed)
    var text =
      "TITLE Delivery of goods" + eol + "All goods, with Gloves and Gauze, were taken over." + eol
      + eol
    var rows: [String] = []
    for index in 0..<count {
      let what = goods[random.int(0...goods.count - 1)]
      // Every fourth row is the same as others in all its cells.
      let code = random.int(0...3) == 0 ? "C-1" : "C-\(random.int(1...count * 2))"
      let amount = random.int(0...2) == 0 ? "12.50" : "1,\(100 + random.int(0...899)).00"
      text += what.padded(14) + "| " + code.padded(8) + "|" + " " + amount + eol
      rows.append("\(what)/\(code)/\(amount.replacing(",", with: ""))")
      if index % 17 == 16 { text += index % 34 == 33 ? "\u{0C}" : eol }
    }
    return (text + "Total of this delivery as agreed." + eol, rows)
  }

  @Test(arguments: [10, 11, 40, 100, 250, 1000], [UInt64(1), 2])
  func noRowIsLostAndNoneStandsTwice(count: Int, seed: UInt64) throws {
    let (text, rows) = Self.table(count, seed: seed, eol: seed == 1 ? "\n" : "\r\n")
    let reader = RowReader()
    let result = try Self.extracted(text, windowTokens: 90, reader: reader)
    let output = try JSONValue.parse(result.output)
    let found = (output["rows"]?.array ?? []).map { row in
      "\(row["what"]?.string ?? "")/\(row["code"]?.string ?? "")/\(row["amount"]?.number?.literal ?? "")"
    }
    #expect(found == rows)
    #expect(count < 40 || reader.callCount > 3)
    #expect(result.finish == .stop)
    #expect(output["title"]?.string == "Delivery of goods")
    #expect(result.usage.completion == reader.callCount)
  }

  @Test func aListThatTheBudgetClosedMakesTheRecordPartial() throws {
    for seed in 0..<200 as Range<UInt64> {
      let (text, rows) = Self.table(30, seed: seed, eol: "\n")
      let result = try Self.extracted(text, windowTokens: 90, reader: RowReader(rowLimit: 3))
      let output = try JSONValue.parse(result.output)
      #expect((output["rows"]?.array?.count ?? 0) < rows.count)
      #expect(result.finish == .closedEarly)
      #expect(
        result.reviewReasons.contains {
          $0.hasPrefix("output: closed early") && $0.contains("window")
        })
    }
  }

  @Test func aShortDocumentHasOneWindow() throws {
    let reader = RowReader()
    let (text, rows) = Self.table(3, seed: 1, eol: "\n")
    let result = try Self.extracted(text, windowTokens: 5000, reader: reader)
    #expect(reader.callCount == 1)
    #expect(try JSONValue.parse(result.output)["rows"]?.array?.count == rows.count)
  }

  // MARK: - Cutting

  @Test(arguments: [1, 2, 7, 30, 64, 200, 1000])
  func windowsCoverTheTextAndOverlap(limit: Int) {
    var random = SeededRandom(seed: UInt64(limit))
    for _ in 0..<20 {
      let pieces = ["word ", "a", "\n", "\n\n", "\r\n", "\u{0C}", "longer-piece", "  \n", "\r"]
      let text = (0..<random.int(0...300)).map { _ in pieces[random.int(0...pieces.count - 1)] }
        .joined()
      let scalars = Array(text.unicodeScalars)
      let windows = DocumentWindows.cut(scalars) { $0.count <= limit }
      #expect(windows.first?.lowerBound == 0)
      #expect(windows.last?.upperBound == scalars.count)
      for (before, after) in zip(windows, windows.dropFirst()) {
        #expect(after.lowerBound > before.lowerBound && after.upperBound > before.upperBound)
        #expect(after.lowerBound <= before.upperBound)
      }
      if limit > 8 {
        #expect(windows.allSatisfy { $0.count <= limit })
        #expect(zip(windows, windows.dropFirst()).allSatisfy { $1.lowerBound < $0.upperBound })
      }
    }
  }

  @Test func aPageIsWantedBeforeAParagraphAndALine() {
    let text = "aaaaaaaaaaaa\nbb\u{0C}cc\n\ndd\nee and more text that does not fit any more"
    let windows = DocumentWindows.cut(Array(text.unicodeScalars)) { $0.count <= 26 }
    #expect(windows[0] == 0..<16)
  }

  // MARK: - Joining

  private static func window(
    _ output: JSONValue, _ places: [String: Range<Int>], _ range: Range<Int>
  ) -> WindowOutput {
    var found: [JSONPointer: Range<Int>] = [:]
    for (text, place) in places { if let pointer = JSONPointer(text) { found[pointer] = place } }
    return WindowOutput(output: output, places: found, range: range)
  }

  @Test func theBestSupportedScalarStaysAndTheOthersAreListed() throws {
    let merge = WindowMerge([
      Self.window(["a": "guess", "b": .null, "c": 1], [:], 0..<10),
      Self.window(["a": "found", "b": 2, "c": 1], ["/a": 12..<17], 10..<20),
      Self.window(["a": "other", "b": .null], ["/a": 22..<27], 20..<30),
    ])
    #expect(merge.output.text == #"{"a":"found","b":2,"c":1}"#)
    let others = try #require(merge.alternatives[JSONPointer(steps: ["a"])])
    #expect(
      JSONValue.array(others).text
        == #"[{"value":"other","evidence":[{"doc":0,"start":22,"end":27,"by":"match"}]}]"#)
  }

  @Test func halfARowAtACutIsTheSameRowAsTheWholeOne() {
    let merge = WindowMerge([
      Self.window([["n": "x", "v": 1]], ["/0/n": 0..<1, "/0/v": 5..<6], 0..<10),
      Self.window(
        [["v": 1], ["n": "y", "v": 2]], ["/0/v": 5..<6, "/1/n": 12..<13, "/1/v": 15..<16], 3..<20),
    ])
    #expect(merge.output.text == #"[{"n":"x","v":1},{"n":"y","v":2}]"#)
  }

  @Test func rowsThatShareOnlyAHeadingAreTwoRows() {
    let places: (Int) -> [String: Range<Int>] = {
      ["/0/kind": 0..<4, "/0/n": $0..<$0 + 1, "/0/v": $0 + 4..<$0 + 5]
    }
    let merge = WindowMerge([
      Self.window([["kind": "fees", "n": "x", "v": 1]], places(5), 0..<10),
      Self.window([["kind": "fees", "n": "y", "v": 2]], places(15), 0..<20),
    ])
    #expect(merge.output.array?.count == 2)
  }
}

extension String {
  fileprivate func padded(_ width: Int) -> String {
    self + String(repeating: " ", count: Swift.max(1, width - count))
  }
}
