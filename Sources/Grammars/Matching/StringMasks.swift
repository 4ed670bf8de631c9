// Masks inside strings and new keys: answered from the vocabulary's own tables, less what is taken.

import Tokens

extension StateSpace {
  /// Adds the tokens of a part of an element that must be new.
  ///
  /// A token that does not leave the element is allowed as in an element that stands alone, unless it is on the
  /// way to an element that is taken; one that may leave it is spelled.
  mutating func addTrail(
    _ node: RegexSet.Node, _ thread: Thread, to walk: inout MaskWalk
  ) {
    if walk.bound == .max, needs.automaton.regexes.isSpaces(node.a),
      addSpaces(thread, to: &walk)
    {
      return
    }
    guard let lone = loneThread(thread) else { return }
    if walk.bound < .max, lone.isWhole, !isInText(node.a) {
      // Where a number may end, what follows it decides.
      descendWalked(from: 0, in: trie.tree, thread, to: &walk)
      return
    }
    // The end of what stands alone counts as a byte.
    let beyond = lone.needBeyond - 1
    var own = MaskWalk(
      words: [UInt64](repeating: 0, count: walk.words.count),
      bound: walk.bound == .max ? .max : walk.bound - beyond)
    addThread(lone.thread, to: &own)
    own.greatestNeed += beyond
    own.bound = walk.bound
    if lone.isWhole, !isInText(node.a) {
      addExits(of: leaf(node.a), thread, to: &own)
    } else {
      // What stays inside a string inside of the element does not end the element.
      let leaving =
        lone.isWhole ? trie.leavingTree : isInText(node.a) ? trie.closingTree : trie.bracketTree
      for token in leaving.entries { own.remove(token) }
      descendWalked(from: 0, in: leaving, thread, to: &own)
    }
    recheckSpaced(takenSpellings(thread), from: 0, thread, &own)
    walk.join(own)
  }

  /// Whether a term is the inside of a string or of a new key, from between two characters on.
  private func isInText(_ term: Term) -> Bool {
    var node = needs.automaton.regexes.nodes[Int(term)]
    if node.kind == .freshKey { node = needs.automaton.regexes.nodes[Int(node.a)] }
    return node.kind == .text && Int(node.a) == TextAutomaton.body
  }

  // MARK: - Strings

  mutating func addText(
    _ node: RegexSet.Node, _ thread: Thread, to walk: inout MaskWalk
  ) {
    if Int(node.a) == TextAutomaton.body {
      addInner(node, thread, to: &walk)
      _ = addExits(node, into: begin(thread.rest), skipDeep: false, to: &walk)
    } else {
      walkText(node, key: nil, thread, to: &walk)
    }
  }

