// The numbers that describe a DeepSeek-V4 model, each checked against a range, so that later
// products of sizes cannot overflow and no shape reaches a kernel that it was not written for.

package import Checkpoints
import Compute

/// What a layer's attention sees besides its window of recent tokens.
package enum CompressionKind: Equatable, Sendable {
  /// Nothing.
  case none
  /// One entry for every `ratio` tokens, of which an indexer picks; windows overlap.
  case sparse(ratio: Int)
  /// One entry for every `ratio` tokens, all of them.
  case heavy(ratio: Int)

  /// The tokens of one entry, nil without compression.
  package var ratio: Int? {
    switch self {
    case .none: nil
    case .sparse(let ratio), .heavy(let ratio): ratio
    }
  }

  /// The columns that projections have for each element of an entry.
  package var lanes: Int { if case .sparse = self { 2 } else { 1 } }
}

/// The sizes of a DeepSeek-V4 model.
package struct DeepSeekV4Configuration: Equatable, Sendable {
  /// The ratio in a checkpoint's list that means overlapping windows and an indexer.
  package static let sparseRatio = 4

  /// The elements of one residual stream.
  package var hiddenSize: Int
  /// The number of tokens.
  package var vocabularyCount: Int
  /// The greatest number of positions that the model was made for.
  package var contextLength: Int
  /// The number of query heads.
  package var headCount: Int
  /// The elements of a head's query and of the row that is key and value at once.
  package var headSize: Int
  /// How many of a head's last elements turn.
  package var turningSize: Int
  /// The elements between the two products of a query.
  package var queryRank: Int
  /// The groups of heads in the output projection.
  package var outputGroupCount: Int
  /// The elements between the two output products, per group.
  package var outputRank: Int
  /// The recent tokens that every layer sees, the current one included.
  package var window: Int
  /// What each layer sees besides.
  package var layers: [CompressionKind]
  /// The indexer's heads.
  package var indexHeadCount: Int
  /// The elements of an indexer's head.
  package var indexHeadSize: Int
  /// The entries that the indexer picks.
  package var indexPickCount: Int
  /// The rotation of layers without compression.
  package var plainRotary: RotarySettings
  /// The rotation of all other layers.
  package var compressedRotary: RotarySettings
  /// The number that is added to a mean square before its root divides.
  package var normEpsilon: Float
  /// The number of residual streams.
  package var streamCount: Int
  /// How often the mixing matrix of streams is normalized by rows and columns.
  package var sinkhornRounds: Int
  /// The number that keeps the mixing matrix from vanishing.
  package var streamEpsilon: Double
  /// The mixture of experts.
  package var experts: ExpertConfiguration
  /// How many of the first layers choose experts by token id.
  package var hashLayerCount: Int
  /// The number of draft layers behind the last layer.
  package var draftLayerCount: Int

  /// The number of layers without the draft's.
  package var layerCount: Int { layers.count }

  /// The bytes of a sequence's entries, keys and recent tokens in 16 bits, and those that one
  /// token reads; the projections of recent tokens, which do not grow, come on top.
  package func plannedCache(tokens: Int) -> PlannedCache {
    var cache = PlannedCache(kept: 0, read: 0)
    for kind in layers {
      let recent = Double(min(tokens, window) * headSize * 2)
      cache.kept += recent
      cache.read += recent
      guard let ratio = kind.ratio else { continue }
      let entries = Double(tokens / ratio)
      let keys = kind.lanes == 2 ? entries * Double(indexHeadSize * 2) : 0
      let seen = kind.lanes == 2 ? min(entries, Double(indexPickCount)) : entries
      cache.kept += entries * Double(headSize * 2) + keys
      cache.read += seen * Double(headSize * 2) + keys
    }
    return cache
  }
}

// MARK: - Reading

