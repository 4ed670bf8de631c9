// Masks: which tokens may follow a configuration.
//
// The mask is the union over threads. A thread's tokens are those that stay inside its leaf, which do not
// depend on what follows and are remembered per term, and those that leave it: for these the walk goes on
// with the continuation from the node where the leaf may end. Strings, the dominant leaves, are answered
// from the vocabulary's own tables.

import Tokens

/// One computed mask.
struct ComputedMask: Sendable {
  var words: [UInt64]
  /// An upper bound of `need` after any of the tokens.
  var greatestNeed: Int
}

/// Masks and their parts that were computed before.
struct MaskCache: Sendable {
  /// What a term allows, whatever follows it.
  struct Leaf: Sendable {
    var tokens: [Int32]
    /// The tokens as bits, where they are many; `tokens` is empty then.
    var words: [UInt64]
    /// Nodes of the tree at which the term may end and longer tokens go on.
    var exits: [(node: Int32, term: Term)]
    var greatestNeed: Int
  }

  /// How many tokens are kept as a list; more are kept as bits.
  static let greatestListCount = 1024

  var leaves: [Term: Leaf] = [:]
  var masks: [Int32: ComputedMask] = [:]
  /// How many bytes of masks are kept.
  static let greatestByteCount = 48 << 20
  var byteCount = 0

  mutating func keep(_ mask: ComputedMask, for configuration: Int32) {
    let size = mask.words.count * 8
    if byteCount + size > Self.greatestByteCount {
      masks.removeAll()
      byteCount = 0
    }
    masks[configuration] = mask
    byteCount += size
  }
}

extension StateSpace {
  /// Returns the ordinary mask of a configuration.
  mutating func mask(_ configuration: Int32) -> ComputedMask {
    if let known = cache.masks[configuration] { return known }
    let result = compute(configuration, bound: nil)
    cache.keep(result, for: configuration)
    return result
  }

  /// Returns the tokens after which `need` is at most a bound.
  mutating func mask(_ configuration: Int32, bound: Int) -> ComputedMask {
    compute(configuration, bound: bound)
  }

  private mutating func compute(_ configuration: Int32, bound: Int?) -> ComputedMask {
    var walk = Walk(
      words: [UInt64](repeating: 0, count: (trie.vocabulary.count + 63) / 64),
      bound: bound ?? .max)
    let state = configurations[Int(configuration)]
    for thread in state.threads { addThread(thread, to: &walk) }
    if state.isComplete {
      for token in trie.vocabulary.endOfText {
        walk.words[token.index >> 6] |= 1 << UInt64(token.index & 63)
      }
    }
    return ComputedMask(words: walk.words, greatestNeed: walk.greatestNeed)
  }

  /// A mask under construction.
  struct Walk {
    var words: [UInt64]
    /// The greatest `need` that a token may lead to.
    let bound: Int
    var greatestNeed = 0
    var stack: [Term] = []

    @inline(__always)
    mutating func insert(_ token: Int32) {
      words[Int(token) >> 6] |= 1 << UInt64(token & 63)
    }
  }

  private mutating func addThread(_ thread: Thread, to walk: inout Walk) {
    let node = needs.automaton.regexes.nodes[Int(thread.term)]
    switch node.kind {
    case .text: addText(node, thread, to: &walk)
    case .freshKey:
      let inner = needs.automaton.regexes.nodes[Int(node.a)]
      if inner.kind == .text {
        addNewKey(node, inner, thread, to: &walk)
      } else {
        addFresh(node, thread, to: &walk)
      }
    case .trail:
      addTrail(node, thread, to: &walk)
    default: addLeaf(thread, to: &walk)
    }
  }

  /// Adds the tokens of a part of an element that must be new: those of the part less those on the way to
  /// an element that is taken, which are walked one by one.
  private mutating func addTrail(
    _ node: RegexSet.Node, _ thread: Thread, to walk: inout Walk
  ) {
    if walk.bound < .max {
      descendWalked(from: 0, thread, to: &walk)
      return
    }
    var own = Walk(words: [UInt64](repeating: 0, count: walk.words.count), bound: walk.bound)
    let leaf = leaf(node.a)
    insert(leaf, into: &own)
    own.greatestNeed = leaf.greatestNeed + restNeeds[Int(thread.rest)]
    for completion in takenCompletions(thread) { recheck(completion, thread, &own) }
    addExits(of: leaf, thread, to: &own)
    for i in walk.words.indices { walk.words[i] |= own.words[i] }
    walk.greatestNeed = max(walk.greatestNeed, own.greatestNeed)
  }

