// Formats of strings, each a plain check of a whole text.

/// The formats that are asserted.
package enum FormatChecks {
  /// The names of all formats of the drafts; a name that is not here has no effect.
  private static let known: Set<String> = [
    "date", "time", "date-time", "duration", "email", "idn-email", "hostname", "idn-hostname",
    "ipv4", "ipv6", "uri", "uri-reference", "iri", "iri-reference", "uri-template", "uuid",
    "json-pointer", "relative-json-pointer", "regex",
  ]

  /// Returns whether a format is one of the drafts'.
  package static func isKnown(_ name: String) -> Bool { known.contains(name) }

  /// Returns whether a format can be checked here.
  package static func isSupported(_ name: String) -> Bool { name == "date" }

  /// Returns whether a text has a format; formats that are not supported accept everything.
  package static func accepts(_ text: String, format: String) -> Bool {
    switch format {
    case "date": isDate(Array(text.utf8))
    default: true
    }
  }

  /// Returns whether a text is a full date of RFC 3339, with a day that exists.
  static func isDate(_ text: [UInt8]) -> Bool {
    guard text.count == 10, text[4] == 0x2D, text[7] == 0x2D else { return false }
    func number(_ range: Range<Int>) -> Int? {
      var value = 0
      for byte in text[range] {
        guard byte >= 0x30, byte <= 0x39 else { return nil }
        value = value * 10 + Int(byte - 0x30)
      }
      return value
    }
    guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
      month >= 1, month <= 12
    else { return false }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return day >= 1 && day <= days[month - 1]
  }
}
