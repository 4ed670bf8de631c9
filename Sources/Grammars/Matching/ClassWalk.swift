// The walk of a term of strings over the classes of characters in the tokens.
//
// Where all characters of a class lead to one state, the tokens go on together; where they do not, the walk goes
// on over the bytes from there, so that a class is never taken for more than the automaton says about each of
// its characters.

import Tokens

extension StateSpace {
  /// Where the characters of a class lead to several states.
  private static let mixed: Int32 = -3

  /// Whether a term is walked over classes: it is in a string and between two characters.
  private mutating func isWalkedByClasses(_ term: Term) -> Bool {
    switch needs.automaton.regexes.nodes[Int(term)].kind {
    case .concat, .alternatives, .intersection, .repetition: break
    default: return false
    }
    guard needs.automaton.regexes.isTail[Int(term)] || needs.automaton.regexes.isText(term),
      needs.automaton.regexes.onlyByte(term) == nil
    else { return false }
    var last: UInt8 = 0
    for byte in UInt8(0x80)...0xC1 {
      if last > 0, needs.automaton.isAlike(byte, last, from: term) { continue }
      last = byte
      if needs.automaton.next(term, byte) != RegexSet.nothing { return false }
    }
    return true
  }

  /// Walks a term over the tokens.
  ///
  /// - Parameters:
  ///   - absorbs: Whether all tokens that stay inside a string are taken already.
  ///   - bound: The greatest length of the shortest end after a token that is taken. If there is one, the nodes
  ///     at which the term may end are exits also where no longer token goes on.
  mutating func walk(_ term: Term, absorbs: Bool, bound: Int = .max, _ walk: inout LeafWalk) {
    var known = WalkStates()
    swap(&known, &cache.states)
    var levels: [LeafWalk.Level] = []
    swap(&levels, &walk.levels)
    let start = known.number(of: term, in: needs.automaton.regexes)
    let isDone =
      isWalkedByClasses(term)
      && walkClasses(start, absorbs: absorbs, bound: bound, &levels, &known, &walk)
    if !isDone {
      // What a walk over classes found before it gave up is right as far as it goes, but for the exits.
      walk.exits = []
      walkTree(start, absorbs: absorbs, bound: bound, &levels, &known, &walk)
    }
    swap(&levels, &walk.levels)
    known.removeAll()
    swap(&known, &cache.states)
  }

  /// Walks a state over the tree of classes.
  ///
  /// - Returns: Whether the walk stands; if not, it says nothing and the bytes must be walked.
  private mutating func walkClasses(
    _ start: Int32, absorbs: Bool, bound: Int, _ levels: inout [LeafWalk.Level],
    _ known: inout WalkStates, _ walk: inout LeafWalk
  ) -> Bool {
    let tree = trie.classTree
    let kept = tree.nodes
    let nodes = kept.span
    let entries = tree.entries
    walk.spread()
    var stack = [(state: Int32, node: Int32, isDone: Bool)](
      repeating: (start, 0, false), count: tree.greatestDepth + 1)
    guard absorbs || walkPieces(0, start, bound, &known, &walk) else {
      return false
    }
    var node = 1
    let count = nodes.count - 1
    while node < count, walk.work <= MaskCache.greatestWork {
      let here = nodes[node]
      if absorbs && !here.leadsOut {
        node = Int(here.end)
        continue
      }
      let depth = Int(here.depth)
      let above = stack[depth - 1]
      if here.height <= known.states[Int(above.state)].safe {
        walk.insert(entries, Int(here.first), Int(nodes[Int(here.end)].first))
        node = Int(here.end)
        continue
      }
      walk.work += 1
      let next = nextByClass(above.state, here.code, &known, &walk)
      if next == WalkStates.dead {
        node = Int(here.end)
        continue
      }
      if next == Self.mixed {
        if !ClassTree.isBeyondASCII(here.code) {
          walkBytes(
            below: Int(above.node), here.code, above.state, absorbs, bound, &levels, &known, &walk)
        } else if !above.isDone {
          // What is beyond ASCII begins with the same bytes, so that all classes that are mixed are walked at once.
          var classes: UInt64 = 0
          for (number, _) in CharacterClass.beyondASCII
          where nextByClass(above.state, UInt8(number), &known, &walk) == Self.mixed {
            classes |= 1 << UInt64(number)
          }
          walkBytes(
            below: Int(above.node), here.code, above.state, leaving: classes, absorbs, bound,
            &levels, &known, &walk)
          stack[depth - 1].isDone = true
        }
        node = Int(here.end)
        continue
      }
      stack[depth] = (next, Int32(node), false)
      let last = nodes[node + 1]
      if here.first < last.first {
        let need = need(of: next, &known)
        if need <= bound {
          walk.greatestNeed = max(walk.greatestNeed, need)
          if here.words >= 0 {
            walk.insert(tree.words[Int(here.words)])
          } else {
            walk.insert(entries, Int(here.first), Int(last.first))
          }
        }
      }
      let state = known.states[Int(next)]
      if state.isNullable {
        for place in tree.places[Int(here.firstPlace)..<Int(last.firstPlace)]
        where bound < .max || Int(trie.tree.ends[Int(place)]) > Int(place) + 1 {
          walk.exits.append((place, state.term))
        }
      }
      if !state.hasMore {
        node = Int(here.end)
        continue
      }
      if !absorbs, here.firstPiece < last.firstPiece,
        !walkPieces(node, next, bound, &known, &walk)
      {
        return false
      }
      node += 1
    }
    return true
  }

