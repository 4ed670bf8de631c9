// Which architectures there are: one line each.

package import Checkpoints
package import Compute

/// The table of architectures.
package enum ModelRegistry {
  private typealias Loader = (WeightBinding) throws(ModelError) -> any Model

  /// The architectures by the names of GGUF, and of config.json where that differs.
  private static var architectures: [(name: String, modelType: String, load: Loader)] {
    [
      ("deepseek2", "deepseek_v3", DeepSeekV3.load),
      ("deepseek4", "deepseek_v4", DeepSeekV4.load),
      ("llama", "llama", Llama.load),
      ("qwen2", "qwen2", Qwen2.load),
      ("qwen2moe", "qwen2_moe", Qwen2MoE.load),
      ("qwen3", "qwen3", Qwen3.load),
      ("qwen3moe", "qwen3_moe", Qwen3MoE.load),
    ]
  }

  /// The names of all architectures.
  package static var names: [String] { architectures.map(\.name) }

  /// Whether there is an architecture of a name in a format.
  package static func supports(_ name: String, _ format: CheckpointFormat) -> Bool {
    architectures.contains { name == (format == .gguf ? $0.name : $0.modelType) }
  }

  /// Returns GGUF's name of an architecture that either format names.
  static func architectureName(of name: String) -> String {
    architectures.first { $0.modelType == name }?.name ?? name
  }

  /// Returns the name of a checkpoint's architecture.
  package static func architecture(of checkpoint: any Checkpoint) throws(ModelError) -> String {
    let key = checkpoint.format == .gguf ? "general.architecture" : "model_type"
    guard let value = checkpoint.metadata[key] else { throw .missingSetting(key: key) }
    guard let name = value.text else {
      throw .badSetting(key: key, value: "\(value)", expected: "a name")
    }
    return name
  }

  /// Builds a checkpoint's model on a backend.
  ///
  /// - Parameter expertPlace: Where the weights of experts are kept.
  package static func load(
    _ checkpoint: any Checkpoint, backend: any Backend,
    expertPlace: WeightBinding.ExpertPlace = .memory
  ) throws(ModelError) -> any Model {
    let name = try architecture(of: checkpoint)
    let isFile = checkpoint.format == .gguf
    guard let entry = architectures.first(where: { name == (isFile ? $0.name : $0.modelType) })
    else {
      throw .unknownArchitecture(name: name, known: names)
    }
    return try entry.load(
      WeightBinding(checkpoint, backend: backend, expertPlace: expertPlace))
  }
}
