// Qwen3 with experts: Qwen3's attention, and a mixture of experts without a shared one.

import Checkpoints
import Compute

/// The architecture `qwen3moe`.
enum Qwen3MoE {
  /// Builds a model from a checkpoint.
  static func load(_ binding: WeightBinding) throws(ModelError) -> any Model {
    let settings = SettingReader(binding.checkpoint, prefix: "qwen3moe")
    try QwenExperts.requireExpertsInEveryLayer(settings, binding.checkpoint)
    let experts = try QwenExperts.configuration(
      settings, normalizesByDefault: true, hasShared: false)
    return try Transformer(
      binding,
      traits: TransformerTraits(
        name: "qwen3moe", ggufPairing: .halves, attention: .init(normalizesHeads: true),
        experts: experts)
    ) { binding, model, layer throws(ModelError) in
      try binding.experts(
        experts, layer: layer, hiddenSize: model.hiddenSize,
        names: .huggingFace(shared: "shared_expert"))
    }
  }
}
