// Byte-level BPE as GPT-2 introduced it: words by rules, then merges of bytes within each word.

package import Tokens

/// A tokenizer whose smallest tokens are bytes.
package struct ByteLevelTokenizer: Tokenizer {
  package let vocabulary: Vocabulary
  package let beginOfText: TokenID?
  package let chatTemplate: String?
  private let preTokenizer: PreTokenizer
  private let encoder: BytePairEncoder
  private let controlTokens: [String: TokenID]

  /// The greatest number of pieces that a definition may hold.
  private static let pieceLimit = 1 << 24
  /// Control tokens that end an answer whether or not the checkpoint names them.
  private static let knownEnds = ["<|im_end|>", "<|endoftext|>"]

  /// Builds a tokenizer from what a checkpoint says.
  ///
  /// Tokens of type normal are text; control and user-defined ones are markers that text never
  /// yields. A normal piece that is empty or not in GPT-2's alphabet has no use.
  package init(_ definition: TokenizerDefinition) throws(TokenizerError) {
    guard let preTokenizer = PreTokenizer(rawValue: definition.preTokenizer) else {
      throw TokenizerError.unsupportedPreTokenizer(
        name: definition.preTokenizer, known: PreTokenizer.allCases.map(\.rawValue))
    }
    let pieces = definition.pieces
    let count = pieces.count
    guard count > 0 && count <= Self.pieceLimit else {
      throw TokenizerError.badPieceCount(count, limit: Self.pieceLimit)
    }
    guard definition.types.count == count else {
      throw TokenizerError.typeCountMismatch(pieces: count, types: definition.types.count)
    }
    for token in definition.endOfText + [definition.beginOfText].compactMap(\.self)
    where token.index < 0 || token.index >= count {
      throw TokenizerError.specialTokenOutOfRange(id: token.index, vocabulary: count)
    }
    let (tokens, kinds) = Self.read(pieces, definition.types)
    var controlTokens: [String: TokenID] = [:]
    for (id, kind) in kinds.enumerated() where kind == .control {
      let text = String(decoding: tokens[id], as: UTF8.self)
      if controlTokens[text] == nil { controlTokens[text] = TokenID(id) }
    }
    var ends = Set(definition.endOfText.filter { kinds[$0.index] == .control })
    ends.formUnion(Self.knownEnds.compactMap { controlTokens[$0] })
    guard !ends.isEmpty else { throw TokenizerError.missingEndOfText }
    self.vocabulary = Vocabulary(tokens: tokens, kinds: kinds, endOfText: ends.sorted())
    self.beginOfText = definition.beginOfText
    self.chatTemplate = definition.chatTemplate
    self.preTokenizer = preTokenizer
    self.encoder = try BytePairEncoder(
      pieces: PieceIndex(vocabulary), merges: definition.merges)
    self.controlTokens = controlTokens
  }

  private static func read(
    _ pieces: PackedTexts, _ types: [TokenizerDefinition.TokenType]
  ) -> (tokens: [[UInt8]], kinds: [Vocabulary.Kind]) {
    var tokens: [[UInt8]] = []
    var kinds: [Vocabulary.Kind] = []
    tokens.reserveCapacity(pieces.count)
    kinds.reserveCapacity(pieces.count)
    for (id, type) in types.enumerated() {
      let range = Int(pieces.offsets[id])..<Int(pieces.offsets[id + 1])
      switch type {
      case .normal:
        var text: [UInt8] = []
        text.reserveCapacity(range.count)
        let isText = ByteAlphabet.append(pieces.bytes, range, to: &text) && !text.isEmpty
        tokens.append(isText ? text : Array(pieces.bytes[range]))
        kinds.append(isText ? .text : .unused)
      case .control, .userDefined:
        tokens.append(Array(pieces.bytes[range]))
        kinds.append(range.isEmpty ? .unused : .control)
      case .unknown, .unused, .byte:
        tokens.append(Array(pieces.bytes[range]))
        kinds.append(.unused)
      }
    }
    return (tokens, kinds)
  }

  package func encode(_ text: [UInt8]) -> EncodedText {
    var tokens: [TokenID] = []
    tokens.reserveCapacity(text.count / 3 + 1)
    var scratch = BytePairEncoder.Scratch()
    var start = 0
    var countBeforeLastWord = 0
    for end in preTokenizer.wordEnds(text) {
      countBeforeLastWord = tokens.count
      encoder.encode(text, start..<Int(end), scratch: &scratch, to: &tokens)
      start = Int(end)
    }
    return EncodedText(tokens: tokens, countBeforeLastWord: countBeforeLastWord)
  }

  package func controlToken(_ text: String) -> TokenID? { controlTokens[text] }
}
