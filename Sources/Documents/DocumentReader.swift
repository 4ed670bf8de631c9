// Which reader takes which file: a table by first bytes.

/// A way to make a document of a file's bytes.
package protocol DocumentReader: Sendable {
  /// Whether this reader is for a file with these bytes and this name.
  func claims(_ bytes: [UInt8], name: String) -> Bool
  /// Reads the document.
  func read(_ bytes: [UInt8]) throws(DocumentError) -> Document
}

/// The readers in the order in which they are asked.
package enum DocumentReaders {
  private static let table: [any DocumentReader] = [ForeignKindReader(), PlainTextReader()]

  /// Reads a file's bytes with the first reader that claims them.
  ///
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - name: The file's name, a hint only.
  /// - Throws: `DocumentError` where the bytes are not a document that can be read.
  package static func read(_ bytes: [UInt8], name: String) throws(DocumentError) -> Document {
    for reader in table where reader.claims(bytes, name: name) { return try reader.read(bytes) }
    throw .notText(firstBytes: Array(bytes.prefix(4)))
  }
}