  /// Adds the tokens below a node by following configurations.
  private mutating func descendWalked(from root: Int, _ thread: Thread, to walk: inout Walk) {
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

  private mutating func addLeaf(_ thread: Thread, to walk: inout Walk) {
    if walk.bound < .max {
      descend(from: 0, thread, to: &walk)
      return
    }
    let leaf = leaf(thread.term)
    insert(leaf, into: &walk)
    if leaf.greatestNeed > 0 {
      walk.greatestNeed = max(
        walk.greatestNeed, leaf.greatestNeed + restNeeds[Int(thread.rest)])
    }
    for exit in leaf.exits {
      descend(from: Int(exit.node), into: after(exit.term, thread.rest), to: &walk)
    }
  }

  private func insert(_ leaf: MaskCache.Leaf, into walk: inout Walk) {
    for token in leaf.tokens { walk.insert(token) }
    if !leaf.words.isEmpty {
      for i in walk.words.indices { walk.words[i] |= leaf.words[i] }
    }
  }

  private mutating func leaf(_ term: Term) -> MaskCache.Leaf {
    if let known = cache.leaves[term] { return known }
    if let rest = needs.automaton.regexes.withoutLength(term) {
      let leaf = leaf(rest.term)
      // No token leads so far that its shortest end would be too long.
      let reach = leaf.greatestNeed + trie.vocabulary.longestTextByteCount
      if rest.greatest < 0 || reach <= Int(rest.greatest) { return leaf }
    }
    var result = MaskCache.Leaf(tokens: [], words: [], exits: [], greatestNeed: 1)
    // Where any text may come first, only the tokens that leave the string must be looked at.
    let absorbed = needs.automaton.absorbs(term)
    if let absorbed {
      result.words = trie.innerWords
      result.greatestNeed = absorbed + TextAutomaton.Costs.longestTail + 1
    }
    var stack: [Term] = [term]
    let tree = trie.tree
    var node = 1
    while node < tree.count {
      if absorbed != nil, !trie.leadsOut[node] {
        node = Int(tree.ends[node])
        continue
      }
      let depth = Int(tree.depths[node])
      let next = needs.automaton.next(stack[depth - 1], tree.bytes[node])
      if next == RegexSet.nothing {
        node = Int(tree.ends[node])
        continue
      }
      if stack.count <= depth { stack.append(next) } else { stack[depth] = next }
      if tree.starts[node] < tree.starts[node + 1] {
        result.greatestNeed = max(result.greatestNeed, needs.automaton.need(next))
        result.tokens.append(
          contentsOf: tree.entries[Int(tree.starts[node])..<Int(tree.starts[node + 1])])
      }
      if tree.ends[node] > node + 1 {
        if needs.automaton.regexes.isNullable[Int(next)] {
          result.exits.append((Int32(node), next))
        }
        node = needs.automaton.hasMore(next) ? node + 1 : Int(tree.ends[node])
      } else {
        node += 1
      }
    }
    if result.tokens.count > MaskCache.greatestListCount || !result.words.isEmpty {
      if result.words.isEmpty {
        result.words = [UInt64](repeating: 0, count: (trie.vocabulary.count + 63) / 64)
      }
      for token in result.tokens { result.words[Int(token) >> 6] |= 1 << UInt64(token & 63) }
      result.tokens = []
    }
    cache.leaves[term] = result
    return result
  }

  /// Walks the subtree below a node with all threads of a configuration.
  private mutating func descend(from node: Int, into configuration: Int32, to walk: inout Walk) {
    guard configuration >= 0 else { return }
    for thread in configurations[Int(configuration)].threads {
      if needs.automaton.regexes.nodes[Int(thread.term)].kind == .trail {
        descendWalked(from: node, thread, to: &walk)
      } else {
        descend(from: node, thread, to: &walk)
      }
    }
  }

  /// Walks the subtree below a node with one thread.
  private mutating func descend(from root: Int, _ thread: Thread, to walk: inout Walk) {
    let rest = restNeeds[Int(thread.rest)]
    let end = Int(trie.tree.ends[root])
    let base = walk.stack.count - Int(trie.tree.depths[root])
    walk.stack.append(thread.term)
    let bottom = walk.stack.count
    var node = root + 1
    while node < end {
      let depth = Int(trie.tree.depths[node])
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

  // MARK: - Strings

  private mutating func addText(
    _ node: RegexSet.Node, _ thread: Thread, to walk: inout Walk
  ) {
    if Int(node.a) == TextAutomaton.body {
      addInner(node, thread, to: &walk)
      addExits(node, into: begin(thread.rest), skipDeep: false, to: &walk)
    } else {
      walkText(node, key: nil, thread, to: &walk)
    }
  }

  /// Adds the tokens that stay inside a string, from a character boundary.
  private mutating func addInner(
    _ node: RegexSet.Node, _ thread: Thread, to walk: inout Walk
  ) {
    let rest = restNeeds[Int(thread.rest)]
    let least = Int(node.b)
    let greatest = node.c < 0 ? Int.max : Int(node.c)
    if greatest == 0 { return }
    if walk.bound < .max {
      for entry in trie.inner.reversed() {
        let count = Int(entry.characters)
        if count > greatest { break }
        let need = trie.costs.need(Int(entry.state), least: max(0, least - count)) + rest
        if need <= walk.bound { walk.insert(entry.token) }
      }
      return
    }
    let tail = TextAutomaton.Costs.longestTail
    walk.greatestNeed = max(
      walk.greatestNeed, trie.costs.need(TextAutomaton.body, least: least) + tail + rest)
    if greatest >= trie.greatestCharacterCount {
      for i in walk.words.indices { walk.words[i] |= trie.innerWords[i] }
    } else if greatest < trie.innerAtMost.count {
      for i in walk.words.indices { walk.words[i] |= trie.innerAtMost[greatest][i] }
    } else {
      var words = trie.innerWords
      for entry in trie.inner {
        if Int(entry.characters) <= greatest { break }
        words[Int(entry.token) >> 6] &= ~(1 << UInt64(entry.token & 63))
      }
      for i in walk.words.indices { walk.words[i] |= words[i] }
    }
  }

  /// Adds the tokens that leave a string, from a character boundary.
  private mutating func addExits(
    _ node: RegexSet.Node, into configuration: Int32, skipDeep: Bool, to walk: inout Walk
  ) {
    guard configuration >= 0 else { return }
    let least = Int(node.b)
    let greatest = node.c < 0 ? Int.max : Int(node.c)
    func fits(_ exit: TokenTrie.Exit) -> Bool {
      Int(exit.characters) >= least && Int(exit.characters) <= greatest
        && !(skipDeep && exit.isDeep)
    }
    let tree = trie.exitTree
    let here = configurationNeeds[Int(configuration)]
    if here <= walk.bound {
      for i in Int(tree.starts[0])..<Int(tree.starts[1]) {
        let exit = trie.exits[Int(tree.entries[i])]
        if fits(exit) {
          walk.insert(exit.token)
          walk.greatestNeed = max(walk.greatestNeed, here)
        }
      }
    }
    // The suffix tree is small: configurations are followed, not threads.
    var stack: [Int32] = [configuration]
    var at = 1
    while at < tree.count {
      let depth = Int(tree.depths[at])
      let next = self.next(stack[depth - 1], tree.bytes[at])
      if next == Self.dead {
        at = Int(tree.ends[at])
        continue
      }
      if stack.count <= depth { stack.append(next) } else { stack[depth] = next }
      let need = configurationNeeds[Int(next)]
      if need <= walk.bound {
        for i in Int(tree.starts[at])..<Int(tree.starts[at + 1]) {
          let exit = trie.exits[Int(tree.entries[i])]
          if fits(exit) {
            walk.insert(exit.token)
            walk.greatestNeed = max(walk.greatestNeed, need)
          }
        }
      }
      at += 1
    }
  }

  /// Walks the whole tree from any state of a string, with counters instead of terms.
  private mutating func walkText(
    _ start: RegexSet.Node, key: RegexSet.Node?, _ thread: Thread, to walk: inout Walk
  ) {
    let rest = restNeeds[Int(thread.rest)]
    let least = Int(start.b)
    let greatest = start.c < 0 ? Int.max : Int(start.c)
    let tree = trie.tree
    var states: [(state: Int, count: Int)] = [(Int(start.a), 0)]
    var node = 1
    while node < tree.count {
      let depth = Int(tree.depths[node])
      let (state, count) = states[depth - 1]
      let next = TextAutomaton.next(state, tree.bytes[node])
      var after = count
      if state == TextAutomaton.body, next != TextAutomaton.done { after += 1 }
      if next == TextAutomaton.dead || after > greatest
        || (next == TextAutomaton.done && count < least)
        || (next < TextAutomaton.stateCount && trie.costs.toBody[next] >= Self.unreachable)
      {
        node = Int(tree.ends[node])
        continue
      }
      let hasTokens = tree.starts[node] < tree.starts[node + 1]
      if next == TextAutomaton.done {
        leaveText(at: node, key: key, thread, to: &walk)
        node = Int(tree.ends[node])
        continue
      }
      if states.count <= depth {
        states.append((next, after))
      } else {
        states[depth] = (next, after)
      }
      if hasTokens {
        let need = trie.costs.need(next, least: max(0, least - after)) + rest
        if need <= walk.bound {
          walk.greatestNeed = max(walk.greatestNeed, need)
          for i in Int(tree.starts[node])..<Int(tree.starts[node + 1]) {
            walk.insert(tree.entries[i])
          }
        }
      }
      node += 1
    }
  }

  /// Goes on after the closing quote of a string, or of a new key that is spelled by the path.
  private mutating func leaveText(
    at node: Int, key: RegexSet.Node?, _ thread: Thread, to walk: inout Walk
  ) {
    var configuration: Int32
    if key != nil {
      var term = thread.term
      for byte in trie.tree.path(to: node) { term = needs.automaton.next(term, byte) }
      if term == RegexSet.nothing { return }
      configuration = after(term, thread.rest)
    } else {
      configuration = begin(thread.rest)
    }
    guard configuration >= 0 else { return }
    let need = configurationNeeds[Int(configuration)]
    if need <= walk.bound {
      for i in Int(trie.tree.starts[node])..<Int(trie.tree.starts[node + 1]) {
        walk.greatestNeed = max(walk.greatestNeed, need)
        walk.insert(trie.tree.entries[i])
      }
    }
    descend(from: node, into: configuration, to: &walk)
  }

  // MARK: - New keys

  /// By how much knowing the key of a member can raise the need of the next new key.
  private static let unknownKeySlack = 8

  /// Adds the tokens of a key that must differ from those taken: a string's tokens less those that
  /// would spell a taken key to its end.
  private mutating func addNewKey(
    _ node: RegexSet.Node, _ text: RegexSet.Node, _ thread: Thread, to walk: inout Walk
  ) {
    // Other threads may allow what this one forbids.
    var own = Walk(words: [UInt64](repeating: 0, count: walk.words.count), bound: walk.bound)
    let completions = needs.automaton.regexes.keys.completions(of: node.b, in: node.c)
    if Int(text.a) == TextAutomaton.body {
      addInner(text, thread, to: &own)
      let anyKey = needs.automaton.regexes.captured(KeyPool.unknown)
      addExits(text, into: after(anyKey, thread.rest), skipDeep: true, to: &own)
      for completion in completions {
        // Where the text may not grow beyond a taken one, its beginnings may lead nowhere.
        if text.c >= 0, Int(text.c) <= completion.count {
          recheck(completion, thread, &own)
          continue
        }
        guard let taken = trie.tree.find(completion) else { continue }
        for token in trie.tree.entries(below: taken) {
          own.words[Int(token) >> 6] &= ~(1 << UInt64(token & 63))
        }
      }
      for exit in trie.deepExits { addSpelled(exit.token, thread, to: &own) }
    } else {
      walkText(text, key: node, thread, to: &own)
    }
    // The need inside the key counts on a key that is new; near the budget that is checked exactly.
    if own.bound < .max { recheck(thread, &own) }
    own.greatestNeed += needs.automaton.need(thread.term) + Self.unknownKeySlack
    for i in walk.words.indices { walk.words[i] |= own.words[i] }
    walk.greatestNeed = max(walk.greatestNeed, own.greatestNeed)
  }

  /// Adds the tokens of a text that must differ from those taken: those of the text less those on the way
  /// to one that is taken, which are walked one by one.
  private mutating func addFresh(
    _ node: RegexSet.Node, _ thread: Thread, to walk: inout Walk
  ) {
    if walk.bound < .max {
      descend(from: 0, thread, to: &walk)
      return
    }
    let leaf = leaf(node.a)
    let completions = needs.automaton.regexes.keys.completions(of: node.b, in: node.c)
    if completions.isEmpty {
      insert(leaf, into: &walk)
      walk.greatestNeed = max(
        walk.greatestNeed,
        leaf.greatestNeed + restNeeds[Int(thread.rest)] + needs.automaton.need(thread.term)
          + Self.unknownKeySlack)
      addExits(of: leaf, thread, to: &walk)
      return
    }
    var own = Walk(words: [UInt64](repeating: 0, count: walk.words.count), bound: walk.bound)
    insert(leaf, into: &own)
    own.greatestNeed =
      leaf.greatestNeed + restNeeds[Int(thread.rest)] + needs.automaton.need(thread.term)
    for completion in completions { recheck(completion, thread, &own) }
    addExits(of: leaf, thread, to: &own)
    own.greatestNeed += Self.unknownKeySlack
    for i in walk.words.indices { walk.words[i] |= own.words[i] }
    walk.greatestNeed = max(walk.greatestNeed, own.greatestNeed)
  }

  /// Goes on behind the ends of a leaf whose text is captured.
  private mutating func addExits(
    of leaf: MaskCache.Leaf, _ thread: Thread, to walk: inout Walk
  ) {
    for exit in leaf.exits {
      var term = thread.term
      for byte in trie.tree.path(to: Int(exit.node)) { term = needs.automaton.next(term, byte) }
      if term != RegexSet.nothing, needs.automaton.regexes.isNullable[Int(term)] {
        descend(from: Int(exit.node), into: after(term, thread.rest), to: &walk)
      }
    }
  }

  /// Removes the tokens on the way to a text and beyond it that do not lead anywhere.
  private mutating func recheck(_ text: [UInt8], _ thread: Thread, _ walk: inout Walk) {
    var node = 0
    for (i, byte) in text.enumerated() {
      guard let child = trie.tree.child(of: node, byte) else { return }
      node = child
      let isEnd = i == text.count - 1
      let tokens =
        isEnd
        ? trie.tree.entries(below: node)
        : trie.tree.entries[Int(trie.tree.starts[node])..<Int(trie.tree.starts[node + 1])]
      for token in tokens where needAfter(token, thread) >= Self.unreachable {
        walk.words[Int(token) >> 6] &= ~(1 << UInt64(token & 63))
      }
    }
  }

  /// Adds a token if spelling it byte by byte leads somewhere.
  private mutating func addSpelled(_ token: Int32, _ thread: Thread, to walk: inout Walk) {
    let need = needAfter(token, thread)
    if need <= walk.bound, need < Self.unreachable {
      walk.insert(token)
      walk.greatestNeed = max(walk.greatestNeed, need)
    }
  }

  private mutating func needAfter(_ token: Int32, _ thread: Thread) -> Int {
    var configuration = single(thread)
    for byte in trie.vocabulary.bytes(of: TokenID(token)) {
      configuration = next(configuration, byte)
      if configuration == Self.dead { return Self.unreachable }
    }
    return configurationNeeds[Int(configuration)]
  }

  private mutating func recheck(_ thread: Thread, _ walk: inout Walk) {
    for word in walk.words.indices {
      var rest = walk.words[word]
      while rest != 0 {
        let bit = rest.trailingZeroBitCount
        rest &= rest - 1
        if needAfter(Int32(word << 6 + bit), thread) > walk.bound {
          walk.words[word] &= ~(1 << UInt64(bit))
        }
      }
    }
  }
}
