// Names of files as the kernel sees them: bytes without a zero, not always UTF-8.

/// A path or a bare file name, kept as the bytes that the kernel compares.
package struct FilePath: Hashable, Sendable, ExpressibleByStringInterpolation {
  /// The bytes, without a terminating zero.
  package let bytes: [UInt8]

  /// Creates a path from bytes; a zero byte ends it.
  package init(bytes: some Sequence<UInt8>) {
    self.bytes = Array(bytes.prefix { $0 != 0 })
  }

  /// Creates a path from text.
  package init(_ text: String) { self.init(bytes: text.utf8) }

  package init(stringLiteral text: String) { self.init(text) }

  /// The text, with replacement characters where the bytes are not UTF-8.
  package var text: String { String(decoding: bytes, as: UTF8.self) }

  /// The text, or nil where the bytes are not UTF-8.
  package var exactText: String? { String(validating: bytes, as: UTF8.self) }

  /// The part after the last slash.
  package var lastComponent: FilePath {
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return self }
    return FilePath(bytes: bytes[(slash + 1)...])
  }

  /// The part before the last slash, or nil for a bare name.
  package var parent: FilePath? {
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return nil }
    return slash == 0 ? "/" : FilePath(bytes: bytes[..<slash])
  }

  /// Returns the path of a name inside this folder.
  package static func / (folder: FilePath, name: FilePath) -> FilePath {
    if folder.bytes.isEmpty { return name }
    let slash: [UInt8] = folder.bytes.last == UInt8(ascii: "/") ? [] : [UInt8(ascii: "/")]
    return FilePath(bytes: folder.bytes + slash + name.bytes)
  }

  /// True when the bare name starts with the given text.
  package func hasPrefix(_ text: String) -> Bool { bytes.starts(with: text.utf8) }

  /// True when the name ends with the given text.
  package func hasSuffix(_ text: String) -> Bool {
    bytes.reversed().starts(with: text.utf8.reversed())
  }
}

extension FilePath: CustomStringConvertible, Comparable {
  package var description: String { text }

  package static func < (left: FilePath, right: FilePath) -> Bool {
    left.bytes.lexicographicallyPrecedes(right.bytes)
  }

  /// Lends the bytes as a C string for the duration of a call.
  func withCString<R>(_ body: (UnsafePointer<CChar>) -> R) -> R {
    // SAFETY: the array ends with a zero and lives until the call returns.
    unsafe (bytes + [0]).withUnsafeBytes { buffer in
      guard let start = unsafe buffer.assumingMemoryBound(to: CChar.self).baseAddress else {
        preconditionFailure("an array with a terminating zero is not empty")
      }
      return unsafe body(start)
    }
  }
}
