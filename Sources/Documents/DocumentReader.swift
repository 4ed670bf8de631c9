// What every reader of documents does.

/// A way to make a document of a file's bytes.
package protocol DocumentReader: Sendable {
  /// Whether this reader is for a file with these bytes and this name.
  func claims(_ bytes: [UInt8], name: String) -> Bool
  /// Reads the document.
  func read(_ bytes: [UInt8]) throws(DocumentError) -> Document
}
