// Elementary functions without the C library, whose results differ between processors and
// versions. For tables and single values; rows of activations go through a backend.

import CKernels

/// Exponentials, logarithms and angles with the same bits on every machine.
package enum Elementary {
  /// Returns e to the power `x`.
  package static func exp(_ x: Double) -> Double { ck_exp(x) }

  /// Returns the natural logarithm of `x`, NaN unless `x` is positive and normal.
  package static func log(_ x: Double) -> Double { ck_log(x) }

  /// Returns `base` to the power `exponent` for a positive base.
  package static func pow(_ base: Double, _ exponent: Double) -> Double { ck_pow(base, exponent) }

  /// Returns sine and cosine of an angle of at most a million radians.
  package static func sineAndCosine(_ angle: Double) -> (sine: Double, cosine: Double) {
    var sine = 0.0
    var cosine = 0.0
    // SAFETY: both addresses are valid for the duration of the call, which only writes them.
    unsafe ck_sincos(angle, &sine, &cosine)
    return (sine, cosine)
  }
}
