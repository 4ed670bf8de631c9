// Masks in the plainest way: every token is walked byte by byte, to hold the fast masks against.
// Shares no tree of tokens, no table of strings and no cache with `MaskComputer`: it goes from state to state over
// single bytes, in a state space of its own that only the oracle's bytes have been in.

package import Tokens

/// The masks of one vocabulary, token by token.
package struct MaskOracle: Sendable {
  /// The vocabulary whose masks are told.
  package let vocabulary: Vocabulary
  /// The text tokens in the order of their bytes.
  private let order: [Int32]
  /// How many bytes each of them shares with the one before it.
  private let shared: [Int32]
  private let bytes: TokenTrie
  /// How many states may be made before they are forgotten.
  private static let greatestStateCount = 400_000

  /// Sorts the tokens of a vocabulary.
  package init(_ vocabulary: Vocabulary) {
    self.vocabulary = vocabulary
    func text(_ token: Int32) -> ArraySlice<UInt8> { vocabulary.bytes(of: TokenID(token)) }
    let texts = (0..<Int32(vocabulary.count)).filter {
      vocabulary.kind(of: TokenID($0)) == .text && !text($0).isEmpty
    }
    let sorted = texts.sorted { text($0).lexicographicallyPrecedes(text($1)) }
    order = sorted
    shared = sorted.indices.map { place in
      if place == 0 { return 0 }
      let pairs = zip(text(sorted[place - 1]), text(sorted[place]))
      return Int32(pairs.prefix { $0 == $1 }.count)
    }
    let kinds = vocabulary.spellsByte.map { $0 ? Vocabulary.Kind.text : .unused }
    bytes = TokenTrie(
      Vocabulary(
        tokens: (0..<256).map { [UInt8($0)] } + [[]], kinds: kinds + [.control],
        endOfText: [TokenID(256)]))
  }

  /// One state of one answer, as the oracle sees it.
  package struct State: Sendable {
    fileprivate let grammar: Grammar
    fileprivate var matcher: GrammarMatcher
    fileprivate var text: [UInt8] = []

    /// The length in bytes of the shortest completion, plus one for end of text.
    package var need: Int { matcher.need }
    /// Whether the answer may end here.
    package var isComplete: Bool { matcher.isComplete }
  }

  /// Returns the beginning of an answer.
  package func start(_ grammar: Grammar) throws(GrammarError) -> State {
    State(grammar: grammar, matcher: try BoundGrammar(grammar, trie: bytes).makeMatcher())
  }

  /// Moves a state on by the bytes of a token.
  ///
  /// - Returns: Whether they may follow; if not, the state is of no use.
  package func step(_ state: inout State, by token: TokenID) -> Bool {
    for byte in vocabulary.bytes(of: token) {
      guard state.matcher.accept(TokenID(Int(byte))) else { return false }
      state.text.append(byte)
    }
    return true
  }

  /// Returns what every token leads to: its `need`, -1 if it may not follow.
  ///
  /// End of text needs nothing more.
  package func needs(after state: inout State) throws(GrammarError) -> [Int] {
    if state.matcher.bound.stateCount > Self.greatestStateCount { try renew(&state) }
    var result = [Int](repeating: -1, count: vocabulary.count)
    state.matcher.withStates { states, start in
      // The states after the first bytes of the token before; the last may be missing as dead.
      var path = [start]
      for (place, token) in order.enumerated() {
        let text = vocabulary.bytes(of: TokenID(token))
        let common = Int(shared[place])
        if path.count > common + 1 { path.removeSubrange((common + 1)...) }
        // The token before died inside of what this one shares with it.
        if path.count <= common { continue }
        var isDead = false
        for byte in text.dropFirst(common) {
          let next = states.next(path[path.count - 1], byte)
          guard next != StateSpace.dead else {
            isDead = true
            break
          }
          path.append(next)
        }
        if !isDead { result[Int(token)] = states.configurationNeeds[Int(path[path.count - 1])] }
      }
    }
    if state.matcher.isComplete {
      for token in vocabulary.endOfText { result[token.index] = 0 }
    }
    return result
  }

  /// Makes the states of an answer anew, without those of tokens that were only looked at.
  private func renew(_ state: inout State) throws(GrammarError) {
    var matcher = try BoundGrammar(state.grammar, trie: bytes).makeMatcher()
    for byte in state.text {
      let isTaken = matcher.accept(TokenID(Int(byte)))
      precondition(isTaken, "what was taken once is taken again")
    }
    state.matcher = matcher
  }

  /// Returns the tokens after which so many are enough.
  ///
  /// - Parameter remaining: How many tokens may still be generated, the next one included.
  package func mask(_ needs: [Int], remaining: Int) -> TokenMask {
    var mask = TokenMask(count: vocabulary.count)
    for (token, need) in needs.enumerated() where need >= 0 && need < remaining {
      mask.insert(TokenID(token))
    }
    return mask
  }
}
