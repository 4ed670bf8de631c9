// Why a file cannot be read as a document.

/// Why bytes are not a document.
package enum DocumentError: Error, Equatable {
  /// The file has no bytes, or only white space.
  case empty
  /// The bytes are not text in any encoding that is tried.
  case notText(firstBytes: [UInt8])
  /// The bytes claim an encoding by their byte order mark and break its rules.
  case malformed(encoding: TextEncoding, offset: Int)
  /// The file is of a known kind that needs a converter.
  case unsupportedKind(String)
  /// The document has more bytes than its queue allows.
  case tooLarge(bytes: Int, limit: Int)
}

extension DocumentError: CustomStringConvertible {
  /// The code under which this error is recorded.
  package var code: String {
    switch self {
    case .empty: "input.empty"
    case .notText: "input.not_text"
    case .malformed: "input.malformed_text"
    case .unsupportedKind: "input.unsupported_kind"
    case .tooLarge: "input.too_large"
    }
  }

  /// One sentence for a person, with the next step.
  package var description: String {
    switch self {
    case .empty:
      return "The file holds no text; check that it was saved and copied whole, then drop it again."
    case .notText(let bytes):
      let shown = bytes.map { byte in
        let hex = String(byte, radix: 16)
        return hex.utf8.count == 1 ? "0" + hex : hex
      }
      return "The file is not text in UTF-8, UTF-16, UTF-32 or Windows-1252 (it begins with bytes "
        + shown.joined(separator: " ") + "); convert it to UTF-8 text and drop it again."
    case .malformed(let encoding, let offset):
      return "The file is marked as \(encoding.rawValue) but breaks its rules at byte \(offset); "
        + "save it again as UTF-8 and drop it again."
    case .unsupportedKind(let kind):
      return "The file is \(kind), which cannot be read yet; convert it to plain text and drop it "
        + "again."
    case .tooLarge(let bytes, let limit):
      return
        "The file has \(bytes) bytes, more than the \(limit) that the queue allows; split it or "
        + "raise accept.max_bytes in queue.json."
    }
  }
}
