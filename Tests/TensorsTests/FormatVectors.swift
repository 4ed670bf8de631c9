// The vectors in Fixtures, read as bytes and floats.

import Foundation
import Tensors
import Testing

/// Files of reference bytes and values beside the tests.
enum FormatVectors {
  /// Returns a fixture's bytes.
  static func bytes(_ name: String) throws -> [UInt8] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
    return [UInt8](try Data(contentsOf: folder.appending(path: name)))
  }

  /// Returns a fixture's little-endian floats.
  static func floats(_ name: String) throws -> [Float] {
    let bytes = try bytes(name)
    return stride(from: 0, to: bytes.count, by: 4).map { index in
      let word = bytes[index..<index + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      return Float(bitPattern: word)
    }
  }
}
