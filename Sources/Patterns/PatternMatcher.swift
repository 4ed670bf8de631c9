// Whether a text matches a pattern, in time linear in the text and in the pattern's states.
//
// The tree becomes a nondeterministic automaton after Thompson 1968, simulated with a set of states.
// Look-around keeps this bound: its inside is an automaton of its own that runs over the whole text
// once, before the automaton around it, and notes the places where it holds. Look-behind runs
// forward and notes where it ends; look-ahead runs backward over the text, reversed, and notes where
// it begins. Nothing is ever tried again.

/// A pattern made ready to search texts; immutable, so threads may share it.
package struct PatternMatcher: Sendable {
  private let program: PatternProgram

  /// Prepares a pattern.
  ///
  /// - Throws: `PatternError.unsupported` for back-references, `.tooManyStates` beyond the limit.
  package init(
    _ pattern: Pattern, limits: PatternLimits = PatternLimits()
  ) throws(PatternError) {
    try self.init(pattern.tree, limits: limits)
  }

  /// Prepares a tree.
  ///
  /// - Throws: `PatternError.unsupported` for back-references, `.tooManyStates` beyond the limit.
  package init(
    _ tree: PatternTree, limits: PatternLimits = PatternLimits()
  ) throws(PatternError) {
    self.program = try PatternProgram(tree, limits: limits)
  }

  /// The number of states, by which time and memory are bounded.
  package var stateCount: Int { program.states.count }

  /// Returns whether some part of a text matches.
  ///
  /// - Complexity: O(scalars × states).
  package func matches(_ text: String) -> Bool {
    var search = PatternSearch(program: program, text: text.unicodeScalars.map(\.value))
    return search.run()
  }
}

/// One search of one text.
private struct PatternSearch {
  let program: PatternProgram
  let text: [UInt32]
  /// For each look-around the places where its inside matches.
  private var looks: [[Bool]] = []
  /// The states in which the automaton waits for a scalar.
  private var active: [Int32] = []
  private var following: [Int32] = []
  /// The step at which a state was last entered, so that a step enters it once.
  private var entered: [Int]
  private var step = 0
  private var pending: [Int32] = []

  init(program: PatternProgram, text: [UInt32]) {
    self.program = program
    self.text = text
    self.entered = Array(repeating: 0, count: program.states.count)
  }

  mutating func run() -> Bool {
    // Insides of look-around come before what uses them.
    for look in program.looks {
      looks.append([])
      var places = [Bool](repeating: false, count: text.count + 1)
      scan(look.entry, backward: look.isBackward) { place in
        places[place] = true
        return true
      }
      looks[looks.count - 1] = places
    }
    var isFound = false
    scan(program.entry, backward: false) { _ in
      isFound = true
      return false
    }
    return isFound
  }

  /// Runs an automaton that may begin at every place, and reports the places where it ends.
  ///
  /// - Parameter report: Takes a place; returns whether to go on.
  private mutating func scan(_ entry: Int32, backward: Bool, report: (Int) -> Bool) {
    active.removeAll(keepingCapacity: true)
    var place = backward ? text.count : 0
    while true {
      step += 1
      following.removeAll(keepingCapacity: true)
      var isAccepted = enter(entry, at: place)
      for state in active where enter(state, at: place) { isAccepted = true }
      swap(&active, &following)
      if isAccepted, !report(place) { return }
      if place == (backward ? 0 : text.count) { return }
      let scalar = text[backward ? place - 1 : place]
      // Kept are the states after the scalar; the next step enters them at the new place.
      var kept = 0
      for state in active {
        guard case .consume(let set, let next) = program.states[Int(state)],
          program.sets[Int(set)].contains(scalar)
        else { continue }
        active[kept] = next
        kept += 1
      }
      active.removeLast(active.count - kept)
      place += backward ? -1 : 1
    }
  }

  /// Follows all ways without a scalar from a state and notes those that wait for one.
  ///
  /// - Returns: Whether the end was reached.
  private mutating func enter(_ first: Int32, at place: Int) -> Bool {
    var isAccepted = false
    pending.append(first)
    while let state = pending.popLast() {
      guard entered[Int(state)] != step else { continue }
      entered[Int(state)] = step
      switch program.states[Int(state)] {
      case .consume: following.append(state)
      case .split(let one, let other):
        pending.append(other)
        pending.append(one)
      case .anchor(let anchor, let next):
        if holds(anchor, at: place) { pending.append(next) }
      case .look(let index, let isPositive, let next):
        if looks[Int(index)][place] == isPositive { pending.append(next) }
      case .accept: isAccepted = true
      }
    }
    return isAccepted
  }

  private func holds(_ anchor: PatternAnchor, at place: Int) -> Bool {
    switch anchor {
    case .textStart: place == 0
    case .textEnd: place == text.count
    case .wordBoundary: isWord(place - 1) != isWord(place)
    case .noWordBoundary: isWord(place - 1) == isWord(place)
    }
  }

  private func isWord(_ index: Int) -> Bool {
    guard index >= 0, index < text.count else { return false }
    switch text[index] {
    case 0x30...0x39, 0x41...0x5A, 0x5F, 0x61...0x7A: return true
    default: return false
    }
  }
}
