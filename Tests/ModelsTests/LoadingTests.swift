// Checkpoints that do not fit their architecture, and batches that do not fit their model.

import Checkpoints
import Compute
import Models
import Tensors
import Testing
import Tokens

/// A checkpoint with some of its settings and tensors changed.
final class AlteredCheckpoint: Checkpoint {
  private let original: any Checkpoint
  private let settings: [String: MetadataValue?]
  private let tensors: [String: TensorView?]

  /// Replaces settings and tensors; nil removes one.
  init(
    _ original: any Checkpoint, settings: [String: MetadataValue?] = [:],
    tensors: [String: TensorView?] = [:]
  ) {
    self.original = original
    self.settings = settings
    self.tensors = tensors
  }

  var format: CheckpointFormat { original.format }
  var file: String { original.file }
  var tensorNames: [String] { original.tensorNames }
  var tensorByteCount: Int { original.tensorByteCount }
  func withHeader(_ body: (Span<UInt8>) -> Void) { original.withHeader(body) }

  var metadata: Metadata {
    var metadata = Metadata()
    let keys = original.metadata.keys + settings.keys.filter { original.metadata[$0] == nil }
    for key in keys {
      if let value = settings[key] ?? original.metadata[key] {
        _ = metadata.add(value, for: key)
      }
    }
    return metadata
  }

  func tensor(named name: String) -> TensorView? {
    tensors[name] ?? original.tensor(named: name)
  }
}

@Suite struct LoadingTests {
  /// One setting that is wrong, with the error it must give.
  struct Wrong: Sendable, CustomTestStringConvertible {
    var key: String
    var value: MetadataValue?
    var sentence: String
    var testDescription: String { "\(key) = \(value.map { "\($0)" } ?? "nothing")" }
  }

  static let wrongSettings: [Wrong] = [
    Wrong(key: "model_type", value: nil, sentence: "the model file lacks the setting model_type"),
    Wrong(key: "model_type", value: .text("gpt9"), sentence: "the model's architecture 'gpt9'"),
    Wrong(key: "model_type", value: .signed(1), sentence: "the model file's setting model_type"),
    Wrong(key: "num_hidden_layers", value: nil, sentence: "the model file lacks the setting num_h"),
    Wrong(key: "num_hidden_layers", value: .signed(-1), sentence: "the model file's setting num_h"),
    Wrong(key: "num_hidden_layers", value: .signed(1 << 40), sentence: "the model file's setting"),
    Wrong(key: "num_hidden_layers", value: .signed(4), sentence: "the model file lacks the tensor"),
    Wrong(key: "num_hidden_layers", value: .text("3"), sentence: "the model file's setting num_h"),
    Wrong(key: "hidden_size", value: .signed(32), sentence: "tensor model.embed_tokens.weight has"),
    Wrong(key: "intermediate_size", value: .signed(95), sentence: "tensor model.layers.0.mlp.gate"),
    Wrong(key: "num_attention_heads", value: .signed(5), sentence: "the model file's setting num"),
    Wrong(key: "num_key_value_heads", value: .signed(0), sentence: "the model file's setting num"),
    Wrong(key: "num_key_value_heads", value: .signed(4), sentence: "tensor model.layers.0.self_a"),
    Wrong(key: "head_dim", value: .signed(15), sentence: "the model file's setting head_dim is 15"),
    Wrong(key: "vocab_size", value: .signed(255), sentence: "the model file's setting vocab_size"),
    Wrong(key: "rms_norm_eps", value: .float(.nan), sentence: "the model file's setting rms_norm"),
    Wrong(key: "rope_theta", value: .float(.infinity), sentence: "the model file's setting rope_t"),
    Wrong(key: "rope_theta", value: .bool(true), sentence: "the model file's setting rope_theta"),
    Wrong(
      key: "rope_scaling.rope_type", value: .text("dynamic"),
      sentence: "the model file's setting rope_scaling.rope_type is dynamic, expected none or"),
    Wrong(
      key: "rope_scaling.factor", value: nil, sentence: "the model file lacks the setting rope"),
    Wrong(key: "hidden_act", value: .text("gelu"), sentence: "the model file's setting hidden_act"),
    Wrong(
      key: "max_position_embeddings", value: .signed(0), sentence: "the model file's setting m"),
  ]

  private func load(_ checkpoint: any Checkpoint) throws(ModelError) -> any Model {
    try ModelRegistry.load(checkpoint, backend: ReferenceBackend())
  }

  @Test(arguments: wrongSettings)
  func aWrongSettingIsNamed(wrong: Wrong) throws {
    let checkpoint = AlteredCheckpoint(
      try GoldenFixture.checkpoint("llama-tiny"), settings: [wrong.key: wrong.value])
    do throws(ModelError) {
      _ = try load(checkpoint)
      Issue.record("it loaded")
    } catch {
      #expect(error.description.hasPrefix(wrong.sentence), "\(error)")
      #expect(!error.isTransient)
    }
  }

