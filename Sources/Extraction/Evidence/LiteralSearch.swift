// Where many texts occur in one document, found in one pass.
//
// White space is folded: a run of it equals any other run. Needles are filed under their first scalars, up
// to four of them; each place of the text is looked up once for each length of such a head.

/// A search for several texts at once.
struct LiteralSearch {
  /// The most occurrences that are kept of one text.
  static let occurrenceLimit = 4096
  /// The most comparisons of scalars that one search makes.
  static let stepLimit = 1 << 28

  private struct Head: Hashable {
    var first: UInt64
    var second: UInt64
  }

  private static let headLength = 4

  /// The scalars with runs of white space as one space.
  private let folded: [Unicode.Scalar]
  /// Where each folded scalar begins in the text, and the text's end behind the last.
  private let origins: [Int]

  /// Prepares a text.
  init(_ scalars: [Unicode.Scalar]) {
    (folded, origins) = Self.fold(scalars)
  }

  /// Returns the places of each needle in order, none for an empty one.
  ///
  /// Occurrences of one needle do not overlap. Nil stands for a needle that the limit of steps left unsearched.
  func occurrences(of needles: [String]) -> [[Range<Int>]?] {
    let patterns = needles.map { Self.fold(Array($0.unicodeScalars)).scalars }
    var byHead: [[Head: [Int]]] = Array(repeating: [:], count: Self.headLength + 1)
    var starts = Set<Unicode.Scalar>()
    for (index, pattern) in patterns.enumerated() where !pattern.isEmpty {
      let length = min(pattern.count, Self.headLength)
      byHead[length][Self.head(pattern, at: 0, length), default: []].append(index)
      starts.insert(pattern[0])
    }
    let lengths = (1...Self.headLength).filter { !byHead[$0].isEmpty }
    var found: [[Range<Int>]] = Array(repeating: [], count: needles.count)
    /// Where the next occurrence of a needle may begin.
    var free = [Int](repeating: 0, count: needles.count)
    var steps = 0
    search: for place in folded.indices where starts.contains(folded[place]) {
      for length in lengths where place + length <= folded.count {
        guard let candidates = byHead[length][Self.head(folded, at: place, length)] else {
          continue
        }
        for index in candidates
        where free[index] <= place && found[index].count < Self.occurrenceLimit {
          let pattern = patterns[index]
          guard place + pattern.count <= folded.count else { continue }
          var same = length
          while same < pattern.count, folded[place + same] == pattern[same] { same += 1 }
          steps += same
          guard steps <= Self.stepLimit else { break search }
          guard same == pattern.count else { continue }
          free[index] = place + same
          found[index].append(origins[place]..<end(ofFolded: place + same - 1))
        }
      }
    }
    if steps > Self.stepLimit { return patterns.map { $0.isEmpty ? [] : nil } }
    return found
  }

  private func end(ofFolded index: Int) -> Int { origins[index + 1] }

  private static func head(_ scalars: [Unicode.Scalar], at start: Int, _ length: Int) -> Head {
    var head = Head(first: 0, second: 0)
    for offset in 0..<min(2, length) {
      head.first = head.first << 32 | UInt64(scalars[start + offset].value)
    }
    if length > 2 {
      for offset in 2..<length {
        head.second = head.second << 32 | UInt64(scalars[start + offset].value)
      }
    }
    return head
  }

  private static func fold(
    _ scalars: [Unicode.Scalar]
  ) -> (scalars: [Unicode.Scalar], origins: [Int]) {
    var folded: [Unicode.Scalar] = []
    var origins: [Int] = []
    folded.reserveCapacity(scalars.count)
    origins.reserveCapacity(scalars.count + 1)
    var isInSpace = false
    for (index, scalar) in scalars.enumerated() {
      let isSpace = scalar.isSpace
      if isSpace && isInSpace { continue }
      isInSpace = isSpace
      folded.append(isSpace ? " " : scalar)
      origins.append(index)
    }
    origins.append(scalars.count)
    return (folded, origins)
  }
}
