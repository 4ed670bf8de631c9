// Checkpoints that lie: whatever the header says, loading gives a model or one clear line.

import Checkpoints
import Compute
import Models
import Tensors
import TestSupport
import Testing
import Tokens

@Suite struct MutationTests {
  /// How many wrong checkpoints of each kind are tried; two thousand in all.
  private static let tries = 250
  /// A line that a person reads.
  private static let longestLine = 600

  static let files = [
    "deepseek-v4-tiny/model.safetensors", "deepseek-v4-tiny/model.gguf", "qwen3moe-tiny",
    "deepseek-v3-tiny",
  ]

  /// The bytes of a fixture's file, header and data.
  private static func file(_ name: String) throws -> (bytes: [UInt8], header: Int, config: [UInt8])
  {
    let path = GoldenFixture.path(name)
    let isFile = name.hasSuffix(".gguf") || name.hasSuffix(".safetensors")
    let folder = String(name.prefix { $0 != "/" })
    var header = 0
    try MappedCheckpoint.open(path).withHeader { header = max(header, $0.count) }
    return (
      try GoldenFixture.bytes(isFile ? name : name + "/model.safetensors"), header,
      try GoldenFixture.bytes(folder + "/config.json")
    )
  }

  private static func open(
    _ bytes: [UInt8], config: [UInt8], isGGUF: Bool
  ) throws(CheckpointError) -> any Checkpoint {
    isGGUF
      ? try GGUFCheckpoint(file: "m.gguf", owner: OwnedBytes(bytes))
      : try SafetensorsCheckpoint(
        file: "m.safetensors", owner: OwnedBytes(bytes), configuration: config)
  }

  /// Loads a checkpoint and, if that works, runs two tokens; returns the refusal, if there is one.
  private static func outcome(
    _ bytes: [UInt8], config: [UInt8], isGGUF: Bool
  ) -> String? {
    let checkpoint: any Checkpoint
    do throws(CheckpointError) {
      checkpoint = try open(bytes, config: config, isGGUF: isGGUF)
    } catch { return "\(error)" }
    do throws(ModelError) {
      let model = try ModelRegistry.load(
        checkpoint, backend: try mutationBackend())
      let cache = try model.makeCache(capacity: min(4, model.contextLength))
      _ = try model.forward([
        SequenceInput(tokens: [TokenID(0)], cache: cache, keep: .last)
      ])
      _ = try model.logits(rows: [0], requests: [.all])
      return nil
    } catch { return "\(error)" }
  }

  private static func mutationBackend() throws(ModelError) -> any Backend {
    do throws(ComputeError) {
      return try CPUBackend(precision: .exact, threads: 1, instructions: .scalar)
    } catch { throw .backend(reason: "\(error)") }
  }

  @Test(arguments: files)
  func flippedHeadersGiveAModelOrOneLine(file: String) throws {
    let (good, header, config) = try Self.file(file)
    let isGGUF = file.hasSuffix(".gguf")
    #expect(Self.outcome(good, config: config, isGGUF: isGGUF) == nil)
    var random = SeededRandom(seed: 11)
    var refused = 0
    for _ in 0..<Self.tries {
      var wrong = good
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        wrong[Int.random(in: 0..<header, using: &random)] = UInt8.random(
          in: 0...255, using: &random)
      }
      guard let line = Self.outcome(wrong, config: config, isGGUF: isGGUF) else { continue }
      refused += 1
      #expect(!line.isEmpty && !line.contains("\n") && line.count < Self.longestLine, "\(line)")
    }
    #expect(refused > Self.tries / 2)
  }

  /// Digits of the configuration or of the header's shapes are replaced: numbers stay numbers.
  @Test(arguments: files)
  func lyingNumbersGiveAModelOrOneLine(file: String) throws {
    let (good, header, config) = try Self.file(file)
    let isGGUF = file.hasSuffix(".gguf")
    var random = SeededRandom(seed: 12)
    func digits(_ bytes: ArraySlice<UInt8>) -> [Int] {
      bytes.indices.filter { (0x30...0x39).contains(bytes[$0]) }
    }
    let places = digits(good[..<header])
    let settings = digits(config[...])
    var refused = 0
    for turn in 0..<Self.tries {
      var wrong = good
      var wrongConfig = config
      if turn % 2 == 0, !isGGUF, let place = settings.randomElement(using: &random) {
        wrongConfig[place] = UInt8.random(in: 0x30...0x39, using: &random)
      } else if let place = places.randomElement(using: &random) {
        wrong[place] = UInt8.random(in: 0x30...0x39, using: &random)
      }
      guard let line = Self.outcome(wrong, config: wrongConfig, isGGUF: isGGUF) else { continue }
      refused += 1
      #expect(!line.isEmpty && !line.contains("\n") && line.count < Self.longestLine, "\(line)")
    }
    #expect(refused > 0)
  }
}
