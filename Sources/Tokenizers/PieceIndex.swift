// Finds the token that spells a byte string.

import Tokens

/// An open hash table from the bytes of text tokens to their ids.
struct PieceIndex: Sendable {
  private let bytes: [UInt8]
  private let offsets: [Int32]
  /// The id in each slot, or -1.
  private let slots: [Int32]

  /// Indexes all tokens of kind `text`; of equal ones the lowest id is found.
  init(_ vocabulary: Vocabulary) {
    bytes = vocabulary.bytes
    offsets = vocabulary.offsets
    var capacity = 16
    while capacity < vocabulary.count * 2 { capacity *= 2 }
    var slots = [Int32](repeating: -1, count: capacity)
    for id in 0..<vocabulary.count where vocabulary.kinds[id] == .text {
      let range = Int(offsets[id])..<Int(offsets[id + 1])
      var slot = Self.hash(bytes, range) & (capacity - 1)
      while slots[slot] >= 0 && !Self.equal(bytes, offsets, Int(slots[slot]), bytes, range) {
        slot = (slot + 1) & (capacity - 1)
      }
      if slots[slot] < 0 { slots[slot] = Int32(id) }
    }
    self.slots = slots
  }

  /// Returns the id of the token that spells a range of bytes, or -1.
  func find(_ text: [UInt8], _ range: Range<Int>) -> Int32 {
    var slot = Self.hash(text, range) & (slots.count - 1)
    while slots[slot] >= 0 {
      if Self.equal(bytes, offsets, Int(slots[slot]), text, range) { return slots[slot] }
      slot = (slot + 1) & (slots.count - 1)
    }
    return -1
  }

  private static func equal(
    _ bytes: [UInt8], _ offsets: [Int32], _ id: Int, _ text: [UInt8], _ range: Range<Int>
  ) -> Bool {
    let start = Int(offsets[id])
    guard Int(offsets[id + 1]) - start == range.count else { return false }
    for i in 0..<range.count where bytes[start + i] != text[range.lowerBound + i] { return false }
    return true
  }

  /// FNV-1a with a final mix: pieces are a few bytes long.
  private static func hash(_ text: [UInt8], _ range: Range<Int>) -> Int {
    var h: UInt64 = 0xCBF2_9CE4_8422_2325
    for i in range { h = (h ^ UInt64(text[i])) &* 0x100_0000_01B3 }
    return Int(truncatingIfNeeded: (h ^ h >> 32) & 0x7FFF_FFFF_FFFF_FFFF)
  }
}
