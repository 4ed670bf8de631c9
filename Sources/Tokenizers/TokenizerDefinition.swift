// What a checkpoint says about its tokenizer, as plain arrays.
// Knows no file format: whoever reads one fills this in.

package import Tokens

/// All that a checkpoint tells about how text becomes tokens.
package struct TokenizerDefinition: Sendable {
  /// The use of a token, numbered as in GGUF.
  package enum TokenType: Int, Sendable {
    case normal = 1
    case unknown = 2
    case control = 3
    case userDefined = 4
    case unused = 5
    case byte = 6
  }

  /// The text of each token; normal ones in the byte alphabet of GPT-2.
  package var pieces: PackedTexts
  /// The type of each token, as many as `pieces`.
  package var types: [TokenType]
  /// The merges by rank: two pieces with one blank between them.
  package var merges: PackedTexts
  /// The name of the pre-tokenizer, such as "qwen2".
  package var preTokenizer: String
  /// Whether a word that is a token as a whole is taken as it is, whatever the merges would make;
  /// nil where the rules of the pre-tokenizer decide.
  package var takesWholeWords: Bool?
  /// The token that begins every prompt, if the checkpoint asks for one.
  package var beginOfText: TokenID?
  /// The tokens that the checkpoint names as ends of a text or a turn.
  package var endOfText: [TokenID]
  /// The checkpoint's chat template, kept to be shown and never run.
  package var chatTemplate: String?

  /// Creates a definition.
  package init(
    pieces: PackedTexts, types: [TokenType], merges: PackedTexts, preTokenizer: String,
    takesWholeWords: Bool? = nil, beginOfText: TokenID?, endOfText: [TokenID],
    chatTemplate: String?
  ) {
    self.pieces = pieces
    self.types = types
    self.merges = merges
    self.preTokenizer = preTokenizer
    self.takesWholeWords = takesWholeWords
    self.beginOfText = beginOfText
    self.endOfText = endOfText
    self.chatTemplate = chatTemplate
  }
}
