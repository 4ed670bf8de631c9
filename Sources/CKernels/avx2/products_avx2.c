// Products of 8-bit activations with AVX2: the sums of products_avx512.c, in the same order and with
// the same fused multiply-adds, so that both give the same bits.
//
// Packed blocks go straight to registers, each vector of codes once per tile of tokens. vpmaddubsw adds two
// products of bytes in 16 bits; how many of those add up before they are widened follows from the greatest code:
// 8 of four bits (8 * 2 * 15 * 127 < 32768), 4 of five bits, 2 of six. Codes of 8 bits are two codes of four bits.

#include <immintrin.h>

#include "ckernels.h"

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

#include "../dot/products_common.h"

/// Begins a step of a tile: nothing is loaded through the pointer before, so that all sums of the tile stay in
/// registers. The order that the compiler would choose spills them.
#define CK_STEP(tokens, pointer)                        \
  do {                                                  \
    if ((tokens) > 1) __asm__ volatile("" : "+r"(pointer)); \
  } while (0)
/// Ends a step with one of its sums.
#define CK_KEEP(tokens, sum)                        \
  do {                                              \
    if ((tokens) > 1) __asm__ volatile("" : "+x"(sum)); \
  } while (0)
#define CK_UNROLL _Pragma("clang loop unroll(full)")

enum {
  /// Tokens that share a pass over a group.
  TILE = 4,
  /// Tokens whose activations stay in the second-level cache.
  PANEL_TOKENS = 128,
  /// The least of the doubled values of four-bit floats, taken away so that codes are not negative.
  LEAST_E2M1 = 12,
};

/// The factors of a block of eight rows.
typedef struct {
  __m256 scale, minimum;
} factors;

CK_INLINE __m256 halves(const uint16_t *p) {
  return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p));
}

CK_INLINE __m256 bytes_to_floats(const uint8_t *p) {
  return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)p)));
}

CK_INLINE __m256 signed_bytes_to_floats(const int8_t *p) {
  return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)p)));
}

CK_INLINE __m256i eight(const uint32_t *p) { return _mm256_loadu_si256((const __m256i *)p); }

CK_INLINE __m256i four(const int8_t *q) {
  int32_t x;
  memcpy(&x, q, 4);
  return _mm256_set1_epi32(x);
}

/// Halves of powers of two by their biased exponents, as ck_half_power.
CK_INLINE __m256 half_powers(const uint8_t *p) {
  __m256i exponent = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)p));
  __m256i bits = _mm256_slli_epi32(_mm256_sub_epi32(exponent, _mm256_set1_epi32(1)), 23);
  __m256i tiny = _mm256_cmpgt_epi32(_mm256_set1_epi32(2), exponent);
  __m256i none = _mm256_cmpeq_epi32(exponent, _mm256_set1_epi32(255));
  bits = _mm256_blendv_epi8(
      bits, _mm256_sllv_epi32(_mm256_set1_epi32(0x00200000), exponent), tiny);
  bits = _mm256_blendv_epi8(bits, _mm256_set1_epi32(0x7fc00000), none);
  return _mm256_castsi256_ps(bits);
}

// MARK: - Blocks

CK_INLINE bool has_minimum(const int format) {
  return format == CK_Q4_1 || format == CK_Q4_K || format == CK_Q5_K;
}

