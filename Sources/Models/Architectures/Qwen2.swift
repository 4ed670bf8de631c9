// Qwen2 and Qwen2.5: the shape of Llama with biases on queries, keys and values.

import Checkpoints
import Compute

/// The architecture `qwen2`.
enum Qwen2 {
  /// Builds a model from a checkpoint.
  static func load(_ binding: WeightBinding) throws(ModelError) -> any Model {
    let settings = SettingReader(binding.checkpoint, prefix: "qwen2")
    guard try !settings.flag(config: "use_sliding_window", default: false) else {
      throw .badSetting(key: "use_sliding_window", value: "true", expected: "false")
    }
    return try Transformer(
      binding,
      traits: TransformerTraits(
        name: "qwen2", ggufPairing: .halves, attention: .init(biases: .required)))
  }
}
