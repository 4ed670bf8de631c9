// Settings by the names that GGUF and config.json give them, each checked for type and range.

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

  /// Whether the checkpoint is a GGUF file.
  package var isGGUF: Bool { format == .gguf }

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

  /// Returns a truth value of config.json; GGUF files get the default unless they have a key for it.
  package func flag(
    gguf: String? = nil, config: String, default fallback: Bool
  ) throws(ModelError) -> Bool {
    if isGGUF, gguf == nil { return fallback }
    let key = key(gguf: gguf ?? "", config: config)
    guard let value = metadata[key] else { return fallback }
    guard let flag = value.bool else {
      throw .badSetting(key: key, value: "\(value)", expected: "true or false")
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