extension DeepSeekV4Configuration {
  /// Reads the configuration of a checkpoint.
  ///
  /// - Parameter vocabularyCount: The rows of the token embedding; a setting has to agree with it.
  package init(_ checkpoint: any Checkpoint, vocabularyCount: Int) throws(ModelError) {
    let settings = SettingReader(checkpoint, prefix: "deepseek4")
    func integer(
      _ gguf: String, _ config: String, _ range: ClosedRange<Int>, _ fallback: Int? = nil
    ) throws(ModelError) -> Int {
      try settings.integer(gguf: gguf, config: config, in: range, default: fallback)
    }
    try settings.require(["silu", "swish"], gguf: "", config: ["hidden_act"])
    _ = try integer("attention.head_count_kv", "num_key_value_heads", 1...1, 1)
    hiddenSize = try integer("embedding_length", "hidden_size", 1...65_536)
    self.vocabularyCount = try integer(
      "vocab_size", "vocab_size", vocabularyCount...vocabularyCount, vocabularyCount)
    contextLength = try integer("context_length", "max_position_embeddings", 1...16_777_216)
    headCount = try integer("attention.head_count", "num_attention_heads", 1...1024)
    headSize = try integer("attention.key_length", "head_dim", 2...640)
    _ = try integer("attention.value_length", "head_dim", headSize...headSize, headSize)
    turningSize = try integer("rope.dimension_count", "qk_rope_head_dim", 2...headSize)
    queryRank = try integer("attention.q_lora_rank", "q_lora_rank", 1...65_536)
    outputGroupCount = try integer("attention.output_group_count", "o_groups", 1...headCount)
    outputRank = try integer("attention.output_lora_rank", "o_lora_rank", 1...65_536)
    window = try integer("attention.sliding_window", "sliding_window", 1...8192)
    indexHeadCount = try integer("attention.indexer.head_count", "index_n_heads", 1...1024)
    indexHeadSize = try integer("attention.indexer.key_length", "index_head_dim", 2...640)
    indexPickCount = try integer("attention.indexer.top_k", "index_topk", 1...65_536)
    normEpsilon = Float(
      try settings.float(
        gguf: "attention.layer_norm_rms_epsilon", config: ["rms_norm_eps"], in: 0...1))
    streamCount = try integer("hyper_connection.count", "hc_mult", 1...16)
    sinkhornRounds = try integer(
      "hyper_connection.sinkhorn_iterations", "hc_sinkhorn_iters", 1...1000)
    streamEpsilon = try settings.float(
      gguf: "hyper_connection.epsilon", config: ["hc_eps"], in: 0...1)

    let drafts = try integer("nextn_predict_layers", "num_nextn_predict_layers", 0...8, 0)
    let stored = try integer("block_count", "num_hidden_layers", 1...1024)
    // GGUF counts draft layers among its blocks.
    let count = settings.isGGUF ? stored - drafts : stored
    layers = try Self.layers(settings, checkpoint, count: count)
    draftLayerCount = drafts
    hashLayerCount = try integer("hash_layer_count", "num_hash_layers", 0...1024, 0)
    (plainRotary, compressedRotary) = try Self.rotations(settings, turningSize: turningSize)
    experts = try Self.experts(settings, checkpoint)

    try Self.check(
      headCount % outputGroupCount == 0,
      settings.key(gguf: "attention.output_group_count", config: "o_groups"), outputGroupCount,
      "a divisor of the \(headCount) heads")
    try Self.check(
      turningSize % 2 == 0,
      settings.key(gguf: "rope.dimension_count", config: "qk_rope_head_dim"), turningSize,
      "an even number")
    try Self.check(
      indexHeadSize >= turningSize,
      settings.key(gguf: "attention.indexer.key_length", config: "index_head_dim"), indexHeadSize,
      "at least the \(turningSize) elements that turn")
  }

  private static func check(
    _ holds: Bool, _ key: String, _ value: Int, _ expected: String
  ) throws(ModelError) {
    guard holds else { throw .badSetting(key: key, value: "\(value)", expected: expected) }
  }

  private static func layers(
    _ settings: SettingReader, _ checkpoint: any Checkpoint, count: Int
  ) throws(ModelError) -> [CompressionKind] {
    let key = settings.key(gguf: "attention.compress_ratios", config: "compress_ratios")
    guard let value = checkpoint.metadata[key] else { throw .missingSetting(key: key) }
    guard count > 0, let ratios = value.numbers?.integers(), ratios.count >= count,
      ratios.allSatisfy({ (0...65_536).contains($0) })
    else {
      throw .badSetting(
        key: key, value: "\(value)", expected: "a ratio from 0 to 65536 for each of \(count) layers"
      )
    }
    return ratios.prefix(count).map { ratio in
      switch ratio {
      case 0: .none
      case sparseRatio: .sparse(ratio: ratio)
      default: .heavy(ratio: ratio)
      }
    }
  }

