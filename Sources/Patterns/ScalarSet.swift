// Sets of Unicode scalars as sorted ranges, the letters of patterns.

/// A set of Unicode scalars.
///
/// Ranges are closed, ascending, disjoint and never adjacent; no surrogate is a member, since no text
/// holds one. Equal sets are equal values.
package struct ScalarSet: Hashable, Sendable {
  /// The ranges of the set.
  package let ranges: [ClosedRange<UInt32>]

  /// The set without members.
  package static let none = ScalarSet(sorted: [])
  /// The set of all scalars.
  package static let all = ScalarSet([0...0x10FFFF])

  /// Creates a set from ranges in any order; they may overlap and may cover surrogates.
  package init(_ ranges: [ClosedRange<UInt32>]) {
    self.init(sorted: ranges.sorted { $0.lowerBound < $1.lowerBound })
  }

  /// Creates a set of one scalar.
  package init(_ scalar: Unicode.Scalar) { self.init(sorted: [scalar.value...scalar.value]) }

  /// Creates a set of the scalars of a text.
  package init(of text: String) {
    self.init(text.unicodeScalars.map { $0.value...$0.value })
  }

  /// Joins ranges that ascend by their lower bounds and cuts out surrogates.
  private init(sorted: [ClosedRange<UInt32>]) {
    var joined: [ClosedRange<UInt32>] = []
    joined.reserveCapacity(sorted.count)
    func add(_ range: ClosedRange<UInt32>) {
      if let last = joined.last, last.upperBound != 0x10FFFF,
        range.lowerBound <= last.upperBound + 1
      {
        joined[joined.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
      } else if joined.last?.upperBound != 0x10FFFF {
        joined.append(range)
      }
    }
    for range in sorted {
      let (first, last) = (range.lowerBound, min(range.upperBound, 0x10FFFF))
      if first < 0xD800 { add(first...min(last, 0xD7FF)) }
      if last > 0xDFFF, first <= last { add(max(first, 0xE000)...last) }
    }
    self.ranges = joined
  }

  /// Whether the set has no member.
  package var isEmpty: Bool { ranges.isEmpty }

  /// The number of members.
  package var count: Int { ranges.reduce(0) { $0 + $1.count } }

  /// Returns whether a scalar is a member.
  package func contains(_ scalar: Unicode.Scalar) -> Bool {
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].upperBound < scalar.value { low = middle + 1 } else { high = middle }
    }
    return low < ranges.count && ranges[low].lowerBound <= scalar.value
  }

  /// The scalars that are no members.
  package var complement: ScalarSet {
    var gaps: [ClosedRange<UInt32>] = []
    var next: UInt32 = 0
    for range in ranges {
      if range.lowerBound > next { gaps.append(next...(range.lowerBound - 1)) }
      next = range.upperBound + 1
    }
    if next <= 0x10FFFF { gaps.append(next...0x10FFFF) }
    return ScalarSet(sorted: gaps)
  }

  /// Returns the scalars of either set.
  package func union(_ other: ScalarSet) -> ScalarSet {
    if other.isEmpty { return self }
    if isEmpty { return other }
    var merged: [ClosedRange<UInt32>] = []
    merged.reserveCapacity(ranges.count + other.ranges.count)
    var (i, j) = (0, 0)
    while i < ranges.count || j < other.ranges.count {
      let takesOwn =
        j == other.ranges.count
        || (i < ranges.count && ranges[i].lowerBound <= other.ranges[j].lowerBound)
      merged.append(takesOwn ? ranges[i] : other.ranges[j])
      if takesOwn { i += 1 } else { j += 1 }
    }
    return ScalarSet(sorted: merged)
  }

  /// Returns the scalars of both sets.
  package func intersection(_ other: ScalarSet) -> ScalarSet {
    var common: [ClosedRange<UInt32>] = []
    var (i, j) = (0, 0)
    while i < ranges.count && j < other.ranges.count {
      let first = max(ranges[i].lowerBound, other.ranges[j].lowerBound)
      let last = min(ranges[i].upperBound, other.ranges[j].upperBound)
      if first <= last { common.append(first...last) }
      if ranges[i].upperBound <= other.ranges[j].upperBound { i += 1 } else { j += 1 }
    }
    return ScalarSet(sorted: common)
  }

  /// Returns the scalars that the other set lacks.
  package func subtracting(_ other: ScalarSet) -> ScalarSet { intersection(other.complement) }
}
