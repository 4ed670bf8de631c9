// The tokens of a tokenizer.json and the end of text that the tokenizer_config.json beside it names.
// Knows no rules for cutting text: masks need only what each token spells.
//
//   tokenizer_config.json  {"eos_token": TEXT or {"content": TEXT}, …}

package import JSON
package import Tokens

extension Vocabulary {
  /// Reads the vocabulary of a byte-level tokenizer.
  ///
  /// Special added tokens are control tokens; other added tokens are ordinary text, as the format has it.
  /// An id without an entry and a piece that is no text in the byte alphabet are unused.
  ///
  /// - Parameters:
  ///   - tokenizer: The content of tokenizer.json.
  ///   - configuration: The content of tokenizer_config.json.
  /// - Throws: `TokenizerError` if one of the two is not what it should be.
  package convenience init(
    tokenizer: JSONValue, configuration: JSONValue
  ) throws(TokenizerError) {
    let entries = try TokenizerEntries(tokenizer)
    var tokens: [[UInt8]] = []
    var kinds: [Kind] = []
    tokens.reserveCapacity(entries.pieces.count)
    for piece in entries.pieces {
      var text: [UInt8] = []
      let isText = piece.map { ByteAlphabet.append($0, 0..<$0.count, to: &text) } ?? false
      tokens.append(isText ? text : piece ?? [])
      kinds.append(isText && !text.isEmpty ? .text : .unused)
    }
    for token in entries.added {
      tokens[token.id] = token.text
      kinds[token.id] = token.isSpecial ? .control : .text
    }
    guard let end = TokenizerEntries.specialText("eos_token", configuration) else {
      throw .malformedFile(name: "tokenizer_config.json", expected: "an \"eos_token\"")
    }
    let bytes = Array(end.utf8)
    let found =
      entries.added.last { $0.text == bytes }?.id ?? tokens.firstIndex { $0 == bytes }
    guard let found else { throw .missingEndOfText }
    kinds[found] = .control
    self.init(tokens: tokens, kinds: kinds, endOfText: [TokenID(found)])
  }
}
