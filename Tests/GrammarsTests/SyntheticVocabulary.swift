// A small vocabulary in the manner of byte-pair encoding: all bytes, pieces of words, tokens that span
// JSON boundaries and tokens that cut characters in two.

import Grammars
import Tokens

enum SyntheticVocabulary {
  static let endOfText = TokenID(0)

  /// All 256 bytes and some hundred longer tokens; bytes in `missing` cannot be spelled alone.
  static func make(missing: Set<UInt8> = []) -> Vocabulary {
    var tokens: [[UInt8]] = [Array("<end>".utf8), Array("<turn>".utf8)]
    var kinds: [Vocabulary.Kind] = [.control, .control]
    for byte in 0...255 {
      tokens.append([UInt8(byte)])
      kinds.append(missing.contains(UInt8(byte)) ? .unused : .text)
    }
    let pieces = [
      "{\"", "\":", "\":\"", "\",\"", "\"}", "\"},{\"", "},{", "}}", "]}", "]]", "[[", "[{\"",
      "\":[",
      "\":{\"", "\":[\"", "\"],\"", ":[]", ":{}", "[]", "{}", "[\"", "\"]", "\",", ",\"", "\":0",
      "\":1,\"",
      "\":\"\",\"", "a\":1,\"a\":", "null", "true", "false", "nul", "ue", "alse", ":null", ":true,",
      "null,\"", "true}", ".0", "00", "10", "12", "123", "-1", "-0", "1.5", ",1", ",0,", "1,2",
      "9]", "1}",
      "the", " the", "in", "er", "name", "value", "child", "items", "ab", "abc", "aa", "aaaa",
      "aaaaaaaa",
      "id", "note", "kind", "a\"", "b\"", "\"a", "\"a\"", "\"b\":", "\"\"", "\"\"\"", "red",
      "green", "re",
      "2024", "-02", "-29", "02-2", "2023-", "01-3", "\\n", "\\", "\\\"", "\\\\", "\\u00", "u001",
      "\\u0",
      "n\\", "é", "ü", "日本", "日", "語", "😀", "é\"", "日\"}", "a😀", "  ", " ", "\n", "\t\t", "x y",
      "//",
    ]
    for piece in pieces where piece.utf8.count > 1 {
      tokens.append(Array(piece.utf8))
      kinds.append(.text)
    }
    // Cut characters: the tail of one and the head of the next.
    for cut: [UInt8] in [
      [0xC3], [0xA9, 0x61], [0xE6, 0x97], [0xA5, 0xE6], [0xA5, 0xE6, 0x9C], [0xAC, 0x22],
      [0xF0, 0x9F],
      [0x98, 0x80], [0x80, 0x22, 0x7D], [0xF0, 0x9F, 0x98], [0x61, 0xC3], [0x22, 0xC3],
      [0xBC, 0x2C],
    ] where cut.count > 1 {
      tokens.append(cut)
      kinds.append(.text)
    }
    return Vocabulary(tokens: tokens, kinds: kinds, endOfText: [endOfText])
  }

  static let trie = TokenTrie(make())
}
