// The tokens of one thread: those inside its leaf, and those that leave it and go on with what follows.

import Tokens

extension StateSpace {
  /// Adds the tokens below a node by following configurations.
  mutating func descendWalked(
    from root: Int, in tree: FlatTree, _ thread: Thread, to walk: inout MaskWalk
  ) {
    let base = Int(tree.depths[root])
    var stack = [single(thread)]
    var node = root + 1
    let end = Int(tree.ends[root])
    while node < end {
      let depth = Int(tree.depths[node]) - base
      let next = self.next(stack[depth - 1], tree.bytes[node])
      if next == Self.dead {
        node = Int(tree.ends[node])
        continue
      }
      if stack.count <= depth { stack.append(next) } else { stack[depth] = next }
      let need = configurationNeeds[Int(next)]
      if need <= walk.bound {
        for i in Int(tree.starts[node])..<Int(tree.starts[node + 1]) {
          walk.greatestNeed = max(walk.greatestNeed, need)
          walk.insert(tree.entries[i])
        }
      }
      node += 1
    }
  }

  // MARK: - Leaves in general

  mutating func addLeaf(_ thread: Thread, to walk: inout MaskWalk) {
    let isBounded = walk.bound < .max
    if !isBounded, needs.automaton.regexes.isSpaces(thread.term), addSpaces(thread, to: &walk) {
      return
    }
    let within = isBounded ? self.within(walk.bound, thread.rest) : walk.bound
    let leaf = isBounded ? boundedLeaf(thread.term, within) : self.leaf(thread.term)
    insert(leaf, into: &walk)
    if leaf.greatestNeed > 0 {
      walk.greatestNeed = max(
        walk.greatestNeed, leaf.greatestNeed + restNeeds[Int(thread.rest)])
    }
    if leaf.exits.isEmpty { return }
    let tree = trie.tree
    for exit in leaf.exits where Int(tree.ends[Int(exit.node)]) > Int(exit.node) + 1 {
      descend(from: Int(exit.node), in: tree, into: after(exit.term, thread.rest), to: &walk)
    }
  }

  /// Returns how many bytes of a leaf may be left if a continuation behind it must stay within a bound.
  ///
  /// What a continuation needs is estimated before it is begun; a leaf that may end is as near to the end as
  /// what begins there, which for these leaves does not depend on their text.
  private mutating func within(_ bound: Int, _ rest: Int32) -> Int {
    let within = bound - restNeeds[Int(rest)]
    if within >= 0 { return within }
    let next = begin(rest)
    return next >= 0 && configurationNeeds[Int(next)] <= bound ? 0 : within
  }

  /// Adds the tokens of white space that may go on for ever, unless more of it may follow by another thread.
  ///
  /// What follows is then the same after all white space: one walk over what is left of the tokens behind it
  /// stands for those behind each white space.
  mutating func addSpaces(_ thread: Thread, to walk: inout MaskWalk) -> Bool {
    let configuration = after(thread.term, thread.rest)
    if configuration >= 0 {
      for byte in UInt8.min...0x20 where ByteSet.spaces.contains(byte) {
        if next(configuration, byte) != Self.dead { return false }
      }
    }
    for token in trie.spaceTokens { walk.insert(token) }
    walk.greatestNeed = max(walk.greatestNeed, 1 + need(thread))
    descend(from: 0, in: trie.spaceTree, into: configuration, to: &walk)
    return true
  }

  func insert(_ leaf: MaskCache.Leaf, into walk: inout MaskWalk) {
    walk.work += leaf.work
    for token in leaf.tokens { walk.insert(token) }
    if leaf.words.isEmpty { return }
    walk.insert(leaf.words, but: leaf.removed)
    walk.base = leaf.words
  }

