// DeepSeek-V3: latent attention, dense layers first and then experts chosen inside groups.
//
// The draft head of the released checkpoints, stored as one more layer, is not used.

import Checkpoints
import Compute
import Tensors

/// The architecture `deepseek2`, called `deepseek_v3` in config.json.
enum DeepSeekV3 {
  private static let name = "deepseek2"

  /// Builds a model from a checkpoint.
  static func load(_ binding: WeightBinding) throws(ModelError) -> any Model {
    let embeddingName = TensorName(
      gguf: "token_embd.weight", safetensors: "model.embed_tokens.weight")
    let headName = TensorName(gguf: "output.weight", safetensors: "lm_head.weight")
    let stored = try binding.view(embeddingName)
    let settings = SettingReader(binding.checkpoint, prefix: name)
    let (model, denseLayers) = try configuration(settings, vocabularyCount: stored.shape.rows)
    let hidden = model.hiddenSize
    let embedding = try binding.matrix(
      embeddingName, rows: stored.shape.rows, columns: hidden, for: .lookup)
    let head = try binding.matrix(headName, rows: stored.shape.rows, columns: hidden)
    var layers: [TransformerLayer] = []
    for layer in 0..<model.layerCount {
      layers.append(
        TransformerLayer(
          attentionNorm: try binding.vector(
            .layer(layer, gguf: "attn_norm.weight", safetensors: "input_layernorm.weight"),
            count: hidden),
          attention: try attention(model, layer: layer, binding),
          feedForwardNorm: try binding.vector(
            .layer(
              layer, gguf: "ffn_norm.weight", safetensors: "post_attention_layernorm.weight"),
            count: hidden),
          feedForward: layer < denseLayers
            ? try FeedForward(model, layer: layer, binding: binding)
            : try experts(model, layer: layer, binding)))
    }
    return try Transformer(
      model, backend: binding.backend, embedding: embedding, layers: layers,
      outputNorm: try binding.vector(
        TensorName(gguf: "output_norm.weight", safetensors: "model.norm.weight"), count: hidden),
      head: head, rotary: try RotaryEmbedding(model, pairing: .neighbors, binding: binding))
  }
}

// MARK: - Settings

extension DeepSeekV3 {
  /// Returns the elements that one position takes in a cache.
  static func cacheElements(
    _ checkpoint: any Checkpoint, vocabularyCount: Int
  ) throws(ModelError) -> Int {
    let (model, _) = try configuration(
      SettingReader(checkpoint, prefix: name), vocabularyCount: vocabularyCount)
    return model.cacheElementsPerPosition
  }

  private static func configuration(
    _ settings: SettingReader, vocabularyCount: Int
  ) throws(ModelError) -> (ModelConfiguration, denseLayers: Int) {
    try settings.require(["silu", "swish"], gguf: "", config: ["hidden_act"])
    guard try settings.flag(config: "rope_interleave", default: true) else {
      throw .badSetting(key: "rope_interleave", value: "false", expected: "true")
    }
    func integer(
      _ gguf: String, _ config: String, _ range: ClosedRange<Int>, _ fallback: Int? = nil
    ) throws(ModelError) -> Int {
      try settings.integer(gguf: gguf, config: config, in: range, default: fallback)
    }
    let turning = try integer("rope.dimension_count", "qk_rope_head_dim", 2...128)
    let keySize =
      settings.isGGUF
      ? try integer("attention.key_length_mla", "", turning + 1...1024)
      : turning + (try integer("", "qk_nope_head_dim", 1...512))
    let rank = try integer("attention.kv_lora_rank", "kv_lora_rank", 1...512)
    let (rotary, magnitude) = try rotation(settings, dimensions: turning)
    let layerCount = try layers(settings)
    let latent = LatentConfiguration(
      queryRank: try integer("attention.q_lora_rank", "q_lora_rank", 0...65_536, 0),
      valueSize: rank, plainSize: keySize - turning, turningSize: turning,
      outputSize: try integer("attention.value_length_mla", "v_head_dim", 1...1024),
      scale: Float(magnitude * magnitude / Double(keySize).squareRoot()))
    let dense = try integer(
      "leading_dense_block_count", "first_k_dense_replace", 0...layerCount, 0)
    let model = ModelConfiguration(
      architecture: name, layerCount: layerCount,
      hiddenSize: try integer("embedding_length", "hidden_size", 1...65_536),
      feedForwardSize: try integer(
        "feed_forward_length", "intermediate_size", 1...1_048_576, dense == 0 ? 1 : nil),
      headCount: try integer("attention.head_count", "num_attention_heads", 1...1024),
      keyValueHeadCount: 1, keySize: rank + turning, valueSize: rank,
      vocabularyCount: try integer(
        "vocab_size", "vocab_size", vocabularyCount...vocabularyCount, vocabularyCount),
      contextLength: try integer("context_length", "max_position_embeddings", 1...16_777_216),
      normEpsilon: Float(
        try settings.float(
          gguf: "attention.layer_norm_rms_epsilon", config: ["rms_norm_eps"], in: 0...1)),
      rotary: rotary, experts: dense < layerCount ? try routed(settings) : nil, latent: latent)
    return (model, dense)
  }

