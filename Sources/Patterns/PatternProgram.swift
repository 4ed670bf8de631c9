// The automaton of a pattern: states in one array, built from the end to the beginning.

/// A set of scalars made for many questions.
struct ScalarTest: Sendable {
  /// Whether each ASCII character is a member.
  private let low: UInt64
  private let high: UInt64
  /// The first and last scalars of the ranges beyond ASCII.
  private let firsts: [UInt32]
  private let lasts: [UInt32]

  init(_ set: ScalarSet) {
    var bits: (UInt64, UInt64) = (0, 0)
    for range in set.ranges where range.lowerBound < 128 {
      for code in range.lowerBound...min(range.upperBound, 127) {
        if code < 64 { bits.0 |= 1 << code } else { bits.1 |= 1 << (code - 64) }
      }
    }
    (low, high) = bits
    let beyond = set.ranges.filter { $0.upperBound >= 128 }
    firsts = beyond.map(\.lowerBound)
    lasts = beyond.map(\.upperBound)
  }

  /// Returns whether a scalar is a member.
  func contains(_ scalar: UInt32) -> Bool {
    if scalar < 64 { return low >> scalar & 1 != 0 }
    if scalar < 128 { return high >> (scalar - 64) & 1 != 0 }
    var from = 0
    var to = lasts.count
    while from < to {
      let middle = (from + to) / 2
      if lasts[middle] < scalar { from = middle + 1 } else { to = middle }
    }
    return from < firsts.count && firsts[from] <= scalar
  }
}

/// The automata of a pattern and of its look-arounds.
struct PatternProgram: Sendable {
  /// One state; `next` and the like are indices of states.
  enum State: Sendable {
    /// Waits for a scalar of a set.
    case consume(set: Int32, next: Int32)
    /// Goes both ways.
    case split(Int32, Int32)
    /// Goes on where the anchor holds.
    case anchor(PatternAnchor, next: Int32)
    /// Goes on where the inside of a look-around matches, or does not.
    case look(index: Int32, isPositive: Bool, next: Int32)
    /// Has matched.
    case accept
  }

  /// The inside of a look-around.
  struct Look: Sendable {
    let entry: Int32
    /// Whether it reads the text from its end, for look-ahead.
    let isBackward: Bool
  }

  private(set) var states: [State] = []
  private(set) var sets: [ScalarTest] = []
  /// The look-arounds, each after those inside it.
  private(set) var looks: [Look] = []
  private(set) var entry: Int32 = 0

  private var setIndices: [ScalarSet: Int32] = [:]
  private let limits: PatternLimits

  init(_ tree: PatternTree, limits: PatternLimits) throws(PatternError) {
    self.limits = limits
    let node = try intern(tree)
    let accept = try add(.accept)
    entry = try build(node, before: accept, backward: false)
    setIndices = [:]
  }

  // MARK: - Sets and look-arounds

  /// A tree whose sets and look-arounds are numbers, so that a repeated part costs only its states.
  private indirect enum Node {
    case consume(Int32)
    case sequence([Node])
    case alternation([Node])
    case repetition(Node, min: Int, max: Int?)
    case anchor(PatternAnchor)
    case look(Int32, isPositive: Bool)
  }

  private mutating func intern(_ tree: PatternTree) throws(PatternError) -> Node {
    switch tree {
    case .scalar(let set): return .consume(index(of: set))
    case .sequence(let parts): return .sequence(try intern(parts))
    case .alternation(let branches): return .alternation(try intern(branches))
    case .repetition(let part, let min, let max):
      return .repetition(try intern(part), min: min, max: max)
    case .anchor(let anchor): return .anchor(anchor)
    case .lookAround(let inside, let direction, let isPositive):
      let node = try intern(inside)
      guard looks.count < limits.lookArounds else {
        throw .tooManyLookArounds(limit: limits.lookArounds)
      }
      let isBackward = direction == .ahead
      let accept = try add(.accept)
      let entry = try build(node, before: accept, backward: isBackward)
      looks.append(Look(entry: entry, isBackward: isBackward))
      return .look(Int32(looks.count - 1), isPositive: isPositive)
    case .backReference: throw .unsupported(feature: "a back-reference")
    }
  }

  private mutating func intern(_ trees: [PatternTree]) throws(PatternError) -> [Node] {
    var nodes: [Node] = []
    for tree in trees { nodes.append(try intern(tree)) }
    return nodes
  }

  private mutating func index(of set: ScalarSet) -> Int32 {
    if let known = setIndices[set] { return known }
    sets.append(ScalarTest(set))
    let index = Int32(sets.count - 1)
    setIndices[set] = index
    return index
  }

  // MARK: - States

  private mutating func add(_ state: State) throws(PatternError) -> Int32 {
    guard states.count < limits.states else { throw .tooManyStates(limit: limits.states) }
    states.append(state)
    return Int32(states.count - 1)
  }

  /// Builds the states of a node and returns the one where it begins.
  ///
  /// - Parameters:
  ///   - next: The state that follows.
  ///   - backward: Whether the text is read from its end, so that sequences are turned around.
  private mutating func build(
    _ node: Node, before next: Int32, backward: Bool
  ) throws(PatternError) -> Int32 {
    switch node {
    case .consume(let set): return try add(.consume(set: set, next: next))
    case .sequence(let parts):
      var entry = next
      for part in backward ? parts : parts.reversed() {
        entry = try build(part, before: entry, backward: backward)
      }
      return entry
    case .alternation(let branches):
      var entry: Int32?
      for branch in branches.reversed() {
        let one = try build(branch, before: next, backward: backward)
        if let other = entry { entry = try add(.split(one, other)) } else { entry = one }
      }
      return entry ?? next
    case .repetition(let part, let min, let max):
      return try buildRepetition(part, min: min, max: max, before: next, backward: backward)
    case .anchor(let anchor): return try add(.anchor(anchor, next: next))
    case .look(let index, let isPositive):
      return try add(.look(index: index, isPositive: isPositive, next: next))
    }
  }

  private mutating func buildRepetition(
    _ part: Node, min: Int, max: Int?, before next: Int32, backward: Bool
  ) throws(PatternError) -> Int32 {
    var entry = next
    var copies = min
    if let max {
      // As often as the part is optional: (part (part …)?)?
      for _ in 0..<(max - min) {
        let once = try build(part, before: entry, backward: backward)
        entry = try add(.split(once, next))
      }
    } else {
      let loop = try add(.split(next, next))
      let once = try build(part, before: loop, backward: backward)
      states[Int(loop)] = .split(once, next)
      // The last of the parts that must be there is the one that is repeated.
      entry = min == 0 ? loop : once
      copies = Swift.max(min - 1, 0)
    }
    for _ in 0..<copies {
      let once = try build(part, before: entry, backward: backward)
      if once == entry { break }  // The part is empty: any number of them is the same.
      entry = once
    }
    return entry
  }
}
