// How fast the pairs of a head turn with the position.
//
// Pair `i` of `n / 2` turns by `base ^ (-2 i / n)` per position. Checkpoints that were extended to
// longer contexts slow the slow pairs down:
//
//   linear   all pairs by `factor`
//   yarn     by wavelength in another way, between two pair indices in proportion; some models
//            also scale scores (Peng et al. 2023, "YaRN")
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
    /// Pairs of many turns in `original` positions as they are, of few turns slower by a factor.
    case yarn(YarnScaling)
  }

  /// The change of frequencies that is called YaRN.
  package struct YarnScaling: Equatable, Sendable {
    /// The factor of slow pairs.
    package var factor: Double
    /// The positions that the model was first trained for.
    package var original: Double
    /// The turns above which a pair stays as it is.
    package var fast = 32.0
    /// The turns below which a pair is slowed by the whole factor.
    package var slow = 1.0

    /// Returns the pair indices between which the change grows.
    func bounds(dimensions: Int, base: Double) -> (low: Double, high: Double) {
      func pair(_ turns: Double) -> Double {
        Double(dimensions) * Elementary.log(original / (turns * 2 * Double.pi))
          / (2 * Elementary.log(base))
      }
      // Written out because `rounded` would call the C library.
      func whole(_ value: Double) -> Double {
        let clamped = min(max(value, -1e6), 1e6)
        let cut = Double(Int(clamped))
        return cut > clamped ? cut - 1 : cut
      }
      let low = max(whole(pair(fast)), 0)
      let high = min(-whole(-pair(slow)), Double(dimensions - 1))
      return (low, high == low ? high + 0.001 : high)
    }
  }

  /// The elements of a head that turn, an even number.
  package var dimensions: Int
  /// The frequency base, dimensionless.
  package var base: Double
  /// The change for long contexts.
  package var scaling: Scaling

  /// Creates a rotation.
  package init(dimensions: Int, base: Double, scaling: Scaling) {
    self.dimensions = dimensions
    self.base = base
    self.scaling = scaling
  }

  /// Reads the rotation of a model whose heads have a size.
  ///
  /// - Parameter kinds: The changes that the architecture takes besides none, linear and llama3.
  package init(
    _ settings: SettingReader, headSize: Int, accepting kinds: [String] = []
  ) throws(ModelError) {
    let accepted = ["none", "default", "linear", "llama3"] + kinds
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

    let names = Self.spellings("rope_type") + Self.spellings("type")
    try settings.require(
      accepted, gguf: "rope.scaling.type", config: names)
    let kind = try settings.text(gguf: "rope.scaling.type", config: names)
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
    case "yarn": scaling = .yarn(try Self.yarn(settings))
    default: scaling = .none
    }
  }

  /// Reads the settings of YaRN.
  static func yarn(_ settings: SettingReader) throws(ModelError) -> YarnScaling {
    YarnScaling(
      factor: try settings.float(
        gguf: "rope.scaling.factor", config: spellings("factor"), in: 1...1e6),
      original: try settings.float(
        gguf: "rope.scaling.original_context_length",
        config: spellings("original_max_position_embeddings"), in: 1...1e9),
      fast: try settings.float(
        gguf: "rope.scaling.yarn_beta_fast", config: spellings("beta_fast"), in: 1e-3...1e6,
        default: 32),
      slow: try settings.float(
        gguf: "rope.scaling.yarn_beta_slow", config: spellings("beta_slow"), in: 1e-3...1e6,
        default: 1))
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
      let frequency = scaled(Elementary.pow(base, exponent), pair: pair)
      return Float(frequency / Double(divisors?[pair] ?? 1))
    }
  }

  private func scaled(_ frequency: Double, pair: Int) -> Double {
    switch scaling {
    case .none: return frequency
    case .linear(let factor): return frequency / factor
    case .yarn(let yarn):
      let (low, high) = yarn.bounds(dimensions: dimensions, base: base)
      let ramp = min(max((Double(pair) - low) / (high - low), 0), 1)
      return frequency / yarn.factor * ramp + frequency * (1 - ramp)
    case .llama3(let factor, let low, let high, let original):
      let turns = original * frequency / (2 * Double.pi)
      if turns > high { return frequency }
      if turns < low { return frequency / factor }
      let smooth = (turns - low) / (high - low)
      return (1 - smooth) * frequency / factor + smooth * frequency
    }
  }
}
