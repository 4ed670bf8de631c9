// Which class a Unicode scalar belongs to, as far as the rules that cut text into words ask.
//
// Byte-level pre-tokenizers ask for \p{L}, \p{M}, \p{N}, \p{P}, \p{S} and \s of Unicode; three ASCII
// characters have rules of their own. The classes are those of Unicode 16.0, equal to those of the package
// `tokenizers`; llama.cpp has those of 15.1.

/// The class of one scalar in the rules of a pre-tokenizer.
enum TextClass {
  /// None of the classes below; also a byte that is not part of valid UTF-8.
  static let other: UInt8 = 0
  /// General category L.
  static let letter: UInt8 = 1
  /// General category N.
  static let number: UInt8 = 2
  /// White space other than the two classes below.
  static let space: UInt8 = 3
  /// U+0020.
  static let blank: UInt8 = 4
  /// U+000A and U+000D.
  static let newline: UInt8 = 5
  /// U+0027, which may begin a contraction and otherwise counts as a symbol.
  static let apostrophe: UInt8 = 6
  /// General category M.
  static let mark: UInt8 = 7
  /// General categories P and S, but for the apostrophe.
  static let symbol: UInt8 = 8

  /// Whether a class is white space.
  @inline(__always)
  static func isSpace(_ c: UInt8) -> Bool { c >= space && c <= newline }

  /// Whether a class is neither letter, number nor white space.
  @inline(__always)
  static func isOther(_ c: UInt8) -> Bool { c == other || (c >= apostrophe && c <= symbol) }

  /// Whether a class is a symbol or punctuation.
  @inline(__always)
  static func isSymbol(_ c: UInt8) -> Bool { c == symbol || c == apostrophe }

  /// Whether a class is a letter or a mark.
  @inline(__always)
  static func isLetterOrMark(_ c: UInt8) -> Bool { c == letter || c == mark }

  /// Returns the class of a scalar.
  @inline(__always)
  static func of(_ scalar: Int, in table: [UInt8]) -> UInt8 {
    if scalar < tableEnd { return table[scalar] }
    return scalar >= 0xE0100 && scalar <= 0xE01EF ? mark : other
  }

  /// The class of every scalar below `tableEnd`; those from there on are `other`, but for the
  /// variation selectors.
  ///
  /// 206 kB, filled once: a lookup is one load, where a search through 800 ranges is ten branches.
  static let table: [UInt8] = {
    var table = [UInt8](repeating: other, count: tableEnd)
    func fill(_ ranges: [UInt32], _ c: UInt8) {
      for i in stride(from: 0, to: ranges.count, by: 2) where ranges[i] < tableEnd {
        for code in Int(ranges[i])...Int(ranges[i + 1]) { table[code] = c }
      }
    }
    fill(TextClassRanges.letters, letter)
    fill(TextClassRanges.numbers, number)
    fill(TextClassRanges.marks, mark)
    fill(TextClassRanges.symbols, symbol)
    fill(TextClassRanges.spaces, space)
    table[0x20] = blank
    table[0x0A] = newline
    table[0x0D] = newline
    table[0x27] = apostrophe
    return table
  }()

  /// One past the last scalar that has a class of its own: CJK extension H ends at U+323AF.
  static let tableEnd = 0x323B0
}

/// A text as the classes of its scalars and their places in the bytes.
struct ClassifiedText {
  /// The class of each scalar; a byte outside valid UTF-8 counts as one scalar of class `other`.
  private(set) var classes: [UInt8] = []
  /// The offset of each scalar in the bytes, with the byte count as a last entry.
  private(set) var starts: [Int32] = []

  /// Reads UTF-8; bytes that are none stand alone, as U+FFFD would.
  init(_ bytes: [UInt8]) {
    let table = TextClass.table
    classes.reserveCapacity(bytes.count)
    starts.reserveCapacity(bytes.count + 1)
    var i = 0
    while i < bytes.count {
      starts.append(Int32(i))
      let first = bytes[i]
      if first < 0x80 {
        classes.append(table[Int(first)])
        i += 1
        continue
      }
      let (scalar, length) = Self.decode(bytes, at: i)
      classes.append(TextClass.of(scalar, in: table))
      i += length
    }
    starts.append(Int32(bytes.count))
  }

  /// Decodes the scalar of two to four bytes at an offset.
  ///
  /// - Returns: The scalar and its length; U+FFFD and 1 where no valid scalar stands.
  private static func decode(_ bytes: [UInt8], at i: Int) -> (scalar: Int, length: Int) {
    let invalid = (0xFFFD, 1)
    let first = Int(bytes[i])
    let length: Int
    let least: Int
    var scalar: Int
    switch first {
    case 0xC2...0xDF: (length, least, scalar) = (2, 0x80, first & 0x1F)
    case 0xE0...0xEF: (length, least, scalar) = (3, 0x800, first & 0x0F)
    case 0xF0...0xF4: (length, least, scalar) = (4, 0x10000, first & 0x07)
    default: return invalid
    }
    guard i + length <= bytes.count else { return invalid }
    for k in 1..<length {
      let next = Int(bytes[i + k])
      guard next & 0xC0 == 0x80 else { return invalid }
      scalar = scalar << 6 | (next & 0x3F)
    }
    let isSurrogate = scalar >= 0xD800 && scalar <= 0xDFFF
    guard scalar >= least, scalar <= 0x10FFFF, !isSurrogate else { return invalid }
    return (scalar, length)
  }
}
