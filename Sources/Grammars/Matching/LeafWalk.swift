// The walk of one term over the whole tree of tokens.
//
// The terms that are met become states by number, so that a node costs a look at two tables. In a state that
// stays the same over some classes of characters (a region) all tokens of these classes are taken at once when
// it is entered, and subtrees that hold no class that leaves the state are skipped.

import Tokens

extension StateSpace {
  /// Walks a state over the whole tree of bytes.
  mutating func walkTree(
    _ start: Int32, absorbs: Bool, bound: Int, _ levels: inout [LeafWalk.Level],
    _ known: inout WalkStates, _ walk: inout LeafWalk
  ) {
    let term = known.states[Int(start)].term
    let only = needs.automaton.regexes.onlyByte(term)
    let isLoop = only == nil && mayLoop(term)
    levels[0] = entered(
      start, term, at: 0, 0, below: LeafWalk.Level(), &walk, isLoop: isLoop, bound: bound)
    if let only {
      if let child = trie.tree.child(of: 0, only) {
        self.walk(into: child, absorbs, bound, &levels, &known, &walk)
      }
      return
    }
    for child in trie.tree.children(of: 0) where walk.work <= MaskCache.greatestWork {
      if needs.automaton.next(term, child.byte) == RegexSet.nothing {
        walk.work += known.states[Int(start)].weight
      } else {
        self.walk(into: Int(child.node), absorbs, bound, &levels, &known, &walk)
      }
    }
  }

  /// Walks a node and its subtree, the level above it being known.
  mutating func walk(
    into top: Int, _ absorbs: Bool, _ bound: Int, _ levels: inout [LeafWalk.Level],
    _ known: inout WalkStates, _ walk: inout LeafWalk
  ) {
    let tree = trie.classes.nodes
    let nodes = tree.span
    let entries = trie.tree.entries
    var levels = levels.mutableSpan
    let count = Int(nodes[top].end)
    var node = top
    var needed = WalkStates.dead
    var mayTake = false
    // The entries that were found last and stand side by side.
    var run = 0..<0
    @inline(__always)
    func take(_ more: Range<Int>) {
      if more.lowerBound != run.upperBound {
        walk.insert(entries, run.lowerBound, run.upperBound)
        run = more
      } else {
        run = run.lowerBound..<more.upperBound
      }
    }
    while node < count, walk.work <= MaskCache.greatestWork {
      let here = nodes[node]
      let depth = Int(here.depth)
      if here.below & levels[depth - 1].leaving == 0 || absorbs && !here.leadsOut {
        node = Int(here.end)
        continue
      }
      if here.height <= levels[depth - 1].safe, here.below & ~CharacterClass.plain == 0 {
        take(Int(here.first)..<Int(nodes[Int(here.end)].first))
        node = Int(here.end)
        continue
      }
      let above = levels[depth - 1].state
      walk.work += 1
      var next = WalkStates.unknown
      let slot = Int(above) << 8 | Int(here.byte)
      if slot < known.rows.count { next = known.rows[slot] }
      if next == WalkStates.unknown { next = derived(from: above, by: here.byte, &known, &walk) }
      if next == WalkStates.dead {
        node = Int(here.end)
        continue
      }
      if here.below & ~levels[depth - 1].staying == 0 {
        // The state is the one that was entered, whose tokens are wanted or not.
        if need(of: above, &known) <= bound {
          take(Int(here.first)..<Int(nodes[Int(here.end)].first))
        }
        node = Int(here.end)
        continue
      }
      let hasBelow = Int(here.end) > node + 1
      if hasBelow {
        if here.closes >= TokenClasses.insideAfterBroken {
          var level = levels[depth - 1]
          level.state = next
          level.staying = 0
          if here.closes == TokenClasses.insideAfterBroken {
            level.path |= 1 << UInt64(CharacterClass.broken)
          }
          levels[depth] = level
        } else {
          let path = levels[depth - 1].path | 1 << UInt64(here.closes)
          if next == levels[depth - 1].settled
            || depth == 1 && mayLoop(known.states[Int(next)].term)
          {
            levels[depth] = entered(
              next, known.states[Int(next)].term, at: node, path, below: levels[depth - 1], &walk,
              isLoop: true, bound: bound)
          } else {
            levels[depth] = LeafWalk.Level(state: next, settled: next, path: path)
          }
        }
        levels[depth].safe = known.states[Int(next)].safe
      }
      let first = Int(here.first)
      let last = Int(nodes[node + 1].first)
      if first < last {
        if next != needed {
          needed = next
          let need = need(of: next, &known)
          mayTake = need <= bound
          if mayTake { walk.greatestNeed = max(walk.greatestNeed, need) }
        }
        if mayTake { take(first..<last) }
      }
      if hasBelow {
        let state = known.states[Int(next)]
        if state.isNullable { walk.exits.append((Int32(node), state.term)) }
        node = state.hasMore ? node + 1 : Int(here.end)
      } else {
        if bound < .max, known.states[Int(next)].isNullable {
          walk.exits.append((Int32(node), known.states[Int(next)].term))
        }
        node += 1
      }
    }
    walk.insert(entries, run.lowerBound, run.upperBound)
  }