  mutating func leaf(_ term: Term) -> MaskCache.Leaf {
    if let known = cache.leaves[term] { return known }
    if let rest = needs.automaton.regexes.withoutLength(term) {
      let leaf = self.leaf(rest.term)
      // No token leads so far that its shortest end would be too long.
      let reach = leaf.greatestNeed + trie.vocabulary.longestTextByteCount
      if rest.greatest < 0 || reach <= Int(rest.greatest) { return leaf }
      if let within = self.leaf(term, of: leaf, within: Int(rest.greatest)) {
        keep(within, for: term)
        return within
      }
    }
    var walk = LeafWalk(
      wordCount: (trie.vocabulary.count + 63) / 64, depth: trie.tree.greatestDepth,
      levels: cache.levels)
    cache.levels = []
    // Where any text may come first, only the tokens that leave the string must be looked at.
    let absorbed = needs.automaton.absorbs(term)
    if let absorbed {
      walk.insert(trie.innerWords)
      walk.greatestNeed = absorbed + TextAutomaton.Costs.longestTail + 1
    }
    self.walk(term, absorbs: absorbed != nil, &walk)
    var result = walk.leaf()
    cache.levels = walk.levels
    if !result.words.isEmpty { result.words = cache.words.shared(result.words) }
    keep(result, for: term)
    return result
  }

  /// Returns what a term allows if the shortest end after a token may have at most so many bytes; it is not kept.
  ///
  /// Its exits are all, whatever they need, also where no longer token goes on.
  mutating func boundedLeaf(_ term: Term, _ bound: Int) -> MaskCache.Leaf {
    var term = term
    // A token and an end that is short enough stay within the bound on the number of characters.
    if let rest = needs.automaton.regexes.withoutLength(term),
      rest.greatest < 0 || bound < Int(rest.greatest) - trie.vocabulary.longestTextByteCount
    {
      term = rest.term
    }
    var walk = LeafWalk(
      wordCount: (trie.vocabulary.count + 63) / 64, depth: trie.tree.greatestDepth,
      levels: cache.levels)
    cache.levels = []
    walk.greatestNeed = 0
    self.walk(term, absorbs: false, bound: bound, &walk)
    cache.levels = walk.levels
    return walk.leaf()
  }

  private mutating func keep(_ leaf: MaskCache.Leaf, for term: Term) {
    leafByteCount += leaf.byteCount
    cache.leaves[term] = leaf
  }

  /// How many tokens are looked at one by one before the tree is walked instead.
  private static let greatestCheckCount = 6_000

  /// Returns what a term allows that is another term with a bound on the number of characters, given what
  /// the other one allows; nil if many tokens come near the bound.
  ///
  /// A token and the shortest end after it stay within the bound unless it is nearly as long as the bound.
  /// Those that are nearly as long or longer are followed one by one.
  private mutating func leaf(
    _ term: Term, of other: MaskCache.Leaf, within greatest: Int
  ) -> MaskCache.Leaf? {
    let safe = greatest - other.greatestNeed
    let near = trie.innerCount(beyond: safe)
    guard near <= Self.greatestCheckCount, other.removed.isEmpty else { return nil }
    var result = other
    result.work += near + trie.exits.count
    func mayFollow(_ token: Int32) -> Bool {
      other.words[Int(token) >> 6] & (1 << UInt64(token & 63)) != 0
    }
    if other.words.isEmpty {
      result.tokens = []
      for token in other.tokens {
        guard let need = need(afterToken: token, term) else { continue }
        result.greatestNeed = max(result.greatestNeed, need)
        result.tokens.append(token)
      }
    } else {
      for entry in trie.inner.prefix(near) where mayFollow(entry.token) {
        if let need = need(afterToken: entry.token, term) {
          result.greatestNeed = max(result.greatestNeed, need)
        } else {
          result.removed.append(entry.token)
        }
      }
      for exit in trie.exits where Int(exit.characters) > greatest && mayFollow(exit.token) {
        result.removed.append(exit.token)
      }
    }
    result.exits = other.exits.filter { exit in
      TextAutomaton.characterCount(trie.tree.path(to: Int(exit.node))) <= greatest
    }
    return result
  }

