// Byte pair encoding: neighboring tokens are merged, the merge of lowest rank first.
//
// A word starts as one token per byte. Of all neighboring pairs that have a merge, the one of
// lowest rank is joined, of equal ones the leftmost, until none is left. Merges are looked up by
// the two ids in an open hash table; the texts are compared only once, when it is built.
//
// A byte that the vocabulary cannot spell joins with nothing and yields no token.

import Tokens

/// The merge table of a vocabulary and the loop that applies it to words.
struct BytePairEncoder: Sendable {
  /// The token of each byte, or -1.
  private let byteTokens: [Int32]
  /// Slots of two words: the pair of ids plus one (0 is a free slot), and rank << 32 | result.
  private let slots: [UInt64]
  /// How far a hash is shifted to give a slot.
  private let shift: UInt64

  /// No merge: greater than every rank.
  private static let none = UInt64.max
  /// From this many bytes on a word's merges wait in a heap, below they are searched each time.
  private static let heapFrom = 48

  /// Builds the table.
  ///
  /// - Parameters:
  ///   - pieces: Finds the id of a text token by its bytes.
  ///   - merges: Two pieces of GPT-2's alphabet and a blank between them, by rank.
  init(pieces: PieceIndex, merges: PackedTexts) throws(TokenizerError) {
    var byteTokens = [Int32](repeating: -1, count: 256)
    for byte in 0..<256 { byteTokens[byte] = pieces.find([UInt8(byte)], 0..<1) }
    var bits: UInt64 = 4
    while 1 << bits < merges.count * 3 / 2 { bits += 1 }
    let shift = 64 - bits
    let mask = (1 << Int(bits)) - 1
    var slots = [UInt64](repeating: 0, count: 2 << Int(bits))
    var joined: [UInt8] = []
    let bytes = merges.bytes
    for rank in 0..<merges.count {
      let range = Int(merges.offsets[rank])..<Int(merges.offsets[rank + 1])
      guard let blank = bytes[range].dropFirst().firstIndex(of: 0x20) else {
        throw TokenizerError.badMerge(rank: rank)
      }
      joined.removeAll(keepingCapacity: true)
      guard ByteAlphabet.append(bytes, range.lowerBound..<blank, to: &joined) else {
        throw TokenizerError.badMerge(rank: rank)
      }
      let middle = joined.count
      guard ByteAlphabet.append(bytes, blank + 1..<range.upperBound, to: &joined) else {
        throw TokenizerError.badMerge(rank: rank)
      }
      let left = pieces.find(joined, 0..<middle)
      let right = pieces.find(joined, middle..<joined.count)
      let result = pieces.find(joined, 0..<joined.count)
      guard left >= 0, right >= 0, result >= 0 else {
        throw TokenizerError.badMerge(rank: rank)
      }
      let key = Self.key(left, right)
      var slot = Int(Self.hash(key) >> shift)
      while slots[2 * slot] != 0 && slots[2 * slot] != key { slot = (slot + 1) & mask }
      // A pair listed twice keeps its lower rank.
      if slots[2 * slot] == 0 {
        slots[2 * slot] = key
        slots[2 * slot + 1] = UInt64(rank) << 32 | UInt64(result)
      }
    }
    self.byteTokens = byteTokens
    self.slots = slots
    self.shift = shift
  }