/// The factors of rows `8 * half ...` of a block; format and half are constants.
CK_INLINE factors load_factors(const int format, const uint8_t *group, int64_t k, const int half) {
  factors out;
  const int row = 8 * half;
  switch (format) {
    case CK_Q8_0:
      out.scale = halves(((const ck_packed_q8_0 *)group + k)->scale + row);
      break;
    case CK_Q5_0:
      out.scale = halves(((const ck_packed_q5_0 *)group + k)->scale + row);
      break;
    case CK_Q4_0:
      out.scale = halves(((const ck_packed_q4_0 *)group + k)->scale + row);
      break;
    case CK_MXFP4:
      out.scale = half_powers(((const ck_packed_mxfp4 *)group + k)->scale + row);
      break;
    case CK_Q4_1: {
      const ck_packed_q4_1 *in = (const ck_packed_q4_1 *)group + k;
      out.scale = halves(in->scale + row);
      out.minimum = halves(in->minimum + row);
      break;
    }
    // The sign of the minimum of the next two is in `add_dots`.
    case CK_Q4_K: {
      const ck_packed_q4_K *in = (const ck_packed_q4_K *)group + (k >> 3);
      out.scale = _mm256_mul_ps(halves(in->scale + row),
                                bytes_to_floats(in->blocks[k & 7].scale + row));
      out.minimum = _mm256_mul_ps(halves(in->minimum + row),
                                  bytes_to_floats(in->blocks[k & 7].minimum + row));
      break;
    }
    default: {
      const ck_packed_q5_K *in = (const ck_packed_q5_K *)group + (k >> 3);
      out.scale = _mm256_mul_ps(halves(in->scale + row),
                                bytes_to_floats(in->blocks[k & 7].scale + row));
      out.minimum = _mm256_mul_ps(halves(in->minimum + row),
                                  bytes_to_floats(in->blocks[k & 7].minimum + row));
      break;
    }
  }
  return out;
}

/// Codes of vector `v` of eight rows; all but group and block are constants.
CK_INLINE __m256i load_codes(
    const int format, const uint8_t *group, int64_t k, const int half, const int v) {
  const int row = 8 * half, x = v & 3;
  const uint32_t(*nibbles)[16] = 0;
  const uint32_t *fifths = 0, *pairs = 0;
  switch (format) {
    case CK_Q4_0: nibbles = ((const ck_packed_q4_0 *)group + k)->nibbles; break;
    case CK_Q4_1: nibbles = ((const ck_packed_q4_1 *)group + k)->nibbles; break;
    case CK_MXFP4: nibbles = ((const ck_packed_mxfp4 *)group + k)->nibbles; break;
    case CK_Q5_0:
      nibbles = ((const ck_packed_q5_0 *)group + k)->nibbles;
      fifths = ((const ck_packed_q5_0 *)group + k)->fifths;
      break;
    case CK_Q4_K:
      nibbles = ((const ck_packed_q4_K *)group + (k >> 3))->blocks[k & 7].nibbles;
      break;
    case CK_Q5_K:
      nibbles = ((const ck_packed_q5_K *)group + (k >> 3))->blocks[k & 7].nibbles;
      fifths = ((const ck_packed_q5_K *)group + (k >> 3))->blocks[k & 7].fifths;
      break;
    default:
      nibbles = ((const ck_packed_q6_K *)group + (k >> 3))->blocks[k & 7].nibbles;
      pairs = ((const ck_packed_q6_K *)group + (k >> 3))->blocks[k & 7].pairs[v >> 2];
      break;
  }
  __m256i codes = eight(nibbles[x] + row);
  if (v > 3) codes = _mm256_srli_epi16(codes, 4);
  codes = _mm256_and_si256(codes, _mm256_set1_epi8(15));
  if (fifths) {
    __m256i upper = eight(fifths + row);
    upper = v < 4 ? _mm256_slli_epi16(upper, v < 4 ? 4 - v : 0)
                  : _mm256_srli_epi16(upper, v < 4 ? 0 : v - 4);
    codes = _mm256_or_si256(codes, _mm256_and_si256(upper, _mm256_set1_epi8(16)));
  }
  if (pairs) {
    __m256i upper = eight(pairs + row);
    upper = x < 2   ? _mm256_slli_epi16(upper, x < 2 ? 4 - 2 * x : 0)
            : x > 2 ? _mm256_srli_epi16(upper, 2)
                    : upper;
    codes = _mm256_or_si256(codes, _mm256_and_si256(upper, _mm256_set1_epi8(0x30)));
  }
  if (format == CK_MXFP4) {
    // Codes from zero to 24.
    const __m256i table = _mm256_sub_epi8(
        _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)ck_doubled_e2m1)),
        _mm256_set1_epi8(128 - LEAST_E2M1));
    codes = _mm256_shuffle_epi8(table, codes);
  }
  return codes;
}

