// The draft head's logits against the reference's, however the sequence was fed.

import Compute
import Foundation
import JSON
import Models
import Tensors
import Testing
import Tokens

@Suite struct DraftTests {
  /// One case's draft: the streams before the last token, with that token.
  private static func expectations(_ fixture: String) throws -> [(tokens: [TokenID], [Float])] {
    let data = try Data(contentsOf: URL(filePath: GoldenFixture.path(fixture) + "/cases.json"))
    let items = try #require(try JSONValue.parse([UInt8](data))["cases"]?.array)
    return try items.compactMap { item in
      guard let text = item["mtp_last_logits_f32le_base64"]?.string else { return nil }
      let logits = try #require(Data(base64Encoded: text))
      let tokens = (item["tokens"]?.array ?? []).map { TokenID($0.int ?? -1) }
      return (tokens, F32Format.decoded([UInt8](logits)))
    }
  }

  @Test(arguments: [[64], [1], [5, 16, 17], [200]])
  func draftsEqualTheReference(chunks: [Int]) throws {
    let fixture = "deepseek-v4-tiny"
    let backend = try CPUBackend(precision: .exact, threads: 2)
    let model = try #require(
      ModelRegistry.load(GoldenFixture.checkpoint(fixture), backend: backend)
        as? any DraftingModel)
    #expect(model.hasDraftHead)
    let expectations = try Self.expectations(fixture)
    #expect(expectations.count == 5)
    for (tokens, expected) in expectations {
      let cache = try model.makeDraftingCache(capacity: tokens.count)
      let prompt = Array(tokens.dropLast())
      func feed(from start: Int) throws {
        var start = start
        var turn = 0
        while start < prompt.count {
          let end = min(start + chunks[turn % chunks.count], prompt.count)
          _ = try model.forward([
            SequenceInput(tokens: Array(prompt[start..<end]), cache: cache, keep: .none)
          ])
          start = end
          turn += 1
        }
      }
      func furthest() throws -> Float {
        let found = try model.draft(after: tokens[tokens.count - 1], in: cache)
        return zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity
      }
      try feed(from: 0)
      #expect(try furthest() < GoldenCheck.tolerance, "\(tokens.count) tokens")
      // A draft changes nothing, and a rewound sequence drafts as before.
      #expect(try furthest() < GoldenCheck.tolerance, "\(tokens.count) tokens, again")
      let back = max(0, prompt.count - 40)
      #expect(cache.rewind(to: back))
      try feed(from: back)
      #expect(try furthest() < GoldenCheck.tolerance, "\(tokens.count) tokens, rewound")
    }
  }

  @Test func aFileWithoutTheHeadDraftsNothing() throws {
    let model = try #require(
      ModelRegistry.load(
        GoldenFixture.checkpoint("deepseek-v4-tiny/model.gguf"), backend: ReferenceBackend())
        as? any DraftingModel)
    #expect(!model.hasDraftHead)
  }
}
