import Digests
import JSON
import Posix
import Reports
import TestSupport
import Testing

@Suite struct ReviewPageTests {
  private static let hostile =
    "<script>alert(1)</script> & \"quotes\" 'single' </pre></script><img src=x onerror=alert(1)>\nTotal: 12,50 東京"

  private static func number(_ literal: String) -> JSONValue {
    JSONNumber(literal: literal).map { .number($0) } ?? .null
  }

  private static func document(_ index: Int, text: String?) throws -> ReviewDocument {
    let name = "</script><b>\(index).txt"
    let value: JSONValue = [
      "v": 1, "type": "result", "status": "ok", "key": .string("sha256:k\(index)"), "queue": "q",
      "input": ["name": .string(name), "sha256": .null],
      "output": [
        "who": "<script>alert(1)</script>", "total": number("12.5"),
        "big": number("12345678901234567890"),
      ],
      "fields": [
        "/who": [
          "p": number("0.5"),
          "evidence": [["doc": 0, "page": .null, "start": 0, "end": 25, "line": 1, "by": "match"]],
        ]
      ],
      "review": ["needed": true, "reasons": ["/big: does not occur in the document"]],
      "record": .string("sha256:r\(index)"), "job": .string("j\(index)"), "run": ["done": ""],
    ]
    let line = try #require(ResultLine(value.bytes))
    return ReviewDocument(line: line, text: text)
  }

  private static func page(_ documents: [ReviewDocument]) -> String {
    String(decoding: ReviewPage(title: "<Review> & \"more\"").html(documents), as: UTF8.self)
  }

  @Test func nothingOfADocumentIsMarkup() throws {
    let page = Self.page([try Self.document(1, text: Self.hostile)])
    #expect(!page.contains("<script>alert"))
    #expect(!page.contains("<img"))
    #expect(!page.contains("<b>"))
    #expect(page.contains("<title>&lt;Review&gt; &amp; &quot;more&quot;</title>"))
    // One script that runs, and two blocks of data.
    #expect(page.ranges(of: "<script").count == 3)
    #expect(page.ranges(of: "</script>").count == 3)
  }

  @Test func theDataSurviveTheirEscapes() throws {
    let page = Self.page([try Self.document(1, text: Self.hostile)])
    let start = try #require(page.firstRange(of: "id=\"d0\">")).upperBound
    let end = try #require(page[start...].firstRange(of: "</script>")).lowerBound
    let data = try JSONValue.parse(String(page[start..<end]))
    #expect(data["text"]?.string == Self.hostile)
    #expect(data["leaves"]?.array?.last?.text == #"["/big",null,"12345678901234567890"]"#)
  }

  @Test func thePolicyAllowsTheTwoInlineBlocksAndNothingElse() throws {
    let page = Self.page([])
    func block(_ start: String, _ end: String) throws -> String {
      let from = try #require(page.firstRange(of: start)).upperBound
      return String(page[from..<(try #require(page[from...].firstRange(of: end)).lowerBound)])
    }
    let policy = try block("Content-Security-Policy\" content=\"", "\">")
    #expect(policy.hasPrefix("default-src 'none'; "))
    for text in [try block("<style>", "</style>"), try block("<script>", "</script>")] {
      #expect(policy.contains("'sha256-\(Self.base64(SHA256.hash(Array(text.utf8)).bytes))'"))
    }
    #expect(!policy.contains("unsafe"))
    #expect(!page.contains("http:") && !page.contains("https:") && !page.contains("style=\""))
  }

  /// An encoder by bits, unlike the page's.
  private static func base64(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    var bits = bytes.flatMap { byte in (0..<8).map { Int(byte >> (7 - $0) & 1) } }
    while bits.count % 6 != 0 { bits.append(0) }
    var text = ""
    for start in stride(from: 0, to: bits.count, by: 6) {
      text.append(alphabet[bits[start..<start + 6].reduce(0) { $0 * 2 + $1 }])
    }
    while text.count % 4 != 0 { text += "=" }
    return text
  }

  // MARK: - In a browser

  private static let browser: FilePath? = ["/usr/bin/chromium", "/usr/bin/chromium-browser"]
    .map { FilePath($0) }
    .first { (try? FileDescriptor.open($0, .readNow)) != nil }

  private static let isBrowserThere = browser != nil

  /// Returns the page's elements after its script has run.
  private static func drawn(_ page: [UInt8]) throws -> String {
    let folder = try TemporaryFolder()
    let files = PosixFileSystem()
    let root = try FileDescriptor.open(folder.path, .directory)
    let file = try files.open("page.html", in: root, .createExclusive, permissions: 0o600)
    try files.writeAll(page, to: file, at: 0)
    let outcome = try ChildProcess.run(
      try #require(browser),
      arguments: [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        "--user-data-dir=\(folder.path)/profile", "--virtual-time-budget=5000", "--dump-dom",
        "file://\(folder.path)/page.html",
      ], environment: Machine.environment, folder: nil)
    return outcome.outputText
  }

  @Test(.enabled(if: isBrowserThere, "no chromium is installed"))
  func aBrowserShowsTheDocumentAsText() throws {
    let page = ReviewPage(title: "t").html([
      try Self.document(1, text: Self.hostile), try Self.document(2, text: nil),
    ])
    let drawn = try Self.drawn(page)
    #expect(drawn.contains("data-ready="))
    // The document's text is text, and the first place of the field is marked in it.
    #expect(drawn.contains("&lt;script&gt;alert(1)&lt;/script&gt;</mark> &amp; \"quotes\""))
    #expect(!drawn.contains("<img"))
    #expect(drawn.contains("12345678901234567890"))
    // The field that does not occur comes first.
    let first = try #require(drawn.firstRange(of: "class=\"path\">")).upperBound
    #expect(drawn[first...].hasPrefix("big<"))
    #expect(drawn.contains("2 documents, 0 finished, 2 for review, 0 decisions"))
  }

  @Test(.enabled(if: isBrowserThere, "no chromium is installed"))
  func aBrowserOpensAThousandDocuments() throws {
    let text = String(
      repeating: "A line of a document with a number 12,50 and more words.\n", count: 60)
    let documents = try (0..<1000).map { try Self.document($0, text: text) }
    let drawn = try Self.drawn(ReviewPage(title: "t").html(documents))
    #expect(drawn.contains("1000 documents"))
    #expect(drawn.ranges(of: "<button data-number=").count == 1000)
  }
}
