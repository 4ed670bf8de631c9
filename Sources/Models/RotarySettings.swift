// How fast the pairs of a head turn with the position.
//
// Pair `i` of `n / 2` turns by `base ^ (-2 i / n)` per position. Checkpoints that were extended to
// longer contexts slow the slow pairs down:
//
//   linear   all pairs by `factor`
//   llama3   by wavelength: below `original / high` not at all, above `original / low` by `factor`,
//            between them in proportion (Llama 3.1's reference code)
//
// GGUF files store the divisors of llama3 in a tensor, `rope_freqs.weight`, instead of settings.

import Compute

/// The rotation of a model's positions.
package struct RotarySettings: Equatable, Sendable {
  /// A change of the frequencies for long contexts.
  package enum Scaling: Equatable, Sendable {
    /// The plain frequencies.
    case none
    /// All pairs slower by a factor.
    case linear(factor: Double)
    /// Slow pairs slower, by wavelength; `low`, `high` are turns in `original` positions.
    case llama3(factor: Double, low: Double, high: Double, original: Double)
  }

  /// The elements of a head that turn, an even number.
  package var dimensions: Int
  /// The frequency base, dimensionless.
  package var base: Double
  /// The change for long contexts.
  package var scaling: Scaling

  /// Reads the rotation of a model whose heads have a size.
  package init(_ settings: SettingReader, headSize: Int) throws(ModelError) {
    dimensions = try settings.integer(
      gguf: "rope.dimension_count", config: "rotary_dim", in: 2...headSize, default: headSize)
    guard dimensions % 2 == 0 else {
      throw .badSetting(
        key: settings.key(gguf: "rope.dimension_count", config: "rotary_dim"),
        value: "\(dimensions)", expected: "an even number")
    }
    base = try settings.float(
      gguf: "rope.freq_base", config: ["rope_theta", "rope_parameters.rope_theta"],
      in: 1...1e12, default: 10_000)

    let kinds = Self.spellings("rope_type") + Self.spellings("type")
    try settings.require(
      ["none", "default", "linear", "llama3"], gguf: "rope.scaling.type", config: kinds)
    let kind = try settings.text(gguf: "rope.scaling.type", config: kinds)
    func value(_ name: String) throws(ModelError) -> Double {
      try settings.float(
        gguf: "rope.scaling.\(name)", config: Self.spellings(name), in: 1e-6...1e9)
    }
    switch kind {
    case "linear": scaling = .linear(factor: try value("factor"))
    case "llama3":
      scaling = .llama3(
        factor: try value("factor"), low: try value("low_freq_factor"),
        high: try value("high_freq_factor"),
        original: try value("original_max_position_embeddings"))
    default: scaling = .none
    }
  }

  private static func spellings(_ name: String) -> [String] {
    ["rope_scaling.\(name)", "rope_parameters.\(name)"]
  }

  /// Returns the angle per position of every pair.
  ///
  /// - Parameter divisors: What a GGUF file stores per pair, nil if it has no such tensor.
  package func frequencies(divisors: [Float]?) -> [Float] {
    (0..<dimensions / 2).map { pair in
      let exponent = -2 * Double(pair) / Double(dimensions)
      let frequency = scaled(Elementary.pow(base, exponent))
      return Float(frequency / Double(divisors?[pair] ?? 1))
    }
  }

  private func scaled(_ frequency: Double) -> Double {
    switch scaling {
    case .none: return frequency
    case .linear(let factor): return frequency / factor
    case .llama3(let factor, let low, let high, let original):
      let turns = original * frequency / (2 * Double.pi)
      if turns > high { return frequency }
      if turns < low { return frequency / factor }
      let smooth = (turns - low) / (high - low)
      return (1 - smooth) * frequency / factor + smooth * frequency
    }
  }
}
