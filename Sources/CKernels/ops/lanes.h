// Sixteen floats at once, for kernels that are written once and compiled per instruction set.
//
// A source that includes this names its set by CK_LANES_AVX512, CK_LANES_AVX2 or nothing. The
// plain form has no fused multiply-add, so its sums differ in rounding from those of the other two,
// which are equal; everything else is equal in all three.

#ifndef CK_LANES_H
#define CK_LANES_H

#include "half.h"
#include "math.h"

#if defined(CK_LANES_AVX512) || defined(CK_LANES_AVX2)
#include <immintrin.h>
#endif

// Every function here is inlined, so that no vector is ever passed between sources.
#pragma clang diagnostic ignored "-Wpsabi"

typedef float v16 __attribute__((vector_size(64)));
typedef int32_t v16i __attribute__((vector_size(64)));

#define CK_UNROLL _Pragma("clang loop unroll(full)")

#ifdef CK_LANES_AVX2
/// Sixteen lanes as two registers.
union ck_pair {
  v16 whole;
  __m256 halves[2];
};

/// A mask of the first n of eight lanes; none for n < 1, all for n > 7.
CK_INLINE __m256i ck_first_lanes(int64_t n) {
  const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32((int32_t)n), lanes);
}
#endif

CK_INLINE v16 v16_load(const float *p) {
  v16 x;
  memcpy(&x, p, 64);
  return x;
}

CK_INLINE void v16_store(float *p, v16 x) { memcpy(p, &x, 64); }

/// Loads the first n lanes, 0 < n <= 16; the others are zero.
CK_INLINE v16 v16_load_n(const float *p, int64_t n) {
#ifdef CK_LANES_AVX512
  return (v16)_mm512_maskz_loadu_ps((__mmask16)(0xffff >> (16 - n)), p);
#elif defined(CK_LANES_AVX2)
  if (n == 16) return v16_load(p);
  union ck_pair pair;
  pair.halves[0] = _mm256_maskload_ps(p, ck_first_lanes(n));
  pair.halves[1] = _mm256_maskload_ps(p + 8, ck_first_lanes(n - 8));
  return pair.whole;
#else
  v16 x = {0};
  memcpy(&x, p, 4 * (size_t)n);
  return x;
#endif
}

CK_INLINE void v16_store_n(float *p, v16 x, int64_t n) {
#ifdef CK_LANES_AVX512
  _mm512_mask_storeu_ps(p, (__mmask16)(0xffff >> (16 - n)), (__m512)x);
#elif defined(CK_LANES_AVX2)
  union ck_pair pair = {.whole = x};
  _mm256_maskstore_ps(p, ck_first_lanes(n), pair.halves[0]);
  _mm256_maskstore_ps(p + 8, ck_first_lanes(n - 8), pair.halves[1]);
#else
  memcpy(p, &x, 4 * (size_t)n);
#endif
}

CK_INLINE v16 v16_set(float x) {
  return (v16){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x};
}

/// a * b + c, with one rounding where the instruction set has it.
CK_INLINE v16 v16_fma(v16 a, v16 b, v16 c) {
#ifdef CK_LANES_AVX512
  return (v16)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif defined(CK_LANES_AVX2)
  union ck_pair x = {.whole = a}, y = {.whole = b}, sum = {.whole = c};
  CK_UNROLL for (int i = 0; i < 2; i++) {
    sum.halves[i] = _mm256_fmadd_ps(x.halves[i], y.halves[i], sum.halves[i]);
  }
  return sum.whole;
#else
  return a * b + c;
#endif
}

/// a * b[0] + c. AVX-512 reads b in the multiplication itself: a broadcast of its own, shared by two of them, takes a
/// sixth longer beside conversions of halves.
CK_INLINE v16 v16_fma_each(v16 a, const float *b, v16 c) {
#ifdef CK_LANES_AVX512
  __asm__("vfmadd231ps %2%{1to16%}, %1, %0" : "+v"(c) : "v"(a), "m"(*b));
  return c;
#else
  return v16_fma(a, v16_set(*b), c);
#endif
}