  @inline(__always)
  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    (UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))) &+ 1
  }

  @inline(__always)
  private static func hash(_ key: UInt64) -> UInt64 {
    (key ^ key >> 29) &* 0x9E37_79B9_7F4A_7C15
  }

  /// Returns rank << 32 | result of the merge of two tokens, or `none`.
  @inline(__always)
  private func merge(_ left: Int32, _ right: Int32) -> UInt64 {
    if left < 0 || right < 0 { return Self.none }
    let key = Self.key(left, right)
    let mask = slots.count / 2 - 1
    var slot = Int(Self.hash(key) >> shift)
    while true {
      let found = slots[2 * slot]
      if found == key { return slots[2 * slot + 1] }
      if found == 0 { return Self.none }
      slot = (slot + 1) & mask
    }
  }

  /// Appends the tokens of one word.
  func encode(
    _ bytes: [UInt8], _ word: Range<Int>, scratch: inout Scratch, to tokens: inout [TokenID]
  ) {
    if word.count < Self.heapFrom {
      encodeShort(bytes, word, scratch: &scratch, to: &tokens)
    } else {
      encodeLong(bytes, word, scratch: &scratch, to: &tokens)
    }
  }

  /// Work space that is reused from word to word.
  struct Scratch {
    fileprivate var ids: [Int32] = []
    fileprivate var merges: [UInt64] = []
    fileprivate var next: [Int32] = []
    fileprivate var previous: [Int32] = []
    fileprivate var heap = MergeHeap()

    init() {}
  }

  private func encodeShort(
    _ bytes: [UInt8], _ word: Range<Int>, scratch: inout Scratch, to tokens: inout [TokenID]
  ) {
    scratch.ids.removeAll(keepingCapacity: true)
    for i in word { scratch.ids.append(byteTokens[Int(bytes[i])]) }
    var count = scratch.ids.count
    scratch.merges.removeAll(keepingCapacity: true)
    for i in 0..<max(0, count - 1) {
      scratch.merges.append(merge(scratch.ids[i], scratch.ids[i + 1]))
    }
    while count > 1 {
      var best = 0
      for i in 1..<max(1, count - 1) where scratch.merges[i] < scratch.merges[best] { best = i }
      let found = scratch.merges[best]
      if found == Self.none { break }
      scratch.ids[best] = Int32(truncatingIfNeeded: found & 0xFFFF_FFFF)
      count -= 1
      for i in best + 1..<max(best + 1, count) { scratch.ids[i] = scratch.ids[i + 1] }
      for i in best..<max(best, count - 1) { scratch.merges[i] = scratch.merges[i + 1] }
      if best > 0 {
        scratch.merges[best - 1] = merge(scratch.ids[best - 1], scratch.ids[best])
      }
      if best < count - 1 {
        scratch.merges[best] = merge(scratch.ids[best], scratch.ids[best + 1])
      }
    }
    for id in scratch.ids[0..<count] where id >= 0 { tokens.append(TokenID(id)) }
  }

  private func encodeLong(
    _ bytes: [UInt8], _ word: Range<Int>, scratch: inout Scratch, to tokens: inout [TokenID]
  ) {
    let count = word.count
    scratch.ids.removeAll(keepingCapacity: true)
    scratch.next.removeAll(keepingCapacity: true)
    scratch.previous.removeAll(keepingCapacity: true)
    scratch.heap.removeAll()
    for (i, at) in word.enumerated() {
      scratch.ids.append(byteTokens[Int(bytes[at])])
      scratch.next.append(i + 1 < count ? Int32(i + 1) : -1)
      scratch.previous.append(Int32(i - 1))
    }
    func offer(_ left: Int32, _ right: Int32) {
      let found = merge(scratch.ids[Int(left)], scratch.ids[Int(right)])
      if found != Self.none { scratch.heap.push(rank: found >> 32, position: left) }
    }
    for i in 0..<count - 1 { offer(Int32(i), Int32(i + 1)) }
    while let (rank, left) = scratch.heap.pop() {
      // Entries outlive the pairs they were made for: a pair is still there if its rank is.
      let right = scratch.next[Int(left)]
      guard right >= 0, scratch.previous[Int(left)] != -2 else { continue }
      let found = merge(scratch.ids[Int(left)], scratch.ids[Int(right)])
      guard found != Self.none, found >> 32 == rank else { continue }
      scratch.ids[Int(left)] = Int32(truncatingIfNeeded: found & 0xFFFF_FFFF)
      let after = scratch.next[Int(right)]
      scratch.next[Int(left)] = after
      scratch.previous[Int(right)] = -2  // joined into its left neighbor
      if after >= 0 {
        scratch.previous[Int(after)] = left
        offer(left, after)
      }
      if scratch.previous[Int(left)] >= 0 { offer(scratch.previous[Int(left)], left) }
    }
    var i: Int32 = 0
    while i >= 0 {
      let id = scratch.ids[Int(i)]
      if id >= 0 { tokens.append(TokenID(id)) }
      i = scratch.next[Int(i)]
    }
  }
}

/// A binary heap of merges: lowest rank first, of equal ranks the leftmost.
private struct MergeHeap {
  /// Rank << 32 | position.
  private var keys: [UInt64] = []

  mutating func removeAll() { keys.removeAll(keepingCapacity: true) }

  mutating func push(rank: UInt64, position: Int32) {
    let key = rank << 32 | UInt64(UInt32(bitPattern: position))
    keys.append(key)
    var i = keys.count - 1
    while i > 0 {
      let parent = (i - 1) / 2
      if keys[parent] <= key { break }
      keys[i] = keys[parent]
      i = parent
    }
    keys[i] = key
  }

  mutating func pop() -> (rank: UInt64, position: Int32)? {
    guard let top = keys.first, let last = keys.popLast() else { return nil }
    let count = keys.count
    if count > 0 {
      var i = 0
      while 2 * i + 1 < count {
        var child = 2 * i + 1
        if child + 1 < count && keys[child + 1] < keys[child] { child += 1 }
        if keys[child] >= last { break }
        keys[i] = keys[child]
        i = child
      }
      keys[i] = last
    }
    return (top >> 32, Int32(bitPattern: UInt32(truncatingIfNeeded: top)))
  }
}
