// A set of token ids as bits: which tokens may come next.
//
// Bit t % 64 of word t / 64 stands for token t. Bits at and above `count` are always zero.

/// A set of allowed tokens over one vocabulary.
package struct TokenMask: Equatable, Sendable {
  /// The number of tokens in the vocabulary.
  package let count: Int
  /// The bits, 64 tokens a word.
  package var words: [UInt64]

  /// Creates an empty mask over a vocabulary of `count` tokens.
  package init(count: Int) {
    self.count = count
    self.words = [UInt64](repeating: 0, count: (count + 63) / 64)
  }

  /// Returns whether a token is in the mask.
  package func contains(_ token: TokenID) -> Bool {
    words[token.index >> 6] & (1 << UInt64(token.index & 63)) != 0
  }

  /// Adds a token.
  package mutating func insert(_ token: TokenID) {
    precondition(token.index < count, "a token lies inside its vocabulary")
    words[token.index >> 6] |= 1 << UInt64(token.index & 63)
  }

  /// Removes a token.
  package mutating func remove(_ token: TokenID) {
    words[token.index >> 6] &= ~(1 << UInt64(token.index & 63))
  }

  /// Removes all tokens.
  package mutating func removeAll() {
    for i in words.indices { words[i] = 0 }
  }

  /// Adds all tokens of another mask over the same vocabulary.
  package mutating func formUnion(_ other: TokenMask) {
    precondition(count == other.count, "masks are of one vocabulary")
    for i in words.indices { words[i] |= other.words[i] }
  }

  /// The number of allowed tokens.
  package var allowedCount: Int {
    var total = 0
    for word in words { total += word.nonzeroBitCount }
    return total
  }

  /// Whether no token is allowed.
  package var isEmpty: Bool { !words.contains { $0 != 0 } }

  /// The only allowed token, if there is exactly one.
  package var onlyToken: TokenID? {
    var found: TokenID?
    for (i, word) in words.enumerated() where word != 0 {
      if found != nil || word.nonzeroBitCount > 1 { return nil }
      found = TokenID(i << 6 + word.trailingZeroBitCount)
    }
    return found
  }

  /// The allowed tokens, ascending.
  package var allowed: [TokenID] {
    var result: [TokenID] = []
    for (i, word) in words.enumerated() {
      var rest = word
      while rest != 0 {
        result.append(TokenID(i << 6 + rest.trailingZeroBitCount))
        rest &= rest - 1
      }
    }
    return result
  }
}
