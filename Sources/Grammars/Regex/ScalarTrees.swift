// Sets of Unicode scalars as trees of byte ranges: each scalar in its one canonical spelling inside a
// JSON string, UTF-8 for what may stand there raw and an escape for the rest.

/// A growing table of trees over ranges of bytes, shared by their tails.
struct ScalarTrees: Sendable {
  /// An edge: bytes from `low` to `high` lead to a node.
  struct Edge: Hashable {
    var low: UInt8
    var high: UInt8
    var node: Int32
  }

  /// The node after a whole character.
  static let end: Int32 = 0
  /// The node of no character.
  static let none: Int32 = -1

  private var edges: [[Edge]] = [[]]
  private var numbers: [[Edge]: Int32] = [:]
  private var roots: [[ClosedRange<UInt32>]: Int32] = [:]

  /// Returns the node after a byte, `none` if it cannot follow.
  func next(_ node: Int32, _ byte: UInt8) -> Int32 {
    let list = edges[Int(node)]
    var low = 0
    var high = list.count
    while low < high {
      let middle = (low + high) / 2
      if list[middle].high < byte { low = middle + 1 } else { high = middle }
    }
    return low < list.count && list[low].low <= byte ? list[low].node : Self.none
  }

  /// The edges of a node, ascending.
  func edges(_ node: Int32) -> [Edge] { edges[Int(node)] }

  /// Adds a set of scalars and returns its root.
  ///
  /// - Parameter ranges: Ascending and apart from each other.
  mutating func add(_ ranges: [ClosedRange<UInt32>], cuts: inout ByteSet) -> Int32 {
    if let known = roots[ranges] { return known }
    var sequences: [[ClosedRange<UInt8>]] = []
    for range in ranges { Self.split(range.lowerBound, range.upperBound, into: &sequences) }
    sequences.sort { a, b in
      for (x, y) in zip(a, b) where x.lowerBound != y.lowerBound {
        return x.lowerBound < y.lowerBound
      }
      return a.count < b.count
    }
    let root = tree(sequences[...], at: 0, &cuts)
    roots[ranges] = root
    return root
  }

  private mutating func tree(
    _ sequences: ArraySlice<[ClosedRange<UInt8>]>, at depth: Int, _ cuts: inout ByteSet
  ) -> Int32 {
    guard let first = sequences.first else { return Self.none }
    if depth == first.count { return Self.end }
    var list: [Edge] = []
    var start = sequences.startIndex
    while start < sequences.endIndex {
      let range = sequences[start][depth]
      var stop = start + 1
      while stop < sequences.endIndex, sequences[stop][depth] == range { stop += 1 }
      let node = tree(sequences[start..<stop], at: depth + 1, &cuts)
      if let last = list.last, last.node == node, Int(last.high) + 1 == Int(range.lowerBound) {
        list[list.count - 1].high = range.upperBound
      } else {
        list.append(Edge(low: range.lowerBound, high: range.upperBound, node: node))
      }
      start = stop
    }
    if let known = numbers[list] { return known }
    for edge in list {
      cuts.insert(edge.low)
      if edge.high < 255 { cuts.insert(edge.high + 1) }
    }
    let number = Int32(edges.count)
    edges.append(list)
    numbers[list] = number
    return number
  }

  // MARK: - Spelling

  private static func split(
    _ low: UInt32, _ high: UInt32, into sequences: inout [[ClosedRange<UInt8>]]
  ) {
    func part(_ from: UInt32, _ to: UInt32, _ body: (UInt32, UInt32) -> Void) {
      let a = max(low, from)
      let b = min(high, to)
      if a <= b { body(a, b) }
    }
    part(0, 0x1F) { a, b in for scalar in a...b { sequences.append(escape(scalar)) } }
    part(0x20, 0x21) { sequences.append([UInt8($0)...UInt8($1)]) }
    part(0x22, 0x22) { a, _ in sequences.append(escape(a)) }
    part(0x23, 0x5B) { sequences.append([UInt8($0)...UInt8($1)]) }
    part(0x5C, 0x5C) { a, _ in sequences.append(escape(a)) }
    part(0x5D, 0x7F) { sequences.append([UInt8($0)...UInt8($1)]) }
    part(0x80, 0x7FF) { encoded($0, $1, tails: 1, into: &sequences) }
    part(0x800, 0xD7FF) { encoded($0, $1, tails: 2, into: &sequences) }
    part(0xE000, 0xFFFF) { encoded($0, $1, tails: 2, into: &sequences) }
    part(0x10000, 0x10FFFF) { encoded($0, $1, tails: 3, into: &sequences) }
  }

  private static func escape(_ scalar: UInt32) -> [ClosedRange<UInt8>] {
    let short: [UInt32: UInt8] = [
      0x08: 0x62, 0x09: 0x74, 0x0A: 0x6E, 0x0C: 0x66, 0x0D: 0x72, 0x22: 0x22, 0x5C: 0x5C,
    ]
    if let letter = short[scalar] { return [0x5C...0x5C, letter...letter] }
    let hex = Array("0123456789abcdef".utf8)
    return [
      0x5C, 0x75, 0x30, 0x30, hex[Int(scalar >> 4)], hex[Int(scalar & 15)],
    ].map { $0...$0 }
  }

  /// Splits a range of scalars of one encoded length into products of byte ranges.
  private static func encoded(
    _ low: UInt32, _ high: UInt32, tails: UInt32, into sequences: inout [[ClosedRange<UInt8>]]
  ) {
    for level in (0..<tails).reversed() {
      // Parts that share all bytes above a level must fill the tails below it or be cut there.
      let mask: UInt32 = (1 << (6 * (tails - level))) - 1
      if low & ~mask != high & ~mask {
        if low & mask != 0 {
          encoded(low, low | mask, tails: tails, into: &sequences)
          encoded((low | mask) + 1, high, tails: tails, into: &sequences)
          return
        }
        if high & mask != mask {
          encoded(low, (high & ~mask) - 1, tails: tails, into: &sequences)
          encoded(high & ~mask, high, tails: tails, into: &sequences)
          return
        }
      }
    }
    let lead: UInt32 = tails == 1 ? 0xC0 : tails == 2 ? 0xE0 : 0xF0
    var sequence = [UInt8(lead | low >> (6 * tails))...UInt8(lead | high >> (6 * tails))]
    for tail in (0..<tails).reversed() {
      let a = UInt8(0x80 | (low >> (6 * tail)) & 0x3F)
      let b = UInt8(0x80 | (high >> (6 * tail)) & 0x3F)
      sequence.append(a...b)
    }
    sequences.append(sequence)
  }
}
