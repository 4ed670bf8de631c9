// The walk of one term over the whole tree of tokens.
//
// In a state that stays the same over some classes of characters (a region) all tokens of these classes are
// taken at once when it is entered, and subtrees that hold no class that leaves the state are skipped.

import Tokens

extension StateSpace {
  /// Walks a term over the whole tree.
  ///
  /// - Parameter absorbs: Whether all tokens that stay inside a string are taken already.
  mutating func walk(_ term: Term, absorbs: Bool, _ walk: inout LeafWalk) {
    let only = needs.automaton.regexes.onlyByte(term)
    let start = entered(
      term, at: 0, 0, below: LeafWalk.Level(), &walk, isLoop: only == nil && mayLoop(term))
    walk.levels[0] = start
    if let only {
      if let child = trie.tree.child(of: 0, only) { self.walk(into: child, absorbs, &walk) }
      return
    }
    for child in trie.tree.children(of: 0) where walk.work <= MaskCache.greatestWork {
      if needs.automaton.next(term, child.byte) == RegexSet.nothing {
        walk.work += Int(needs.automaton.regexes.weights[Int(term)])
      } else {
        self.walk(into: Int(child.node), absorbs, &walk)
      }
    }
  }

  /// Walks a child of the root and its subtree.
  private mutating func walk(into top: Int, _ absorbs: Bool, _ walk: inout LeafWalk) {
    let nodes = trie.classes.nodes
    let entries = trie.tree.entries
    let count = Int(nodes[top].end)
    var node = top
    var needed = RegexSet.nothing
    while node < count, walk.work <= MaskCache.greatestWork {
      let here = nodes[node]
      let depth = Int(here.depth)
      let above = walk.levels[depth - 1]
      if here.below & above.leaving == 0 || absorbs && !here.leadsOut {
        node = Int(here.end)
        continue
      }
      let next = needs.automaton.next(above.term, here.byte)
      walk.work += Int(needs.automaton.regexes.weights[Int(above.term)])
      if next == RegexSet.nothing {
        node = Int(here.end)
        continue
      }
      if here.below & ~above.staying == 0 {
        walk.insert(entries, Int(here.first), Int(nodes[Int(here.end)].first))
        node = Int(here.end)
        continue
      }
      let hasBelow = Int(here.end) > node + 1
      if hasBelow {
        // A level is written once: each write looks whether the list of levels is shared.
        if here.closes >= TokenClasses.insideAfterBroken {
          var level = above
          level.term = next
          level.staying = 0
          if here.closes == TokenClasses.insideAfterBroken {
            level.path |= 1 << UInt64(CharacterClass.broken)
          }
          walk.levels[depth] = level
        } else {
          let path = above.path | 1 << UInt64(here.closes)
          let isLoop = next == above.settled || depth == 1 && mayLoop(next)
          let level = entered(next, at: node, path, below: above, &walk, isLoop: isLoop)
          walk.levels[depth] = level
        }
      }
      let last = Int(nodes[node + 1].first)
      if Int(here.first) < last {
        if next != needed {
          needed = next
          walk.greatestNeed = max(walk.greatestNeed, needs.automaton.need(next))
        }
        walk.insert(entries, Int(here.first), last)
      }
      if hasBelow {
        if needs.automaton.regexes.isNullable[Int(next)] {
          walk.exits.append((Int32(node), next))
        }
        node = needs.automaton.regexes.hasMore[Int(next)] ? node + 1 : Int(here.end)
      } else {
        node += 1
      }
    }
  }

  /// Whether a term is worth being looked at for loops before one is met.
  private func mayLoop(_ term: Term) -> Bool {
    switch needs.automaton.regexes.nodes[Int(term)].kind {
    case .text, .concat, .alternatives, .intersection, .repetition, .complement: true
    default: false
    }
  }

  /// Returns what a term between two characters says about the subtree of a node.
  @inline(__always)
  private mutating func entered(
    _ term: Term, at node: Int, _ path: UInt64, below above: LeafWalk.Level, _ walk: inout LeafWalk,
    isLoop: Bool
  ) -> LeafWalk.Level {
    var level = LeafWalk.Level(term: term, settled: term, path: path)
    guard let loops = knownLoops(term, isLoop: isLoop), loops.staying != 0 else { return level }
    if above.settled == term, above.isFilled, path & ~loops.staying == 0 {
      level.isFilled = true
      level.leaving = loops.leaving
      return level
    }
    walk.greatestNeed = max(walk.greatestNeed, needs.automaton.need(term))
    if path & ~loops.staying == 0 {
      fill(node, loops.staying, &walk)
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
