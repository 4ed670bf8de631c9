// The committed vocabulary and the texts with reference ids.

import Foundation
import Tokenizers
import Tokens

enum TokenizerFixtures {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Fixtures")

  private static func lines(_ name: String) throws -> [Substring] {
    try String(contentsOf: folder.appending(path: name), encoding: .utf8)
      .split(separator: "\n", omittingEmptySubsequences: true)
  }

  /// SmolLM2's vocabulary with the rules of a pre-tokenizer.
  static func smollm2(preTokenizer: String = "smollm") throws -> TokenizerDefinition {
    let lines = try lines("smollm2.vocab.txt")
    let border = try found(lines.dropFirst(40_000).firstIndex(of: "-"))
    let pieces = lines[..<border]
    return TokenizerDefinition(
      pieces: PackedTexts(pieces.map(\.utf8)),
      types: pieces.indices.map { $0 < 17 ? .control : .normal },
      merges: PackedTexts(lines[(border + 1)...].map(\.utf8)),
      preTokenizer: preTokenizer, beginOfText: nil, endOfText: [TokenID(2)], chatTemplate: nil)
  }

  /// One text of `ids.txt`.
  struct Row {
    let text: [UInt8]
    let smollm: [TokenID]
    let qwen2Rules: [TokenID]
  }

  static func rows() throws -> [Row] {
    try lines("ids.txt").map { line in
      let columns = line.split(separator: " ")
      func ids(_ column: Int) -> [TokenID] {
        columns[column].split(separator: ",").compactMap { Int($0).map(TokenID.init) }
      }
      let text = columns[0] == "-" ? Data() : Data(base64Encoded: String(columns[0])) ?? Data()
      return Row(text: [UInt8](text), smollm: ids(1), qwen2Rules: ids(2))
    }
  }

  /// Puts U+FFFD in the place of every byte that is not part of valid UTF-8, as llama.cpp does.
  static func repaired(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var i = 0
    while i < bytes.count {
      let length = (1...4).first { n in
        i + n <= bytes.count && String(validating: bytes[i..<i + n], as: UTF8.self) != nil
      }
      result += length.map { Array(bytes[i..<i + $0]) } ?? [0xEF, 0xBF, 0xBD]
      i += length ?? 1
    }
    return result
  }

  private struct Missing: Error {}

  private static func found<T>(_ value: T?) throws -> T {
    guard let value else { throw Missing() }
    return value
  }
}
