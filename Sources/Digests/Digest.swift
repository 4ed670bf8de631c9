// The result of a hash, and how it is spelled in files and records.

/// A SHA-256 digest of 32 bytes.
package struct Digest: Hashable, Sendable, CustomStringConvertible {
  /// The eight words of the digest, each big-endian when spelled.
  private let words: SIMD8<UInt32>

  /// Creates a digest from its eight words.
  init(words: SIMD8<UInt32>) { self.words = words }

  /// Creates a digest from 64 lowercase hexadecimal digits, or returns nil.
  package init?(hex: some StringProtocol) {
    let digits = Array(hex.utf8)
    guard digits.count == 64 else { return nil }
    var words = SIMD8<UInt32>()
    for (index, digit) in digits.enumerated() {
      let value: UInt8
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
      default: return nil
      }
      words[index / 8] = words[index / 8] << 4 | UInt32(value)
    }
    self.words = words
  }

  /// Creates a digest from its spelling in records, `sha256:` and 64 digits, or returns nil.
  package init?(prefixed: some StringProtocol) {
    guard prefixed.hasPrefix("sha256:") else { return nil }
    self.init(hex: prefixed.dropFirst(7))
  }

  /// The 32 bytes.
  package var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(32)
    for index in 0..<8 {
      for shift in [24, 16, 8, 0] as [UInt32] {
        bytes.append(UInt8(truncatingIfNeeded: words[index] >> shift))
      }
    }
    return bytes
  }

  /// The 64 lowercase hexadecimal digits.
  package var hex: String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(64)
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The spelling in records: `sha256:` and 64 digits.
  package var prefixed: String { "sha256:" + hex }

  package var description: String { prefixed }
}