  /// Follows the tokens in pieces behind a node.
  ///
  /// - Returns: Whether none of them goes on where the term may end.
  private mutating func walkPieces(
    _ node: Int, _ state: Int32, _ bound: Int, _ known: inout WalkStates, _ walk: inout LeafWalk
  ) -> Bool {
    let first = Int(trie.classTree.nodes[node].firstPiece)
    let end = Int(trie.classTree.nodes[node + 1].firstPiece)
    if first == end || !mayGoBeyondASCII(state, &known, &walk) { return true }
    for piece in trie.classTree.pieces[first..<end] {
      var at = state
      for byte in trie.vocabulary.bytes(of: TokenID(piece.token)).dropFirst(Int(piece.offset)) {
        if at != state, known.states[Int(at)].isNullable { return false }
        walk.work += 1
        at = self.next(at, byte, &known, &walk)
        if at == WalkStates.dead { break }
      }
      if at == WalkStates.dead { continue }
      if known.states[Int(at)].isNullable { return false }
      let need = need(of: at, &known)
      if need <= bound {
        walk.greatestNeed = max(walk.greatestNeed, need)
        walk.insert(piece.token)
      }
    }
    return true
  }

  /// Goes on over the bytes of the characters of a class, or of those beyond ASCII.
  ///
  /// - Parameter leaving: Subtrees without any character of these classes are left out.
  private mutating func walkBytes(
    below node: Int, _ code: UInt8, _ state: Int32, leaving: UInt64 = .max, _ absorbs: Bool,
    _ bound: Int, _ levels: inout [LeafWalk.Level], _ known: inout WalkStates,
    _ walk: inout LeafWalk
  ) {
    let isBeyond = ClassTree.isBeyondASCII(code)
    if !isBeyond, !absorbs, bound == .max { lookAhead(from: state, &known, &walk) }
    let first = Int(trie.classTree.nodes[node].firstPlace)
    let end = Int(trie.classTree.nodes[node + 1].firstPlace)
    for index in first..<end {
      let place = Int(trie.classTree.places[index])
      // What is on the way here is not said: nothing but subtrees is taken as a whole.
      levels[Int(trie.tree.depths[place])] = LeafWalk.Level(
        state: state, settled: state, leaving: leaving, path: .max,
        safe: known.states[Int(state)].safe)
      for child in trie.tree.children(of: place)
      where isBeyond ? child.byte >= 0x80 : isOf(code, child.byte) {
        if walk.work > MaskCache.greatestWork { return }
        self.walk(into: Int(child.node), absorbs, bound, &levels, &known, &walk)
      }
    }
  }

  private func isOf(_ code: UInt8, _ byte: UInt8) -> Bool {
    byte < 0x80 && ClassTree.ofASCII[Int(byte)] == code
  }

  /// Returns the state after any character of a class; `mixed` if they lead to several.
  @inline(__always)
  private mutating func nextByClass(
    _ state: Int32, _ code: UInt8, _ known: inout WalkStates, _ walk: inout LeafWalk
  ) -> Int32 {
    let slot = Int(state) << 6 | Int(code)
    if slot < known.classRows.count, known.classRows[slot] != WalkStates.unknown {
      return known.classRows[slot]
    }
    let next =
      ClassTree.isBeyondASCII(code)
      ? nextBeyondASCII(state, code, &known, &walk) : nextInASCII(state, code, &known, &walk)
    known.note(next, after: state, ofClass: code)
    return next
  }

  private mutating func nextInASCII(
    _ state: Int32, _ code: UInt8, _ known: inout WalkStates, _ walk: inout LeafWalk
  ) -> Int32 {
    var result = WalkStates.unknown
    var last: UInt8 = 0
    let term = known.states[Int(state)].term
    for byte in ClassTree.characters[Int(code)] where needs.automaton.spells[Int(byte)] {
      if result != WalkStates.unknown, needs.automaton.isAlike(byte, last, from: term) { continue }
      last = byte
      let next = self.next(state, byte, &known, &walk)
      if result == WalkStates.unknown { result = next }
      if result != next { return Self.mixed }
    }
    return result == WalkStates.unknown ? WalkStates.dead : result
  }

  private mutating func nextBeyondASCII(
    _ state: Int32, _ code: UInt8, _ known: inout WalkStates, _ walk: inout LeafWalk
  ) -> Int32 {
    guard mayGoBeyondASCII(state, &known, &walk) else { return WalkStates.dead }
    let term = known.states[Int(state)].term
    walk.work += 64 * known.states[Int(state)].weight
    let key = UInt64(UInt32(bitPattern: term)) << 8 | UInt64(code)
    let target: Term
    if let found = cache.classTargets[key] {
      target = found
    } else {
      target = needs.automaton.target(ofClass: Int(code), from: term) ?? Self.mixed
      cache.classTargets[key] = target
      leafByteCount += 32
    }
    if target == Self.mixed { return target }
    return target == RegexSet.nothing
      ? WalkStates.dead : known.number(of: target, in: needs.automaton.regexes)
  }

  /// Whether a byte beyond ASCII may follow a state.
  private mutating func mayGoBeyondASCII(
    _ state: Int32, _ known: inout WalkStates, _ walk: inout LeafWalk
  ) -> Bool {
    if let answer = known.states[Int(state)].goesBeyondASCII { return answer }
    var answer = false
    var last: UInt8 = 0
    let term = known.states[Int(state)].term
    for byte in UInt8(0xC2)...0xF4 where !answer && needs.automaton.spells[Int(byte)] {
      if last > 0, needs.automaton.isAlike(byte, last, from: term) { continue }
      last = byte
      answer = next(state, byte, &known, &walk) != WalkStates.dead
    }
    known.states[Int(state)].goesBeyondASCII = answer
    return answer
  }
}
