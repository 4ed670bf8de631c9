// GPT-2's alphabet: every byte as one printable character, so that vocabularies are readable.
//
// The bytes 0x21...0x7E, 0xA1...0xAC and 0xAE...0xFF stand for themselves as code points; the
// other 68 are, in ascending order, U+0100, U+0101 and so on up to U+0143. A piece's characters
// are thus one or two bytes of UTF-8.

/// The mapping between bytes and the characters by which vocabularies write them.
enum ByteAlphabet {
  /// The byte of each code point below U+0144, or -1 where the code point stands for none.
  private static let byteOfCode: [Int16] = {
    var table = [Int16](repeating: -1, count: 0x144)
    var spare = 0x100
    for byte in 0..<256 {
      switch byte {
      case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF:
        table[byte] = Int16(byte)
      default:
        table[spare] = Int16(byte)
        spare += 1
      }
    }
    return table
  }()

  /// Appends the bytes that a piece of a vocabulary stands for.
  ///
  /// - Returns: Whether every character stands for a byte; if not, `bytes` is left as it was.
  static func append(
    _ piece: [UInt8], _ range: Range<Int>, to bytes: inout [UInt8]
  ) -> Bool {
    let table = byteOfCode
    let before = bytes.count
    var i = range.lowerBound
    while i < range.upperBound {
      var code = Int(piece[i])
      i += 1
      if code >= 0x80 {
        guard code >= 0xC2, code <= 0xC5, i < range.upperBound, piece[i] & 0xC0 == 0x80 else {
          bytes.removeSubrange(before...)
          return false
        }
        code = (code & 0x1F) << 6 | Int(piece[i] & 0x3F)
        i += 1
      }
      guard code < table.count, table[code] >= 0 else {
        bytes.removeSubrange(before...)
        return false
      }
      bytes.append(UInt8(truncatingIfNeeded: table[code]))
    }
    return true
  }
}
