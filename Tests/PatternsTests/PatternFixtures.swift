import Foundation
import Patterns

/// The cases of `Fixtures`, which V8 has answered.
enum PatternFixtures {
  /// A pattern, texts, and whether each matches.
  struct Match: Decodable {
    let p: String
    let t: [String]
    let m: String
  }

  /// A text, and whether it is a pattern.
  struct Syntax: Decodable {
    let p: String
    let ok: Bool
  }

  static func matches() throws -> [Match] { try lines("matches.jsonl") }
  static func syntax() throws -> [Syntax] { try lines("syntax.jsonl") }

  static func text(_ name: String) throws -> String {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    return try String(
      contentsOf: folder.appendingPathComponent("Fixtures/\(name)"), encoding: .utf8)
  }

  private static func lines<Row: Decodable>(_ name: String) throws -> [Row] {
    try text(name).split(separator: "\n").map { line in
      try JSONDecoder().decode(Row.self, from: Data(line.utf8))
    }
  }
}
