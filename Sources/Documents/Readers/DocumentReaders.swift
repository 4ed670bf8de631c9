// Which reader takes which file: a table in the order in which readers are asked.

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
