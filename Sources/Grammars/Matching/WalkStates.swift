// The terms that a walk meets as states by number, with rows of the states after each byte and after each class of
// characters: what is known about a step is looked up, not derived again.

/// The terms of a walk by number.
struct WalkStates: Sendable {
  /// A term with what a walk asks about it.
  struct State: Sendable {
    let term: Term
    /// How many parts deriving the term touches.
    let weight: Int
    let isNullable: Bool
    let hasMore: Bool
    /// The length of the shortest text, -1 while it was not asked for.
    var need = -1
    /// Whether a byte beyond ASCII may follow, nil while it was not asked.
    var goesBeyondASCII: Bool?
    /// So many plain characters surely go on from here, whichever they are.
    var safe: UInt8 = 0
    /// Whether it was looked ahead from here.
    var isLookedFrom = false
  }

  /// After a byte that cannot follow.
  static let dead: Int32 = -1
  /// Where it is not known what follows.
  static let unknown: Int32 = -2
  /// How many states have a row; the others are derived at each node, and counted so.
  static let greatestRowCount = 2048
  /// How many steps a walk makes in looking ahead.
  static let greatestLookStepCount = 1024

  var states: [State] = []
  /// How many steps may still be made in looking ahead.
  var lookSteps = WalkStates.greatestLookStepCount
  /// The state after each byte, 256 a state.
  var rows: [Int32] = []
  /// The number of each term and one more, zero for terms that were not met.
  private var numbers: [Int32] = []
  /// The state after any character of a class, 64 a state; for fewer states while none was noted.
  private(set) var classRows: [Int32] = []

  /// Returns the number of a term.
  mutating func number(of term: Term, in regexes: RegexSet) -> Int32 {
    let index = Int(term)
    if index >= numbers.count {
      numbers.append(contentsOf: repeatElement(0, count: regexes.count - numbers.count))
    }
    if numbers[index] > 0 { return numbers[index] - 1 }
    let number = states.count
    numbers[index] = Int32(number) + 1
    states.append(
      State(
        term: term, weight: Int(regexes.weights[index]), isNullable: regexes.isNullable[index],
        hasMore: regexes.hasMore[index]))
    if number < Self.greatestRowCount {
      rows.append(contentsOf: repeatElement(Self.unknown, count: 256))
    }
    return Int32(number)
  }

  /// Notes the state after a class of characters.
  mutating func note(_ next: Int32, after state: Int32, ofClass code: UInt8) {
    guard Int(state) < Self.greatestRowCount else { return }
    let missing = (Int(state) + 1) << 6 - classRows.count
    if missing > 0 { classRows.append(contentsOf: repeatElement(Self.unknown, count: missing)) }
    classRows[Int(state) << 6 | Int(code)] = next
  }

  /// Forgets all states but keeps their memory.
  mutating func removeAll() {
    for state in states { numbers[Int(state.term)] = 0 }
    states.removeAll(keepingCapacity: true)
    rows.removeAll(keepingCapacity: true)
    classRows.removeAll(keepingCapacity: true)
    lookSteps = Self.greatestLookStepCount
  }
}
