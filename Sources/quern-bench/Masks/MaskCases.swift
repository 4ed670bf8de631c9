// The schemas that the mask benches run over, and how each is read.
//
//   a line of the file   {"id":…,"schema":…, …}

import Grammars
import JSON
import JSONSchema
import Posix
import TestSupport
import Tokenizers
import Tokens

/// One schema with the spelling in which its masks are taken.
struct MaskCase {
  let id: String
  let schema: Schema
  let grammar: Grammar
  let options: GrammarOptions
}

/// Why there is nothing to measure.
struct MaskBenchFailure: Error, CustomStringConvertible {
  let description: String
}

/// The schemas of a file of cases.
struct MaskCases {
  /// The lines of the file.
  private(set) var lines: [(id: String, schema: JSONValue)] = []

  /// Reads a file of cases, of which each `every`-th from one on is kept.
  init(_ path: String, every: Int, from first: Int) throws {
    let content = try readFile(FilePath(path), limit: 1 << 30)
    for (place, line) in content.split(separator: 0x0A).enumerated()
    where place % every == first % every {
      let value = try JSONValue.parse(Array(line))
      guard let schema = value["schema"] else {
        throw MaskBenchFailure(description: "\(path): a line has no \"schema\"")
      }
      lines.append((value["id"]?.string ?? "\(lines.count)", schema))
    }
  }

  /// Compiles a schema; every third one as the product does, with spaces, and in any spelling.
  func compile(_ place: Int) -> Result<MaskCase, MaskBenchFailure> {
    let options =
      switch place % 3 {
      case 0: GrammarOptions()
      case 1: GrammarOptions(whiteSpace: .separators)
      default: GrammarOptions(limits: .none, whiteSpace: .any, numbers: .any)
      }
    do {
      let schema = try Schema(
        lines[place].schema, options: SchemaOptions(unknownKeywords: .allow))
      let grammar = try Grammar(schema, options: options)
      return .success(
        MaskCase(id: lines[place].id, schema: schema, grammar: grammar, options: options))
    } catch {
      return .failure(MaskBenchFailure(description: "\(error)"))
    }
  }

  /// Reads the vocabulary of a folder with tokenizer.json and tokenizer_config.json.
  static func vocabulary(_ folder: String) throws -> Vocabulary {
    func document(_ name: String) throws -> JSONValue {
      try JSONValue.parse(readFile(FilePath(folder + "/" + name), limit: 1 << 30))
    }
    return try Vocabulary(
      tokenizer: document("tokenizer.json"), configuration: document("tokenizer_config.json"))
  }
}

/// Draws tokens from masks.
struct MaskDraws: RandomNumberGenerator {
  private var random: SeededRandom

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  mutating func next() -> UInt64 { random.next() }

  /// Returns one token of a mask, all alike; nil if it is empty.
  mutating func token(_ mask: TokenMask) -> TokenID? {
    let count = mask.allowedCount
    if count == 0 { return nil }
    var left = Int.random(in: 0..<count, using: &self)
    for (place, word) in mask.words.enumerated() {
      let here = word.nonzeroBitCount
      if left >= here {
        left -= here
        continue
      }
      var rest = word
      while left > 0 {
        rest &= rest - 1
        left -= 1
      }
      return TokenID(place << 6 + rest.trailingZeroBitCount)
    }
    return nil
  }

  /// Returns one token of a mask that is also in another, else one of the mask.
  mutating func token(_ mask: TokenMask, liking liked: TokenMask) -> TokenID? {
    var both = mask
    for i in both.words.indices { both.words[i] &= liked.words[i] }
    return token(both) ?? token(mask)
  }

  /// The tokens that hold a byte that ends or goes on with a value, and end of text.
  static func endings(_ vocabulary: Vocabulary) -> TokenMask {
    var mask = TokenMask(count: vocabulary.count)
    for index in 0..<vocabulary.count {
      let token = TokenID(index)
      let text = vocabulary.kind(of: token) == .text ? vocabulary.bytes(of: token) : []
      if text.contains(where: { [0x22, 0x7D, 0x5D, 0x2C].contains($0) }) { mask.insert(token) }
    }
    for token in vocabulary.endOfText { mask.insert(token) }
    return mask
  }
}
