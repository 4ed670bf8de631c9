// The caches of DeepSeek-V4: how far they go back, and what they take.

import Checkpoints
import Compute
import Models
import Tensors
import TestSupport
import Testing
import Tokens

@Suite struct CompressedCacheTests {
  private static func tokens(_ range: Range<Int>) -> [TokenID] {
    range.map { TokenID($0 * 37 % 256) }
  }

  private static func rows(
    _ model: any Model, _ cache: any SequenceCache, _ tokens: [TokenID]
  ) throws -> [Float] {
    let count = try model.forward([SequenceInput(tokens: tokens, cache: cache, keep: .all)])
    return try model.logits(rows: Array(0..<count), requests: .init(repeating: .all, count: count))
      .flatMap { row in if case .all(let values) = row { values } else { [Float]() } }
  }

  @Test func aCacheGoesBackBySixtyFourTokensOrToItsStart() throws {
    let model = try ModelRegistry.load(
      GoldenFixture.checkpoint("deepseek-v4-tiny"),
      backend: CPUBackend(precision: .exact, threads: 2))
    let cache = try model.makeCache(capacity: 200)
    let measure = try Self.rows(model, cache, Self.tokens(0..<150))
    let width = model.vocabularyCount
    #expect(!cache.rewind(to: 85) && !cache.rewind(to: 151) && !cache.rewind(to: -1))
    #expect(cache.position == 150)
    #expect(cache.rewind(to: 86))
    #expect(try Self.rows(model, cache, Self.tokens(86..<150)) == Array(measure[(86 * width)...]))
    // What was overwritten on the way cannot come back by several small steps.
    #expect(cache.rewind(to: 120))
    _ = try Self.rows(model, cache, Self.tokens(120..<123))
    #expect(!cache.rewind(to: 80))
    #expect(cache.rewind(to: 0) && cache.position == 0)
    #expect(try Self.rows(model, cache, Self.tokens(0..<30)) == Array(measure[..<(30 * width)]))
  }

  /// Many steps forward and back, every one that is promised: the logits are always those of the
  /// positions, and a step too far changes nothing.
  @Test(arguments: [1, 2, 3])
  func anyStepsGiveThePositionsLogits(seed: UInt64) throws {
    let model = try ModelRegistry.load(
      GoldenFixture.checkpoint("deepseek-v4-tiny"),
      backend: CPUBackend(precision: .exact, threads: 2))
    let width = model.vocabularyCount
    let measure = try Self.rows(
      model, try model.makeCache(capacity: 400), Self.tokens(0..<400))
    let cache = try model.makeCache(capacity: 400)
    var random = SeededRandom(seed: seed)
    var highest = 0
    for _ in 0..<60 {
      let from = cache.position
      let end = min(400, from + random.int(1...40))
      if from < end {
        let rows = try Self.rows(model, cache, Self.tokens(from..<end))
        #expect(rows == Array(measure[(from * width)..<(end * width)]), "\(from)..<\(end)")
      }
      highest = max(highest, end)
      #expect(cache.earliestRewind == max(0, highest - 64))
      let target = max(1, cache.position - random.int(0...64))
      let isPromised = target >= cache.earliestRewind
      let before = cache.position
      #expect(cache.rewind(to: target) == isPromised)
      #expect(cache.position == (isPromised ? target : before))
    }
    #expect(highest > 100)
  }

  /// Entries and keys for every position, and rings whatever the length; nothing else.
  @Test func aCacheTakesWhatItsLayoutSays() throws {
    for precision in Precision.allCases {
      let element = precision == .exact ? 4 : 2
      let model = try ModelRegistry.load(
        GoldenFixture.checkpoint("deepseek-v4-tiny"),
        backend: CPUBackend(precision: precision, threads: 1))
      // Three sparse layers keep 32 + 32 elements for every 4 positions, two heavy ones 32 for 16.
      #expect(model.cacheBytesPerPosition == element * (3 * 64 / 4 + 2 * 32 / 16))
      let windows = 7 * (16 + 64) * 32 * element
      let sparse = 3 * (2 * 4 + 64) * 2 * (32 + 32) * 8
      let heavy = 2 * (16 + 64) * 32 * 8
      #expect(model.cacheBytesPerSequence == windows + sparse + heavy)
      let stored = try #require(model.makeCache(capacity: 320) as? any StorableCache)
      _ = try Self.rows(model, stored, Self.tokens(0..<320))
      var bytes = 0
      stored.save { bytes += $0.count }
      #expect(bytes == 8 + model.cacheBytesPerSequence + 320 * model.cacheBytesPerPosition)
    }
  }

