// The numbers that describe a decoder of the Llama family, from GGUF metadata or config.json.
//
// Every number is checked against a range, so that later products of sizes cannot overflow.

package import Checkpoints

/// The sizes of a decoder of the Llama family.
package struct ModelConfiguration: Equatable, Sendable {
  /// The architecture's name.
  package var architecture: String
  /// The number of layers.
  package var layerCount: Int
  /// The elements of a hidden state.
  package var hiddenSize: Int
  /// The elements between the two products of a feed-forward block.
  package var feedForwardSize: Int
  /// The number of query heads.
  package var headCount: Int
  /// The number of key and value heads; query heads share them evenly.
  package var keyValueHeadCount: Int
  /// The elements of a head's query and key.
  package var keySize: Int
  /// The elements of a head's value.
  package var valueSize: Int
  /// The number of tokens.
  package var vocabularyCount: Int
  /// The greatest number of positions that the model was made for.
  package var contextLength: Int
  /// The number that is added to a mean square before its root divides.
  package var normEpsilon: Float
  /// How positions turn queries and keys.
  package var rotary: RotarySettings
  /// The mixture of experts, if layers have one.
  package var experts: ExpertConfiguration?
  /// The latent attention, if layers have it.
  package var latent: LatentConfiguration?
}

extension ModelConfiguration {
  /// The elements that one position takes in a cache: keys and values, or rows that are both.
  package var cacheElementsPerPosition: Int {
    layerCount * keyValueHeadCount * (latent == nil ? keySize + valueSize : keySize)
  }

  /// Reads the configuration of a checkpoint.
  ///
  /// - Parameters:
  ///   - name: The architecture's name, which is also the prefix of GGUF keys.
  ///   - vocabularyCount: The rows of the token embedding; a setting has to agree with it.
  ///   - feedForwardDefault: The size of dense blocks where a file without such blocks has none.
  package init(
    _ checkpoint: any Checkpoint, architecture name: String, vocabularyCount: Int,
    feedForwardDefault: Int? = nil
  ) throws(ModelError) {
    let settings = SettingReader(checkpoint, prefix: name)
    try settings.require(
      ["silu", "swish"], gguf: "feed_forward_activation", config: ["hidden_act"])

    let hiddenSize = try settings.integer(
      gguf: "embedding_length", config: "hidden_size", in: 1...65_536)
    let headCount = try settings.integer(
      gguf: "attention.head_count", config: "num_attention_heads", in: 1...1024)
    let keyValueHeadCount = try settings.integer(
      gguf: "attention.head_count_kv", config: "num_key_value_heads", in: 1...1024,
      default: headCount)
    guard headCount % keyValueHeadCount == 0 else {
      throw .badSetting(
        key: settings.key(gguf: "attention.head_count_kv", config: "num_key_value_heads"),
        value: "\(keyValueHeadCount)", expected: "a divisor of the \(headCount) query heads")
    }
    let headSize = try settings.integer(
      gguf: "attention.key_length", config: "head_dim", in: 2...1024,
      default: hiddenSize / headCount)
    let valueSize = try settings.integer(
      gguf: "attention.value_length", config: "head_dim", in: 2...1024, default: headSize)
    guard headSize >= 2, headSize % 2 == 0, valueSize == headSize else {
      throw .badSetting(
        key: settings.key(gguf: "attention.key_length", config: "head_dim"),
        value: "\(headSize)", expected: "an even number, equal to the size of a head's value")
    }
    self.init(
      architecture: name,
      layerCount: try settings.integer(
        gguf: "block_count", config: "num_hidden_layers", in: 1...1024),
      hiddenSize: hiddenSize,
      feedForwardSize: try settings.integer(
        gguf: "feed_forward_length", config: "intermediate_size", in: 1...1_048_576,
        default: feedForwardDefault),
      headCount: headCount, keyValueHeadCount: keyValueHeadCount, keySize: headSize,
      valueSize: valueSize,
      vocabularyCount: try settings.integer(
        gguf: "vocab_size", config: "vocab_size", in: vocabularyCount...vocabularyCount,
        default: vocabularyCount),
      contextLength: try settings.integer(
        gguf: "context_length", config: "max_position_embeddings", in: 1...16_777_216),
      normEpsilon: Float(
        try settings.float(
          gguf: "attention.layer_norm_rms_epsilon", config: ["rms_norm_eps"], in: 0...1)),
      rotary: try RotarySettings(settings, headSize: headSize))
  }
}
