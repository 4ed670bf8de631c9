// Qwen3, dense: no biases, but every query and key head is normalized before it is rotated.

import Checkpoints
import Compute

/// The architecture `qwen3`.
enum Qwen3 {
  /// Builds a model from a checkpoint.
  static func load(_ binding: WeightBinding) throws(ModelError) -> any Model {
    let settings = SettingReader(binding.checkpoint, prefix: "qwen3")
    guard try !settings.flag(config: "use_sliding_window", default: false) else {
      throw .badSetting(key: "use_sliding_window", value: "true", expected: "false")
    }
    return try Transformer(
      binding,
      traits: TransformerTraits(
        name: "qwen3", ggufPairing: .halves, attention: .init(normalizesHeads: true)))
  }
}
