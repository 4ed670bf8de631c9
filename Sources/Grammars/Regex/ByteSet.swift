// Sets of byte values, the alphabet of every automaton here.

/// A set of byte values as 256 bits.
struct ByteSet: Hashable, Sendable {
  private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

  init() {}

  init(_ range: ClosedRange<UInt8>) {
    for byte in range { insert(byte) }
  }

  init(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { insert(byte) }
  }

  static let all = ByteSet(0...255)
  static let digits = ByteSet(0x30...0x39)
  /// The white space of JSON.
  static let spaces = ByteSet([0x20, 0x09, 0x0A, 0x0D])

  var isEmpty: Bool { words.0 | words.1 | words.2 | words.3 == 0 }

  /// The only byte of the set, nil if there are none or several.
  var only: UInt8? {
    let last = last(upTo: 255)
    return !isEmpty && self == ByteSet([last]) ? last : nil
  }

  func contains(_ byte: UInt8) -> Bool {
    let bit: UInt64 = 1 << UInt64(byte & 63)
    switch byte >> 6 {
    case 0: return words.0 & bit != 0
    case 1: return words.1 & bit != 0
    case 2: return words.2 & bit != 0
    default: return words.3 & bit != 0
    }
  }

  /// Returns the greatest member that is at most a byte, zero if there is none.
  func last(upTo byte: UInt8) -> UInt8 {
    var kept = UInt64.max >> UInt64(63 - byte & 63)
    var place = byte >> 6
    while true {
      let word =
        switch place {
        case 0: words.0
        case 1: words.1
        case 2: words.2
        default: words.3
        }
      let below = word & kept
      if below != 0 { return place << 6 + UInt8(63 - below.leadingZeroBitCount) }
      if place == 0 { return 0 }
      place -= 1
      kept = .max
    }
  }

  mutating func insert(_ byte: UInt8) {
    let bit: UInt64 = 1 << UInt64(byte & 63)
    switch byte >> 6 {
    case 0: words.0 |= bit
    case 1: words.1 |= bit
    case 2: words.2 |= bit
    default: words.3 |= bit
    }
  }

  func union(_ other: ByteSet) -> ByteSet {
    var result = self
    result.words.0 |= other.words.0
    result.words.1 |= other.words.1
    result.words.2 |= other.words.2
    result.words.3 |= other.words.3
    return result
  }

  func subtracting(_ other: ByteSet) -> ByteSet {
    var result = self
    result.words.0 &= ~other.words.0
    result.words.1 &= ~other.words.1
    result.words.2 &= ~other.words.2
    result.words.3 &= ~other.words.3
    return result
  }

  func intersection(_ other: ByteSet) -> ByteSet {
    var result = self
    result.words.0 &= other.words.0
    result.words.1 &= other.words.1
    result.words.2 &= other.words.2
    result.words.3 &= other.words.3
    return result
  }

  static func == (a: ByteSet, b: ByteSet) -> Bool { a.words == b.words }

  func hash(into hasher: inout Hasher) {
    hasher.combine(words.0)
    hasher.combine(words.1)
    hasher.combine(words.2)
    hasher.combine(words.3)
  }
}

extension ByteSet {
  static let digitCuts: ByteSet = {
    var cuts = ByteSet([0x2E, 0x2F])
    for byte: UInt8 in 0x30...0x3A { cuts.insert(byte) }
    return cuts
  }()

  /// The bytes that differ from the byte before them in being members.
  var cuts: ByteSet {
    var result = ByteSet()
    for byte in 1...255 where contains(UInt8(byte)) != contains(UInt8(byte - 1)) {
      result.insert(UInt8(byte))
    }
    return result
  }

  /// Inserts a byte and the byte after it.
  mutating func insertCuts(around byte: UInt8) {
    insert(byte)
    if byte < 255 { insert(byte + 1) }
  }
}
