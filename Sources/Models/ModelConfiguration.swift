// The numbers that describe a decoder of the Llama family, from GGUF metadata or config.json.
//
// Every number is checked against a range, so that later products of sizes cannot overflow.

package import Checkpoints

/// Reads settings of an architecture by their names in both formats.
package struct SettingReader {
  private let metadata: Metadata
  private let format: CheckpointFormat
  private let prefix: String

  /// Creates a reader.
  ///
  /// - Parameter prefix: What stands before the point in GGUF keys, the architecture's name.
  package init(_ checkpoint: any Checkpoint, prefix: String) {
    metadata = checkpoint.metadata
    format = checkpoint.format
    self.prefix = prefix
  }

  /// Returns the key that the checkpoint's format uses.
  package func key(gguf: String, config: String) -> String {
    format == .gguf ? "\(prefix).\(gguf)" : config
  }

  /// Returns an integer setting, or its default.
  package func integer(
    gguf: String, config: String, in range: ClosedRange<Int>, default fallback: Int? = nil
  ) throws(ModelError) -> Int {
    let key = key(gguf: gguf, config: config)
    guard let value = metadata[key] else {
      guard let fallback else { throw .missingSetting(key: key) }
      return fallback
    }
    guard let number = value.integer, range.contains(number) else {
      throw .badSetting(
        key: key, value: "\(value)",
        expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// Returns a floating-point setting, or its default.
  package func float(
    gguf: String, config: [String], in range: ClosedRange<Double>, default fallback: Double? = nil
  ) throws(ModelError) -> Double {
    let keys = format == .gguf ? [key(gguf: gguf, config: "")] : config
    guard let key = keys.first(where: { metadata[$0] != nil }), let value = metadata[key] else {
      guard let fallback else { throw .missingSetting(key: keys.first ?? gguf) }
      return fallback
    }
    guard let number = value.double, range.contains(number) else {
      throw .badSetting(
        key: key, value: "\(value)",
        expected: "a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// Returns a text setting, nil if it is not set.
  package func text(gguf: String, config: [String]) throws(ModelError) -> String? {
    let keys = format == .gguf ? [key(gguf: gguf, config: "")] : config
    guard let key = keys.first(where: { metadata[$0] != nil }), let value = metadata[key] else {
      return nil
    }
    guard let text = value.text else {
      throw .badSetting(key: key, value: "\(value)", expected: "a text")
    }
    return text
  }

  /// Returns a truth value of config.json; GGUF has no such settings and gets the default.
  package func flag(config: String, default fallback: Bool) throws(ModelError) -> Bool {
    guard format == .safetensors, let value = metadata[config] else { return fallback }
    guard let flag = value.bool else {
      throw .badSetting(key: config, value: "\(value)", expected: "true or false")
    }
    return flag
  }

  /// Refuses a setting that asks for something this engine does not do.
  package func require(
    _ accepted: [String], gguf: String, config: [String]
  ) throws(ModelError) {
    guard let value = try text(gguf: gguf, config: config), !accepted.contains(value) else {
      return
    }
    throw .badSetting(
      key: format == .gguf ? key(gguf: gguf, config: "") : config.first ?? gguf, value: value,
      expected: accepted.joined(separator: " or "))
  }
}

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
  /// The elements of a head's query, key and value.
  package var headSize: Int
  /// The number of tokens.
  package var vocabularyCount: Int
  /// The greatest number of positions that the model was made for.
  package var contextLength: Int
  /// The number that is added to a mean square before its root divides.
  package var normEpsilon: Float
  /// How positions turn queries and keys.
  package var rotary: RotarySettings

  /// Reads the configuration of a checkpoint.
  ///
  /// - Parameters:
  ///   - name: The architecture's name, which is also the prefix of GGUF keys.
  ///   - vocabularyCount: The rows of the token embedding; a setting has to agree with it.
  package init(
    _ checkpoint: any Checkpoint, architecture name: String, vocabularyCount: Int
  ) throws(ModelError) {
    let settings = SettingReader(checkpoint, prefix: name)
    try settings.require(
      ["silu", "swish"], gguf: "feed_forward_activation", config: ["hidden_act"])

    architecture = name
    layerCount = try settings.integer(
      gguf: "block_count", config: "num_hidden_layers", in: 1...1024)
    hiddenSize = try settings.integer(
      gguf: "embedding_length", config: "hidden_size", in: 1...65_536)
    feedForwardSize = try settings.integer(
      gguf: "feed_forward_length", config: "intermediate_size", in: 1...1_048_576)
    headCount = try settings.integer(
      gguf: "attention.head_count", config: "num_attention_heads", in: 1...1024)
    keyValueHeadCount = try settings.integer(
      gguf: "attention.head_count_kv", config: "num_key_value_heads", in: 1...1024,
      default: headCount)
    guard headCount % keyValueHeadCount == 0 else {
      throw .badSetting(
        key: settings.key(gguf: "attention.head_count_kv", config: "num_key_value_heads"),
        value: "\(keyValueHeadCount)", expected: "a divisor of the \(headCount) query heads")
    }
    headSize = try settings.integer(
      gguf: "attention.key_length", config: "head_dim", in: 2...1024,
      default: hiddenSize / headCount)
    let valueSize = try settings.integer(
      gguf: "attention.value_length", config: "head_dim", in: 2...1024, default: headSize)
    guard headSize >= 2, headSize % 2 == 0, valueSize == headSize else {
      throw .badSetting(
        key: settings.key(gguf: "attention.key_length", config: "head_dim"),
        value: "\(headSize)", expected: "an even number, equal to the size of a head's value")
    }
    self.vocabularyCount = try settings.integer(
      gguf: "vocab_size", config: "vocab_size", in: vocabularyCount...vocabularyCount,
      default: vocabularyCount)
    contextLength = try settings.integer(
      gguf: "context_length", config: "max_position_embeddings", in: 1...16_777_216)
    normEpsilon = Float(
      try settings.float(
        gguf: "attention.layer_norm_rms_epsilon", config: ["rms_norm_eps"], in: 0...1))
    rotary = try RotarySettings(settings, headSize: headSize)
  }
}
