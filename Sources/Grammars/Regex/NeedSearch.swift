// The shortest text of a term that holds `and` or `not`, and whether it has one at all: a search from the term
// through its derivatives for the nearest end (A*: Hart, Nilsson and Raphael 1968). What is surely missing to an
// end is the estimate: no text of an intersection is shorter than the shortest of each of its parts.

/// The terms that a search has still to look at, the most promising one on top.
struct SearchQueue {
  struct Entry {
    /// No text by way of the term is shorter.
    var estimate: Int
    /// The bytes on the way to the term.
    var depth: Int
    var place: Int32

    func isBefore(_ other: Entry) -> Bool {
      estimate != other.estimate ? estimate < other.estimate : depth > other.depth
    }
  }

  private var entries: [Entry] = []

  mutating func push(_ entry: Entry) {
    var place = entries.count
    entries.append(entry)
    while place > 0, entry.isBefore(entries[(place - 1) / 2]) {
      entries[place] = entries[(place - 1) / 2]
      place = (place - 1) / 2
    }
    entries[place] = entry
  }

  mutating func pop() -> Entry? {
    guard let first = entries.first, let last = entries.popLast() else { return nil }
    if entries.isEmpty { return first }
    var place = 0
    while true {
      var child = 2 * place + 1
      if child >= entries.count { break }
      if child + 1 < entries.count, entries[child + 1].isBefore(entries[child]) { child += 1 }
      if !entries[child].isBefore(last) { break }
      entries[place] = entries[child]
      place = child
    }
    entries[place] = last
    return first
  }
}

extension LeafAutomaton {
  /// Searches the nearest end, and notes the needs along the way to it.
  mutating func searchNeed(_ start: Term) -> Int {
    refreshClasses()
    if regexes.isNullable[Int(start)] { return 0 }
    // A search inside of this one brings its own.
    var places: [Int32] = []
    swap(&places, &searchPlaces)
    var order: [Term] = []
    var parents: [Int32] = []
    var depths: [Int] = []
    var queue = SearchQueue()
    var best = Self.unreachable
    var bestAt: Int32 = -1

    /// Notes a way to a term.
    func reach(_ term: Term, from parent: Int32, depth: Int, _ automaton: inout LeafAutomaton) {
      if places.count <= Int(term) {
        let missing = automaton.regexes.count - places.count
        places.append(contentsOf: repeatElement(0, count: missing))
      }
      var place = places[Int(term)] - 1
      if place < 0 {
        place = Int32(order.count)
        places[Int(term)] = place + 1
        order.append(term)
        parents.append(parent)
        depths.append(depth)
      } else if depths[Int(place)] > depth {
        parents[Int(place)] = parent
        depths[Int(place)] = depth
      } else {
        return
      }
      let rest = automaton.leastNeed(term)
      if rest.isExact {
        if depth + rest.need < best {
          best = depth + rest.need
          bestAt = place
        }
      } else if rest.need < Self.unreachable {
        queue.push(SearchQueue.Entry(estimate: depth + rest.need, depth: depth, place: place))
      }
    }

    reach(start, from: -1, depth: 0, &self)
    while let entry = queue.pop(), entry.estimate < best, !isExhausted {
      let depth = depths[Int(entry.place)]
      // A shorter way was found meanwhile.
      if depth < entry.depth { continue }
      if order.count > Self.greatestSearchCount { isExhausted = true }
      let from = order[Int(entry.place)]
      var last: UInt8?
      for byte in searchOrder where spells[Int(byte)] {
        // No way through here is shorter than the estimate.
        if best <= entry.estimate { break }
        if let last, last < byte, isAlike(byte, last, from: from) { continue }
        last = byte
        let term = deriveForSearch(from, byte)
        if term == RegexSet.nothing { continue }
        reach(term, from: entry.place, depth: depth + 1, &self)
      }
    }
    needs.append(contentsOf: repeatElement(-1, count: max(0, regexes.count - needs.count)))
    if best < Self.unreachable {
      var place = bestAt
      while place >= 0 {
        needs[Int(order[Int(place)])] = best - depths[Int(place)]
        place = parents[Int(place)]
      }
    } else {
      for term in order { needs[Int(term)] = Self.unreachable }
    }
    for term in order { places[Int(term)] = 0 }
    swap(&places, &searchPlaces)
    return best
  }

  /// Returns a length that no text of a term is below, and whether one has it.
  private mutating func leastNeed(_ term: Term) -> (need: Int, isExact: Bool) {
    let index = Int(term)
    if regexes.isNullable[index] { return (0, true) }
    if index < needs.count, needs[index] >= 0 {
      return (needs[index], needs[index] < Self.unreachable)
    }
    let node = regexes.nodes[index]
    if node.kind == .freshKey { return (max(1, leastNeed(node.a).need), false) }
    if !regexes.mayBeEmpty[index] {
      let need = need(term)
      return (need, need < Self.unreachable)
    }
    var least = 1
    switch node.kind {
    case .intersection:
      for part in regexes.lists[Int(node.a)] { least = max(least, leastNeed(part).need) }
      if let rest = regexes.withoutLength(term), !regexes.mayBeEmpty[Int(rest.term)],
        let need = needBesideLength(term)
      {
        return (need, need < Self.unreachable)
      }
    case .alternatives:
      var least = Self.unreachable
      for part in regexes.lists[Int(node.a)] { least = min(least, leastNeed(part).need) }
      return (max(1, least), false)
    case .concat:
      least = max(least, min(Self.unreachable, leastNeed(node.a).need + leastNeed(node.b).need))
    case .repetition:
      let (bytes, overflow) = leastNeed(node.a).need.multipliedReportingOverflow(by: Int(node.b))
      least = overflow ? Self.unreachable : max(least, min(Self.unreachable, bytes))
    default: break
    }
    return (least, false)
  }
}
