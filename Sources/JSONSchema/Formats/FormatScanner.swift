// A place in the bytes of a text, moved on by what stands there: the tool of all format checks.

/// A reader of the bytes of one text.
struct FormatScanner {
  private let bytes: [UInt8]
  /// The index of the next byte.
  var at = 0

  init(_ text: String) { bytes = Array(text.utf8) }
  init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

  /// The number of bytes.
  var count: Int { bytes.count }
  /// Whether all bytes are read.
  var isAtEnd: Bool { at == bytes.count }
  /// The next byte, if there is one.
  var next: UInt8? { at < bytes.count ? bytes[at] : nil }

  /// The bytes of a range.
  func slice(_ range: Range<Int>) -> ArraySlice<UInt8> { bytes[range] }

  /// Steps over a byte if it stands at the place.
  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard let byte = next, byte == character.value else { return false }
    at += 1
    return true
  }

  /// Steps over the next byte if it satisfies a condition.
  mutating func take(where condition: (UInt8) -> Bool) -> Bool {
    guard let byte = next, condition(byte) else { return false }
    at += 1
    return true
  }

  /// Steps over all bytes that satisfy a condition and returns how many they were.
  @discardableResult mutating func skip(while condition: (UInt8) -> Bool) -> Int {
    let start = at
    while let byte = next, condition(byte) { at += 1 }
    return at - start
  }

  /// Reads a fixed number of ASCII digits.
  mutating func takeNumber(digits: Int) -> Int? {
    guard at + digits <= bytes.count else { return nil }
    var value = 0
    for byte in bytes[at..<at + digits] {
      guard Self.isDigit(byte) else { return nil }
      value = value * 10 + Int(byte - 0x30)
    }
    at += digits
    return value
  }

  // MARK: - Classes of bytes

  static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

  static func isLetter(_ byte: UInt8) -> Bool {
    let lower = byte | 0x20
    return lower >= 0x61 && lower <= 0x7A
  }

  static func isAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || isLetter(byte) }

  static func isHexadecimal(_ byte: UInt8) -> Bool {
    let lower = byte | 0x20
    return isDigit(byte) || (lower >= 0x61 && lower <= 0x66)
  }

  /// Returns whether a byte is one of the ASCII characters of a text.
  static func isOne(of characters: String, _ byte: UInt8) -> Bool {
    byte < 0x80 && characters.utf8.contains(byte)
  }
}
