// What a plan must know of a checkpoint beside its tensors: its share of experts and its cache.

package import Checkpoints
import Compute
import Tensors

extension ModelRegistry {
  /// Returns what a sequence of a checkpoint's model takes, its caches being of 16 bits.
  package static func plannedCache(
    of checkpoint: any Checkpoint
  ) throws(ModelError) -> (Int) -> PlannedCache {
    let name = try architecture(of: checkpoint)
    guard supports(name, checkpoint.format) else {
      throw .unknownArchitecture(name: name, known: names)
    }
    let binding = WeightBinding(checkpoint, backend: ReferenceBackend())
    func vocabulary(_ gguf: String, _ safetensors: String) throws(ModelError) -> Int {
      try binding.view(TensorName(gguf: gguf, safetensors: safetensors)).shape.rows
    }
    if name == "deepseek4" || name == "deepseek_v4" {
      let model = try DeepSeekV4Configuration(
        checkpoint, vocabularyCount: try vocabulary("token_embd.weight", "embed.weight"))
      return { model.plannedCache(tokens: $0) }
    }
    let count = try vocabulary("token_embd.weight", "model.embed_tokens.weight")
    let perPosition: Int
    if name == "deepseek2" || name == "deepseek_v3" {
      perPosition = try DeepSeekV3.cacheElements(checkpoint, vocabularyCount: count)
    } else {
      let prefix = architectureName(of: name)
      let model = try ModelConfiguration(
        checkpoint, architecture: prefix, vocabularyCount: count, feedForwardDefault: 1)
      perPosition =
        model.layerCount * model.keyValueHeadCount * (model.keySize + model.valueSize)
    }
    return { tokens in
      let bytes = 2 * Double(perPosition) * Double(tokens)
      return PlannedCache(kept: bytes, read: bytes)
    }
  }

  /// Returns the share of its experts that one token of a checkpoint's model uses.
  ///
  /// A model without experts, and one that does not say, uses all.
  package static func expertShare(of checkpoint: any Checkpoint) -> Double {
    let metadata = checkpoint.metadata
    let prefix = checkpoint.format == .gguf ? metadata["general.architecture"]?.text : nil
    func number(_ gguf: String, _ config: [String]) -> Int? {
      if let prefix { return metadata["\(prefix).\(gguf)"]?.integer }
      return config.compactMap { metadata[$0]?.integer }.first
    }
    guard let count = number("expert_count", ["n_routed_experts", "num_experts"]), count > 0,
      let used = number("expert_used_count", ["num_experts_per_tok"]), used > 0, used <= count
    else { return 1 }
    return Double(used) / Double(count)
  }
}
