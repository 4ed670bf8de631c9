// The compact spelling of ranges in tables of constants.
//
// A number is written in digits of five bits, the lowest first, of the alphabet 0-9 A-Z a-z + -; a
// digit of 32 or more says that another follows. Ranges are the lengths of gap, range, gap, range
// and so on from U+0000; runs are pairs of length and value.

extension ScalarSet {
  /// Creates a set from ranges in the spelling that the scripts of Unicode tables write.
  ///
  /// - Precondition: The text is a table of this repository; other text gives some set or traps.
  package init(packed text: String) { self.init(PackedRanges.ranges(text)) }
}

/// Reads the tables' compact spelling of ranges.
enum PackedRanges {
  /// Returns ranges that are written as the lengths of gap, range, gap and so on.
  static func ranges(_ text: String) -> [ClosedRange<UInt32>] {
    var found: [ClosedRange<UInt32>] = []
    var at: UInt32 = 0
    let numbers = PackedNumbers(packed: text).values
    for i in stride(from: 0, to: numbers.count - 1, by: 2) {
      let first = at + numbers[i]
      at = first + numbers[i + 1]
      found.append(first...(at - 1))
    }
    return found
  }

  /// Returns the ranges of the runs whose value satisfies a condition.
  static func runs(_ text: String, where isWanted: (Int) -> Bool) -> [ClosedRange<UInt32>] {
    var found: [ClosedRange<UInt32>] = []
    forEachRun(text) { range, value in if isWanted(value) { found.append(range) } }
    return found
  }

  /// Calls a function with every run and its value, in ascending order.
  static func forEachRun(_ text: String, _ body: (ClosedRange<UInt32>, Int) -> Void) {
    var at: UInt32 = 0
    let numbers = PackedNumbers(packed: text).values
    for i in stride(from: 0, to: numbers.count - 1, by: 2) {
      body(at...(at + numbers[i] - 1), Int(numbers[i + 1]))
      at += numbers[i]
    }
  }
}

/// Numbers in the compact spelling of tables of constants.
package struct PackedNumbers: Sendable {
  /// The numbers.
  package let values: [UInt32]

  /// Reads the spelling that the scripts of Unicode tables write.
  package init(packed text: String) {
    var found: [UInt32] = []
    var (value, shift): (UInt32, UInt32) = (0, 0)
    for byte in text.utf8 {
      let digit = Self.digitValue(byte)
      value |= (digit & 31) << shift
      if digit >= 32 {
        shift += 5
      } else {
        found.append(value)
        (value, shift) = (0, 0)
      }
    }
    values = found
  }

  private static func digitValue(_ byte: UInt8) -> UInt32 {
    switch byte {
    case 0x30...0x39: UInt32(byte) - 0x30
    case 0x41...0x5A: UInt32(byte) - 0x41 + 10
    case 0x61...0x7A: UInt32(byte) - 0x61 + 36
    case 0x2B: 62
    default: 63
    }
  }
}
