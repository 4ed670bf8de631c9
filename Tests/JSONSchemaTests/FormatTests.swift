import Foundation
import JSONSchema
import Patterns
import TestSupport
import Testing

@Suite struct FormatTests {
  /// A text of the public suite, and whether it has the format.
  struct Case: Decodable {
    let format: String
    let text: String
    let valid: Bool
  }

  static func suite() throws -> [Case] {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Fixtures/formats.jsonl")
    return try Data(contentsOf: file).split(separator: 0x0A).map { line in
      try JSONDecoder().decode(Case.self, from: Data(line))
    }
  }

  @Test func everyStringOfThePublicSuiteIsJudgedRight() throws {
    let cases = try Self.suite()
    #expect(cases.count > 600)
    for row in cases {
      #expect(
        FormatChecks.accepts(row.text, format: row.format) == row.valid,
        "\(row.format) \(row.text.debugDescription)")
    }
  }

  /// Places where the suite is silent; the first of each pair are right.
  @Test(arguments: [
    ("date-time", "2020-06-30T15:59:60-08:00", "2020-06-30T15:59:60-07:00"),
    ("time", "23:59:59.999999999999Z", "23:59:59.Z"), ("date", "0000-02-29", "1900-02-29"),
    ("duration", "P1YT1S", "P1YT"), ("ipv6", "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:8::"),
    ("ipv6", "1:2:3:4:5::1.2.3.4", "1:2:3:4:5:6::1.2.3.4"), ("ipv6", "::", ":::"),
    ("email", "\"a@b\"@c", "a@b@c"), ("email", "a@[IPv6:::1]", "a@[x:1]"),
    ("email", "\"\\\"\"@b", "\"\"\"@b"), ("email", "a@xn--caf-dma", "a@xn--caf"),
    ("hostname", "a--b", "ab--c"), ("hostname", "1.2.3.4", "1..4"),
    ("idn-hostname", "caf\u{E9}", "cafe\u{301}"),
    ("idn-hostname", "\u{1EB9}\u{301}", "\u{E9}\u{323}"),
    ("idn-hostname", "\u{E9}\u{331}", "e\u{331}\u{301}"), ("idn-hostname", "\u{E9}", "\u{C9}"),
    ("uri", "a:", ":a"), ("uri", "a://b:", "a://[b]"), ("uri", "a://@", "a://@@"),
    ("uri", "a:b?c?/d#?/", "a:b#c#"), ("uri-reference", "a/b:c", "a:b:c\\"),
    ("iri", "a:?\u{E000}", "a:\u{E000}"), ("iri", "a:\u{E9}", "\u{E9}:a"),
    ("uri-template", "{|a}", "{a|}"), ("uri-template", "'", "\""),
    ("relative-json-pointer", "10/", "1a"), ("json-pointer", "/\u{1F600}", "\u{1F600}/"),
    ("regex", "^\\d+\\-\\d+$", "^\\Z"), ("regex", "(a)\\1", "\\1"),
    ("uuid", "00000000-0000-0000-0000-00000000000A", "00000000-0000-0000-0000-00000000000G"),
  ])
  func edgesAreJudgedRight(format: String, right: String, wrong: String) {
    #expect(FormatChecks.accepts(right, format: format), "\(format) \(right)")
    #expect(!FormatChecks.accepts(wrong, format: format), "\(format) \(wrong)")
  }

  @Test func otherNamesAcceptEverything() {
    #expect(!FormatChecks.isKnown("color"))
    #expect(FormatChecks.accepts("anything", format: "color"))
    #expect(FormatChecks.names.count == 19)
  }
}
