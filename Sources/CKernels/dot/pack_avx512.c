// From stored rows to packed groups with AVX-512: the bytes of pack.c.
//
// Sixteen rows are read sixteen bytes at a time and turned, so that a vector holds one word of every
// row; codes and scales are then regrouped for all rows at once, and a group is written front to back.

#include <immintrin.h>

#include "packed.h"

#pragma clang attribute push(                                                  \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq"))), apply_to = function)

#define CK_UNROLL _Pragma("clang loop unroll(full)")

/// Sixteen bytes at the same place of sixteen rows as four vectors of words, row r in lane r.
CK_INLINE void turn(const uint8_t *place, int64_t stride, __m512i words[4]) {
  __m512i rows[4];
  CK_UNROLL for (int i = 0; i < 4; i++) {
    const uint8_t *p = place + i * stride;
    rows[i] = _mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)p));
    rows[i] = _mm512_inserti32x4(rows[i], _mm_loadu_si128((const __m128i *)(p + 4 * stride)), 1);
    rows[i] = _mm512_inserti32x4(rows[i], _mm_loadu_si128((const __m128i *)(p + 8 * stride)), 2);
    rows[i] = _mm512_inserti32x4(rows[i], _mm_loadu_si128((const __m128i *)(p + 12 * stride)), 3);
  }
  __m512i a = _mm512_unpacklo_epi32(rows[0], rows[1]), b = _mm512_unpacklo_epi32(rows[2], rows[3]);
  __m512i c = _mm512_unpackhi_epi32(rows[0], rows[1]), d = _mm512_unpackhi_epi32(rows[2], rows[3]);
  words[0] = _mm512_unpacklo_epi64(a, b);
  words[1] = _mm512_unpackhi_epi64(a, b);
  words[2] = _mm512_unpacklo_epi64(c, d);
  words[3] = _mm512_unpackhi_epi64(c, d);
}

CK_INLINE void store(void *out, __m512i x) { _mm512_storeu_si512(out, x); }

/// Stores the low half of every lane.
CK_INLINE void store_halves(uint16_t out[16], __m512i x) {
  _mm256_storeu_si256((__m256i *)out, _mm512_cvtepi32_epi16(x));
}

/// Stores the low byte of every lane.
CK_INLINE void store_bytes(void *out, __m512i x) {
  _mm_storeu_si128((__m128i *)out, _mm512_cvtepi32_epi8(x));
}

CK_INLINE __m512i shifted_and(__m512i x, unsigned shift, int32_t mask) {
  return _mm512_and_si512(_mm512_srli_epi32(x, shift), _mm512_set1_epi32(mask));
}

CK_INLINE __m512i either(__m512i a, __m512i b) { return _mm512_or_si512(a, b); }

/// Bytes of which the low halves come from one vector and the high halves from another.
CK_INLINE __m512i join_halves(__m512i low, __m512i high) {
  return _mm512_ternarylogic_epi64(_mm512_set1_epi8(15), low, high, 0xca);
}

/// Stores two blocks of 32 columns whose nibbles lie in the low and the high halves of 32 bytes.
CK_INLINE void store_two_blocks(
    const uint8_t *place, int64_t stride, uint32_t low[4][16], uint32_t high[4][16]) {
  __m512i near[4], far[4];
  turn(place, stride, near);
  turn(place + 16, stride, far);
  CK_UNROLL for (int x = 0; x < 4; x++) {
    store(low[x], join_halves(near[x], _mm512_slli_epi32(far[x], 4)));
    store(high[x], join_halves(_mm512_srli_epi32(near[x], 4), far[x]));
  }
}

CK_INLINE void store_codes(const uint8_t *place, int64_t stride, uint32_t out[4][16]) {
  __m512i words[4];
  turn(place, stride, words);
  CK_UNROLL for (int x = 0; x < 4; x++) store(out[x], words[x]);
}

static void pack_q4_0(const uint8_t *rows, int64_t stride, int64_t columns, void *group) {
  ck_packed_q4_0 *out = group;
  for (int64_t k = 0; k < columns / 32; k++, rows += 18, out++) {
    __m512i head[4];
    turn(rows, stride, head);
    store_halves(out->scale, head[0]);
    store_codes(rows + 2, stride, out->nibbles);
  }
}

static void pack_q4_1(const uint8_t *rows, int64_t stride, int64_t columns, void *group) {
  ck_packed_q4_1 *out = group;
  for (int64_t k = 0; k < columns / 32; k++, rows += 20, out++) {
    __m512i head[4];
    turn(rows, stride, head);
    store_halves(out->scale, head[0]);
    store_halves(out->minimum, _mm512_srli_epi32(head[0], 16));
    store_codes(rows + 4, stride, out->nibbles);
  }
}