  /// Returns the state after a byte, for a state and byte that were not met yet or are not noted.
  private mutating func derived(
    from state: Int32, by byte: UInt8, _ known: inout WalkStates, _ walk: inout LeafWalk
  ) -> Int32 {
    walk.work += known.states[Int(state)].weight
    let term = needs.automaton.next(known.states[Int(state)].term, byte)
    let next =
      term == RegexSet.nothing
      ? WalkStates.dead : known.number(of: term, in: needs.automaton.regexes)
    if Int(state) < WalkStates.greatestRowCount {
      known.rows[Int(state) << 8 | Int(byte)] = next
    }
    return next
  }

  /// Returns the state after a byte.
  @inline(__always)
  mutating func next(
    _ state: Int32, _ byte: UInt8, _ known: inout WalkStates, _ walk: inout LeafWalk
  ) -> Int32 {
    let slot = Int(state) << 8 | Int(byte)
    if slot < known.rows.count, known.rows[slot] != WalkStates.unknown { return known.rows[slot] }
    return derived(from: state, by: byte, &known, &walk)
  }

  /// Returns the length of the shortest text of a state.
  @inline(__always)
  mutating func need(of state: Int32, _ known: inout WalkStates) -> Int {
    let need = known.states[Int(state)].need
    if need >= 0 { return need }
    let result = needs.automaton.need(known.states[Int(state)].term)
    known.states[Int(state)].need = result
    return result
  }

  /// Whether a term is worth being looked at for loops before one is met.
  private func mayLoop(_ term: Term) -> Bool {
    switch needs.automaton.regexes.nodes[Int(term)].kind {
    case .text, .concat, .alternatives, .intersection, .repetition, .complement: true
    default: false
    }
  }

  /// Returns what a term between two characters says about the subtree of a node.
  private mutating func entered(
    _ state: Int32, _ term: Term, at node: Int, _ path: UInt64, below above: LeafWalk.Level,
    _ walk: inout LeafWalk, isLoop: Bool, bound: Int
  ) -> LeafWalk.Level {
    var level = LeafWalk.Level(state: state, settled: state, path: path)
    guard let loops = knownLoops(term, isLoop: isLoop), loops.staying != 0 else { return level }
    if above.settled == state, above.isFilled, path & ~loops.staying == 0 {
      level.isFilled = true
      level.leaving = loops.leaving
      return level
    }
    let need = needs.automaton.need(term)
    if need <= bound { walk.greatestNeed = max(walk.greatestNeed, need) }
    if path & ~loops.staying == 0 {
      if need <= bound { fill(node, loops.staying, &walk) }
      level.isFilled = true
      level.leaving = loops.leaving
    } else {
      level.staying = loops.staying
    }
    return level
  }

  /// Returns the loops of a term if they are wanted.
  ///
  /// That they happen to be known from an earlier walk is no reason to use them: the work of a walk is counted
  /// and must not depend on what was computed before.
  @inline(__always)
  private mutating func knownLoops(_ term: Term, isLoop: Bool) -> TermLoops? {
    guard isLoop else { return nil }
    let index = Int(term)
    if index < cache.loopNumbers.count, cache.loopNumbers[index] >= 0 {
      return cache.loops[Int(cache.loopNumbers[index])]
    }
    return newLoops(term)
  }

  private mutating func newLoops(_ term: Term) -> TermLoops {
    let loops = needs.automaton.loops(term)
    let missing = needs.automaton.regexes.count - cache.loopNumbers.count
    cache.loopNumbers.append(contentsOf: repeatElement(-1, count: max(0, missing)))
    cache.loopNumbers[Int(term)] = Int32(cache.loops.count)
    cache.loops.append(loops)
    return loops
  }

  /// Takes the tokens below a node that consist of some classes.
  private mutating func fill(_ node: Int, _ classes: UInt64, _ walk: inout LeafWalk) {
    guard node == 0 else {
      let end = Int(trie.tree.ends[node])
      walk.insert(
        trie.tree.entries, Int(trie.tree.starts[node]), Int(trie.tree.starts[end]), of: classes,
        in: trie.classes.whole)
      return
    }
    if let known = cache.ofClasses[classes] {
      walk.insert(known)
      return
    }
    var words = [UInt64](repeating: 0, count: (trie.vocabulary.count + 63) / 64)
    trie.classes.addAll(of: classes, to: &words)
    walk.insert(words)
    cache.ofClasses[classes] = words
  }
}
