// A long document cut into windows that overlap, at pages, paragraphs or lines where there are any.

/// What becomes of documents that are too long for one prompt.
package enum LongDocuments: Sendable, Hashable {
  /// They fail.
  case refuse
  /// They are read in windows of at most so many tokens; nil for what the context holds.
  case windows(tokens: Int?)
}

/// The windows of one document.
package enum DocumentWindows {
  /// The part of a window that its successor repeats is one over this.
  private static let overlapShare = 8

  /// The kinds of places at which a text may be cut, the best one first.
  private enum Seam: Int {
    case page
    case paragraph
    case line
    case anywhere
  }

  /// Cuts a text into ranges of scalars that cover it.
  ///
  /// Every window after the first begins inside its predecessor, so that what stands around a cut is whole in
  /// one of them, as long as it is shorter than the overlap.
  ///
  /// - Parameter fits: Whether a range is short enough for one window; a shorter range must fit as well.
  package static func cut(
    _ scalars: [Unicode.Scalar], fits: (Range<Int>) -> Bool
  ) -> [Range<Int>] {
    guard !scalars.isEmpty, !fits(0..<scalars.count) else { return [0..<scalars.count] }
    var windows: [Range<Int>] = []
    var start = 0
    var covered = 0
    while covered < scalars.count {
      var end = farthestEnd(from: start, after: covered, scalars.count, fits)
      if end < scalars.count {
        let earliest = max(covered + 1, start + (end - start) / 2)
        end = seam(in: scalars, earliest, end) ?? end
      }
      windows.append(start..<end)
      covered = end
      guard end < scalars.count else { break }
      let overlap = max(1, (end - start) / overlapShare)
      let earliest = max(start + 1, end - overlap)
      start = firstSeam(in: scalars, earliest, end) ?? earliest
    }
    return windows
  }

  /// Returns the farthest end of a window, at least one scalar behind what is covered.
  private static func farthestEnd(
    from start: Int, after covered: Int, _ count: Int, _ fits: (Range<Int>) -> Bool
  ) -> Int {
    var low = covered + 1
    var high = count
    if fits(start..<high) { return high }
    while low < high {
      let middle = low + (high - low + 1) / 2
      if fits(start..<middle) { low = middle } else { high = middle - 1 }
    }
    return low
  }

  /// Returns the last of the best seams in a range of offsets.
  private static func seam(in scalars: [Unicode.Scalar], _ from: Int, _ to: Int) -> Int? {
    var best: (seam: Seam, place: Int)?
    for place in stride(from: to, through: from, by: -1) {
      let kind = kind(of: place, in: scalars)
      if kind.rawValue < (best?.seam ?? .anywhere).rawValue { best = (kind, place) }
      if kind == .page { break }
    }
    return best?.place
  }

  /// Returns the first beginning of a page, paragraph or line in a range of offsets.
  private static func firstSeam(in scalars: [Unicode.Scalar], _ from: Int, _ to: Int) -> Int? {
    (from..<to).first { kind(of: $0, in: scalars) != .anywhere }
  }

  /// Returns what ends just before an offset.
  private static func kind(of place: Int, in scalars: [Unicode.Scalar]) -> Seam {
    guard place > 0, place < scalars.count else { return .anywhere }
    switch scalars[place - 1] {
    case "\u{0C}": return .page
    case "\n": break
    case "\r" where scalars[place] != "\n": break
    default: return .anywhere
    }
    var before = place - 1
    if before > 0, scalars[before] == "\n", scalars[before - 1] == "\r" { before -= 1 }
    while before > 0, scalars[before - 1] == " " || scalars[before - 1] == "\t" { before -= 1 }
    return before > 0 && (scalars[before - 1] == "\n" || scalars[before - 1] == "\r")
      ? .paragraph : .line
  }
}