  /// Adds the tokens that stay inside a string, from a character boundary.
  private mutating func addInner(
    _ node: RegexSet.Node, _ thread: Thread, to walk: inout MaskWalk
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
      MaskWalk.join(trie.innerWords, to: &walk.words)
    } else if greatest < trie.innerAtMost.count {
      MaskWalk.join(trie.innerAtMost[greatest], to: &walk.words)
    } else {
      var words = trie.innerWords
      for entry in trie.inner {
        if Int(entry.characters) <= greatest { break }
        words[Int(entry.token) >> 6] &= ~(1 << UInt64(entry.token & 63))
      }
      MaskWalk.join(words, to: &walk.words)
    }
  }

  /// Adds the tokens that leave a string, from a character boundary.
  ///
  /// - Returns: The deep ones among them if they are skipped.
  private mutating func addExits(
    _ node: RegexSet.Node, into configuration: Int32, skipDeep: Bool, to walk: inout MaskWalk
  ) -> [Int32] {
    guard configuration >= 0 else { return [] }
    let least = Int(node.b)
    let greatest = node.c < 0 ? Int.max : Int(node.c)
    if least == 0, greatest >= trie.greatestExitCount, !skipDeep {
      addExits(into: configuration, to: &walk)
      return []
    }
    var deep: [Int32] = []
    let known = exits(into: configuration, bound: walk.bound)
    walk.greatestNeed = max(walk.greatestNeed, known.greatestNeed)
    walk.work += known.work
    for place in known.places {
      let exit = trie.exits[Int(place)]
      let count = Int(exit.characters)
      guard count >= least, count <= greatest else { continue }
      if skipDeep, exit.isDeep { deep.append(exit.token) } else { walk.insert(exit.token) }
    }
    return deep
  }

  /// Returns which tokens leave a string and go on in a configuration.
  ///
  /// It is kept where no budget decides: a string whose length is counted asks again at each length.
  private mutating func exits(into configuration: Int32, bound: Int) -> MaskCache.Exits {
    if bound == .max, let known = cache.exits[configuration] { return known }
    var own = MaskWalk(
      words: [UInt64](repeating: 0, count: trie.innerWords.count), bound: bound)
    addExits(into: configuration, to: &own)
    let result = MaskCache.Exits(
      places: trie.exits.indices.filter { own.contains(trie.exits[$0].token) }.map { Int32($0) },
      greatestNeed: own.greatestNeed, work: own.work)
    if bound == .max {
      cache.exits[configuration] = result
      leafByteCount += result.places.count * 4 + 64
    }
    return result
  }

  /// Adds all tokens that leave a string and go on in a configuration.
  private mutating func addExits(into configuration: Int32, to walk: inout MaskWalk) {
    let tree = trie.exitTree
    let need = configurationNeeds[Int(configuration)]
    if need <= walk.bound, tree.nodes[1].first > 0 {
      walk.greatestNeed = max(walk.greatestNeed, need)
      for i in 0..<Int(tree.nodes[1].first) { walk.insert(tree.entries[i]) }
    }
    descend(from: 0, in: tree, into: configuration, to: &walk)
  }

  /// Walks the whole tree from any state of a string, with counters instead of terms.
  private mutating func walkText(
    _ start: RegexSet.Node, key: RegexSet.Node?, _ thread: Thread, to walk: inout MaskWalk
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
    at node: Int, key: RegexSet.Node?, _ thread: Thread, to walk: inout MaskWalk
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
    descend(from: node, in: trie.tree, into: configuration, to: &walk)
  }

  // MARK: - New keys

  /// By how much knowing the key of a member can raise the need of the next new key.
  private static let unknownKeySlack = 8

  /// Adds the tokens of a key that must differ from those taken: a string's tokens less those that
  /// would spell a taken key to its end.
  mutating func addNewKey(
    _ node: RegexSet.Node, _ text: RegexSet.Node, _ thread: Thread, to walk: inout MaskWalk
  ) {
    // Other threads may allow what this one forbids.
    var own = MaskWalk(words: [UInt64](repeating: 0, count: walk.words.count), bound: walk.bound)
    // Where a text may not grow beyond a taken one, its beginnings may lead nowhere.
    let isChecked = text.c >= 0 || walk.bound < .max
    let completions =
      isChecked ? needs.automaton.regexes.keys.completions(of: node.b, in: node.c) : []
    if Int(text.a) == TextAutomaton.body {
      addInner(text, thread, to: &own)
      let anyKey = needs.automaton.regexes.captured(KeyPool.unknown)
      // What cannot follow a key that is not known cannot follow any.
      let deep = addExits(text, into: after(anyKey, thread.rest), skipDeep: true, to: &own)
      for token in takenTokens(node) { own.remove(token) }
      for completion in completions where text.c >= 0 && Int(text.c) <= completion.count {
        recheck(completion, thread, &own)
      }
      for token in deep { addSpelled(token, thread, to: &own) }
    } else {
      walkText(text, key: node, thread, to: &own)
    }
    if own.bound < .max { recheckNewKey(completions, thread, &own) }
    own.greatestNeed += needs.automaton.need(thread.term) + Self.unknownKeySlack
    walk.join(own)
  }

  /// Returns the tokens that would spell a key to its end that is taken.
  ///
  /// Those of a set are those of the set without its last key and those of that key, so that what is known
  /// about the set before is taken over.
  private mutating func takenTokens(_ node: RegexSet.Node) -> [Int32] {
    guard needs.automaton.regexes.keys.mayBegin(node.b) else { return [] }
    var place = MaskCache.TakenKeys(prefix: node.b, set: node.c)
    if let known = cache.taken[place] { return known }
    var result: [Int32] = []
    while place.set != KeyPool.none {
      place.set = needs.automaton.regexes.keys.withoutLast(place.set)
      if let known = cache.taken[place] {
        result = known
        break
      }
    }
    for completion in needs.automaton.regexes.keys.completions(
      of: node.b, in: node.c, beyond: place.set)
    {
      if let taken = trie.tree.find(completion) {
        result.append(contentsOf: trie.tree.entries(below: taken))
      }
    }
    if cache.takenCount > MaskCache.greatestTakenCount {
      cache.taken = [:]
      cache.takenCount = 0
    }
    cache.taken[MaskCache.TakenKeys(prefix: node.b, set: node.c)] = result
    cache.takenCount += result.count + 8
    return result
  }

  /// Adds the tokens of a text that must differ from those taken: those of the text less those on the way
  /// to one that is taken, which are walked one by one.
  mutating func addFresh(
    _ node: RegexSet.Node, _ thread: Thread, to walk: inout MaskWalk
  ) {
    let isBounded = walk.bound < .max
    if isBounded, continuations[Int(thread.rest)].step != .afterKey {
      descend(from: 0, in: trie.tree, thread, to: &walk)
      return
    }
    let leaf =
      isBounded
      ? boundedLeaf(node.a, walk.bound - restNeeds[Int(thread.rest)]) : self.leaf(node.a)
    let completions = needs.automaton.regexes.keys.completions(of: node.b, in: node.c)
    if completions.isEmpty, !isBounded {
      insert(leaf, into: &walk)
      walk.greatestNeed = max(
        walk.greatestNeed,
        leaf.greatestNeed + restNeeds[Int(thread.rest)] + needs.automaton.need(thread.term)
          + Self.unknownKeySlack)
      addExits(of: leaf, thread, to: &walk)
      return
    }
    var own = MaskWalk(words: [UInt64](repeating: 0, count: walk.words.count), bound: walk.bound)
    insert(leaf, into: &own)
    own.greatestNeed =
      leaf.greatestNeed + restNeeds[Int(thread.rest)] + needs.automaton.need(thread.term)
    for completion in completions { recheck(completion, thread, &own) }
    // What is known about the end of a key counts on a key that is not known.
    if isBounded { recheckEnds(of: leaf, thread, &own) }
    addExits(of: leaf, thread, to: &own)
    own.greatestNeed += Self.unknownKeySlack
    walk.join(own)
  }

  /// Goes on behind the ends of a leaf whose text is captured.
  private mutating func addExits(
    of leaf: MaskCache.Leaf, _ thread: Thread, to walk: inout MaskWalk
  ) {
    if leaf.exits.isEmpty { return }
    let tree = trie.tree
    for exit in leaf.exits where Int(tree.ends[Int(exit.node)]) > Int(exit.node) + 1 {
      var term = thread.term
      for byte in tree.path(to: Int(exit.node)) { term = needs.automaton.next(term, byte) }
      if term != RegexSet.nothing, needs.automaton.regexes.isNullable[Int(term)] {
        descend(from: Int(exit.node), in: tree, into: after(term, thread.rest), to: &walk)
      }
    }
  }

  /// Does what `recheck` does for elements that are taken, between whose parts white space may stand.
  private mutating func recheckSpaced(
    _ spellings: [Spelling], from node: Int, _ thread: Thread, _ walk: inout MaskWalk
  ) {
    if spellings.isEmpty { return }
    for child in trie.tree.children(of: node) {
      var isEnd = false
      var next: [Spelling] = []
      for spelling in spellings {
        guard let after = elements.next(spelling, child.byte) else { continue }
        if after.isEnd { isEnd = true } else { next.append(after) }
      }
      if KeyPool.isSpace(child.byte) {
        removeDead(at: Int(child.node), isEnd: isEnd, thread, &walk)
        recheckSpaced(spellings + next, from: Int(child.node), thread, &walk)
      } else if isEnd || !next.isEmpty {
        removeDead(at: Int(child.node), isEnd: isEnd, thread, &walk)
        recheckSpaced(next, from: Int(child.node), thread, &walk)
      }
    }
  }

  /// Removes the tokens at a node, or those below it too, that do not lead anywhere.
  private mutating func removeDead(
    at node: Int, isEnd: Bool, _ thread: Thread, _ walk: inout MaskWalk
  ) {
    let tokens =
      isEnd
      ? trie.tree.entries(below: node)
      : trie.tree.entries[Int(trie.tree.starts[node])..<Int(trie.tree.starts[node + 1])]
    for token in tokens where walk.contains(token) {
      let need = needAfter(token, thread)
      if need > min(walk.bound, Self.unreachable - 1) {
        walk.remove(token)
      } else {
        walk.greatestNeed = max(walk.greatestNeed, need)
      }
    }
  }

  /// Removes the tokens on the way to a text and beyond it that do not lead anywhere.
  private mutating func recheck(_ text: [UInt8], _ thread: Thread, _ walk: inout MaskWalk) {
    var node = 0
    for (i, byte) in text.enumerated() {
      guard let child = trie.tree.child(of: node, byte) else { return }
      node = child
      removeDead(at: node, isEnd: i == text.count - 1, thread, &walk)
    }
  }

  /// Takes the tokens that end with a key just if what follows the key fits.
  private mutating func recheckEnds(
    of leaf: MaskCache.Leaf, _ thread: Thread, _ walk: inout MaskWalk
  ) {
    for exit in leaf.exits {
      let first = Int(trie.tree.starts[Int(exit.node)])
      let end = Int(trie.tree.starts[Int(exit.node) + 1])
      for place in first..<end {
        walk.remove(trie.tree.entries[place])
        addSpelled(trie.tree.entries[place], thread, to: &walk)
      }
    }
  }

  /// Adds a token if spelling it byte by byte leads somewhere.
  private mutating func addSpelled(_ token: Int32, _ thread: Thread, to walk: inout MaskWalk) {
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

  /// Removes the tokens of a new key that lead beyond the bound.
  ///
  /// Inside the key only the beginnings of taken keys need more than the text itself. At its end the
  /// need counts on a key that is not known.
  private mutating func recheckNewKey(
    _ completions: [[UInt8]], _ thread: Thread, _ walk: inout MaskWalk
  ) {
    for completion in completions { recheck(completion, thread, &walk) }
    for exit in trie.exits {
      let token = exit.token
      guard walk.words[Int(token) >> 6] & (1 << UInt64(token & 63)) != 0 else { continue }
      if needAfter(token, thread) > walk.bound {
        walk.words[Int(token) >> 6] &= ~(1 << UInt64(token & 63))
      }
    }
  }
}
