// Masks: which tokens may follow a configuration.
//
// The mask is the union over threads. A thread's tokens are those that stay inside its leaf, which do not
// depend on what follows and are remembered per term, and those that leave it: for these the walk goes on
// with the continuation from the node where the leaf may end. Strings, the dominant leaves, are answered
// from the vocabulary's own tables.

import Tokens

extension StateSpace {
  /// Returns the ordinary mask of a configuration.
  mutating func mask(_ configuration: Int32) -> ComputedMask {
    compute(configuration, bound: nil)
  }

  /// Returns the tokens after which `need` is at most a bound.
  mutating func mask(_ configuration: Int32, bound: Int) -> ComputedMask {
    compute(configuration, bound: bound)
  }

  private mutating func compute(_ configuration: Int32, bound: Int?) -> ComputedMask {
    var walk = MaskWalk(
      words: [UInt64](repeating: 0, count: (trie.vocabulary.count + 63) / 64),
      bound: bound ?? .max)
    let state = configurations[Int(configuration)]
    for thread in state.threads { addThread(thread, to: &walk) }
    if state.isComplete {
      for token in trie.vocabulary.endOfText {
        walk.words[token.index >> 6] |= 1 << UInt64(token.index & 63)
      }
    }
    return ComputedMask(
      words: walk.words, greatestNeed: walk.greatestNeed,
      isExhausted: walk.work > MaskCache.greatestWork || needs.automaton.isExhausted,
      base: walk.base)
  }

  /// Adds the tokens of one thread.
  mutating func addThread(_ thread: Thread, to walk: inout MaskWalk) {
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
}
