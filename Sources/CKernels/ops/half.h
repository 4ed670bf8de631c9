// IEEE halves without the compiler's run-time library, which not every system links.

#ifndef CK_HALF_H
#define CK_HALF_H

#include "math.h"

/// The value of a half, exactly.
CK_INLINE float ck_half_to_float(uint16_t half) {
  uint32_t sign = (uint32_t)(half & 0x8000) << 16, magnitude = half & 0x7fff;
  // Subnormal halves are normal floats: multiplying by 2^112 moves the exponent, exactly.
  float x = ck_float_of(magnitude << 13) * ck_float_of(0x77800000u);
  uint32_t bits = magnitude >= 0x7c00 ? (magnitude << 13) | 0x7f800000u : ck_bits_of(x);
  return ck_float_of(sign | bits);
}

/// The nearest half, ties to even; magnitudes above 65504 become 65504, so that a stored key or
/// value stays finite.
CK_INLINE uint16_t ck_float_to_half(float x) {
  uint32_t bits = ck_bits_of(x), sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return (uint16_t)(sign | 0x7e00);
  if (magnitude > 0x477fe000) magnitude = 0x477fe000;
  if (magnitude < 0x38800000) {
    // Subnormal: adding 0.5 leaves the rounded multiple of 2^-24 in the low mantissa bits.
    float y = ck_float_of(magnitude) + 0.5f;
    return (uint16_t)(sign | (ck_bits_of(y) - 0x3f000000u));
  }
  uint32_t rounded = magnitude + 0xfff + (magnitude >> 13 & 1);
  return (uint16_t)(sign | ((rounded - 0x38000000u) >> 13));
}

#endif
