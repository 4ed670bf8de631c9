// Logits and a mask to one token.
//
// Random numbers are counter-based: the number of a position depends on seed and position alone, so
// that a sequence draws the same whatever runs beside it.

import Compute
package import Models
package import Tokens

/// How tokens are chosen.
package struct SamplingSettings: Equatable, Sendable {
  /// The temperature; 0 takes the most probable token.
  package var temperature: Double
  /// The seed of the random numbers.
  package var seed: UInt64

  /// Creates settings.
  package init(temperature: Double = 0, seed: UInt64 = 0) {
    self.temperature = temperature
    self.seed = seed
  }
}

/// A source of uniform numbers addressed by position.
package struct RandomSource: Sendable {
  /// The seed.
  package let seed: UInt64

  /// Creates a source.
  package init(seed: UInt64) { self.seed = seed }

  /// Returns 64 random bits for a position.
  ///
  /// The output function of SplitMix64 (Steele, Lea, Flood 2014) at state seed + (position + 1) γ.
  package func bits(at position: Int) -> UInt64 {
    var z = seed &+ 0x9E37_79B9_7F4A_7C15 &* (UInt64(truncatingIfNeeded: position) &+ 1)
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Returns a number in 0 ..< 1 with 53 random bits.
  package func uniform(at position: Int) -> Double {
    Double(bits(at: position) >> 11) * 0x1p-53
  }
}

/// A chosen token with its probability among the allowed ones.
package struct Choice: Equatable, Sendable {
  /// The token.
  package var token: TokenID
  /// The natural logarithm of its probability after the mask, at temperature 1.
  package var logProbability: Double
}

/// The choice of tokens under masks.
package struct Sampler: Sendable {
  /// How tokens are chosen.
  package let settings: SamplingSettings
  private let random: RandomSource

  /// Creates a sampler.
  package init(_ settings: SamplingSettings) {
    self.settings = settings
    self.random = RandomSource(seed: settings.seed)
  }

  /// Chooses among the allowed tokens.
  ///
  /// Greedy choice takes the lowest id among equals. A logit that is no number counts as the least,
  /// an infinite one as the nearest finite number: probabilities stay numbers whatever comes.
  ///
  /// - Parameters:
  ///   - logits: One row of the head, all of it or at least the allowed ids.
  ///   - mask: The allowed tokens, at least one.
  ///   - position: The position of the token in its answer, the address of the random number.
  /// - Returns: The choice, nil if the mask allows nothing that has a logit.
  package func choose(_ logits: Logits, mask: TokenMask, position: Int) -> Choice? {
    var ids: [TokenID] = []
    var values: [Float] = []
    switch logits {
    case .all(let all):
      for token in mask.allowed where token.index < all.count {
        ids.append(token)
        values.append(all[token.index])
      }
    case .only(let given, let givenValues):
      for (token, value) in zip(given, givenValues) where mask.contains(token) {
        ids.append(token)
        values.append(value)
      }
    }
    guard !ids.isEmpty else { return nil }
    for i in values.indices where !values[i].isFinite {
      values[i] = values[i] == .infinity ? .greatestFiniteMagnitude : -.greatestFiniteMagnitude
    }
    var best = 0
    for i in values.indices where values[i] > values[best] { best = i }
    let maximum = Double(values[best])
    var total = 0.0
    for value in values { total += Elementary.exp(Self.clamped(Double(value) - maximum)) }
    let chosen =
      settings.temperature > 0 ? draw(values, maximum: maximum, position: position) : best
    return Choice(
      token: ids[chosen],
      logProbability: Double(values[chosen]) - maximum - Elementary.log(total))
  }

  private func draw(_ values: [Float], maximum: Double, position: Int) -> Int {
    var weights = [Double](repeating: 0, count: values.count)
    var total = 0.0
    for i in values.indices {
      weights[i] = Elementary.exp(
        Self.clamped((Double(values[i]) - maximum) / settings.temperature))
      total += weights[i]
    }
    let target = random.uniform(at: position) * total
    var sum = 0.0
    for i in weights.indices {
      sum += weights[i]
      if sum > target { return i }
    }
    return weights.lastIndex { $0 > 0 } ?? 0
  }

  /// Keeps exponents where the exponential is a normal number.
  private static func clamped(_ exponent: Double) -> Double { max(exponent, -700) }
}