// MARK: - Products

/// Adds a block's integers to the sums of eight rows of one token; `format` is a constant.
CK_INLINE __m256 add_dots(
    const int format, const factors *f, const ck_block8 *a, __m256i dot, __m256 sum) {
  if (!has_minimum(format)) {
    // Codes are stored from zero on: what that adds is taken away.
    int32_t start = a->minus_128;
    if (format == CK_Q5_0) start >>= 3;
    if (format == CK_Q4_0) start >>= 4;
    if (format == CK_MXFP4) start = (start >> 7) * LEAST_E2M1;
    dot = _mm256_add_epi32(dot, _mm256_set1_epi32(start));
  }
  __m256 scale = _mm256_mul_ps(f->scale, _mm256_set1_ps(a->scale));
  sum = _mm256_fmadd_ps(scale, _mm256_cvtepi32_ps(dot), sum);
  if (!has_minimum(format)) return sum;
  __m256 scaled_sum = _mm256_set1_ps(a->scaled_sum);
  return format == CK_Q4_1 ? _mm256_fmadd_ps(f->minimum, scaled_sum, sum)
                           : _mm256_fnmadd_ps(f->minimum, scaled_sum, sum);
}

/// The vector of a step: for one token the two that lie in the same bytes follow each other.
CK_INLINE int vector_of_step(const int tokens, const int step) {
  return tokens == 1 ? (step & 1) * 4 + step / 2 : step;
}

/// The dot products of a block of four-bit codes with some tokens: all add up in 16 bits.
CK_INLINE void small_dots(const int format, const int tokens, const uint8_t *group, int64_t k,
                          const ck_block8 *input, int64_t stride, __m256i (*dots)[2]) {
  __m256i sums[TILE][2];
  CK_UNROLL for (int i = 0; i < 8; i++) {
    const int v = vector_of_step(tokens, i);
    CK_STEP(tokens, input);
    CK_STEP(tokens, group);
    __m256i codes[2];
    CK_UNROLL for (int half = 0; half < 2; half++) {
      codes[half] = load_codes(format, group, k, half, v);
    }
    CK_UNROLL for (int t = 0; t < tokens; t++) {
      __m256i q = four(input[t * stride + k].q + 4 * v);
      CK_UNROLL for (int half = 0; half < 2; half++) {
        __m256i pairs = _mm256_maddubs_epi16(codes[half], q);
        sums[t][half] = v == 0 ? pairs : _mm256_add_epi16(sums[t][half], pairs);
        CK_KEEP(tokens, sums[t][half]);
      }
    }
  }
  CK_UNROLL for (int t = 0; t < tokens; t++) {
    CK_UNROLL for (int half = 0; half < 2; half++) {
      dots[t][half] = _mm256_madd_epi16(sums[t][half], _mm256_set1_epi16(1));
    }
  }
}

