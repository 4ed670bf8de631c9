// The door between text and token ids.

package import Tokens

/// A text as tokens, with the place of its last word.
package struct EncodedText: Equatable, Sendable {
  /// The tokens, in order.
  package var tokens: [TokenID]
  /// How many of the tokens stand before the last word.
  ///
  /// More text may lengthen the last word and so change its tokens; those before it stay.
  package var countBeforeLastWord: Int

  /// Creates an encoded text.
  package init(tokens: [TokenID], countBeforeLastWord: Int) {
    self.tokens = tokens
    self.countBeforeLastWord = countBeforeLastWord
  }
}

/// Turns text into token ids and back.
package protocol Tokenizer: Sendable {
  /// The texts of all tokens.
  var vocabulary: Vocabulary { get }
  /// The token that begins every prompt, if there is one.
  var beginOfText: TokenID? { get }
  /// The checkpoint's chat template, to be shown and never run.
  var chatTemplate: String? { get }

  /// Turns text into tokens; text that looks like a control token is plain text.
  ///
  /// Joining the tokens' bytes gives the text again, but for bytes that the vocabulary cannot
  /// spell. Bytes that are not UTF-8 pass through: a text may begin or end inside a character.
  func encode(_ text: [UInt8]) -> EncodedText

  /// Returns the control token with a given text, such as "<|im_start|>".
  func controlToken(_ text: String) -> TokenID?

  /// Returns the control tokens that a text of our own spells, from left to right.
  ///
  /// Of those that begin at one place the longest counts. Never asked about a document.
  func markers(in text: [UInt8]) -> [TextMarker]
}

/// A control token that stands in a text by its spelling.
package struct TextMarker: Equatable, Sendable {
  /// The bytes that spell it.
  package var range: Range<Int>
  /// The token.
  package var token: TokenID

  /// Creates a marker.
  package init(range: Range<Int>, token: TokenID) {
    self.range = range
    self.token = token
  }
}

extension Tokenizer {
  /// Turns a text of our own into tokens; what spells a control token becomes that token.
  package func encodeWithMarkers(_ text: [UInt8]) -> [TokenID] {
    var tokens: [TokenID] = []
    var start = 0
    for marker in markers(in: text) {
      tokens += encode(Array(text[start..<marker.range.lowerBound])).tokens
      tokens.append(marker.token)
      start = marker.range.upperBound
    }
    return tokens + encode(Array(text[start...])).tokens
  }

  /// Returns the bytes that tokens stand for; control tokens stand for none.
  package func decode(_ tokens: some Sequence<TokenID>) -> [UInt8] {
    vocabulary.text(of: tokens)
  }
}
