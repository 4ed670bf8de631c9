// The tokens of a tokenizer.json and the end of text that the tokenizer_config.json beside it names.
// Knows no rules for cutting text: masks need only what each token spells.
//
//   tokenizer.json         {"model":{"type":"BPE","vocab":{PIECE: id, …}, …},
//                           "added_tokens":[{"id":…,"content":TEXT,"special":true|false}, …],
//                           "pre_tokenizer":…, "decoder":…}       one of these two names "ByteLevel"
//   tokenizer_config.json  {"eos_token": TEXT or {"content": TEXT}, …}
//
// A PIECE is written in GPT-2's alphabet of bytes, an added token's TEXT as it is.

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
    var table = TokenTable()
    try table.readModel(tokenizer)
    try table.readAddedTokens(tokenizer)
    let end = try table.endOfText(configuration)
    table.kinds[end.index] = .control
    self.init(tokens: table.tokens, kinds: table.kinds, endOfText: [end])
  }
}

/// The tokens that were read so far.
private struct TokenTable {
  var tokens: [[UInt8]] = []
  var kinds: [Vocabulary.Kind] = []
  private var controls: [JSONKey: TokenID] = [:]

  /// The greatest id plus one that a file may hold.
  private static let countLimit = 1 << 24

  mutating func readModel(_ tokenizer: JSONValue) throws(TokenizerError) {
    guard let model = tokenizer["model"], let pieces = model["vocab"]?.object else {
      throw .malformedFile(name: "tokenizer.json", expected: "\"model\" with a \"vocab\" object")
    }
    let type = model["type"]?.string ?? "BPE"
    guard type == "BPE" else { throw .unsupportedModel(name: type) }
    guard
      Self.names("ByteLevel", tokenizer["pre_tokenizer"])
        || Self.names("ByteLevel", tokenizer["decoder"])
    else { throw .unsupportedModel(name: "BPE without \"ByteLevel\"") }
    for member in pieces.members {
      let place = try place(of: member.value)
      guard kinds[place] == .unused, tokens[place].isEmpty else {
        throw .malformedFile(
          name: "tokenizer.json", expected: "each id once, but \(place) is twice")
      }
      let piece = Array(member.key.utf8)
      var text: [UInt8] = []
      text.reserveCapacity(piece.count)
      let isText = ByteAlphabet.append(piece, 0..<piece.count, to: &text) && !text.isEmpty
      tokens[place] = isText ? text : piece
      kinds[place] = isText ? .text : .unused
    }
  }

  mutating func readAddedTokens(_ tokenizer: JSONValue) throws(TokenizerError) {
    guard let list = tokenizer["added_tokens"], list.array?.isEmpty == false else { return }
    for token in list.array ?? [] {
      guard let id = token["id"], let text = token["content"]?.string, !text.isEmpty else {
        throw .malformedFile(
          name: "tokenizer.json", expected: "added tokens with \"id\" and \"content\"")
      }
      let place = try place(of: id)
      tokens[place] = Array(text.utf8)
      kinds[place] = token["special"]?.bool == true ? .control : .text
      controls[JSONKey(text)] = TokenID(place)
    }
  }

  func endOfText(_ configuration: JSONValue) throws(TokenizerError) -> TokenID {
    let name = configuration["eos_token"]
    guard let text = name?.string ?? name?["content"]?.string else {
      throw .malformedFile(name: "tokenizer_config.json", expected: "an \"eos_token\"")
    }
    let bytes = Array(text.utf8)
    let found = controls[JSONKey(text)] ?? tokens.firstIndex(of: bytes).map { TokenID($0) }
    guard let found else { throw .missingEndOfText }
    return found
  }

  /// Returns the place of an id and makes room for it.
  private mutating func place(of id: JSONValue) throws(TokenizerError) -> Int {
    guard let number = id.int, number >= 0, number < Self.countLimit else {
      throw .malformedFile(
        name: "tokenizer.json", expected: "ids from 0 to \(Self.countLimit - 1)")
    }
    if number >= tokens.count {
      let missing = number + 1 - tokens.count
      tokens.append(contentsOf: repeatElement([], count: missing))
      kinds.append(contentsOf: repeatElement(.unused, count: missing))
    }
    return number
  }

  /// Returns whether a step of a tokenizer, or one of its parts, has a type.
  private static func names(_ type: String, _ step: JSONValue?) -> Bool {
    guard let step else { return false }
    if step["type"]?.string == type { return true }
    for list in ["pretokenizers", "decoders"] {
      for part in step[list]?.array ?? [] where part["type"]?.string == type { return true }
    }
    return false
  }
}
