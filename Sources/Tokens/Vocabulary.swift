// The texts of all tokens, as bytes, without the rules that cut text into them.
//
// One flat byte array holds all tokens; token t occupies bytes[offsets[t] ..< offsets[t + 1]].

/// An immutable table of token texts, shared by tokenizer, masks and engine.
package final class Vocabulary: Sendable {
  /// What a token may be used for.
  package enum Kind: UInt8, Sendable {
    /// Ordinary text.
    case text
    /// A control token such as end of text or a turn marker: never part of text.
    case control
    /// An id without a use: never part of text.
    case unused
  }

  /// The number of token ids, including control and unused ones.
  package let count: Int
  /// All token texts, one after another.
  package let bytes: [UInt8]
  /// The start of each token in `bytes`, with the total as a last entry: `count + 1` values.
  package let offsets: [Int32]
  /// The kind of each token.
  package let kinds: [Kind]
  /// The tokens that end an answer, ascending.
  package let endOfText: [TokenID]
  /// The length in bytes of the longest token of kind `text`.
  package let longestTextByteCount: Int
  /// For each byte value, whether a token of kind `text` consists of just that byte.
  ///
  /// Byte-level vocabularies normally spell all 256 bytes; some (SmolLM2's) lack a few.
  package let spellsByte: [Bool]

  /// Creates a vocabulary.
  ///
  /// - Parameters:
  ///   - tokens: The bytes of each token by id; a control token's bytes are its display text.
  ///   - kinds: The kind of each token, as many as `tokens`.
  ///   - endOfText: The tokens that end an answer.
  package init(tokens: [[UInt8]], kinds: [Kind], endOfText: [TokenID]) {
    precondition(tokens.count == kinds.count, "every token has a kind")
    var bytes: [UInt8] = []
    bytes.reserveCapacity(tokens.reduce(0) { $0 + $1.count })
    var offsets: [Int32] = [0]
    offsets.reserveCapacity(tokens.count + 1)
    var longest = 0
    var spells = [Bool](repeating: false, count: 256)
    for (token, kind) in zip(tokens, kinds) {
      bytes.append(contentsOf: token)
      offsets.append(Int32(bytes.count))
      if kind == .text {
        longest = max(longest, token.count)
        if token.count == 1 { spells[Int(token[0])] = true }
      }
    }
    self.count = tokens.count
    self.bytes = bytes
    self.offsets = offsets
    self.kinds = kinds
    self.endOfText = endOfText.sorted()
    self.longestTextByteCount = longest
    self.spellsByte = spells
  }

  /// Returns the bytes of a token.
  package func bytes(of token: TokenID) -> ArraySlice<UInt8> {
    bytes[Int(offsets[token.index])..<Int(offsets[token.index + 1])]
  }

  /// Returns the kind of a token.
  package func kind(of token: TokenID) -> Kind { kinds[token.index] }

  /// Returns the joined bytes of text tokens; control and unused tokens contribute nothing.
  package func text(of tokens: some Sequence<TokenID>) -> [UInt8] {
    var result: [UInt8] = []
    for token in tokens where kinds[token.index] == .text {
      result.append(contentsOf: bytes(of: token))
    }
    return result
  }
}
