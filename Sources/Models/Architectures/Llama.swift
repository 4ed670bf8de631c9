// Llama 2 and 3, and models of the same shape such as SmolLM2.
//
// GGUF files of this architecture permute the rows of the query and key matrices, so that the two
// elements that turn together are neighbors; safetensors files keep them in split halves.

import Checkpoints
import Compute

/// The architecture `llama`.
enum Llama {
  /// Builds a model from a checkpoint.
  static func load(_ binding: WeightBinding) throws(ModelError) -> any Model {
    try Transformer(
      binding,
      traits: TransformerTraits(name: "llama", ggufPairing: .neighbors, attention: .init()))
  }
}
