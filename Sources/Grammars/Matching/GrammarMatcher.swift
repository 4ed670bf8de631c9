// A grammar tied to a vocabulary, and one state of one generation under it.

import Synchronization
package import Tokens

/// A grammar tied to a vocabulary, shared by all generations under one schema.
package final class BoundGrammar: Sendable {
  /// The grammar.
  package let grammar: Grammar
  /// The vocabulary as a tree.
  package let trie: TokenTrie
  /// The greatest amount by which one token can raise `need`.
  package let rise: Int
  private let space: Mutex<SharedSpace>

  /// From how many bytes on new generations begin in a fresh space.
  private let greatestSpaceByteCount: Int

  /// Ties a grammar to a vocabulary.
  ///
  /// - Throws: `GrammarError.unspellable` if a text of the schema cannot be spelled, and
  ///   `unsatisfiable` if no value can.
  package init(
    _ grammar: Grammar, trie: TokenTrie, greatestSpaceByteCount: Int = 96 << 20
  ) throws(GrammarError) {
    self.greatestSpaceByteCount = greatestSpaceByteCount
    self.grammar = grammar
    self.trie = trie
    let spells = trie.vocabulary.spellsByte
    if spells.contains(false) {
      for (pointer, bytes) in grammar.literals {
        if let byte = bytes.first(where: { !spells[Int($0)] }) {
          throw .unspellable(pointer: pointer, byte: byte)
        }
      }
    }
    var space = StateSpace(grammar: grammar, trie: trie)
    if space.isExhausted {
      throw .exhausted(pointer: "", limit: LeafAutomaton.greatestStepCount)
    }
    if space.isEmpty {
      guard grammar.contradictions == .accept else { throw .unsatisfiable(pointer: "") }
      space.startFromNothing()
    }
    rise = space.greatestRise()
    self.space = Mutex(SharedSpace(space, greatestByteCount: greatestSpaceByteCount))
  }

  /// Returns a space in which no generation stood yet.
  private func begun() -> StateSpace {
    var space = StateSpace(grammar: grammar, trie: trie)
    if space.isEmpty { space.startFromNothing() }
    return space
  }

  /// Returns the space in which generations go on.
  fileprivate func currentSpace() -> SharedSpace {
    space.withLock { space -> SharedSpace in
      if space.isSpent {
        space = SharedSpace(begun(), greatestByteCount: greatestSpaceByteCount)
      }
      return space
    }
  }

  /// Returns a matcher at the beginning of an answer.
  package func makeMatcher() -> GrammarMatcher {
    GrammarMatcher(bound: self, space: currentSpace())
  }

  /// The number of states made so far.
  package var stateCount: Int { space.withLock { $0.stateCount } }
}

/// One state of one generation under a grammar.
package struct GrammarMatcher: TokenConstraint {
  /// The grammar that the answer follows.
  package let bound: BoundGrammar
  private var space: SharedSpace
  private var state: PublishedState
  /// The tokens so far, but for those that left the state as it was.
  private var path: [TokenID] = []
  /// The length of the path from which on the space is left again.
  private var nextRenewal = 0
  /// How often the answer has gone on in a fresh space.
  package private(set) var renewalCount = 0
  private var met: [Int32] = []
  /// Whether the last mask was one for a budget and took more work than its limit.
  private var isExhaustedWithinBudget = false
  /// Whether the answer has ended by an end-of-text token.
  package private(set) var hasEnded = false

  fileprivate init(bound: BoundGrammar, space: SharedSpace) {
    self.bound = bound
    self.space = space
    state = space.start
  }

  package var vocabulary: Vocabulary { bound.trie.vocabulary }

  package var rise: Int { bound.rise }

  package var need: Int { hasEnded ? 0 : state.need }

  package var isComplete: Bool { hasEnded || state.isComplete }

  package var startsCheckedValue: String? { nil }

  package var limitsMet: [String] { met.map { bound.grammar.places[Int($0)] } }

  /// Why the mask here is empty, or the one for the budget was, if it takes more work than a limit allows.
  package var exhaustion: GrammarError? {
    guard !hasEnded, isExhaustedWithinBudget || space.mask(state).isExhausted else { return nil }
    return .exhausted(pointer: space.place(state), limit: MaskCache.greatestWork)
  }

  /// Lends the states and the number of the one on which the answer stands.
  func withStates(_ body: (inout StateSpace, Int32) -> Void) {
    space.withStates { body(&$0, state.configuration) }
  }

  /// The state on which the answer stands, which it shares with all answers that stand there.
  package var sharedState: AnyObject { state }

  package var fault: String? { exhaustion?.description }

  package mutating func fillMask(_ mask: inout TokenMask, remaining: Int) {
    precondition(
      mask.count == bound.trie.vocabulary.count, "a mask is of the constraint's vocabulary")
    guard !hasEnded else {
      mask.removeAll()
      return
    }
    if space.isSpent, path.count >= nextRenewal { renew() }
    isExhaustedWithinBudget = false
    let ordinary = space.mask(state)
    if remaining > ordinary.greatestNeed || ordinary.isExhausted {
      ordinary.write(into: &mask.words, bound.trie)
    } else if let words = space.mask(state, bound: remaining - 1) {
      mask.words = words
    } else {
      mask.removeAll()
      isExhaustedWithinBudget = true
    }
  }

  package mutating func accept(_ token: TokenID) -> Bool {
    guard !hasEnded else { return false }
    isExhaustedWithinBudget = false
    if let move = state.move(by: token) {
      take(move)
      return true
    }
    let vocabulary = bound.trie.vocabulary
    guard token.index >= 0, token.index < vocabulary.count else { return false }
    if state.isFreeText, bound.trie.staysInText(token) { return true }
    if vocabulary.endOfText.contains(token) {
      guard state.isComplete else { return false }
      hasEnded = true
      return true
    }
    if space.isSpent, path.count >= nextRenewal { renew() }
    guard vocabulary.kind(of: token) == .text, let move = space.newMove(state, token) else {
      return false
    }
    take(move)
    return true
  }

  /// Goes on in a fresh space.
  ///
  /// What a long answer alone needs may fill a space, and to repeat it at every token would take time by the square
  /// of its length: a fourth more must have been said since the last time.
  private mutating func renew() {
    nextRenewal = path.count + path.count / 4
    renewalCount += 1
    let fresh = bound.currentSpace()
    var at = fresh.start
    for token in path {
      guard let move = at.move(by: token) ?? fresh.newMove(at, token) else { return }
      at = move.target
    }
    space = fresh
    state = at
  }

  private mutating func take(_ move: PublishedMove) {
    path.append(move.token)
    state = move.target
    for place in move.met where !met.contains(place) { met.append(place) }
  }

  package mutating func dictatedText(limit: Int) -> DictatedText {
    guard !hasEnded else { return DictatedText(bytes: [], endsAnswer: true) }
    return space.dictated(state, limit: limit)
  }

  package func labels() -> [[UInt8]]? {
    guard !hasEnded else { return nil }
    return state.labels >= 0 ? bound.grammar.labels[Int(state.labels)] : nil
  }
}
