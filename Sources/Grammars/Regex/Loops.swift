// Loops: the classes of characters over which a term stays the same term, and those that cannot follow it; and
// terms in which any text may come first.

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
        switch outcome(of: ranges, from: term, only: term, &steps) {
        case .leads: staying |= bit
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

  private enum Outcome: Equatable {
    /// All characters lead to a term.
    case leads(Term)
    case dead
    case mixed
  }

  /// Returns the term after any character of a class beyond ASCII, `nothing` if none can follow; nil if they lead
  /// to several terms.
  mutating func target(ofClass number: Int, from term: Term) -> Term? {
    guard let ranges = CharacterClass.beyondASCII.first(where: { $0.number == number })?.ranges
    else { return nil }
    var steps = 0
    switch outcome(of: ranges, from: term, &steps) {
    case .leads(let target): return target
    case .dead: return RegexSet.nothing
    case .mixed: return nil
    }
  }

  /// Returns where all characters of ranges lead from a term.
  ///
  /// - Parameter only: The only term that is of interest, all others count as mixed.
  private mutating func outcome(
    of ranges: [ClosedRange<UInt32>], from term: Term, only: Term? = nil, _ steps: inout Int
  ) -> Outcome {
    var cuts = ByteSet()
    let root = classTrees.add(ranges, cuts: &cuts)
    var known: [Int64: Outcome] = [:]
    return outcome(node: root, at: term, only: only, &known, &steps)
  }

  private mutating func outcome(
    node: Int32, at current: Term, only: Term?, _ known: inout [Int64: Outcome],
    _ steps: inout Int
  ) -> Outcome {
    if current == RegexSet.nothing { return .dead }
    if node == ScalarTrees.end {
      return only == nil || current == only ? .leads(current) : .mixed
    }
    let key = Int64(node) << 32 | Int64(current)
    if let outcome = known[key] { return outcome }
    refreshClasses()
    var result: Outcome?
    for edge in classTrees.edges(node) {
      for byte in edge.low...edge.high where spells[Int(byte)] {
        if byte > edge.low, isAlike(byte, byte - 1, from: current) { continue }
        steps += 1
        if steps > Self.greatestClassStepCount { return .mixed }
        let after = next(current, byte)
        let outcome = outcome(node: edge.node, at: after, only: only, &known, &steps)
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

  /// Returns the shortest end of a term, after any text, that any text may come before; nil if not every
  /// text may.
  mutating func absorbs(_ term: Term) -> Int? {
    let node = regexes.nodes[Int(term)]
    switch node.kind {
    case .concat:
      let head = regexes.nodes[Int(node.a)]
      guard head.kind == .repetition, head.b == 0, head.c < 0,
        head.a == regexes.scalars([0...0x10FFFF])
      else { return nil }
      let rest = need(node.b)
      return rest < Self.unreachable ? rest : nil
    case .alternatives:
      for part in regexes.lists[Int(node.a)] {
        if let rest = absorbs(part) { return rest }
      }
      return nil
    case .intersection:
      let parts = regexes.lists[Int(node.a)]
      guard parts.contains(where: { regexes.isAnyText($0) }) else { return nil }
      var excluded = 0
      for part in parts where !regexes.isAnyText(part) {
        let other = regexes.nodes[Int(part)]
        guard other.kind == .complement, let count = regexes.textCount(other.a) else { return nil }
        excluded += count
      }
      // Behind any text there are more ways on than texts that are excluded: characters of one byte double the
      // ways with each that follows.
      guard spells[0x61], spells[0x62], need(term) < Self.unreachable else { return nil }
      return Int.bitWidth - excluded.leadingZeroBitCount + 2
    default: return nil
    }
  }
}