static void pack_q5_0(const uint8_t *rows, int64_t stride, int64_t columns, void *group) {
  ck_packed_q5_0 *out = group;
  for (int64_t k = 0; k < columns / 32; k++, rows += 22, out++) {
    __m512i head[4];
    turn(rows, stride, head);
    store_halves(out->scale, head[0]);
    __m512i stored = either(_mm512_srli_epi32(head[0], 16), _mm512_slli_epi32(head[1], 16));
    __m512i fifths = _mm512_setzero_si512();
    CK_UNROLL for (unsigned b = 0; b < 4; b++) {
      // As in pack.c: every fourth bit from b on, moved together.
      __m512i bits = shifted_and(stored, b, 0x11111111);
      bits = shifted_and(either(bits, _mm512_srli_epi32(bits, 3)), 0, 0x03030303);
      bits = shifted_and(either(bits, _mm512_srli_epi32(bits, 6)), 0, 0x000f000f);
      bits = shifted_and(either(bits, _mm512_srli_epi32(bits, 12)), 0, 0xff);
      fifths = either(fifths, _mm512_slli_epi32(bits, 8 * b));
    }
    store(out->fifths, fifths);
    store_codes(rows + 6, stride, out->nibbles);
  }
}

static void pack_q8_0(const uint8_t *rows, int64_t stride, int64_t columns, void *group) {
  ck_packed_q8_0 *out = group;
  const __m512i sign = _mm512_set1_epi8(-128);
  for (int64_t k = 0; k < columns / 32; k++, rows += 34, out++) {
    __m512i head[4], words[4];
    turn(rows, stride, head);
    store_halves(out->scale, head[0]);
    CK_UNROLL for (int h = 0; h < 2; h++) {
      turn(rows + 2 + 16 * h, stride, words);
      CK_UNROLL for (int x = 0; x < 4; x++) {
        store(out->codes[4 * h + x], _mm512_xor_si512(words[x], sign));
      }
    }
  }
}

/// The scale and the minimum of block `b` of a super-block of Q4_K or Q5_K, from its first words.
CK_INLINE void six_bits(const __m512i head[4], unsigned b, __m512i *scale, __m512i *minimum) {
  if (b < 4) {
    *scale = shifted_and(head[1], 8 * b, 63);
    *minimum = shifted_and(head[2], 8 * b, 63);
    return;
  }
  unsigned byte = 8 * (b - 4);
  *scale = either(shifted_and(head[3], byte, 15),
                  _mm512_slli_epi32(shifted_and(head[1], byte + 6, 3), 4));
  *minimum = either(shifted_and(head[3], byte + 4, 15),
                    _mm512_slli_epi32(shifted_and(head[2], byte + 6, 3), 4));
}

static void pack_q4_K(const uint8_t *rows, int64_t stride, int64_t columns, void *group) {
  ck_packed_q4_K *out = group;
  for (int64_t k = 0; k < columns / 256; k++, rows += 144, out++) {
    __m512i head[4];
    turn(rows, stride, head);
    store_halves(out->scale, head[0]);
    store_halves(out->minimum, _mm512_srli_epi32(head[0], 16));
    CK_UNROLL for (unsigned b = 0; b < 8; b++) {
      __m512i scale, minimum;
      six_bits(head, b, &scale, &minimum);
      store_bytes(out->blocks[b].scale, scale);
      store_bytes(out->blocks[b].minimum, minimum);
    }
    CK_UNROLL for (int j = 0; j < 4; j++) {
      store_two_blocks(rows + 16 + 32 * j, stride, out->blocks[2 * j].nibbles,
                       out->blocks[2 * j + 1].nibbles);
    }
  }
}

static void pack_q5_K(const uint8_t *rows, int64_t stride, int64_t columns, void *group) {
  ck_packed_q5_K *out = group;
  for (int64_t k = 0; k < columns / 256; k++, rows += 176, out++) {
    __m512i head[4], upper[8];
    turn(rows, stride, head);
    turn(rows + 16, stride, upper);
    turn(rows + 32, stride, upper + 4);
    store_halves(out->scale, head[0]);
    store_halves(out->minimum, _mm512_srli_epi32(head[0], 16));
    CK_UNROLL for (unsigned b = 0; b < 8; b++) {
      __m512i scale, minimum, fifths = _mm512_setzero_si512();
      six_bits(head, b, &scale, &minimum);
      store_bytes(out->blocks[b].scale, scale);
      store_bytes(out->blocks[b].minimum, minimum);
      CK_UNROLL for (unsigned x = 0; x < 8; x++) {
        fifths =
            either(fifths, _mm512_slli_epi32(shifted_and(upper[x], b, 0x01010101), x));
      }
      store(out->blocks[b].fifths, fifths);
    }
    CK_UNROLL for (int j = 0; j < 4; j++) {
      store_two_blocks(rows + 48 + 32 * j, stride, out->blocks[2 * j].nibbles,
                       out->blocks[2 * j + 1].nibbles);
    }
  }
}

