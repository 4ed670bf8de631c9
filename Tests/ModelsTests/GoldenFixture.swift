// The golden checkpoints in Fixtures, with their cases.

import Checkpoints
import Compute
import Foundation
import JSON
import Models
import Tensors
import Testing
import Tokens

/// A small checkpoint beside the tests.
enum GoldenFixture {
  static let names = [
    "llama-tiny", "smollm2-tiny", "qwen2-tiny", "qwen3-tiny", "llama-tiny-gguf", "qwen3moe-tiny",
    "qwen2moe-tiny",
    "deepseek-v3-tiny",
  ]

  /// Checkpoints of DeepSeek-V4, with more and longer cases.
  static let compressed = [
    "deepseek-v4-tiny/model.safetensors", "deepseek-v4-tiny/model.gguf",
    "deepseek-v4-tiny-q/model.safetensors", "deepseek-v4-tiny-q/model.gguf",
  ]

  /// The path of a fixture.
  static func path(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/\(name)").path()
  }

  /// Reads a file of a fixture whole.
  static func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(filePath: path(name))))
  }

  /// Opens a fixture's checkpoint.
  static func checkpoint(_ name: String) throws -> any Checkpoint {
    try MappedCheckpoint.open(path(name))
  }

  /// Reads a fixture's cases.
  static func cases(_ name: String) throws -> [GoldenCase] {
    let folder = String(name.prefix { $0 != "/" })
    let data = try Data(contentsOf: URL(filePath: path(folder) + "/cases.json"))
    let items = try #require(try JSONValue.parse([UInt8](data))["cases"]?.array)
    return try items.map { item in
      let text = try #require(item["last_logits_f32le_base64"]?.string)
      let logits = try #require(Data(base64Encoded: text))
      return GoldenCase(
        name: try #require(item["name"]?.string), tokens: ids(item["tokens"]),
        positions: (item["positions"]?.array ?? []).map { place in
          GoldenCase.Position(
            position: place["position"]?.int ?? -1, ids: ids(place["ids"]),
            values: (place["values"]?.array ?? []).map { Float($0.number?.double ?? .nan) })
        },
        lastLogits: F32Format.decoded([UInt8](logits)), greedy: ids(item["greedy"]))
    }
  }

  private static func ids(_ value: JSONValue?) -> [TokenID] {
    (value?.array ?? []).map { TokenID($0.int ?? -1) }
  }
}