/// The same of codes of five bits, of which four vectors add up in 16 bits.
CK_INLINE void middle_dots(const int format, const int tokens, const uint8_t *group, int64_t k,
                           const ck_block8 *input, int64_t stride, __m256i (*dots)[2]) {
  const int run = 4;
  CK_UNROLL for (int half = 0; half < 2; half++) {
    __m256i sums[TILE][2], wide[TILE];
    CK_UNROLL for (int i = 0; i < 8; i++) {
      const int v = vector_of_step(tokens, i), part = v / run;
      CK_STEP(tokens, input);
      CK_STEP(tokens, group);
      __m256i codes = load_codes(format, group, k, half, v);
      CK_UNROLL for (int t = 0; t < tokens; t++) {
        __m256i pairs = _mm256_maddubs_epi16(codes, four(input[t * stride + k].q + 4 * v));
        sums[t][part] = v % run == 0 ? pairs : _mm256_add_epi16(sums[t][part], pairs);
        CK_KEEP(tokens, sums[t][part]);
        if (v % run < run - 1) continue;
        pairs = _mm256_madd_epi16(sums[t][part], _mm256_set1_epi16(1));
        wide[t] = part == 0 ? pairs : _mm256_add_epi32(wide[t], pairs);
        CK_KEEP(tokens, wide[t]);
      }
    }
    CK_UNROLL for (int t = 0; t < tokens; t++) dots[t][half] = wide[t];
  }
}

/// The same of codes of eight bits and one token: magnitudes, the signs moved to the activations.
CK_INLINE void signed_dots(const uint8_t *group, int64_t k, const ck_block8 *input,
                           __m256i (*dots)[2]) {
  const ck_packed_q8_0 *in = (const ck_packed_q8_0 *)group + k;
  CK_UNROLL for (int half = 0; half < 2; half++) {
    __m256i sum = _mm256_setzero_si256();
    CK_UNROLL for (int v = 0; v < 8; v++) {
      __m256i codes = _mm256_xor_si256(eight(in->codes[v] + 8 * half), _mm256_set1_epi8(-128));
      __m256i q = _mm256_sign_epi8(four(input[k].q + 4 * v), codes);
      __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(codes), q);
      sum = _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
    }
    // What the stored offsets add is taken away later, so it is added here.
    dots[0][half] = _mm256_sub_epi32(sum, _mm256_set1_epi32(input[k].minus_128));
  }
}

/// The same of codes of eight bits, whose halves of four bits add up apart.
CK_INLINE void large_dots(const int tokens, const uint8_t *group, int64_t k,
                          const ck_block8 *input, int64_t stride, __m256i (*dots)[2]) {
  const __m256i low = _mm256_set1_epi8(15);
  CK_UNROLL for (int half = 0; half < 2; half++) {
    __m256i sums[TILE][2];
    CK_UNROLL for (int v = 0; v < 8; v++) {
      CK_STEP(tokens, input);
      CK_STEP(tokens, group);
      const ck_packed_q8_0 *in = (const ck_packed_q8_0 *)group + k;
      __m256i codes[2];
      codes[1] = eight(in->codes[v] + 8 * half);
      codes[0] = _mm256_and_si256(codes[1], low);
      codes[1] = _mm256_and_si256(_mm256_srli_epi16(codes[1], 4), low);
      CK_UNROLL for (int t = 0; t < tokens; t++) {
        __m256i q = four(input[t * stride + k].q + 4 * v);
        CK_UNROLL for (int part = 0; part < 2; part++) {
          __m256i pairs = _mm256_maddubs_epi16(codes[part], q);
          sums[t][part] = v == 0 ? pairs : _mm256_add_epi16(sums[t][part], pairs);
          CK_KEEP(tokens, sums[t][part]);
        }
      }
    }
    CK_UNROLL for (int t = 0; t < tokens; t++) {
      dots[t][half] = _mm256_add_epi32(_mm256_madd_epi16(sums[t][0], _mm256_set1_epi16(1)),
                                       _mm256_madd_epi16(sums[t][1], _mm256_set1_epi16(16)));
    }
  }
}