CK_INLINE v16 v16_choose(v16i mask, v16 yes, v16 no) {
  return (v16)((mask & (v16i)yes) | (~mask & (v16i)no));
}

CK_INLINE v16 v16_max(v16 a, v16 b) { return v16_choose(a > b, a, b); }

/// Sixteen consecutive halves.
CK_INLINE v16 v16_load_half(const uint16_t *p) {
#ifdef CK_LANES_AVX512
  return (v16)_mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p));
#elif defined(CK_LANES_AVX2)
  union ck_pair pair;
  pair.halves[0] = _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p));
  pair.halves[1] = _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(p + 8)));
  return pair.whole;
#else
  v16 x;
  for (int i = 0; i < 16; i++) x[i] = ck_half_to_float(p[i]);
  return x;
#endif
}

CK_INLINE v16 v16_load_half_n(const uint16_t *p, int64_t n) {
  uint16_t whole[16] = {0};
  memcpy(whole, p, 2 * (size_t)n);
  return v16_load_half(whole);
}

typedef float v8 __attribute__((vector_size(32)));
typedef float v4 __attribute__((vector_size(16)));
typedef int32_t v8i __attribute__((vector_size(32)));
typedef int32_t v4i __attribute__((vector_size(16)));

CK_INLINE v8 v16_low(v16 x) { return __builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7); }
CK_INLINE v8 v16_high(v16 x) { return __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15); }
CK_INLINE v4 v8_low(v8 x) { return __builtin_shufflevector(x, x, 0, 1, 2, 3); }
CK_INLINE v4 v8_high(v8 x) { return __builtin_shufflevector(x, x, 4, 5, 6, 7); }

CK_INLINE v4 v4_max(v4 a, v4 b) {
  v4i is_first = a > b;
  return (v4)((is_first & (v4i)a) | (~is_first & (v4i)b));
}

/// The sum of all lanes: halves added to halves, four times.
CK_INLINE float v16_sum(v16 x) {
  v8 a = v16_low(x) + v16_high(x);
  v4 b = v8_low(a) + v8_high(a);
  v4 c = b + __builtin_shufflevector(b, b, 2, 3, 2, 3);
  return c[0] + c[1];
}

/// The greatest of all lanes, by the same halves.
CK_INLINE float v16_greatest(v16 x) {
  v8 a = v16_low(x), high = v16_high(x);
  v8i is_low = a > high;
  a = (v8)((is_low & (v8i)a) | (~is_low & (v8i)high));
  v4 b = v4_max(v8_low(a), v8_high(a));
  v4 c = v4_max(b, __builtin_shufflevector(b, b, 2, 3, 2, 3));
  return c[0] > c[1] ? c[0] : c[1];
}

/// ck_expf_inline in every lane, the same bits.
CK_INLINE v16 v16_exp(v16 x) {
  v16 low = v16_set(-87.0f), high = v16_set(88.0f);
  v16 clamped = v16_choose(x < low, low, v16_choose(x > high, high, x));
  v16 shifted = clamped * v16_set(1.44269504f) + v16_set(12582912.0f);
  v16 n = shifted - v16_set(12582912.0f);
  v16 r = clamped - n * v16_set(0.693359375f);
  r = r - n * v16_set(-2.12194440e-4f);
  v16 p = v16_set(1.98412698e-4f);
  p = p * r + v16_set(1.38888889e-3f);
  p = p * r + v16_set(8.33333333e-3f);
  p = p * r + v16_set(4.16666667e-2f);
  p = p * r + v16_set(1.66666667e-1f);
  p = p * r + v16_set(0.5f);
  p = p * (r * r) + r;
  p = p + v16_set(1.0f);
  v16i scale = ((v16i)shifted << 23) + 0x3f800000;
  v16 y = p * (v16)scale;
  return v16_choose(x < low, v16_set(0.0f), y);
}

/// x times its logistic function.
CK_INLINE v16 v16_silu(v16 x) {
  return x / (v16_set(1.0f) + v16_exp(v16_set(0.0f) - x));
}

#endif