static void pack_q6_K(const uint8_t *rows, int64_t stride, int64_t columns, void *group) {
  ck_packed_q6_K *out = group;
  for (int64_t k = 0; k < columns / 256; k++, rows += 210, out++) {
    __m512i scales[4], tail[4];
    turn(rows + 192, stride, scales);
    // The last sixteen bytes end with the factor of the super-block.
    turn(rows + 194, stride, tail);
    store_halves(out->scale, _mm512_srli_epi32(tail[3], 16));
    CK_UNROLL for (unsigned s = 0; s < 16; s++) {
      store_bytes(out->blocks[s / 2].scale[s % 2],
                  _mm512_srli_epi32(scales[s / 4], 8 * (s % 4)));
    }
    CK_UNROLL for (int half = 0; half < 2; half++) {
      __m512i upper[8];
      turn(rows + 128 + 32 * half, stride, upper);
      turn(rows + 144 + 32 * half, stride, upper + 4);
      CK_UNROLL for (unsigned j = 0; j < 4; j++) {
        CK_UNROLL for (unsigned h = 0; h < 2; h++) {
          __m512i pairs = _mm512_setzero_si512();
          CK_UNROLL for (unsigned x = 0; x < 4; x++) {
            __m512i pair = shifted_and(upper[4 * h + x], 2 * j, 0x03030303);
            pairs = either(pairs, _mm512_slli_epi32(pair, 2 * x));
          }
          store(out->blocks[4 * half + (int)j].pairs[h], pairs);
        }
      }
      CK_UNROLL for (int j = 0; j < 2; j++) {
        store_two_blocks(rows + 64 * half + 32 * j, stride, out->blocks[4 * half + j].nibbles,
                         out->blocks[4 * half + j + 2].nibbles);
      }
    }
  }
}

static void pack_mxfp4(const uint8_t *rows, int64_t stride, int64_t columns, void *group) {
  ck_packed_mxfp4 *out = group;
  for (int64_t k = 0; k < columns / 32; k++, rows += 17, out++) {
    __m512i head[4];
    turn(rows, stride, head);
    store_bytes(out->scale, head[0]);
    store_codes(rows + 1, stride, out->nibbles);
  }
}

/// Halves of any kind; rows of whole sixteen bytes.
static void pack_f16(const uint8_t *rows, int64_t stride, int64_t columns, void *group) {
  uint16_t *out = group;
  for (int64_t c = 0; c < columns; c += 8, rows += 16, out += 128) {
    __m512i words[4];
    turn(rows, stride, words);
    CK_UNROLL for (int x = 0; x < 4; x++) {
      store_halves(out + 32 * x, words[x]);
      store_halves(out + 32 * x + 16, _mm512_srli_epi32(words[x], 16));
    }
  }
}

typedef void (*pack_rows)(const uint8_t *rows, int64_t stride, int64_t columns, void *group);

/// What packs sixteen rows of a format at once, null if nothing does.
static pack_rows packer(const ck_pack_job *job) {
  switch (job->format) {
    case CK_Q4_0: return pack_q4_0;
    case CK_Q4_1: return pack_q4_1;
    case CK_Q5_0: return pack_q5_0;
    case CK_Q8_0: return pack_q8_0;
    case CK_Q4_K: return pack_q4_K;
    case CK_Q5_K: return pack_q5_K;
    case CK_Q6_K: return pack_q6_K;
    case CK_MXFP4: return pack_mxfp4;
    case CK_F16:
    case CK_BF16: return job->columns % 8 == 0 ? pack_f16 : 0;
    default: return 0;
  }
}

void ck_pack_avx512(const ck_pack_job *job, int64_t begin, int64_t end) {
  pack_rows pack = packer(job);
  int64_t bytes = ck_packed_group_bytes(job->format, job->columns);
  int64_t whole = pack ? job->rows / CK_LANES : 0;
  int64_t group = begin;
  for (; group < end && group < whole; group++) {
    pack(job->stored + CK_LANES * group * job->row_bytes, job->row_bytes, job->columns,
         job->packed + group * bytes);
  }
  if (group < end) ck_pack_scalar(job, group, end);
}

#pragma clang attribute pop
