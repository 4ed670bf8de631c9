// Reading golden folders.

import Foundation
import Inference
import Models
import Testing
import Tokens

@Suite struct GoldenFolderTests {
  private func cases(_ text: String) throws -> [GoldenCase] {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data(text.utf8).write(to: folder.appending(path: "cases.json"))
    return try GoldenFolder.cases(in: folder.path(), vocabularyCount: 2)
  }

  /// Two logits, 1 and -2, in base64.
  private static let logits = "AACAPwAAAMA="

  private func text(
    tokens: String = "[1,0]", place: Int = 1, ids: String = "[0]", logits: String = logits,
    greedy: String = "[1]"
  ) -> String {
    """
    {"cases":[{"name":"a","tokens":\(tokens),"greedy":\(greedy),
    "positions":[{"position":\(place),"ids":\(ids),"values":[1.5]}],
    "last_logits_f32le_base64":"\(logits)"}]}
    """
  }

  @Test func aCaseIsReadWhole() throws {
    let golden = try #require(try cases(text()).first)
    #expect(golden.name == "a")
    #expect(golden.tokens == [TokenID(1), TokenID(0)])
    #expect(golden.greedy == [TokenID(1)])
    #expect(golden.lastLogits == [1, -2])
    #expect(golden.positions.first?.values == [1.5])
  }

  @Test func whatDoesNotFitTheModelIsRefused() {
    let wrong = [
      "", "[]", "{}", text(tokens: "[]"), text(tokens: "[2]"), text(tokens: "[-1]"),
      text(tokens: "[0.5]"), text(place: 2), text(place: -1), text(ids: "[0,1]"),
      text(ids: "[7]"), text(logits: "AACAPw=="), text(logits: "AACAPwAAAM*="),
      text(logits: "AACA=wAAAMA="), text(logits: "AACAPwAAAMA"), text(greedy: "[9]"),
    ]
    for text in wrong {
      #expect(throws: GoldenFolderError.self, "\(text)") { try cases(text) }
    }
  }

  @Test func aMissingFileIsNamed() {
    #expect(throws: GoldenFolderError.self) {
      try GoldenFolder.cases(in: "/nowhere/at/all", vocabularyCount: 2)
    }
  }
}
