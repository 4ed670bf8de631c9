// How far a state is from the nearest text that cannot go on: tokens that are shorter need no walk.
//
// Where some words must or must not occur, most characters lead to a state of their own, so that a walk would look at
// nearly every token; but no token that is shorter than what is missing of a word can end it. A search in breadth
// over the characters that stand for themselves finds the distance:
//
//   level    0        1        2               d - 1
//          start ──▶ … ──▶ … ──▶ … ──▶ …  ──▶  …  ──▶ a dead end, or an end
//
// From a state of level l at least d - 1 - l such characters go on.

extension StateSpace {
  /// The greatest number of characters that are looked ahead; few tokens are longer.
  private static let greatestDistance = 16

  /// Notes for a state and those near it how many plain characters surely go on from it.
  ///
  /// All states behind so many characters are met here, so that their needs are counted in.
  mutating func lookAhead(
    from start: Int32, _ known: inout WalkStates, _ walk: inout LeafWalk
  ) {
    if known.states[Int(start)].isLookedFrom || known.lookSteps <= 0 { return }
    known.states[Int(start)].isLookedFrom = true
    var levels: [[Int32]] = [[start]]
    var met: Set<Int32> = [start]
    var isEndless = false
    search: while levels.count <= Self.greatestDistance {
      var next: [Int32] = []
      for state in levels[levels.count - 1] {
        let term = known.states[Int(state)].term
        var last: UInt8 = 0
        for byte in UInt8(0x20)...0x7F where needs.automaton.spells[Int(byte)] {
          if byte == 0x22 || byte == 0x5C { continue }
          if last > 0, needs.automaton.isAlike(byte, last, from: term) { continue }
          last = byte
          known.lookSteps -= 1
          let after = self.next(state, byte, &known, &walk)
          if after == WalkStates.dead || known.states[Int(after)].isNullable
            || known.lookSteps <= 0
          {
            break search
          }
          if met.insert(after).inserted { next.append(after) }
        }
      }
      if next.isEmpty {
        isEndless = true
        break
      }
      levels.append(next)
    }
    let distance = levels.count - 1
    for (level, states) in levels.enumerated() {
      for state in states {
        let safe = isEndless ? UInt8.max - 1 : UInt8(distance - level)
        known.states[Int(state)].safe = max(known.states[Int(state)].safe, safe)
        walk.greatestNeed = max(walk.greatestNeed, need(of: state, &known))
      }
    }
  }
}