  private static func rotations(
    _ settings: SettingReader, turningSize: Int
  ) throws(ModelError) -> (plain: RotarySettings, compressed: RotarySettings) {
    let base = try settings.float(
      gguf: "rope.freq_base", config: ["rope_theta", "rope_parameters.rope_theta"], in: 1...1e12)
    let compressedBase = try settings.float(
      gguf: "attention.compress_rope_freq_base",
      config: ["compress_rope_theta", "rope_parameters.compress_rope_theta"], in: 1.001...1e12)
    let names = ["rope_scaling.rope_type", "rope_scaling.type", "rope_parameters.rope_type"]
    try settings.require(["none", "default", "yarn"], gguf: "rope.scaling.type", config: names)
    let kind = try settings.text(gguf: "rope.scaling.type", config: names)
    let scaling: RotarySettings.Scaling =
      kind == "yarn" ? .yarn(try RotarySettings.yarn(settings)) : .none
    return (
      RotarySettings(dimensions: turningSize, base: base, scaling: .none),
      RotarySettings(dimensions: turningSize, base: compressedBase, scaling: scaling)
    )
  }

  private static func experts(
    _ settings: SettingReader, _ checkpoint: any Checkpoint
  ) throws(ModelError) -> ExpertConfiguration {
    func integer(
      _ gguf: String, _ config: String, _ range: ClosedRange<Int>, _ fallback: Int? = nil
    ) throws(ModelError) -> Int {
      try settings.integer(gguf: gguf, config: config, in: range, default: fallback)
    }
    try settings.require(["sqrtsoftplus"], gguf: "", config: ["scoring_func"])
    try settings.require(["noaux_tc"], gguf: "", config: ["topk_method"])
    if settings.isGGUF { _ = try integer("expert_gating_func", "", 4...4, 4) }
    let count = try integer("expert_count", "n_routed_experts", 1...4096)
    let inner = try integer(
      "expert_feed_forward_length", "moe_intermediate_size", 1...1_048_576)
    return ExpertConfiguration(
      routing: ExpertRouting(
        scores: .rootSoftplus, expertCount: count,
        chosenCount: try integer("expert_used_count", "num_experts_per_tok", 1...count),
        normalizes: try settings.flag(
          gguf: "expert_weights_norm", config: "norm_topk_prob", default: true),
        scale: try settings.float(
          gguf: "expert_weights_scale", config: ["routed_scaling_factor"], in: 0...1000,
          default: 1)),
      innerSize: inner,
      sharedInnerSize: inner
        * (try integer("expert_shared_count", "n_shared_experts", 0...64, 1)),
      limit: try limit(settings, checkpoint))
  }

  /// Returns the bound of gate and up, which GGUF files store per layer.
  private static func limit(
    _ settings: SettingReader, _ checkpoint: any Checkpoint
  ) throws(ModelError) -> Float? {
    guard settings.isGGUF else {
      let limit = try settings.float(gguf: "", config: ["swiglu_limit"], in: 0...1e6, default: 0)
      return limit > 0 ? Float(limit) : nil
    }
    var all: [Double] = []
    for name in ["swiglu_clamp_exp", "swiglu_clamp_shexp"] {
      let key = settings.key(gguf: name, config: "")
      guard let value = checkpoint.metadata[key] else { continue }
      guard let numbers = value.numbers?.doubles() else {
        throw .badSetting(key: key, value: "\(value)", expected: "numbers")
      }
      all += numbers
    }
    guard let first = all.first else { return nil }
    guard all.allSatisfy({ $0 == first }), (0...1e6).contains(first) else {
      throw .badSetting(
        key: settings.key(gguf: "swiglu_clamp_exp", config: ""), value: "a mixture",
        expected: "one bound for all layers and for the shared expert")
    }
    return first > 0 ? Float(first) : nil
  }
}