  /// Returns the length of the shortest end of a term after a token, nil if the token cannot follow.
  private mutating func need(afterToken token: Int32, _ term: Term) -> Int? {
    var at = term
    for byte in trie.vocabulary.bytes(of: TokenID(token)) {
      at = needs.automaton.next(at, byte)
      if at == RegexSet.nothing { return nil }
    }
    return needs.automaton.need(at)
  }

  /// Walks the subtree below a node with all threads of a configuration.
  mutating func descend(
    from node: Int, in tree: FlatTree, into configuration: Int32, to walk: inout MaskWalk
  ) {
    guard configuration >= 0 else { return }
    var known: (byte: UInt8, child: Int?)?
    for thread in configurations[Int(configuration)].threads {
      if needs.automaton.regexes.nodes[Int(thread.term)].kind == .trail {
        descendWalked(from: node, in: tree, thread, to: &walk)
      } else if let byte = needs.automaton.regexes.onlyByte(thread.term) {
        if known?.byte != byte { known = (byte, tree.child(of: node, byte)) }
        if let child = known?.child {
          descend(from: node, in: tree, thread, only: child, to: &walk)
        }
      } else {
        descend(from: node, in: tree, thread, to: &walk)
      }
    }
  }

  /// Walks the subtree below a node with one thread.
  ///
  /// - Parameter only: The child of the node to which the only byte leads that may follow.
  mutating func descend(
    from root: Int, in tree: FlatTree, _ thread: Thread, only: Int? = nil,
    to walk: inout MaskWalk
  ) {
    walk.stack.append(thread.term)
    let base = walk.stack.count - 1
    if let only {
      descend(into: only, in: tree, base: base, thread, to: &walk)
    } else {
      for child in tree.children(of: root) {
        if needs.automaton.next(thread.term, child.byte) == RegexSet.nothing {
          walk.work += Int(needs.automaton.regexes.weights[Int(thread.term)])
        } else {
          descend(into: Int(child.node), in: tree, base: base, thread, to: &walk)
        }
        if walk.work > MaskCache.greatestWork { break }
      }
    }
    walk.stack.removeSubrange(base...)
  }

  /// Walks a node and its subtree, the term before it being at a place of the stack.
  private mutating func descend(
    into top: Int, in tree: FlatTree, base: Int, _ thread: Thread, to walk: inout MaskWalk
  ) {
    let rest = restNeeds[Int(thread.rest)]
    let end = Int(tree.nodes[top].end)
    // The place on the stack of the term after a node is its depth and this.
    let shift = base + 1 - Int(tree.nodes[top].depth)
    var node = top
    while node < end, walk.work <= MaskCache.greatestWork {
      let here = tree.nodes[node]
      let place = Int(here.depth) + shift
      walk.work += Int(needs.automaton.regexes.weights[Int(walk.stack[place - 1])])
      let next = needs.automaton.next(walk.stack[place - 1], here.byte)
      if next == RegexSet.nothing {
        node = Int(here.end)
        continue
      }
      if walk.stack.count <= place {
        walk.stack.append(next)
      } else {
        walk.stack[place] = next
      }
      let first = Int(here.first)
      let last = Int(tree.nodes[node + 1].first)
      if first < last {
        var need = needs.automaton.need(next) + rest
        // As of `within`.
        if need > walk.bound, needs.automaton.regexes.isNullable[Int(next)] {
          let end = after(next, thread.rest)
          if end >= 0 { need = configurationNeeds[Int(end)] }
        }
        if need <= walk.bound {
          walk.greatestNeed = max(walk.greatestNeed, need)
          for i in first..<last { walk.insert(tree.entries[i]) }
        }
      }
      if Int(here.end) > node + 1 {
        if needs.automaton.regexes.isNullable[Int(next)] {
          // The walk below must not disturb what stands on the stack for this one.
          walk.stack.removeSubrange((place + 1)...)
          descend(from: node, in: tree, into: after(next, thread.rest), to: &walk)
        }
        node = needs.automaton.hasMore(next) ? node + 1 : Int(here.end)
      } else {
        node += 1
      }
    }
    walk.stack.removeSubrange((base + 1)...)
  }
}
