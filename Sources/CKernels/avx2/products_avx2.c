// Products of 8-bit activations with AVX2: the sums of products_avx512.c, in the same order and with
// the same fused multiply-adds, so that both give the same bits.
//
// Every block of a group is unpacked to a panel once and used by up to 64 tokens. vpmaddubsw adds two
// products of bytes in 16 bits: codes below 64 fit as they are; codes of 8 bits take part as
// magnitudes, their signs moved to the activations.

#include <immintrin.h>

#include "ckernels.h"

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

#define CK_LANES_AVX2
#include "../dot/products_common.h"
#include "../dot/unpack_scalar.h"

enum { TOKENS = 64 };

#define CK_UNROLL _Pragma("clang loop unroll(full)")

CK_INLINE __m256i four(const int8_t *q) {
  int32_t x;
  memcpy(&x, q, 4);
  return _mm256_set1_epi32(x);
}

/// Codes `from ..< to` of eight rows times activations; kind and bounds are constants.
CK_INLINE __m256i codes_dot(
    const enum ck_kind kind, const ck_panel *panel, int half, const int8_t *q, const int from,
    const int to) {
  const __m256i ones = _mm256_set1_epi16(1);
  __m256i sum = _mm256_setzero_si256();
  CK_UNROLL for (int x = from; x < to; x++) {
    __m256i codes = _mm256_load_si256((const __m256i *)&panel->codes[x][8 * half]);
    __m256i bytes = four(q + 4 * x), pairs;
    if (kind == CK_OFFSET) {
      __m256i weights = _mm256_xor_si256(codes, _mm256_set1_epi8(-128));
      pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(weights), _mm256_sign_epi8(bytes, weights));
    } else {
      pairs = _mm256_maddubs_epi16(codes, bytes);
    }
    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, ones));
  }
  return sum;
}

/// Adds one block to the sums of eight rows of one token; `kind` is a constant.
CK_INLINE void add_block(
    const enum ck_kind kind, const ck_panel *panel, int half, const ck_block8 *a, float *out) {
  __m256 sum = _mm256_loadu_ps(out);
  __m256 scale =
      _mm256_mul_ps(_mm256_load_ps(panel->scale + 8 * half), _mm256_set1_ps(a->scale));
  __m256i dot;
  if (kind == CK_HALVES) {
    __m256i first = _mm256_add_epi32(codes_dot(kind, panel, half, a->q, 0, 4),
                                     _mm256_set1_epi32(a->minus_32[0]));
    __m256i second = _mm256_add_epi32(codes_dot(kind, panel, half, a->q, 4, 8),
                                      _mm256_set1_epi32(a->minus_32[1]));
    const __m256i *factors = (const __m256i *)&panel->half_scale[0][8 * half];
    dot = _mm256_add_epi32(_mm256_mullo_epi32(first, _mm256_load_si256(factors)),
                           _mm256_mullo_epi32(second, _mm256_load_si256(factors + 2)));
  } else {
    dot = codes_dot(kind, panel, half, a->q, 0, 8);
  }
  sum = _mm256_fmadd_ps(scale, _mm256_cvtepi32_ps(dot), sum);
  if (kind == CK_MINIMUM) {
    sum = _mm256_fmadd_ps(_mm256_load_ps(panel->minimum + 8 * half),
                          _mm256_set1_ps(a->scaled_sum), sum);
  }
  _mm256_storeu_ps(out, sum);
}

/// Adds one block to the sums of all tokens; `kind` is a constant.
CK_INLINE void add_to_all(
    const enum ck_kind kind, const ck_panel *panel, const ck_block8 *input, int64_t stride,
    int64_t tokens, float (*sums)[CK_LANES]) {
  for (int64_t t = 0; t < tokens; t++) {
    add_block(kind, panel, 0, input + t * stride, sums[t]);
    add_block(kind, panel, 1, input + t * stride, sums[t] + 8);
  }
}

static void run_group(const ck_product *p, int64_t item, int64_t first, int64_t tokens) {
  const uint8_t *group = ck_group(p, item, ck_packed_group_bytes(p->format, p->columns));
  const ck_block8 *input = (const ck_block8 *)p->input + first * p->input_stride;
  int64_t rows = ck_group_rows(p, item);
  float sums[TOKENS][CK_LANES];
  memset(sums, 0, sizeof sums[0] * (size_t)tokens);
  enum ck_kind kind = ck_kind_of(p->format);
  for (int64_t k = 0; k < p->columns / CK_BLOCK; k++) {
    ck_panel panel;
    ck_unpack_block(p->format, group, k, &panel);
    switch (kind) {
      case CK_OFFSET:
        add_to_all(CK_OFFSET, &panel, input + k, p->input_stride, tokens, sums);
        break;
      case CK_MINIMUM:
        add_to_all(CK_MINIMUM, &panel, input + k, p->input_stride, tokens, sums);
        break;
      case CK_HALVES:
        add_to_all(CK_HALVES, &panel, input + k, p->input_stride, tokens, sums);
        break;
    }
  }
  for (int64_t t = 0; t < tokens; t++) {
    float *out = p->output + (first + t) * p->output_stride + 16 * item;
    for (int64_t lane = 0; lane < rows; lane++) {
      out[lane] = p->bias ? sums[t][lane] + p->bias[16 * item + lane] : sums[t][lane];
    }
  }
}

static void run_groups(const ck_product *p, int64_t begin, int64_t end) {
  for (int64_t first = 0; first < p->tokens; first += TOKENS) {
    int64_t left = p->tokens - first, tokens = left < TOKENS ? left : TOKENS;
    for (int64_t item = begin; item < end; item++) run_group(p, item, first, tokens);
  }
}

void ck_products_block8_avx2(const ck_products *job, int64_t begin, int64_t end) {
  ck_each_product(job, begin, end, run_groups);
}

#pragma clang attribute pop