/// Adds block `k` of codes of six bits, of which two vectors add up in 16 bits; both halves of the columns have factors.
CK_INLINE void add_halves(const int tokens, const uint8_t *group, int64_t k,
                          const ck_block8 *input, int64_t stride, __m256 (*sums)[2]) {
  const ck_packed_q6_K *in = (const ck_packed_q6_K *)group + (k >> 3);
  CK_UNROLL for (int half = 0; half < 2; half++) {
    __m256 both[TILE];
    CK_UNROLL for (int columns = 0; columns < 2; columns++) {
      __m256i pairs[TILE], wide[TILE];
      CK_UNROLL for (int i = 0; i < 4; i++) {
        const int v = 4 * columns + i;
        CK_STEP(tokens, input);
        CK_STEP(tokens, group);
        __m256i codes = load_codes(CK_Q6_K, group, k, half, v);
        CK_UNROLL for (int t = 0; t < tokens; t++) {
          __m256i two = _mm256_maddubs_epi16(codes, four(input[t * stride + k].q + 4 * v));
          pairs[t] = i % 2 == 0 ? two : _mm256_add_epi16(pairs[t], two);
          CK_KEEP(tokens, pairs[t]);
          if (i % 2 == 0) continue;
          two = _mm256_madd_epi16(pairs[t], _mm256_set1_epi16(1));
          wide[t] = i == 1 ? two : _mm256_add_epi32(wide[t], two);
          CK_KEEP(tokens, wide[t]);
        }
      }
      __m256 scale = _mm256_mul_ps(
          halves(in->scale + 8 * half),
          signed_bytes_to_floats(in->blocks[k & 7].scale[columns] + 8 * half));
      CK_UNROLL for (int t = 0; t < tokens; t++) {
        __m256i offset = _mm256_set1_epi32(input[t * stride + k].minus_32[columns]);
        __m256 dot = _mm256_cvtepi32_ps(_mm256_add_epi32(wide[t], offset));
        both[t] = columns == 0 ? _mm256_mul_ps(scale, dot) : _mm256_fmadd_ps(scale, dot, both[t]);
      }
    }
    CK_UNROLL for (int t = 0; t < tokens; t++) {
      __m256 scale = _mm256_set1_ps(input[t * stride + k].scale);
      sums[t][half] = _mm256_fmadd_ps(both[t], scale, sums[t][half]);
      CK_KEEP(tokens, sums[t][half]);
    }
  }
}

/// Adds block `k` to the sums of sixteen rows of some tokens; format and tokens are constants.
CK_INLINE void add_block(const int format, const int tokens, const uint8_t *group, int64_t k,
                         const ck_block8 *input, int64_t stride, __m256 (*sums)[2]) {
  __m256i dots[TILE][2];
  switch (format) {
    case CK_Q4_0:
    case CK_Q4_1:
    case CK_Q4_K: small_dots(format, tokens, group, k, input, stride, dots); break;
    case CK_Q8_0:
      if (tokens == 1) {
        signed_dots(group, k, input, dots);
      } else {
        large_dots(tokens, group, k, input, stride, dots);
      }
      break;
    case CK_Q6_K: add_halves(tokens, group, k, input, stride, sums); return;
    default: middle_dots(format, tokens, group, k, input, stride, dots); break;
  }
  CK_UNROLL for (int half = 0; half < 2; half++) {
    factors f = load_factors(format, group, k, half);
    CK_UNROLL for (int t = 0; t < tokens; t++) {
      sums[t][half] = add_dots(format, &f, input + t * stride + k, dots[t][half], sums[t][half]);
    }
  }
}

/// Where a tile reads and writes.
typedef struct {
  const ck_block8 *input;
  int64_t input_stride;
  float *output;
  int64_t output_stride;
  int64_t rows;
  const float *bias;
} place;

