// Packed blocks in AVX-512 registers: what the product kernels of AVX-512 and of tiles read.
//
// Included within a region of functions that have the instruction set.

#ifndef CK_BLOCKS_AVX512_H
#define CK_BLOCKS_AVX512_H

#include <immintrin.h>

#include "packed.h"

#define CK_UNROLL _Pragma("clang loop unroll(full)")

/// Unpacked blocks of Q6_K are a format of their own here.
enum { CK_PANEL_HALVES = 100 };

/// One block of sixteen rows in registers.
typedef struct {
  __m512i codes[8];
  __m512 scale, minimum;
  /// The factors of the two halves of the columns of Q6_K, in place of `scale`.
  __m512 half_scale[2];
} block;

CK_INLINE __m512 halves(const uint16_t *p) {
  return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p));
}

CK_INLINE __m512 bytes_to_floats(const uint8_t *p) {
  return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)p)));
}

CK_INLINE __m512 signed_bytes_to_floats(const int8_t *p) {
  return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)p)));
}

CK_INLINE void load_nibbles(const uint32_t nibbles[4][16], __m512i codes[8]) {
  const __m512i low = _mm512_set1_epi8(15);
  CK_UNROLL for (int x = 0; x < 4; x++) {
    __m512i both = _mm512_loadu_si512(nibbles[x]);
    codes[x] = _mm512_and_si512(both, low);
    codes[x + 4] = _mm512_and_si512(_mm512_srli_epi16(both, 4), low);
  }
}

/// a | (b & mask).
CK_INLINE __m512i or_masked(__m512i a, __m512i b, __m512i mask) {
  return _mm512_ternarylogic_epi64(a, b, mask, 0xf8);
}

/// Puts the upper bits of five-bit codes in their places.
CK_INLINE void add_fifths(const uint32_t stored[16], __m512i codes[8]) {
  __m512i fifths = _mm512_loadu_si512(stored), bit = _mm512_set1_epi8(16);
  CK_UNROLL for (int x = 0; x < 8; x++) {
    __m512i moved = x < 4 ? _mm512_slli_epi16(fifths, (unsigned)(x < 4 ? 4 - x : 0))
                          : _mm512_srli_epi16(fifths, (unsigned)(x < 4 ? 0 : x - 4));
    codes[x] = or_masked(codes[x], moved, bit);
  }
}

/// Block `k` of a group; `format` is a constant.
CK_INLINE block load_block(const int format, const uint8_t *group, int64_t k) {
  block out;
  switch (format) {
    case CK_Q8_0: {
      const ck_packed_q8_0 *in = (const ck_packed_q8_0 *)group + k;
      CK_UNROLL for (int x = 0; x < 8; x++) out.codes[x] = _mm512_loadu_si512(in->codes[x]);
      out.scale = halves(in->scale);
      break;
    }
    case CK_Q5_0: {
      const ck_packed_q5_0 *in = (const ck_packed_q5_0 *)group + k;
      load_nibbles(in->nibbles, out.codes);
      add_fifths(in->fifths, out.codes);
      out.scale = halves(in->scale);
      break;
    }
    case CK_Q4_0: {
      const ck_packed_q4_0 *in = (const ck_packed_q4_0 *)group + k;
      load_nibbles(in->nibbles, out.codes);
      out.scale = halves(in->scale);
      break;
    }
    case CK_Q4_1: {
      const ck_packed_q4_1 *in = (const ck_packed_q4_1 *)group + k;
      load_nibbles(in->nibbles, out.codes);
      out.scale = halves(in->scale);
      out.minimum = halves(in->minimum);
      break;
    }
    case CK_Q4_K: {
      const ck_packed_q4_K *in = (const ck_packed_q4_K *)group + (k >> 3);
      load_nibbles(in->blocks[k & 7].nibbles, out.codes);
      out.scale =
          _mm512_mul_ps(halves(in->scale), bytes_to_floats(in->blocks[k & 7].scale));
      // The sign of the minimum is in the kernel: sum - minimum * a.scaled_sum.
      out.minimum =
          _mm512_mul_ps(halves(in->minimum), bytes_to_floats(in->blocks[k & 7].minimum));
      break;
    }
    case CK_Q5_K: {
      const ck_packed_q5_K *in = (const ck_packed_q5_K *)group + (k >> 3);
      load_nibbles(in->blocks[k & 7].nibbles, out.codes);
      add_fifths(in->blocks[k & 7].fifths, out.codes);
      out.scale =
          _mm512_mul_ps(halves(in->scale), bytes_to_floats(in->blocks[k & 7].scale));
      out.minimum =
          _mm512_mul_ps(halves(in->minimum), bytes_to_floats(in->blocks[k & 7].minimum));
      break;
    }
    case CK_Q6_K: {
      const ck_packed_q6_K *in = (const ck_packed_q6_K *)group + (k >> 3);
      load_nibbles(in->blocks[k & 7].nibbles, out.codes);
      const __m512i mask = _mm512_set1_epi8(0x30);
      __m512 scale = halves(in->scale);
      CK_UNROLL for (int h = 0; h < 2; h++) {
        __m512i pairs = _mm512_loadu_si512(in->blocks[k & 7].pairs[h]);
        __m512i *codes = out.codes + 4 * h;
        codes[0] = or_masked(codes[0], _mm512_slli_epi16(pairs, 4), mask);
        codes[1] = or_masked(codes[1], _mm512_slli_epi16(pairs, 2), mask);
        codes[2] = or_masked(codes[2], pairs, mask);
        codes[3] = or_masked(codes[3], _mm512_srli_epi16(pairs, 2), mask);
        out.half_scale[h] =
            _mm512_mul_ps(scale, signed_bytes_to_floats(in->blocks[k & 7].scale[h]));
      }
      break;
    }
    case CK_MXFP4: {
      const ck_packed_mxfp4 *in = (const ck_packed_mxfp4 *)group + k;
      load_nibbles(in->nibbles, out.codes);
      const __m512i table =
          _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)ck_doubled_e2m1));
      CK_UNROLL for (int x = 0; x < 8; x++) {
        out.codes[x] = _mm512_shuffle_epi8(table, out.codes[x]);
      }
      __m512i exponent = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)in->scale));
      __m512i bits = _mm512_slli_epi32(_mm512_sub_epi32(exponent, _mm512_set1_epi32(1)), 23);
      __mmask16 tiny = _mm512_cmplt_epi32_mask(exponent, _mm512_set1_epi32(2));
      __mmask16 none = _mm512_cmpeq_epi32_mask(exponent, _mm512_set1_epi32(255));
      bits = _mm512_mask_sllv_epi32(bits, tiny, _mm512_set1_epi32(0x00200000), exponent);
      bits = _mm512_mask_blend_epi32(none, bits, _mm512_set1_epi32(0x7fc00000));
      out.scale = _mm512_castsi512_ps(bits);
      break;
    }
    default: {
      const ck_panel *in = (const ck_panel *)group + k;
      CK_UNROLL for (int x = 0; x < 8; x++) out.codes[x] = _mm512_load_si512(in->codes[x]);
      out.half_scale[0] = _mm512_load_ps(in->half_scale[0]);
      out.half_scale[1] = _mm512_load_ps(in->half_scale[1]);
      break;
    }
  }
  return out;
}

/// Where a tile reads and writes.
typedef struct {
  const ck_block8 *input;
  int64_t input_stride;
  float *output;
  int64_t output_stride;
  __mmask16 lanes;
  const float *bias;
  bool starts;
} place;

#endif