  @Test func everyTensorIsNeededAndHasOneShape() throws {
    let original = try GoldenFixture.checkpoint("qwen2-tiny")
    #expect(original.tensorNames.count == 2 + 3 * 12)
    for name in original.tensorNames {
      let missing = AlteredCheckpoint(original, tensors: [name: nil])
      #expect(throws: ModelError.missingTensor(name: name)) { try load(missing) }
      let view = try #require(original.tensor(named: name))
      let other = TensorView(
        name: name, shape: Shape([1] + view.shape.dimensions), type: view.type, owner: view.owner,
        range: view.range)
      let shaped = AlteredCheckpoint(original, tensors: [name: other])
      #expect(throws: ModelError.self) { try load(shaped) }
      let integers = TensorView(
        name: name, shape: view.shape, type: .i32, owner: view.owner, range: view.range)
      let typed = AlteredCheckpoint(original, tensors: [name: integers])
      #expect(throws: ModelError.unsupportedType(tensor: name, type: "i32")) { try load(typed) }
    }
  }

  @Test func wrongFrequencyDivisorsAreRefused() throws {
    let original = try GoldenFixture.checkpoint("llama-tiny-gguf")
    for bad in [Float.nan, 0, -1, .infinity] {
      let bytes = F32Format.encoded([1, 1, 1, 1, 1, 1, 1, bad])
      let view = TensorView(
        name: "rope_freqs.weight", shape: Shape([8]), type: .f32, owner: OwnedBytes(bytes),
        range: 0..<32)
      let wrong = AlteredCheckpoint(original, tensors: ["rope_freqs.weight": view])
      #expect(throws: ModelError.self) { try load(wrong) }
    }
  }

  @Test func aBatchThatDoesNotFitChangesNothing() throws {
    let model = try load(GoldenFixture.checkpoint("smollm2-tiny"))
    let first = try model.makeCache(capacity: 8)
    let second = try model.makeCache(capacity: 2)
    let fits = SequenceInput(tokens: [TokenID(1), TokenID(2)], cache: first, keep: .last)
    let tooLong = SequenceInput(
      tokens: [TokenID(1), TokenID(2), TokenID(3)], cache: second, keep: .last)
    #expect(throws: ModelError.cacheFull(capacity: 2, needed: 3)) {
      try model.forward([fits, tooLong])
    }
    for id in [-1, 256] {
      let unknown = SequenceInput(tokens: [TokenID(id)], cache: second, keep: .last)
      #expect(throws: ModelError.unknownToken(id: id, vocabulary: 256)) {
        try model.forward([fits, unknown])
      }
    }
    #expect(first.position == 0 && second.position == 0)
    #expect(try model.forward([fits]) == 1)
    #expect(first.position == 2)
    #expect(throws: ModelError.unknownToken(id: 300, vocabulary: 256)) {
      try model.logits(rows: [0], requests: [.only([TokenID(300)])])
    }
  }

  @Test func cachesHaveLimits() throws {
    let model = try load(GoldenFixture.checkpoint("llama-tiny"))
    #expect(model.contextLength == 512)
    #expect(model.cacheBytesPerPosition == 2 * 3 * 2 * 16 * 4)
    #expect(throws: ModelError.contextTooLong(limit: 512, asked: 513)) {
      try model.makeCache(capacity: 513)
    }
    let cache = try model.makeCache(capacity: 4)
    _ = try model.forward([
      SequenceInput(tokens: [TokenID(1), TokenID(2)], cache: cache, keep: .none)
    ])
    #expect(!cache.rewind(to: 3) && !cache.rewind(to: -1))
    #expect(cache.rewind(to: 2) && cache.position == 2)
    #expect(throws: ModelError.cacheFull(capacity: 1, needed: 2)) {
      try cache.fork(capacity: 1, borrows: true)
    }
    #expect(try cache.fork(capacity: 2, borrows: true).position == 2)
  }

  @Test func aLongPromptRunsInSeveralPassesWithTheSameBits() throws {
    // The fixture's context is too short to need more than one pass of 512 rows.
    let longer = AlteredCheckpoint(
      try GoldenFixture.checkpoint("smollm2-tiny"),
      settings: ["max_position_embeddings": .signed(4096)])
    let model = try load(longer)
    let tokens = (0..<530).map { TokenID($0 * 37 % 256) }
    func last(_ pieces: [[TokenID]]) throws -> [UInt32] {
      let cache = try model.makeCache(capacity: tokens.count)
      for piece in pieces {
        _ = try model.forward([SequenceInput(tokens: piece, cache: cache, keep: .last)])
      }
      guard case .all(let row) = try model.logits(rows: [0], requests: [.all])[0] else { return [] }
      return row.map(\.bitPattern)
    }
    let whole = try last([tokens])
    #expect(whole.count == 256)
    #expect(try last([Array(tokens[..<300]), Array(tokens[300...])]) == whole)

    // All rows of two passes are kept, and asked for in any order.
    let cache = try model.makeCache(capacity: tokens.count)
    let count = try model.forward([SequenceInput(tokens: tokens, cache: cache, keep: .all)])
    #expect(count == 530)
    let rows = try model.logits(
      rows: [529, 3, 528, 511, 512], requests: .init(repeating: .all, count: 5))
    guard case .all(let row) = rows[0] else { return }
    #expect(row.map(\.bitPattern) == whole)
  }
}
