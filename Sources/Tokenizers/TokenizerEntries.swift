// The tokens that a tokenizer.json lists, before anything is decided about their use.
//
//   tokenizer.json  {"model":{"type":"BPE","vocab":{PIECE: id, …}, …},
//                    "added_tokens":[{"id":…,"content":TEXT,"special":true|false}, …],
//                    "pre_tokenizer":…, "decoder":…}       one of these two names "ByteLevel"
//
// A PIECE is written in GPT-2's alphabet of bytes, an added token's TEXT as it is. An added token may
// stand among the pieces too.

import JSON

/// The tokens of a tokenizer.json by id.
struct TokenizerEntries {
  /// A token that is cut out of texts before all rules.
  struct Added {
    let id: Int
    let text: [UInt8]
    let isSpecial: Bool
  }

  /// The piece of each id, nil where the file lists none.
  private(set) var pieces: [[UInt8]?] = []
  /// The added tokens, in the order of the file.
  private(set) var added: [Added] = []

  /// The greatest id plus one that the file may hold: gaps between ids are bounded by its size.
  private let countLimit: Int

  /// Reads the tokens of a byte-level tokenizer.
  init(_ tokenizer: JSONValue) throws(TokenizerError) {
    guard let model = tokenizer["model"], let vocabulary = model["vocab"]?.object else {
      throw .malformedFile(name: "tokenizer.json", expected: "\"model\" with a \"vocab\" object")
    }
    let entryCount = vocabulary.count + (tokenizer["added_tokens"]?.array?.count ?? 0)
    countLimit = (1 << 20) + 16 * min(entryCount, 1 << 20)
    let type = model["type"]?.string ?? "BPE"
    guard type == "BPE" else { throw .unsupportedModel(name: type) }
    guard
      Self.names("ByteLevel", tokenizer["pre_tokenizer"])
        || Self.names("ByteLevel", tokenizer["decoder"])
    else { throw .unsupportedModel(name: "BPE without \"ByteLevel\"") }
    for member in vocabulary.members {
      let place = try place(of: member.value)
      guard pieces[place] == nil else {
        throw .malformedFile(
          name: "tokenizer.json", expected: "each id once, but \(place) is twice")
      }
      pieces[place] = Array(member.key.utf8)
    }
    for token in tokenizer["added_tokens"]?.array ?? [] {
      guard let id = token["id"], let text = token["content"]?.string, !text.isEmpty else {
        throw .malformedFile(
          name: "tokenizer.json", expected: "added tokens with \"id\" and \"content\"")
      }
      for name in ["single_word", "lstrip", "rstrip"] where token[name]?.bool == true {
        throw .unsupportedStep(kind: "added token", name: "\"\(text)\" with \(name)")
      }
      added.append(
        Added(
          id: try place(of: id), text: Array(text.utf8),
          isSpecial: token["special"]?.bool == true))
    }
  }

  /// Returns the text that a configuration gives a special token, such as "eos_token".
  static func specialText(_ name: String, _ configuration: JSONValue?) -> String? {
    let value = configuration?[name]
    return value?.string ?? value?["content"]?.string
  }

  /// Returns the place of an id and makes room for it.
  private mutating func place(of id: JSONValue) throws(TokenizerError) -> Int {
    guard let number = id.int, number >= 0, number < countLimit else {
      throw .malformedFile(
        name: "tokenizer.json", expected: "ids from 0 to \(countLimit - 1)")
    }
    if number >= pieces.count {
      pieces.append(contentsOf: repeatElement(nil, count: number + 1 - pieces.count))
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
