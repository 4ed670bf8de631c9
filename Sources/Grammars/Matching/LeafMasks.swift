// The tokens of one thread: those inside its leaf, and those that leave it and go on with what follows.

import Tokens

extension StateSpace {
  /// Adds the tokens below a node by following configurations.
  mutating func descendWalked(from root: Int, _ thread: Thread, to walk: inout MaskWalk) {
    let tree = trie.tree
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
    if walk.bound < .max {
      descend(from: 0, thread, to: &walk)
      return
    }
    let leaf = self.leaf(thread.term)
    insert(leaf, into: &walk)
    if leaf.greatestNeed > 0 {
      walk.greatestNeed = max(
        walk.greatestNeed, leaf.greatestNeed + restNeeds[Int(thread.rest)])
    }
    for exit in leaf.exits {
      descend(from: Int(exit.node), into: after(exit.term, thread.rest), to: &walk)
    }
  }

  func insert(_ leaf: MaskCache.Leaf, into walk: inout MaskWalk) {
    walk.work += leaf.work
    for token in leaf.tokens { walk.insert(token) }
    if !leaf.words.isEmpty {
      for i in walk.words.indices { walk.words[i] |= leaf.words[i] }
    }
  }

  mutating func leaf(_ term: Term) -> MaskCache.Leaf {
    if let known = cache.leaves[term] { return known }
    if let rest = needs.automaton.regexes.withoutLength(term) {
      let leaf = self.leaf(rest.term)
      // No token leads so far that its shortest end would be too long.
      let reach = leaf.greatestNeed + trie.vocabulary.longestTextByteCount
      if rest.greatest < 0 || reach <= Int(rest.greatest) { return leaf }
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
    let result = walk.leaf()
    cache.levels = walk.levels
    leafByteCount += result.byteCount
    cache.leaves[term] = result
    return result
  }

  /// Walks the subtree below a node with all threads of a configuration.
  mutating func descend(from node: Int, into configuration: Int32, to walk: inout MaskWalk) {
    guard configuration >= 0 else { return }
    var known: (byte: UInt8, child: Int?)?
    for thread in configurations[Int(configuration)].threads {
      if needs.automaton.regexes.nodes[Int(thread.term)].kind == .trail {
        descendWalked(from: node, thread, to: &walk)
      } else if let byte = needs.automaton.regexes.onlyByte(thread.term) {
        if known?.byte != byte { known = (byte, trie.tree.child(of: node, byte)) }
        if let child = known?.child { descend(from: node, thread, only: child, to: &walk) }
      } else {
        descend(from: node, thread, to: &walk)
      }
    }
  }

  /// Walks the subtree below a node with one thread.
  ///
  /// - Parameter only: The child of the node to which the only byte leads that may follow.
  mutating func descend(
    from root: Int, _ thread: Thread, only: Int? = nil, to walk: inout MaskWalk
  ) {
    let rest = restNeeds[Int(thread.rest)]
    let end = Int(trie.tree.ends[only ?? root])
    let base = walk.stack.count - Int(trie.tree.depths[root])
    walk.stack.append(thread.term)
    let bottom = walk.stack.count
    var node = only ?? root + 1
    while node < end, walk.work <= MaskCache.greatestWork {
      let depth = Int(trie.tree.depths[node])
      walk.work += Int(needs.automaton.regexes.weights[Int(walk.stack[base + depth - 1])])
      let next = needs.automaton.next(walk.stack[base + depth - 1], trie.tree.bytes[node])
      if next == RegexSet.nothing {
        node = Int(trie.tree.ends[node])
        continue
      }
      if walk.stack.count <= base + depth {
        walk.stack.append(next)
      } else {
        walk.stack[base + depth] = next
      }
      let first = Int(trie.tree.starts[node])
      let last = Int(trie.tree.starts[node + 1])
      if first < last {
        let need = needs.automaton.need(next) + rest
        if need <= walk.bound {
          walk.greatestNeed = max(walk.greatestNeed, need)
          for i in first..<last { walk.insert(trie.tree.entries[i]) }
        }
      }
      if Int(trie.tree.ends[node]) > node + 1 {
        if needs.automaton.regexes.isNullable[Int(next)] {
          // The walk below must not disturb what stands on the stack for this one.
          walk.stack.removeSubrange((base + depth + 1)...)
          descend(from: node, into: after(next, thread.rest), to: &walk)
        }
        node = needs.automaton.hasMore(next) ? node + 1 : Int(trie.tree.ends[node])
      } else {
        node += 1
      }
    }
    walk.stack.removeSubrange((bottom - 1)...)
  }
}
