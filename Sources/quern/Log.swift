// What the program says on standard error: one line an event, never a document's text.

import Posix

/// A writer of log lines.
struct Log: Sendable {
  /// How much a line matters; the numbers are those of syslog.
  enum Level: Int, Sendable {
    case error = 3
    case warning = 4
    case info = 6
  }

  /// Whether a person watches standard error.
  let isWatched: Bool
  /// Whether the journal reads standard error and takes a level in front of each line.
  private let isJournal: Bool

  /// Creates the log of this process.
  init() {
    isWatched = StandardStream.error.isTerminal
    isJournal = !isWatched && Machine.environment("JOURNAL_STREAM") != nil
  }

  /// Writes one line.
  func write(_ level: Level, _ message: String) {
    let line = message.split(whereSeparator: \.isNewline).joined(separator: " ")
    let head = isJournal ? "<\(level.rawValue)>" : ""
    // A log that cannot be written has nowhere to be reported.
    try? StandardStream.error.writeLine("\(head)quern: \(Self.visible(line))")
  }

  /// Writes a line for a person who watches, and nothing otherwise.
  func progress(_ message: String) {
    if isWatched { write(.info, message) }
  }

  /// Returns a text in which control characters, as names of files may hold, are harmless.
  static func visible(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { scalar in
          switch scalar.properties.generalCategory {
          case .control, .lineSeparator, .paragraphSeparator, .format: "\u{FFFD}"
          default: scalar
          }
        }))
  }
}
