// Checkpoints of the fixtures as whole models, small enough to run in tests.

import JSON
import Posix
import TestSupport

/// Makers of the folder `model`.
enum TinyModel {
  /// Puts a checkpoint of the fixtures beside a tokenizer of printable characters.
  static func make(_ fixture: String, in folder: TemporaryFolder) throws {
    let source = Fixtures.repository("Tests/ModelsTests/Fixtures") / FilePath(fixture)
    let weights = try readFile(source / "model.safetensors", limit: 1 << 26)
    try folder.write(weights, to: "model/model.safetensors")
    try folder.write(widened(source / "config.json"), to: "model/config.json")
    var pieces = (0x21...0x7E).map { String(UnicodeScalar(UInt8($0))) } + ["Ġ", "Ċ"]
    let merges = [
      "t h", "th e", "Ġ the", "e r", "o n", "a n", "i n", "r e", "\" :", "\": Ġ", "\" ,", "\", Ġ",
      "{ \"", "o r", "e n", "s t", "Ġ o", "Ġ c", "n t", "a t", "i t", "1 2", "4 7", "n a", "na m",
    ]
    for merge in merges { pieces.append(merge.filter { $0 != " " }) }
    let vocabulary = pieces.enumerated().map { index, piece in
      "\(JSONValue.string(piece).text):\(index)"
    }
    let special = ["<|im_start|>", "<|im_end|>", "<|endoftext|>"].enumerated().map { index, text in
      #"{"id":\#(pieces.count + index),"content":"\#(text)","special":true}"#
    }
    let merged = merges.map { JSONValue.string($0).text }
    try folder.write(
      """
      {"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"use_regex":true},
       "model":{"type":"BPE","vocab":{\(vocabulary.joined(separator: ","))},
       "merges":[\(merged.joined(separator: ","))]},"added_tokens":[\(special.joined(separator: ","))]}
      """, to: "model/tokenizer.json")
    try folder.write(#"{"eos_token":"<|im_end|>"}"#, to: "model/tokenizer_config.json")
  }

  /// Copies the fixture that has a tokenizer of all bytes, with room for longer prompts.
  static func makeWords(in folder: TemporaryFolder) throws {
    let source = Fixtures.repository("Tests/ModelsTests/Fixtures/words-tiny")
    for name: FilePath in ["model.safetensors", "tokenizer_config.json"] {
      try folder.write(readFile(source / name, limit: 1 << 26), to: "model" / name)
    }
    let tokenizer = String(
      decoding: try readFile(source / "tokenizer.json", limit: 1 << 26), as: UTF8.self)
    try folder.write(withBrackets(tokenizer), to: "model/tokenizer.json")
    try folder.write(widened(source / "config.json"), to: "model/config.json")
  }

  /// Puts tokens that hold a bracket and the beginning of an element, as large vocabularies have them, in the place of
  /// two others.
  private static func withBrackets(_ tokenizer: String) -> [UInt8] {
    let changes = [
      (#""st":"#, #""[1":"#), (#""s t""#, #""[ 1""#), (#""re":"#, ##""[\"":"##),
      (#""r e""#, ##""[ \"""##),
    ]
    var text = tokenizer
    for (old, new) in changes {
      let parts = text.split(separator: old, omittingEmptySubsequences: false)
      precondition(parts.count == 2, "a token stands once in the fixture")
      text = parts.joined(separator: new)
    }
    return Array(text.utf8)
  }

  /// Returns a configuration with room for 8,192 positions.
  private static func widened(_ path: FilePath) throws -> [UInt8] {
    let settings = try JSONValue.parse(readFile(path, limit: 1 << 20))
    guard var object = settings.object else { return settings.bytes }
    object["max_position_embeddings"] = .number(JSONNumber(8192))
    return JSONValue.object(object).bytes
  }
}
