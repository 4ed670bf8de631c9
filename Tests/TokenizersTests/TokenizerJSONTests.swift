// tokenizer.json files: ids against Hugging Face's `tokenizers`, and files that are refused.

import Foundation
import JSON
import TestSupport
import Testing
import Tokenizers
import Tokens

@Suite struct TokenizerJSONTests {
  static func fixture(_ name: String) throws -> JSONValue {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Fixtures/\(name)")
    return try JSONValue.parse([UInt8](Data(contentsOf: folder)))
  }

  /// DeepSeek-V4's tokenizer, with the tokens alone that the texts need.
  static func deepSeek() throws -> ByteLevelTokenizer {
    try ByteLevelTokenizer(
      TokenizerDefinition(
        tokenizer: fixture("deepseek-v4.json"),
        configuration: ["eos_token": "<｜end▁of▁sentence｜>"]))
  }

  /// A text with its ids in each column; nil where the column repeats the one of smollm.
  private struct Row {
    let text: [UInt8]
    let columns: [[TokenID]]
  }

  private static func rows() throws -> [Row] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let file = folder.appending(path: "Fixtures/json-ids.txt")
    return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map { line in
      let fields = line.split(separator: " ")
      let text = fields[0] == "-" ? Data() : Data(base64Encoded: String(fields[0])) ?? Data()
      let columns = fields.dropFirst().map { field in
        (field == "=" ? fields[2] : field).split(separator: ",")
          .compactMap { Int($0).map(TokenID.init) }
      }
      return Row(text: [UInt8](text), columns: columns)
    }
  }

  @Test func idsEqualTheReferenceWithDeepSeek() throws {
    let tokenizer = try Self.deepSeek()
    let rows = try Self.rows()
    #expect(rows.count > 1300)
    let wrong = rows.filter {
      tokenizer.encode(TokenizerFixtures.repaired($0.text)).tokens != $0.columns[0]
    }
    #expect(wrong.map { $0.text.debugText } == [])
  }

  @Test(arguments: [
    (1, "smollm"), (2, "gpt-2"), (3, "qwen2"), (4, "llama-bpe"), (5, "deepseek-v3"),
  ])
  func idsEqualTheReferenceByTheRules(column: Int, rules: String) throws {
    let tokenizer = try ByteLevelTokenizer(TokenizerFixtures.smollm2(preTokenizer: rules))
    // The reference drops a byte that it cannot spell before it merges, this one after.
    let spelled = try Self.rows().filter { row in
      TokenizerFixtures.repaired(row.text).allSatisfy {
        tokenizer.vocabulary.spellsByte[Int($0)]
      }
    }
    #expect(spelled.count > 1000)
    let wrong = spelled.filter {
      tokenizer.encode(TokenizerFixtures.repaired($0.text)).tokens != $0.columns[column]
    }
    #expect(wrong.map { $0.text.debugText } == [])
  }

  @Test func decodingGivesTheTextBack() throws {
    let tokenizer = try Self.deepSeek()
    for row in try Self.rows() {
      #expect(tokenizer.decode(tokenizer.encode(row.text).tokens) == row.text)
    }
  }

  @Test func moreTextNeverChangesTheTokensBeforeTheLastWord() throws {
    let tokenizer = try Self.deepSeek()
    for row in try Self.rows().suffix(200) {
      let whole = tokenizer.encode(row.text).tokens
      for end in 0...row.text.count {
        let part = tokenizer.encode(Array(row.text[..<end]))
        let kept = part.tokens[..<part.countBeforeLastWord]
        #expect(Array(whole.prefix(kept.count)) == Array(kept), "\(row.text.debugText) \(end)")
      }
    }
  }

  // MARK: - What files say

  /// A small tokenizer.json with some members replaced.
  private static func small(_ changes: [(String, JSONValue)] = []) -> JSONValue {
    let basic: JSONValue = [
      "added_tokens": [
        ["id": 3, "content": "<end>", "special": true],
        ["id": 4, "content": "<start>", "special": true],
        ["id": 6, "content": "<more>", "special": false],
      ],
      "pre_tokenizer": ["type": "ByteLevel", "add_prefix_space": false, "use_regex": true],
      "model": [
        "type": "BPE", "vocab": ["a": 0, "b": 1, "ab": 2, "<end>": 3], "merges": ["a b"],
      ],
    ]
    var document = basic.object ?? JSONObject()
    for (key, value) in changes { document[key] = value }
    return .object(document)
  }

  private static func error(_ changes: [(String, JSONValue)]) -> TokenizerError? {
    do throws(TokenizerError) {
      _ = try ByteLevelTokenizer(
        TokenizerDefinition(tokenizer: small(changes), configuration: ["eos_token": "<end>"]))
      return nil
    } catch { return error }
  }

  @Test func addedTokensAreMarkersAndMissingIdsHaveNoUse() throws {
    let tokenizer = try ByteLevelTokenizer(
      TokenizerDefinition(
        tokenizer: Self.small(), configuration: ["eos_token": ["content": "<end>"]]))
    #expect(
      tokenizer.vocabulary.kinds == [
        .text, .text, .text, .control, .control, .unused, .control,
      ])
    #expect(tokenizer.vocabulary.endOfText == [TokenID(3)])
    #expect(tokenizer.beginOfText == nil)
    let text = Array("ab<end>a<more><mor".utf8)
    #expect(tokenizer.encode(text).tokens.map(\.index) == [2, 0])
    #expect(tokenizer.encodeWithMarkers(text).map(\.index) == [2, 3, 0, 6])
  }

  @Test func theBeginningOfTextIsTheConfigurationsOrTheTemplates() throws {
    let template: JSONValue = [
      "type": "Sequence",
      "processors": [
        ["type": "ByteLevel"],
        [
          "type": "TemplateProcessing",
          "single": [["SpecialToken": ["id": "<start>"]], ["Sequence": ["id": "A"]]],
        ],
      ],
    ]
    func begin(_ changes: [(String, JSONValue)], _ configuration: JSONValue) throws -> TokenID? {
      try TokenizerDefinition(tokenizer: Self.small(changes), configuration: configuration)
        .beginOfText
    }
    let processor = [("post_processor", template)]
    #expect(try begin(processor, ["eos_token": "<end>"]) == TokenID(4))
    #expect(try begin(processor, ["add_bos_token": false, "bos_token": "<start>"]) == nil)
    #expect(try begin([], ["add_bos_token": true, "bos_token": "<start>"]) == TokenID(4))
    #expect(try begin([], ["bos_token": "<start>"]) == nil)
  }

  @Test func whatIsNotKnownIsRefusedByName() {
    #expect(Self.error([("normalizer", ["type": "NFC"])]) == nil)
    #expect(
      Self.error([("normalizer", ["type": "Lowercase"])])
        == .unsupportedStep(kind: "normalizer", name: "Lowercase"))
    #expect(
      Self.error([("normalizer", ["type": "Sequence", "normalizers": [["type": "Strip"]]])])
        == .unsupportedStep(kind: "normalizer", name: "Strip"))
    for step: JSONValue in [
      ["type": "ByteLevel", "add_prefix_space": true], ["type": "Metaspace"],
      ["type": "Digits", "individual_digits": false],
      [
        "type": "Sequence",
        "pretokenizers": [
          ["type": "Split", "pattern": ["Regex": "\\p{N}{1,2}"], "behavior": "Isolated"],
          ["type": "ByteLevel", "use_regex": false],
        ],
      ],
      [
        "type": "Sequence",
        "pretokenizers": [
          ["type": "Split", "pattern": ["Regex": "\\p{N}"], "behavior": "MergedWithNext"],
          ["type": "ByteLevel", "use_regex": false],
        ],
      ],
    ] {
      let error = Self.error([
        ("pre_tokenizer", step), ("decoder", ["type": "ByteLevel"]),
      ])
      guard case .unsupportedStep("pre-tokenizer", _) = error else {
        Issue.record("\(step.text): \(String(describing: error))")
        continue
      }
    }
    #expect(
      Self.error([("model", ["type": "WordPiece", "vocab": [:]])])
        == .unsupportedModel(name: "WordPiece"))
    #expect(
      Self.error([("model", ["vocab": ["a": 0, "b": 1, "ab": 2], "merges": [["a"]]])])
        == .badMerge(rank: 0))
    #expect(
      Self.error([("model", ["vocab": ["a": 0, "b": 0]])])
        == .malformedFile(name: "tokenizer.json", expected: "each id once, but 0 is twice"))
    #expect(
      Self.error([("added_tokens", [["id": 3, "content": "x", "lstrip": true]])])
        == .unsupportedStep(kind: "added token", name: "\"x\" with lstrip"))
  }

  @Test func damagedFilesGiveATokenizerOrAnError() throws {
    let text = Array(Self.small([("normalizer", ["type": "NFC"])]).text.utf8)
    let others = Array("0-9\"{}[]:,abntrue".utf8)
    var random = SeededRandom(seed: 9)
    var built = 0
    for _ in 0..<3000 {
      var damaged = text
      for _ in 0...random.int(0...2) {
        let place = random.int(0...damaged.count - 1)
        switch random.int(0...2) {
        case 0: damaged[place] = others[random.int(0...others.count - 1)]
        case 1: damaged.remove(at: place)
        default: damaged.insert(damaged[random.int(0...damaged.count - 1)], at: place)
        }
      }
      guard let document = try? JSONValue.parse(damaged) else { continue }
      do throws(TokenizerError) {
        let tokenizer = try ByteLevelTokenizer(
          TokenizerDefinition(tokenizer: document, configuration: ["eos_token": "<end>"]))
        #expect(tokenizer.decode(tokenizer.encode([0x61]).tokens).count <= 1)
        built += 1
      } catch { #expect(!error.description.isEmpty) }
    }
    #expect(built > 100)
  }
}

extension [UInt8] {
  /// The bytes as a text for messages.
  fileprivate var debugText: String { String(decoding: self, as: UTF8.self).debugDescription }
}
