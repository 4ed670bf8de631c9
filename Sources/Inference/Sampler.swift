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
  private let arithmetic = MaskedRow()

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
    let row = AllowedLogits(logits, mask)
    let peaks = arithmetic.greatest(row.values, words: row.words)
    var best = -1
    for (place, peak) in peaks.enumerated() where row.words[place] != 0 {
      if best < 0 ? peak > -.infinity : peak > peaks[best] { best = place }
    }
    guard best >= 0 else { return nil }
    let greatest = peaks[best]
    let sums = arithmetic.sums(row.values, words: row.words, greatest: greatest, factor: 1)
    var total = 0.0
    for sum in sums { total += Double(sum) }
    let chosen: Int
    if settings.temperature > 0 {
      chosen = draw(row, greatest: greatest, position: position)
    } else {
      chosen = row.places(ofWord: best).first { row.finite($0) == greatest } ?? 64 * best
    }
    return Choice(
      token: row.token(chosen),
      logProbability: Double(row.finite(chosen)) - Double(greatest) - Elementary.log(total))
  }

  /// Returns the probability that a token of a mask is one of some of them, at temperature 1.
  ///
  /// - Parameters:
  ///   - part: Tokens of the mask.
  ///   - logits: One row of the head, all of it or at least the allowed ids.
  /// - Returns: Nil if the mask allows nothing that has a logit.
  package func probability(of part: TokenMask, in mask: TokenMask, _ logits: Logits) -> Double? {
    let whole = AllowedLogits(logits, mask)
    let peaks = arithmetic.greatest(whole.values, words: whole.words)
    var greatest = -Float.infinity
    for (place, peak) in peaks.enumerated() where whole.words[place] != 0 {
      greatest = max(greatest, peak)
    }
    guard greatest > -.infinity else { return nil }
    func sum(_ row: AllowedLogits) -> Double {
      arithmetic.sums(row.values, words: row.words, greatest: greatest, factor: 1)
        .reduce(0) { $0 + Double($1) }
    }
    return sum(AllowedLogits(logits, part)) / sum(whole)
  }

  /// Draws a place: first the word by the words' sums, then the place in it.
  private func draw(_ row: AllowedLogits, greatest: Float, position: Int) -> Int {
    let factor = Float(min(1 / settings.temperature, Double(Float.greatestFiniteMagnitude)))
    let sums = arithmetic.sums(row.values, words: row.words, greatest: greatest, factor: factor)
    var total = 0.0
    for sum in sums { total += Double(sum) }
    let target = random.uniform(at: position) * total
    var sum = 0.0
    var word = -1
    for place in sums.indices where sums[place] > 0 {
      word = place
      if sum + Double(sums[place]) > target { break }
      sum += Double(sums[place])
    }
    // The greatest logit's word has a sum of at least one, so there is a word; within it the last
    // place takes what the word's rounding leaves over.
    var last = 64 * max(0, word)
    for place in row.places(ofWord: max(0, word)) {
      let exponent = Double(row.finite(place) - greatest) * Double(factor)
      guard exponent > -87 else { continue }
      last = place
      sum += Elementary.exp(exponent)
      if sum > target { break }
    }
    return last
  }
}

/// Logits beside the bits of a mask: all words of the row, or only those that hold a bit.
private struct AllowedLogits {
  /// Sixty-four values for each word; the last word of a whole row may have fewer.
  let values: [Float]
  let words: [UInt64]
  /// The numbers of the words, nil for all in order.
  private let numbers: [Int]?

  init(_ logits: Logits, _ mask: TokenMask) {
    switch logits {
    case .all(let all):
      values = all
      words = mask.words
      numbers = nil
    case .only(let ids, let given):
      var values: [Float] = []
      var words: [UInt64] = []
      var numbers: [Int] = []
      for (id, value) in zip(ids, given) where mask.contains(id) {
        if numbers.last != id.index >> 6 {
          numbers.append(id.index >> 6)
          words.append(0)
          values.append(contentsOf: repeatElement(0, count: 64))
        }
        words[words.count - 1] |= 1 << UInt64(id.index & 63)
        values[values.count - 64 + (id.index & 63)] = value
      }
      self.values = values
      self.words = words
      self.numbers = numbers
    }
  }

  /// The places of a word that are allowed and have a logit, ascending.
  func places(ofWord word: Int) -> [Int] {
    guard words.indices.contains(word) else { return [] }
    return (64 * word..<min(64 * word + 64, values.count)).filter {
      words[word] & (1 << UInt64($0 & 63)) != 0
    }
  }

  /// A logit that is a number.
  func finite(_ place: Int) -> Float {
    guard values.indices.contains(place) else { return -.greatestFiniteMagnitude }
    let value = values[place]
    if value.isNaN { return -.greatestFiniteMagnitude }
    return min(max(value, -.greatestFiniteMagnitude), .greatestFiniteMagnitude)
  }

  func token(_ place: Int) -> TokenID {
    TokenID(64 * (numbers?[place >> 6] ?? (place >> 6)) + (place & 63))
  }
}
