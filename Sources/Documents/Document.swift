// A document as text, with how its encoding was found.

/// A text encoding that documents may have.
package enum TextEncoding: String, Sendable {
  case utf8 = "utf-8"
  case utf16LittleEndian = "utf-16le"
  case utf16BigEndian = "utf-16be"
  case utf32LittleEndian = "utf-32le"
  case utf32BigEndian = "utf-32be"
  case windows1252 = "windows-1252"
}

/// One document's text.
package struct Document: Sendable, Equatable {
  /// The decoded text without a byte order mark; line ends are kept as they are.
  package let text: String
  /// The encoding of the bytes.
  package let encoding: TextEncoding
  /// What a reader of the record should know, such as `encoding_guessed`.
  package let flags: [String]

  /// Creates a document.
  package init(text: String, encoding: TextEncoding, flags: [String]) {
    self.text = text
    self.encoding = encoding
    self.flags = flags
  }
}
