// Qwen2 with experts: Qwen2's attention, and a mixture of experts beside a shared one, whose
// output a sigmoid of its own scales.

import Checkpoints
import Compute

/// The architecture `qwen2moe`.
enum Qwen2MoE {
  /// Builds a model from a checkpoint.
  static func load(_ binding: WeightBinding) throws(ModelError) -> any Model {
    let settings = SettingReader(binding.checkpoint, prefix: "qwen2moe")
    try QwenExperts.requireExpertsInEveryLayer(settings, binding.checkpoint)
    let experts = try QwenExperts.configuration(
      settings, normalizesByDefault: false, hasShared: true)
    return try Transformer(
      binding,
      traits: TransformerTraits(
        name: "qwen2moe", ggufPairing: .halves, attention: .init(biases: .required),
        experts: experts)
    ) { binding, model, layer throws(ModelError) in
      let names = ExpertNames.huggingFace(shared: "shared_expert")
      return try binding.experts(
        experts, layer: layer, hiddenSize: model.hiddenSize, names: names,
        sharedOutputGate: names.name(
          layer, gguf: "ffn_gate_inp_shexp.weight", safetensors: "mlp.shared_expert_gate.weight"))
    }
  }
}
