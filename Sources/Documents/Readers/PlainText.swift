// Plain text and Markdown, and the kinds of files that are recognized only to refuse them by name.

/// The reader of text in any encoding.
package struct PlainTextReader: DocumentReader {
  /// Creates the reader.
  package init() {}

  package func claims(_ bytes: [UInt8], name: String) -> Bool { true }

  package func read(_ bytes: [UInt8]) throws(DocumentError) -> Document {
    try TextDecoding.decode(bytes)
  }
}

/// A reader that names kinds of files for which there is no reader yet.
package struct ForeignKindReader: DocumentReader {
  private static let kinds: [(prefix: [UInt8], name: String)] = [
    (Array("%PDF-".utf8), "a PDF"),
    ([0x50, 0x4B, 0x03, 0x04], "a ZIP archive or an office document"),
    ([0xD0, 0xCF, 0x11, 0xE0], "an office document of the old binary kind"),
    ([0x89, 0x50, 0x4E, 0x47], "a PNG image"),
    ([0xFF, 0xD8, 0xFF], "a JPEG image"),
    ([0x47, 0x49, 0x46, 0x38], "a GIF image"),
    ([0x49, 0x49, 0x2A, 0x00], "a TIFF image"),
    ([0x4D, 0x4D, 0x00, 0x2A], "a TIFF image"),
    ([0x1F, 0x8B], "a gzip archive"),
    (Array("{\\rtf".utf8), "a rich text (RTF) document"),
  ]

  /// Creates the reader.
  package init() {}

  package func claims(_ bytes: [UInt8], name: String) -> Bool { kind(of: bytes) != nil }

  package func read(_ bytes: [UInt8]) throws(DocumentError) -> Document {
    throw .unsupportedKind(kind(of: bytes) ?? "of an unknown kind")
  }

  private func kind(of bytes: [UInt8]) -> String? {
    Self.kinds.first { bytes.starts(with: $0.prefix) }?.name
  }
}
