// From logarithms to probabilities, with the same bits on every machine.

import Compute

/// Conversions of probabilities.
package enum Probability {
  /// Returns the probability of a logarithm, at least the smallest normal number.
  package static func of(logarithm: Double) -> Double { Elementary.exp(max(logarithm, -700)) }
}