  /// Returns the number of layers without the draft head, which GGUF files count.
  private static func layers(_ settings: SettingReader) throws(ModelError) -> Int {
    let all = try settings.integer(
      gguf: "block_count", config: "num_hidden_layers", in: 1...1024)
    guard settings.isGGUF else { return all }
    return all
      - (try settings.integer(
        gguf: "nextn_predict_layers", config: "", in: 0...all - 1, default: 0))
  }

  /// Reads the rotation, and the factor by which YaRN raises queries and keys.
  private static func rotation(
    _ settings: SettingReader, dimensions: Int
  ) throws(ModelError) -> (RotarySettings, magnitude: Double) {
    var rotary = try RotarySettings(settings, headSize: dimensions, accepting: ["yarn"])
    rotary.dimensions = dimensions
    guard case .yarn(let yarn) = rotary.scaling else { return (rotary, 1) }
    let logarithm = max(0, Elementary.log(max(1, yarn.factor)))
    if settings.isGGUF {
      let slope = try settings.float(
        gguf: "rope.scaling.yarn_log_multiplier", config: [], in: 0...10, default: 0.1)
      return (rotary, slope * logarithm + 1)
    }
    func scale(_ name: String) throws(ModelError) -> Double {
      try settings.float(
        gguf: "", config: ["rope_scaling.\(name)", "rope_parameters.\(name)"], in: 0...100,
        default: 0)
    }
    let (own, all) = (try scale("mscale"), try scale("mscale_all_dim"))
    guard own == all else {
      throw .badSetting(
        key: "rope_scaling.mscale", value: "\(own)", expected: "\(all), as mscale_all_dim")
    }
    return (rotary, 0.1 * all * logarithm + 1)
  }

  private static func routed(
    _ settings: SettingReader
  ) throws(ModelError) -> ExpertConfiguration {
    func integer(
      _ gguf: String, _ config: String, _ range: ClosedRange<Int>, _ fallback: Int? = nil
    ) throws(ModelError) -> Int {
      try settings.integer(gguf: gguf, config: config, in: range, default: fallback)
    }
    try settings.require(["sigmoid"], gguf: "", config: ["scoring_func"])
    try settings.require(["noaux_tc"], gguf: "", config: ["topk_method"])
    if settings.isGGUF { _ = try integer("expert_gating_func", "", 2...2, 2) }
    let count = try integer("expert_count", "n_routed_experts", 1...4096)
    let groups = try integer("expert_group_count", "n_group", 1...count, 1)
    guard count % groups == 0 else {
      throw .badSetting(
        key: settings.key(gguf: "expert_group_count", config: "n_group"), value: "\(groups)",
        expected: "a divisor of the \(count) experts")
    }
    let kept = try integer("expert_group_used_count", "topk_group", 1...groups, groups)
    let inner = try integer(
      "expert_feed_forward_length", "moe_intermediate_size", 1...1_048_576)
    return ExpertConfiguration(
      routing: ExpertRouting(
        scores: .sigmoid, expertCount: count,
        chosenCount: try integer(
          "expert_used_count", "num_experts_per_tok", 1...count / groups * kept),
        normalizes: try settings.flag(
          gguf: "expert_weights_norm", config: "norm_topk_prob", default: true),
        scale: try settings.float(
          gguf: "expert_weights_scale", config: ["routed_scaling_factor"], in: 0...1000,
          default: 1),
        groupCount: groups, keptGroupCount: kept),
      innerSize: inner,
      sharedInnerSize: inner * (try integer("expert_shared_count", "n_shared_experts", 0...64, 0)))
  }
}

// MARK: - Weights

