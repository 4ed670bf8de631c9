// Loops: the classes of characters over which a term stays the same term, and those that cannot follow it.

/// What a term does with the classes of characters.
struct TermLoops: Sendable {
  /// The classes of which every character leads back to the term.
  var staying: UInt64 = 0
  /// The classes of which some character leads elsewhere; all others but `staying` cannot follow.
  var leaving: UInt64 = .max
}

extension LeafAutomaton {
  /// The greatest number of steps that are spent on the characters beyond ASCII.
  private static let greatestClassStepCount = 600

  /// Returns what a term does with the classes of characters.
  ///
  /// Where a term may end, every class that does not stay counts as leaving.
  mutating func loops(_ term: Term) -> TermLoops {
    var staying: UInt64 = 0
    var dead: UInt64 = 0
    var other: UInt64 = 0
    for byte in 0..<128 where spells[byte] {
      let bit: UInt64 = 1 << UInt64(CharacterClass.ofASCII[byte])
      let next = next(term, UInt8(byte))
      if next == term {
        staying |= bit
      } else if next == RegexSet.nothing {
        dead |= bit
      } else {
        other |= bit
      }
    }
    var hasBytes = false
    for byte in 128..<256 where !hasBytes {
      hasBytes = next(term, UInt8(byte)) != RegexSet.nothing
    }
    if hasBytes {
      other |= 1 << UInt64(CharacterClass.broken)
      var steps = 0
      for (number, ranges) in CharacterClass.beyondASCII {
        let bit: UInt64 = 1 << UInt64(number)
        if staying == 0 {
          other |= bit
          continue
        }
        switch outcome(of: ranges, from: term, &steps) {
        case .staying: staying |= bit
        case .dead: dead |= bit
        case .mixed: other |= bit
        }
      }
    } else {
      dead |= 1 << UInt64(CharacterClass.broken)
      for (number, _) in CharacterClass.beyondASCII { dead |= 1 << UInt64(number) }
    }
    staying &= ~(other | dead)
    dead &= ~other
    let mayEnd = regexes.isNullable[Int(term)]
    return TermLoops(staying: staying, leaving: mayEnd ? ~staying : ~(staying | dead))
  }

  private enum Outcome {
    case staying
    case dead
    case mixed
  }

  /// Returns whether all characters of ranges lead back to a term, or none can follow it.
  private mutating func outcome(
    of ranges: [ClosedRange<UInt32>], from term: Term, _ steps: inout Int
  ) -> Outcome {
    var cuts = ByteSet()
    let root = classTrees.add(ranges, cuts: &cuts)
    var known: [Int64: Outcome] = [:]
    return outcome(node: root, at: term, from: term, &known, &steps)
  }

  private mutating func outcome(
    node: Int32, at current: Term, from term: Term, _ known: inout [Int64: Outcome],
    _ steps: inout Int
  ) -> Outcome {
    if current == RegexSet.nothing { return .dead }
    if node == ScalarTrees.end { return current == term ? .staying : .mixed }
    let key = Int64(node) << 32 | Int64(current)
    if let outcome = known[key] { return outcome }
    refreshClasses()
    var result: Outcome?
    for edge in classTrees.edges(node) {
      for byte in edge.low...edge.high where spells[Int(byte)] {
        if byte > edge.low, isAlike(byte, byte - 1) { continue }
        steps += 1
        if steps > Self.greatestClassStepCount { return .mixed }
        let after = next(current, byte)
        let outcome = outcome(node: edge.node, at: after, from: term, &known, &steps)
        if outcome == .mixed || (result ?? outcome) != outcome {
          known[key] = .mixed
          return .mixed
        }
        result = outcome
      }
    }
    known[key] = result ?? .dead
    return result ?? .dead
  }
}