  /// Latent attention keeps one row per layer, in which the value is the key's first part.
  @Test func latentRowsAreStoredOnce() throws {
    let model = try ModelRegistry.load(
      GoldenFixture.checkpoint("deepseek-v3-tiny"),
      backend: CPUBackend(precision: .fast, threads: 1))
    #expect(model.cacheBytesPerPosition == 3 * (32 + 16) * 2)
    #expect(model.cacheBytesPerSequence == 0)
    let stored = try #require(model.makeCache(capacity: 50) as? any StorableCache)
    _ = try Self.rows(model, stored, Self.tokens(0..<50))
    var bytes = 0
    stored.save { bytes += $0.count }
    #expect(bytes == 50 * model.cacheBytesPerPosition)
    #expect(stored.earliestRewind == 0)
  }

  @Test func aForkKeepsWhatBothCanGoBackTo() throws {
    let model = try ModelRegistry.load(
      GoldenFixture.checkpoint("deepseek-v4-tiny"),
      backend: CPUBackend(precision: .fast, threads: 2))
    let cache = try model.makeCache(capacity: 100)
    let measure = try Self.rows(model, cache, Self.tokens(0..<100))
    let copy = try cache.fork(capacity: 120, borrows: true)
    #expect(copy.rewind(to: 40) && cache.position == 100)
    let width = model.vocabularyCount
    #expect(try Self.rows(model, copy, Self.tokens(40..<100)) == Array(measure[(40 * width)...]))
    #expect(throws: ModelError.cacheFull(capacity: 99, needed: 100)) {
      try cache.fork(capacity: 99, borrows: true)
    }
  }

  /// The released model's settings without any tensor.
  private static var flash: any Checkpoint {
    get throws {
      let ratios = ([0, 0] + (0..<41).map { $0 % 2 == 0 ? 4 : 128 } + [0]).map(String.init)
      let config = """
        {"model_type": "deepseek_v4", "vocab_size": 129280, "hidden_size": 4096,
        "num_hidden_layers": 43, "num_attention_heads": 64, "num_key_value_heads": 1,
        "head_dim": 512, "qk_rope_head_dim": 64, "q_lora_rank": 1024, "o_groups": 8,
        "o_lora_rank": 1024, "sliding_window": 128, "compress_ratios": [\(
          ratios.joined(separator: ","))], "rope_theta": 10000, "compress_rope_theta": 160000,
        "rope_scaling": {"type": "yarn", "factor": 16, "beta_fast": 32, "beta_slow": 1,
        "original_max_position_embeddings": 65536}, "index_n_heads": 64, "index_head_dim": 128,
        "index_topk": 512, "rms_norm_eps": 1e-6, "hc_eps": 1e-6, "hc_mult": 4,
        "hc_sinkhorn_iters": 20, "n_routed_experts": 256, "num_experts_per_tok": 6,
        "n_shared_experts": 1, "moe_intermediate_size": 2048, "num_hash_layers": 3,
        "scoring_func": "sqrtsoftplus", "topk_method": "noaux_tc", "norm_topk_prob": true,
        "routed_scaling_factor": 1.5, "swiglu_limit": 10.0, "num_nextn_predict_layers": 1,
        "max_position_embeddings": 1048576, "hidden_act": "silu"}
        """
      return try SafetensorsCheckpoint(
        file: "flash", owner: OwnedBytes([2, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D]),
        configuration: Array(config.utf8))
    }
  }

  /// The table of the published sizes, in 16 bits: 13 MB, 231 MB, 3.45 GB and 7.22 GB.
  @Test func theReleasedModelsCacheHasThePublishedSize() throws {
    let model = try DeepSeekV4Configuration(Self.flash, vocabularyCount: 129_280)
    #expect(model.layerCount == 43 && model.draftLayerCount == 1)
    for (tokens, bytes) in [
      (1024, 12.7e6), (32_768, 231e6), (500_000, 3.446e9), (1_048_576, 7.22e9),
    ] {
      let kept = model.plannedCache(tokens: tokens).kept
      #expect(abs(kept - bytes) <= 0.01 * bytes, "\(tokens): \(kept)")
    }
    let growth =
      model.plannedCache(tokens: 1_048_576).kept - model.plannedCache(tokens: 524_288).kept
    #expect(growth == 6880 * 524_288)
  }

  /// The frequencies of the released model's rotations, from the golden vectors.
  @Test func theReleasedModelsRotationsAreThePublishedOnes() throws {
    let model = try DeepSeekV4Configuration(Self.flash, vocabularyCount: 129_280)
    let plain = model.plainRotary.frequencies(divisors: nil)
    let slow = model.compressedRotary.frequencies(divisors: nil)
    #expect(plain.count == 32 && plain[0] == 1 && abs(plain[31] - 1.333_521_4e-4) < 1e-9)
    // Pairs up to 15 keep their frequency, from 25 on it is a sixteenth.
    let base = RotarySettings(dimensions: 64, base: 160_000, scaling: .none)
      .frequencies(divisors: nil)
    #expect(Array(slow[...15]) == Array(base[...15]))
    #expect(zip(slow[25...], base[25...]).allSatisfy { abs($0 * 16 / $1 - 1) < 1e-6 })
    #expect(slow[20] < base[20] && slow[20] * 16 > base[20])
  }
}
