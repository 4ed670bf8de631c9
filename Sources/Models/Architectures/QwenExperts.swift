// The settings of Qwen's mixtures of experts, which two architectures share.

import Checkpoints
import Compute

/// How Qwen checkpoints describe their experts.
enum QwenExperts {
  /// Refuses checkpoints of which some layers have no experts.
  static func requireExpertsInEveryLayer(
    _ settings: SettingReader, _ checkpoint: any Checkpoint
  ) throws(ModelError) {
    guard try !settings.flag(config: "use_sliding_window", default: false) else {
      throw .badSetting(key: "use_sliding_window", value: "true", expected: "false")
    }
    guard checkpoint.format == .safetensors else { return }
    _ = try settings.integer(gguf: "", config: "decoder_sparse_step", in: 1...1, default: 1)
    if let dense = checkpoint.metadata["mlp_only_layers"]?.numbers, dense.count > 0 {
      throw .badSetting(
        key: "mlp_only_layers", value: "\(dense.count) numbers", expected: "none")
    }
  }

  /// Reads the sizes of the experts.
  ///
  /// - Parameter normalizesByDefault: What GGUF files, which do not say it, mean.
  static func configuration(
    _ settings: SettingReader, normalizesByDefault: Bool, hasShared: Bool
  ) throws(ModelError) -> ExpertConfiguration {
    let count = try settings.integer(gguf: "expert_count", config: "num_experts", in: 1...4096)
    return ExpertConfiguration(
      routing: ExpertRouting(
        scores: .softmax, expertCount: count,
        chosenCount: try settings.integer(
          gguf: "expert_used_count", config: "num_experts_per_tok", in: 1...count),
        normalizes: try settings.flag(config: "norm_topk_prob", default: normalizesByDefault),
        scale: 1),
      innerSize: try settings.integer(
        gguf: "expert_feed_forward_length", config: "moe_intermediate_size", in: 1...1_048_576),
      sharedInnerSize: hasShared
        ? try settings.integer(
          gguf: "expert_shared_feed_forward_length", config: "shared_expert_intermediate_size",
          in: 1...1_048_576) : 0)
  }
}