/// Computes sixteen rows of some tokens; format and tokens are constants.
CK_INLINE void tile(
    const int format, const int tokens, const uint8_t *group, int64_t blocks, const place *at) {
  __m256 sums[TILE][2];
  CK_UNROLL for (int t = 0; t < tokens; t++) {
    sums[t][0] = sums[t][1] = _mm256_setzero_ps();
  }
  for (int64_t k = 0; k < blocks; k++) {
    add_block(format, tokens, group, k, at->input, at->input_stride, sums);
  }
  CK_UNROLL for (int t = 0; t < tokens; t++) {
    float values[CK_LANES];
    _mm256_storeu_ps(values, sums[t][0]);
    _mm256_storeu_ps(values + 8, sums[t][1]);
    float *out = at->output + t * at->output_stride;
    for (int64_t lane = 0; lane < at->rows; lane++) {
      out[lane] = at->bias ? values[lane] + at->bias[lane] : values[lane];
    }
  }
}

/// Runs all tokens through one group; `format` is a constant.
CK_INLINE void all_tiles(
    const int format, int64_t tokens, const uint8_t *group, int64_t blocks, place at) {
  for (; tokens >= TILE; tokens -= TILE) {
    tile(format, TILE, group, blocks, &at);
    at.input += TILE * at.input_stride;
    at.output += TILE * at.output_stride;
  }
  switch (tokens) {
    case 3: tile(format, 3, group, blocks, &at); break;
    case 2: tile(format, 2, group, blocks, &at); break;
    case 1: tile(format, 1, group, blocks, &at); break;
    default: break;
  }
}

// Apart, so that each has all registers for itself.
#define CK_TILES(name, format)                                           \
  __attribute__((noinline)) static void name(                            \
      int64_t tokens, const uint8_t *group, int64_t blocks, place at) {  \
    all_tiles(format, tokens, group, blocks, at);                        \
  }
CK_TILES(tiles_q4_0, CK_Q4_0)
CK_TILES(tiles_q4_1, CK_Q4_1)
CK_TILES(tiles_q5_0, CK_Q5_0)
CK_TILES(tiles_q8_0, CK_Q8_0)
CK_TILES(tiles_q4_K, CK_Q4_K)
CK_TILES(tiles_q5_K, CK_Q5_K)
CK_TILES(tiles_q6_K, CK_Q6_K)
CK_TILES(tiles_mxfp4, CK_MXFP4)

static void run_group(const ck_product *p, int64_t item, int64_t first, int64_t tokens) {
  const uint8_t *group = ck_group(p, item, ck_packed_group_bytes(p->format, p->columns));
  int64_t blocks = p->columns / CK_BLOCK;
  place at = {.input = (const ck_block8 *)p->input + first * p->input_stride,
              .input_stride = p->input_stride,
              .output = p->output + first * p->output_stride + 16 * item,
              .output_stride = p->output_stride,
              .rows = ck_group_rows(p, item),
              .bias = p->bias ? p->bias + 16 * item : 0};
  switch (p->format) {
    case CK_Q4_0: tiles_q4_0(tokens, group, blocks, at); break;
    case CK_Q4_1: tiles_q4_1(tokens, group, blocks, at); break;
    case CK_Q5_0: tiles_q5_0(tokens, group, blocks, at); break;
    case CK_Q8_0: tiles_q8_0(tokens, group, blocks, at); break;
    case CK_Q4_K: tiles_q4_K(tokens, group, blocks, at); break;
    case CK_Q5_K: tiles_q5_K(tokens, group, blocks, at); break;
    case CK_Q6_K: tiles_q6_K(tokens, group, blocks, at); break;
    case CK_MXFP4: tiles_mxfp4(tokens, group, blocks, at); break;
    default: break;
  }
}

static void run_groups(const ck_product *p, int64_t begin, int64_t end) {
  for (int64_t first = 0; first < p->tokens; first += PANEL_TOKENS) {
    int64_t left = p->tokens - first, tokens = left < PANEL_TOKENS ? left : PANEL_TOKENS;
    for (int64_t item = begin; item < end; item++) run_group(p, item, first, tokens);
  }
}

void ck_products_block8_avx2(const ck_products *job, int64_t begin, int64_t end) {
  ck_each_product(job, begin, end, run_groups);
}

#pragma clang attribute pop
