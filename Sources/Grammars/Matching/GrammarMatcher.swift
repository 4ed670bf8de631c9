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
  private let space: Mutex<StateSpace>
  private let start: Int32
  private let startNeed: Int

  /// Ties a grammar to a vocabulary.
  ///
  /// - Throws: `GrammarError.unspellable` if a text of the schema cannot be spelled, and
  ///   `unsatisfiable` if no value can.
  package init(_ grammar: Grammar, trie: TokenTrie) throws(GrammarError) {
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
    let isEmpty =
      space.start < 0 || space.configurationNeeds[Int(space.start)] >= StateSpace.unreachable
    if isEmpty, grammar.contradictions == .refuse { throw .unsatisfiable(pointer: "") }
    if isEmpty { space.startFromNothing() }
    start = space.start
    startNeed = space.configurationNeeds[Int(space.start)]
    rise = space.greatestRise()
    self.space = Mutex(space)
  }

  /// Returns a matcher at the beginning of an answer.
  package func makeMatcher() -> GrammarMatcher {
    GrammarMatcher(bound: self, configuration: start, need: startNeed)
  }

  /// The number of states made so far.
  package var stateCount: Int { space.withLock { $0.configurations.count } }

  fileprivate func withSpace<R>(_ body: (inout sending StateSpace) -> sending R) -> R {
    space.withLock(body)
  }
}

/// One state of one generation under a grammar.
package struct GrammarMatcher: TokenConstraint {
  /// The grammar that the answer follows.
  package let bound: BoundGrammar
  private var configuration: Int32
  private var met: [Int32] = []
  /// The length in bytes of the shortest completion, plus one for end of text.
  package private(set) var need: Int
  /// Whether the answer has ended by an end-of-text token.
  package private(set) var hasEnded = false

  fileprivate init(bound: BoundGrammar, configuration: Int32, need: Int) {
    self.bound = bound
    self.configuration = configuration
    self.need = need
  }

  package var vocabulary: Vocabulary { bound.trie.vocabulary }

  package var rise: Int { bound.rise }

  package var isComplete: Bool {
    if hasEnded { return true }
    let state = configuration
    return bound.withSpace { $0.configurations[Int(state)].isComplete }
  }

  package var startsCheckedValue: String? { nil }

  package var limitsMet: [String] { met.map { bound.grammar.places[Int($0)] } }

  package mutating func fillMask(_ mask: inout TokenMask, remaining: Int) {
    precondition(mask.count == vocabulary.count, "a mask is of the constraint's vocabulary")
    guard !hasEnded else {
      mask.removeAll()
      return
    }
    let state = configuration
    let result = bound.withSpace { space -> ComputedMask in
      let ordinary = space.mask(state)
      if remaining > ordinary.greatestNeed { return ordinary }
      return space.mask(state, bound: remaining - 1)
    }
    mask.words = result.words
  }

  package mutating func accept(_ token: TokenID) -> Bool {
    guard !hasEnded, token.index >= 0, token.index < vocabulary.count else { return false }
    let state = configuration
    if vocabulary.endOfText.contains(token) {
      guard isComplete else { return false }
      hasEnded = true
      need = 0
      return true
    }
    guard vocabulary.kind(of: token) == .text else { return false }
    let bytes = vocabulary.bytes(of: token)
    let moved = bound.withSpace { space -> (Int32, Int, [Int32]) in
      space.follow(state, bytes)
    }
    guard moved.0 >= 0 else { return false }
    configuration = moved.0
    need = moved.1
    for place in moved.2 where !met.contains(place) { met.append(place) }
    return true
  }

  package mutating func dictatedText(limit: Int) -> DictatedText {
    guard !hasEnded else { return DictatedText(bytes: [], endsAnswer: true) }
    let state = configuration
    return bound.withSpace { space -> DictatedText in space.dictated(state, limit: limit) }
  }

  package func labels() -> [[UInt8]]? {
    guard !hasEnded else { return nil }
    let state = configuration
    let number = bound.withSpace { $0.configurations[Int(state)].labels }
    return number >= 0 ? bound.grammar.labels[Int(number)] : nil
  }
}

extension StateSpace {
  /// Follows the bytes of a token; the result is `dead` if they cannot follow.
  mutating func follow(
    _ configuration: Int32, _ bytes: ArraySlice<UInt8>
  ) -> (Int32, Int, [Int32]) {
    var at = configuration
    var met: [Int32] = []
    guard !bytes.isEmpty else { return (Self.dead, 0, []) }
    for byte in bytes {
      at = next(at, byte)
      if at == Self.dead { return (at, 0, []) }
      let places = configurations[Int(at)].places
      if !places.isEmpty { met.append(contentsOf: places) }
    }
    return (at, configurationNeeds[Int(at)], met)
  }

  /// Whether an enumeration of several labels starts at a configuration.
  private func startsLabels(_ configuration: Int32) -> Bool {
    let number = configurations[Int(configuration)].labels
    return number >= 0 && grammar.labels[Int(number)].count > 1
  }

  /// Returns the bytes of the only continuation, at most up to an enumeration.
  mutating func dictated(_ configuration: Int32, limit: Int) -> DictatedText {
    var at = configuration
    var bytes: [UInt8] = []
    while bytes.count < limit {
      if configurations[Int(at)].isComplete {
        return DictatedText(bytes: bytes, endsAnswer: configurations[Int(at)].threads.isEmpty)
      }
      if startsLabels(at) { return DictatedText(bytes: bytes, endsAnswer: false) }
      let following = nextBytes(at, limit: 2)
      guard following.count == 1 else { break }
      let next = self.next(at, following[0])
      if next == Self.dead { break }
      bytes.append(following[0])
      at = next
    }
    let state = configurations[Int(at)]
    return DictatedText(bytes: bytes, endsAnswer: state.isComplete && state.threads.isEmpty)
  }
}
