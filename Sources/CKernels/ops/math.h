// The elementary functions that kernels inline. Only additions, multiplications and bit
// operations in a fixed order, without branches: a loop over them gives the same bits whether the
// compiler makes vectors of it or not.

#ifndef CK_MATH_H
#define CK_MATH_H

#include <stdint.h>
#include <string.h>

#define CK_INLINE static inline __attribute__((always_inline))

CK_INLINE float ck_float_of(uint32_t bits) {
  float x;
  memcpy(&x, &bits, 4);
  return x;
}

CK_INLINE uint32_t ck_bits_of(float x) {
  uint32_t bits;
  memcpy(&bits, &x, 4);
  return bits;
}

/// e to the power x in single precision, within 2 units in the last place; 0 below -87.
///
/// x = n ln 2 + r with |r| <= ln 2 / 2; e^r is the Taylor polynomial of degree 7, whose remainder
/// is below 6e-9; 2^n is built from its exponent bits. The product 1.5 * 2^23 rounds to integer.
CK_INLINE float ck_expf_inline(float x) {
  float clamped = x < -87.0f ? -87.0f : x > 88.0f ? 88.0f : x;
  float shifted = clamped * 1.44269504f + 12582912.0f;
  float n = shifted - 12582912.0f;
  float r = clamped - n * 0.693359375f;
  r = r - n * -2.12194440e-4f;
  float p = 1.98412698e-4f;
  p = p * r + 1.38888889e-3f;
  p = p * r + 8.33333333e-3f;
  p = p * r + 4.16666667e-2f;
  p = p * r + 1.66666667e-1f;
  p = p * r + 0.5f;
  p = p * (r * r) + r;
  p = p + 1.0f;
  float scale = ck_float_of((ck_bits_of(shifted) << 23) + 0x3f800000u);
  float y = p * scale;
  return x < -87.0f ? 0.0f : y;
}

#endif
