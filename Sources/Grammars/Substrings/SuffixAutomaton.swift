// All substrings of a text as one automaton of at most two states a symbol.
//
// Built online, after Blumer, Blumer, Haussler, Ehrenfeucht, Chen and Seiferas 1985, "The smallest automaton
// recognizing the subwords of a text". The first edge of a state lies in the state, since most have no other; further
// ones are a list, and those of a state with many are in a table as well.

/// An automaton that accepts exactly the substrings of one text.
package struct SuffixAutomaton: Sendable {
  /// The state of the empty string.
  package static let root = 0

  /// A state: the length of the longest string that leads to it, and its edges.
  private struct State {
    var link: Int32
    var length: Int32
    /// The first edge; a target below zero stands for none.
    var symbol: UInt32 = 0
    var target: Int32 = -1
    /// The list of further edges, negative for none.
    var more: Int32 = -1
    var moreCount: Int32 = 0
  }

  private struct Edge {
    var symbol: UInt32
    var target: Int32
    var next: Int32
  }

  private var states: [State] = [State(link: -1, length: 0)]
  private var edges: [Edge] = []
  /// The edges of states with many, by state and symbol, in open addressing; -1 is a free slot.
  private var slots = [Int32](repeating: -1, count: 64)
  private var slotStates = [Int32](repeating: 0, count: 64)
  private var slotCount = 0

  /// The number of further edges from which they are in the table as well.
  private static let listLimit: Int32 = 6

  /// Builds the automaton of a text.
  ///
  /// - Complexity: O(symbols), with the constant of a hash table at states with many edges.
  package init(_ text: [UInt32]) {
    states.reserveCapacity(text.count + text.count / 2 + 2)
    edges.reserveCapacity(text.count + 2)
    var last = 0
    for symbol in text { last = append(symbol, after: last) }
  }

  /// The number of states.
  package var stateCount: Int { states.count }

  /// Returns the state after one more symbol, nil if the text holds no such string.
  package func target(of state: Int, _ symbol: UInt32) -> Int? {
    let target = find(state, symbol)
    return target < 0 ? nil : Int(target)
  }

  /// Visits the symbols that may follow, with the states behind them.
  package func forEachEdge(of state: Int, _ body: (_ symbol: UInt32, _ target: Int) -> Void) {
    let here = states[state]
    guard here.target >= 0 else { return }
    body(here.symbol, Int(here.target))
    var at = Int(here.more)
    while at >= 0 {
      let edge = edges[at]
      body(edge.symbol, Int(edge.target))
      at = Int(edge.next)
    }
  }

  /// Returns the target of an edge, negative if there is none.
  private func find(_ state: Int, _ symbol: UInt32) -> Int32 {
    let here = states[state]
    if here.symbol == symbol, here.target >= 0 { return here.target }
    guard here.more >= 0 else { return -1 }
    let edge = furtherEdge(here, state, symbol)
    return edge < 0 ? -1 : edges[edge].target
  }

  /// Returns the number of an edge that is not the first one, negative if there is none.
  private func furtherEdge(_ here: State, _ state: Int, _ symbol: UInt32) -> Int {
    if here.moreCount >= Self.listLimit {
      var slot = slot(of: Int32(state), symbol)
      while slots[slot] >= 0 {
        let edge = Int(slots[slot])
        if slotStates[slot] == Int32(state), edges[edge].symbol == symbol { return edge }
        slot = (slot + 1) & (slots.count - 1)
      }
      return -1
    }
    var at = Int(here.more)
    while at >= 0, edges[at].symbol != symbol { at = Int(edges[at].next) }
    return at
  }

  /// Leads an edge to another state; returns whether it led to `old` before.
  private mutating func redirect(
    _ state: Int, _ symbol: UInt32, from old: Int32, to new: Int32
  ) -> Bool {
    let here = states[state]
    if here.symbol == symbol, here.target >= 0 {
      guard here.target == old else { return false }
      states[state].target = new
      return true
    }
    guard here.more >= 0 else { return false }
    let edge = furtherEdge(here, state, symbol)
    guard edge >= 0, edges[edge].target == old else { return false }
    edges[edge].target = new
    return true
  }

  private func slot(of state: Int32, _ symbol: UInt32) -> Int {
    let key = UInt64(UInt32(bitPattern: state)) << 32 | UInt64(symbol)
    return Int(truncatingIfNeeded: (key &* 0x9e37_79b9_7f4a_7c15) >> 32) & (slots.count - 1)
  }

  private mutating func enter(_ state: Int32, _ edge: Int32) {
    if 2 * (slotCount + 1) > slots.count {
      let (oldSlots, oldStates) = (slots, slotStates)
      slots = [Int32](repeating: -1, count: 2 * oldSlots.count)
      slotStates = [Int32](repeating: 0, count: 2 * oldSlots.count)
      for (index, old) in oldSlots.enumerated() where old >= 0 {
        place(oldStates[index], old)
      }
    }
    slotCount += 1
    place(state, edge)
  }

  private mutating func place(_ state: Int32, _ edge: Int32) {
    var slot = slot(of: state, edges[Int(edge)].symbol)
    while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
    slots[slot] = edge
    slotStates[slot] = state
  }

  private mutating func addEdge(_ state: Int, _ symbol: UInt32, _ target: Int32) {
    guard states[state].target >= 0 else {
      states[state].symbol = symbol
      states[state].target = target
      return
    }
    let edge = Int32(edges.count)
    edges.append(Edge(symbol: symbol, target: target, next: states[state].more))
    states[state].more = edge
    states[state].moreCount += 1
    let count = states[state].moreCount
    if count == Self.listLimit {
      var at = edge
      while at >= 0 {
        enter(Int32(state), at)
        at = edges[Int(at)].next
      }
    } else if count > Self.listLimit {
      enter(Int32(state), edge)
    }
  }

  /// Adds a symbol behind the whole text so far; returns the state of the new whole text.
  private mutating func append(_ symbol: UInt32, after last: Int) -> Int {
    let new = states.count
    states.append(State(link: 0, length: states[last].length + 1))
    var state = last
    var target: Int32 = -1
    while state >= 0 {
      target = find(state, symbol)
      if target >= 0 { break }
      addEdge(state, symbol, Int32(new))
      state = Int(states[state].link)
    }
    guard state >= 0 else { return new }
    if states[state].length + 1 == states[Int(target)].length {
      states[new].link = target
      return new
    }
    let clone = Int32(states.count)
    let original = states[Int(target)]
    states.append(
      State(
        link: original.link, length: states[state].length + 1, symbol: original.symbol,
        target: original.target))
    var at = Int(original.more)
    while at >= 0 {
      addEdge(Int(clone), edges[at].symbol, edges[at].target)
      at = Int(edges[at].next)
    }
    while state >= 0, redirect(state, symbol, from: target, to: clone) {
      state = Int(states[state].link)
    }
    states[Int(target)].link = clone
    states[new].link = clone
    return new
  }
}
