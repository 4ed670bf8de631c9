// Qwen3, dense: no biases, but every query and key head is normalized before it is rotated.

import Checkpoints
import Compute

/// The architecture `qwen3`.
enum Qwen3 {
  /// Builds a model from a checkpoint.
  static func load(
    _ checkpoint: any Checkpoint, backend: any Backend
  ) throws(ModelError) -> any Model {
    let settings = SettingReader(checkpoint, prefix: "qwen3")
    guard try !settings.flag(config: "use_sliding_window", default: false) else {
      throw .badSetting(key: "use_sliding_window", value: "true", expected: "false")
    }
    return try Transformer(
      checkpoint,
      traits: TransformerTraits(
        name: "qwen3", ggufPairing: .halves, attention: .init(normalizesHeads: true)),
      backend: backend)
  }
}
