// What generations share without a lock: a state on which one stands, its mask and the states after tokens.
//
// All of it is immutable, but for references that are set once: a mask and the moves by token appear when the
// first generation asks for them, made under the lock of the space, and are read by all others as they are.

import Synchronization
import Tokens

/// A mask in a small form: a table of the vocabulary, less some tokens and with others.
final class PublishedMask: Sendable {
  /// What the mask is made from.
  enum Base: Sendable {
    case nothing
    /// All tokens that stay inside a string.
    case text
    /// Words that others may be made from too.
    case words([UInt64])
  }

  let base: Base
  let removed: [Int32]
  let added: [Int32]
  /// An upper bound of `need` after any of the tokens.
  let greatestNeed: Int
  /// Whether the mask takes more work than its limit; it is empty then.
  let isExhausted: Bool

  /// How many tokens a mask may differ from its base.
  private static let greatestDifference = 384

  /// - Parameter kept: The words that are kept, to which those of the mask come if nothing is near them.
  init(_ mask: ComputedMask, _ trie: TokenTrie, keepingIn kept: inout WordPool) {
    isExhausted = mask.isExhausted
    greatestNeed = mask.greatestNeed
    if isExhausted {
      (base, removed, added) = (.nothing, [], [])
    } else if let few = ComputedMask.tokens(of: mask.words, limit: Self.greatestDifference) {
      (base, removed, added) = (.nothing, [], few)
    } else if let (less, more) = Self.difference(of: mask.words, from: trie.innerWords) {
      (base, removed, added) = (.text, less, more)
    } else if !mask.base.isEmpty,
      let (less, more) = Self.difference(of: mask.words, from: mask.base)
    {
      (base, removed, added) = (.words(mask.base), less, more)
    } else {
      (base, removed, added) = (.words(kept.shared(mask.words)), [], [])
    }
  }

  /// Makes a mask of the same tokens with another bound.
  init(_ other: PublishedMask, greatestNeed: Int) {
    (base, removed, added) = (other.base, other.removed, other.added)
    isExhausted = other.isExhausted
    self.greatestNeed = greatestNeed
  }

  /// Returns the tokens that a mask lacks and those that it has besides another one, nil if they are many.
  private static func difference(
    of words: [UInt64], from base: [UInt64]
  ) -> (less: [Int32], more: [Int32])? {
    var less: [Int32] = []
    var more: [Int32] = []
    let own = words.span
    let other = base.span
    for i in own.indices where own[i] != other[i] {
      ComputedMask.append(other[i] & ~own[i], i, to: &less)
      ComputedMask.append(own[i] & ~other[i], i, to: &more)
      if less.count + more.count > greatestDifference { return nil }
    }
    return (less, more)
  }

  /// The bytes that the mask takes besides words that are kept.
  var byteCount: Int { 4 * (removed.count + added.count) + 96 }

  /// Writes the mask into a caller's words.
  func write(into words: inout [UInt64], _ trie: TokenTrie) {
    var target = words.mutableSpan
    switch base {
    case .nothing: for i in target.indices { target[i] = 0 }
    case .text: Self.copy(trie.innerWords, to: &target)
    case .words(let own): Self.copy(own, to: &target)
    }
    for token in removed { target[Int(token) >> 6] &= ~(1 << UInt64(token & 63)) }
    for token in added { target[Int(token) >> 6] |= 1 << UInt64(token & 63) }
  }

  @inline(__always)
  private static func copy(_ words: [UInt64], to target: inout MutableSpan<UInt64>) {
    let source = words.span
    precondition(source.count == target.count, "masks are of one vocabulary")
    for i in source.indices { target[i] = source[i] }
  }
}

/// A move by one token.
final class PublishedMove: Sendable {
  let token: TokenID
  /// The state after the token.
  ///
  /// Its space keeps it, and whoever stands on a state keeps the space; moves that kept their targets would keep
  /// each other in circles beyond the end of the space.
  unowned let target: PublishedState
  /// The queue limits met on the way.
  let met: [Int32]
  let next = AtomicLazyReference<PublishedMove>()

  init(token: TokenID, target: PublishedState, met: [Int32]) {
    self.token = token
    self.target = target
    self.met = met
  }
}

/// A state on which a generation stands.
final class PublishedState: Sendable {
  let configuration: Int32
  /// The length in bytes of the shortest completion, plus one for end of text.
  let need: Int
  let isComplete: Bool
  /// The enumeration that starts here, -1 if none does.
  let labels: Int32
  /// Whether every token that stays inside a string and between two characters leads back here.
  let isFreeText: Bool
  let mask = AtomicLazyReference<PublishedMask>()
  private let moves = AtomicLazyReference<PublishedMove>()

  /// How many moves are looked through before the lock is taken instead.
  private static let greatestMoveCount = 24

  init(configuration: Int32, need: Int, isComplete: Bool, labels: Int32, isFreeText: Bool) {
    self.configuration = configuration
    self.need = need
    self.isComplete = isComplete
    self.labels = labels
    self.isFreeText = isFreeText
  }

  /// Returns the move by a token, if it is known.
  func move(by token: TokenID) -> PublishedMove? {
    var at = moves.load()
    while let move = at {
      if move.token == token { return move }
      at = move.next.load()
    }
    return nil
  }

  /// Makes a move known to all; called under the lock of the space.
  func publish(_ move: PublishedMove) {
    guard var last = moves.load() else {
      _ = moves.storeIfNil(move)
      return
    }
    var count = 1
    while let next = last.next.load() {
      last = next
      count += 1
    }
    if count < Self.greatestMoveCount { _ = last.next.storeIfNil(move) }
  }
}