extension DeepSeekV3 {
  private static func attention(
    _ model: ModelConfiguration, layer: Int, _ binding: WeightBinding
  ) throws(ModelError) -> LatentAttention {
    guard let latent = model.latent else { throw .missingSetting(key: "kv_lora_rank") }
    func name(_ gguf: String, _ safetensors: String) -> TensorName {
      .layer(layer, gguf: gguf + ".weight", safetensors: "self_attn.\(safetensors).weight")
    }
    let queries = model.headCount * (latent.plainSize + latent.turningSize)
    let rank = latent.queryRank
    let (keyUp, valueUp) = try upward(model, latent, binding, name: name)
    return LatentAttention(
      configuration: latent, epsilon: model.normEpsilon,
      queryDown: rank == 0
        ? nil
        : (
          try binding.matrix(name("attn_q_a", "q_a_proj"), rows: rank, columns: model.hiddenSize),
          try binding.vector(name("attn_q_a_norm", "q_a_layernorm"), count: rank)
        ),
      queryUp: rank == 0
        ? try binding.matrix(name("attn_q", "q_proj"), rows: queries, columns: model.hiddenSize)
        : try binding.matrix(name("attn_q_b", "q_b_proj"), rows: queries, columns: rank),
      keyDown: try binding.matrix(
        name("attn_kv_a_mqa", "kv_a_proj_with_mqa"), rows: latent.valueSize + latent.turningSize,
        columns: model.hiddenSize),
      keyNorm: try binding.vector(
        name("attn_kv_a_norm", "kv_a_layernorm"), count: latent.valueSize),
      keyUp: keyUp, valueUp: valueUp,
      output: try binding.matrix(
        name("attn_output", "o_proj"), rows: model.hiddenSize,
        columns: model.headCount * latent.outputSize),
      noSinks: try compute { () throws(ComputeError) in
        try binding.backend.makeVector([Float](repeating: -3e38, count: model.headCount))
      })
  }

  /// Returns the products that are moved to the query and to the result, one per head.
  private static func upward(
    _ model: ModelConfiguration, _ latent: LatentConfiguration, _ binding: WeightBinding,
    name: (String, String) -> TensorName
  ) throws(ModelError) -> (keys: [Weight], values: [Weight]) {
    let heads = model.headCount
    let (plain, value, output) = (latent.plainSize, latent.valueSize, latent.outputSize)
    func prepared(_ view: TensorView) throws(ModelError) -> Weight {
      try compute { () throws(ComputeError) in try binding.backend.prepare(view, for: .product) }
    }
    let split = name("attn_k_b", "")
    if binding.checkpoint.format == .gguf, binding.has(split) {
      let keys = try binding.view(split, shape: Shape([heads, value, plain]))
      let values = try binding.view(name("attn_v_b", ""), shape: Shape([heads, output, value]))
      var result: (keys: [Weight], values: [Weight]) = ([], [])
      for head in 0..<heads {
        result.keys.append(try prepared(keys.rows(head * value..<(head + 1) * value)))
        result.values.append(try prepared(values.rows(head * output..<(head + 1) * output)))
      }
      return result
    }
    // One matrix holds both; the key's half has to be transposed, in 32 bits.
    let both = try binding.view(
      name("attn_kv_b", "kv_b_proj"), shape: Shape([heads * (plain + output), value]))
    var result: (keys: [Weight], values: [Weight]) = ([], [])
    for head in 0..<heads {
      let first = head * (plain + output)
      guard let rows = both.rows(first..<first + plain).decoded() else {
        throw .unsupportedType(tensor: both.name, type: both.type.rawValue)
      }
      let turned = (0..<value * plain).map { rows[$0 % plain * value + $0 / plain] }
      let bytes = F32Format.encoded(turned)
      result.keys.append(
        try prepared(
          TensorView(
            name: both.name, shape: Shape([value, plain]), type: .f32, owner: OwnedBytes(bytes),
            range: 0..<bytes.count)))
      result.values.append(try prepared(both.rows(first + plain..<first + plain + output)))
    }
    return result
  }

  private static func experts(
    _ model: ModelConfiguration, layer: Int, _ binding: WeightBinding
  ) throws(ModelError) -> MixtureOfExperts {
    guard let experts = model.experts else { throw .missingSetting(key: "n_routed_experts") }
    let names = ExpertNames.huggingFace(shared: "shared_experts")
    return try binding.experts(
      experts, layer: layer, hiddenSize: model.hiddenSize, names: names,
      bias: try binding.floats(
        names.name(
          layer, gguf: "exp_probs_b.bias", safetensors: "mlp.gate.e_score_correction_bias"),
        count: experts.routing.expertCount))
  }
}
