// Which architectures there are: one line each.

package import Checkpoints
package import Compute

/// The table of architectures.
package enum ModelRegistry {
  private typealias Loader = (any Checkpoint, any Backend) throws(ModelError) -> any Model

  /// The architectures by name, which GGUF and config.json share.
  private static var architectures: [(name: String, load: Loader)] {
    [
      ("llama", Llama.load),
      ("qwen2", Qwen2.load),
      ("qwen3", Qwen3.load),
    ]
  }

  /// The names of all architectures.
  package static var names: [String] { architectures.map(\.name) }

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
  package static func load(
    _ checkpoint: any Checkpoint, backend: any Backend
  ) throws(ModelError) -> any Model {
    let name = try architecture(of: checkpoint)
    guard let entry = architectures.first(where: { $0.name == name }) else {
      throw .unknownArchitecture(name: name, known: names)
    }
    return try entry.load(checkpoint, backend)
  }
}
