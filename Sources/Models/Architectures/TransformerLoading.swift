// How the architectures of the Llama family are put together: they differ in a few choices.

import Checkpoints
import Compute
import Tensors

/// What one architecture of the family does its own way.
struct TransformerTraits {
  /// The architecture's name in GGUF files, which prefixes their keys.
  var name: String
  /// Which elements turn together in GGUF files.
  var ggufPairing: RotaryPairing
  /// What attention adds.
  var attention: GroupedAttention.Options
  /// The mixture of experts, if layers have one in place of the dense block.
  var experts: ExpertConfiguration?
}

extension Transformer {
  /// Builds a model of dense layers from a checkpoint.
  convenience init(
    _ binding: WeightBinding, traits: TransformerTraits
  ) throws(ModelError) {
    try self.init(
      binding, traits: traits
    ) { binding, model, layer throws(ModelError) in
      try FeedForward(model, layer: layer, binding: binding)
    }
  }

  /// Builds a model from a checkpoint.
  ///
  /// - Parameter feedForward: Binds the block of a layer.
  convenience init(
    _ binding: WeightBinding, traits: TransformerTraits,
    feedForward: (WeightBinding, ModelConfiguration, Int) throws(ModelError) -> any FeedForwardBlock
  ) throws(ModelError) {
    let checkpoint = binding.checkpoint
    let embeddingName = TensorName(
      gguf: "token_embd.weight", safetensors: "model.embed_tokens.weight")
    let headName = TensorName(gguf: "output.weight", safetensors: "lm_head.weight")
    let stored = try binding.view(embeddingName)
    var configuration = try ModelConfiguration(
      checkpoint, architecture: traits.name, vocabularyCount: stored.shape.rows,
      feedForwardDefault: traits.experts == nil ? nil : 1)
    if let experts = traits.experts {
      configuration.experts = experts
      configuration.feedForwardSize = 1
    }
    let hidden = configuration.hiddenSize

    // A checkpoint without a head of its own uses the embedding, whatever its settings say; one
    // that says so keeps a head only by accident.
    let settings = SettingReader(checkpoint, prefix: traits.name)
    let tied =
      try settings.flag(config: "tie_word_embeddings", default: false) || !binding.has(headName)
    let embedding = try binding.matrix(
      embeddingName, rows: stored.shape.rows, columns: hidden,
      for: tied ? [.lookup, .product] : .lookup)
    let head =
      tied
      ? embedding
      : try binding.matrix(headName, rows: configuration.vocabularyCount, columns: hidden)

    // The released layout of safetensors keeps heads in split halves.
    let rotary = try RotaryEmbedding(
      configuration, pairing: checkpoint.format == .gguf ? traits.ggufPairing : .halves,
      binding: binding)
    var layers: [TransformerLayer] = []
    for layer in 0..<configuration.layerCount {
      layers.append(
        TransformerLayer(
          attentionNorm: try binding.vector(
            .layer(
              layer, gguf: "attn_norm.weight", safetensors: "input_layernorm.weight"),
            count: hidden),
          attention: try GroupedAttention(
            configuration, layer: layer, options: traits.attention, binding: binding),
          feedForwardNorm: try binding.vector(
            .layer(
              layer, gguf: "ffn_norm.weight", safetensors: "post_attention_layernorm.weight"),
            count: hidden),
          feedForward: try feedForward(binding, configuration, layer)))
    }
    try self.init(
      configuration, backend: binding.backend, embedding: embedding, layers: layers,
      outputNorm: try binding.vector(
        TensorName(gguf: "output_norm.weight", safetensors: "model.norm.weight"), count: hidden),
      head: head, rotary: rotary)
  }
}
