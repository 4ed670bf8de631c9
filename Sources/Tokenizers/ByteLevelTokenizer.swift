// Byte-level BPE as GPT-2 introduced it: words by rules, then merges of bytes within each word.

package import Tokens

/// A tokenizer whose smallest tokens are bytes.
package struct ByteLevelTokenizer: Tokenizer {
  package let vocabulary: Vocabulary
  package let beginOfText: TokenID?
  package let chatTemplate: String?
  private let preTokenizer: PreTokenizer
  private let encoder: BytePairEncoder
  private let pieces: PieceIndex
  private let takesWholeWords: Bool
  private let controlTokens: [String: TokenID]
  /// The control tokens by their first byte, longer ones first.
  private let markersByFirst: [UInt8: [TokenID]]

  /// The greatest number of pieces that a definition may hold.
  private static let pieceLimit = 1 << 24
  /// Control tokens that end an answer whether or not the checkpoint names them.
  private static let knownEnds = [
    "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>",
    "<｜end▁of▁sentence｜>",
  ]

  /// Builds a tokenizer from what a checkpoint says.
  ///
  /// Tokens of type normal are text; control and user-defined ones are markers that text never
  /// yields. A normal piece that is empty or not in GPT-2's alphabet has no use.
  package init(_ definition: TokenizerDefinition) throws(TokenizerError) {
    guard let preTokenizer = PreTokenizer.named(definition.preTokenizer) else {
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
    self.pieces = PieceIndex(vocabulary)
    self.encoder = try BytePairEncoder(pieces: self.pieces, merges: definition.merges)
    self.takesWholeWords = definition.takesWholeWords ?? (preTokenizer == .llama3)
    self.controlTokens = controlTokens
    self.markersByFirst = Dictionary(grouping: controlTokens.values) { tokens[$0.index][0] }
      .mapValues { list in
        list.sorted { (tokens[$0.index].count, $1) > (tokens[$1.index].count, $0) }
      }
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
    let ends = preTokenizer.wordEnds(text)
    let stableEnd = stableEnd(of: text, ends)
    var start = 0
    var countBeforeLastWord = 0
    for end in ends {
      let word = start..<Int(end)
      let whole = takesWholeWords ? pieces.find(text, word) : -1
      if whole >= 0 {
        tokens.append(TokenID(whole))
      } else {
        encoder.encode(text, word, scratch: &scratch, to: &tokens)
      }
      start = Int(end)
      if start <= stableEnd { countBeforeLastWord = tokens.count }
    }
    return EncodedText(tokens: tokens, countBeforeLastWord: countBeforeLastWord)
  }

  /// Returns where the words end that stay whatever follows: before the last word.
  ///
  /// A text that ends inside a character is asked without it, since the whole character may end the
  /// word before it elsewhere.
  private func stableEnd(of text: [UInt8], _ ends: [Int32]) -> Int {
    let tail = text.suffix(3)
    let lead = tail.lastIndex { $0 & 0xC0 != 0x80 }
    guard let lead, text[lead] >= 0xC0 else { return Int(ends.dropLast().last ?? 0) }
    let length = text[lead] >= 0xF0 ? 4 : text[lead] >= 0xE0 ? 3 : 2
    guard lead + length > text.count else { return Int(ends.dropLast().last ?? 0) }
    return Int(preTokenizer.wordEnds(Array(text[..<lead])).dropLast().last ?? 0)
  }

  package func controlToken(_ text: String) -> TokenID? { controlTokens[text] }

  package func markers(in text: [UInt8]) -> [TextMarker] {
    var found: [TextMarker] = []
    var at = 0
    while at < text.count {
      let token = markersByFirst[text[at]]?.first { token in
        text[at...].starts(with: vocabulary.bytes(of: token))
      }
      guard let token else {
        at += 1
        continue
      }
      let end = at + vocabulary.bytes(of: token).count
      found.append(TextMarker(range: at..<end, token: token))
      at = end
    }
    return found
  }
}
