// Floating-point numbers of 16 bits and fewer, as checkpoints store them.
//
//   name   sign exponent mantissa  bias  notes
//   f16      1      5        10     15   IEEE half
//   bf16     1      8         7    127   the upper half of a float
//   e4m3     1      4         3      7   no infinity; NaN is 0x7F and 0xFF; greatest 448
//   e2m1     1      2         1      1   sixteen values: 0 0.5 1 1.5 2 3 4 6 and their negatives
//   e8m0     0      8         0    127   a power of two; 0xFF is NaN

/// Conversions between `Float` and the bit patterns of smaller formats.
package enum SmallFloats {
  /// Returns the value of an IEEE half.
  package static func f16(_ bits: UInt16) -> Float { Float(Float16(bitPattern: bits)) }

  /// Returns the IEEE half nearest to a value, ties to even.
  package static func f16Bits(_ value: Float) -> UInt16 { Float16(value).bitPattern }

  /// Returns the value of a bfloat16.
  package static func bf16(_ bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }

  /// Returns the bfloat16 nearest to a value, ties to even; NaN stays NaN.
  package static func bf16Bits(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    if value.isNaN { return UInt16(truncatingIfNeeded: bits >> 16) | 64 }
    return UInt16(truncatingIfNeeded: (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16)
  }

  /// Returns the value of an OCP 8-bit float with four exponent bits.
  package static func e4m3(_ bits: UInt8) -> Float {
    let exponent = Int(bits >> 3) & 15
    let mantissa = UInt32(bits & 7)
    let sign: Float = bits & 0x80 == 0 ? 1 : -1
    if bits & 0x7F == 0x7F { return .nan }
    if exponent == 0 { return sign * Float(mantissa) * 0x1p-9 }
    return sign * Float(bitPattern: UInt32(exponent - 7 + 127) << 23 | mantissa << 20)
  }

  /// Returns the value of a 4-bit float in the low bits of a byte.
  package static func e2m1(_ bits: UInt8) -> Float {
    let magnitude: Float =
      switch bits & 7 {
      case 0: 0
      case 1: 0.5
      case 2: 1
      case 3: 1.5
      case 4: 2
      case 5: 3
      case 6: 4
      default: 6
      }
    return bits & 8 == 0 ? magnitude : -magnitude
  }

  /// Returns the power of two that a bare exponent stands for.
  package static func e8m0(_ bits: UInt8) -> Float {
    switch bits {
    case 0: 0x1p-127
    case 255: .nan
    default: Float(bitPattern: UInt32(bits) << 23)
    }
  }
}
