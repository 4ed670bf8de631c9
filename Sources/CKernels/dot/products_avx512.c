// Products of 8-bit activations with AVX-512 VNNI: the same sums as products_scalar.c, with
// fused multiply-adds.
//
// Packed blocks go straight to registers, each vector of codes once per tile of up to eight tokens;
// the activations of 128 tokens stay in the second-level cache meanwhile. Q6_K, whose blocks take
// longest to unpack, is unpacked once for many tokens, a panel of 64 blocks at a time. Both give
// the same bits: one accumulator per output, blocks in ascending order, kept in the output between
// panels.

#include <immintrin.h>

#include "products_common.h"

#pragma clang attribute push(                                                       \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,fma,f16c"))), \
    apply_to = function)

enum {
  /// Tokens whose activations are used while they are in the cache; 48-128 are equal.
  CHUNK = 128,
  PANEL_BLOCKS = 64,
  /// From here on a panel of Q6_K pays (512 tokens: 323 against 303 Gop/s; the others lose 3-12 %).
  MANY_TOKENS = 64,
  TILE = 8,
  /// Bytes ahead that the weights of several tokens are asked for, into the second-level cache, since
  /// the first has no room for them beside the activations (one core, Q8_0, 8 tokens: 296 Gop/s, 240
  /// with 3 KiB, and 161 with 3 KiB into the first).
  AHEAD = 8192,
  /// Up to as many tokens nothing is asked for: the processor's own prefetching does better alone
  /// (one core, 2 tokens, Q5_0: 174 against 119 Gop/s; 4 tokens, Q8_0: 156 against 210).
  TOKENS_WITHOUT_ASKING = 2,
};

#include "blocks_avx512.h"

CK_INLINE __m512i four(const int8_t *q) {
  int32_t x;
  memcpy(&x, q, 4);
  return _mm512_set1_epi32(x);
}

CK_INLINE __m512i codes_dot(__m512i sum, const block *b, const ck_block8 *a, int from, int to) {
  CK_UNROLL for (int x = from; x < to; x++) {
    sum = _mm512_dpbusd_epi32(sum, b->codes[x], four(a->q + 4 * x));
  }
  return sum;
}

/// Adds one block to the sums of one token; `format` is a constant.
CK_INLINE __m512 add_block(const int format, const block *b, const ck_block8 *a, __m512 sum) {
  if (format == CK_Q6_K || format == CK_PANEL_HALVES) {
    __m512i first = codes_dot(_mm512_set1_epi32(a->minus_32[0]), b, a, 0, 4);
    __m512i second = codes_dot(_mm512_set1_epi32(a->minus_32[1]), b, a, 4, 8);
    __m512 both = _mm512_mul_ps(b->half_scale[0], _mm512_cvtepi32_ps(first));
    both = _mm512_fmadd_ps(b->half_scale[1], _mm512_cvtepi32_ps(second), both);
    return _mm512_fmadd_ps(both, _mm512_set1_ps(a->scale), sum);
  }
  __m512 scale = _mm512_mul_ps(b->scale, _mm512_set1_ps(a->scale));
  if (format == CK_Q4_1 || format == CK_Q4_K || format == CK_Q5_K) {
    __m512i dot = codes_dot(_mm512_setzero_si512(), b, a, 0, 8);
    sum = _mm512_fmadd_ps(scale, _mm512_cvtepi32_ps(dot), sum);
    __m512 scaled_sum = _mm512_set1_ps(a->scaled_sum);
    return format == CK_Q4_K || format == CK_Q5_K
               ? _mm512_fnmadd_ps(b->minimum, scaled_sum, sum)
               : _mm512_fmadd_ps(b->minimum, scaled_sum, sum);
  }
  // Q8_0 stores code + 128, Q5_0 code + 16 and Q4_0 code + 8.
  __m512i start = _mm512_set1_epi32(a->minus_128);
  if (format == CK_Q5_0) start = _mm512_srai_epi32(start, 3);
  if (format == CK_Q4_0) start = _mm512_srai_epi32(start, 4);
  return _mm512_fmadd_ps(scale, _mm512_cvtepi32_ps(codes_dot(start, b, a, 0, 8)), sum);
}

/// Adds blocks `0 ..< blocks` to the outputs of `tokens` tokens; format and tokens are constants.
CK_INLINE void tile(
    const int format, const int tokens, const uint8_t *group, int64_t blocks, const place *at) {
  __m512 sums[TILE];
  CK_UNROLL for (int t = 0; t < tokens; t++) {
    sums[t] = at->starts ? _mm512_setzero_ps()
                         : _mm512_maskz_loadu_ps(at->lanes, at->output + t * at->output_stride);
  }
  const ck_block8 *input = at->input;
  int64_t bytes = format == CK_Q8_0   ? (int64_t)sizeof(ck_packed_q8_0)
                  : format == CK_Q5_0 ? (int64_t)sizeof(ck_packed_q5_0)
                  : format == CK_Q4_0 ? (int64_t)sizeof(ck_packed_q4_0)
                  : format == CK_Q4_1 ? (int64_t)sizeof(ck_packed_q4_1)
                  : format == CK_MXFP4 ? (int64_t)sizeof(ck_packed_mxfp4)
                  : format == CK_Q4_K ? (int64_t)sizeof(ck_packed_q4_K) / 8
                  : format == CK_Q5_K ? (int64_t)sizeof(ck_packed_q5_K) / 8
                                      : (int64_t)sizeof(ck_packed_q6_K) / 8;
  for (int64_t k = 0; k < blocks; k++) {
    if (format != CK_PANEL_HALVES && tokens > TOKENS_WITHOUT_ASKING) {
      const char *ahead = (const char *)group + k * bytes + AHEAD;
      for (int64_t i = 0; i < bytes; i += 64) _mm_prefetch(ahead + i, _MM_HINT_T1);
    }
    block b = load_block(format, group, k);
    CK_UNROLL for (int t = 0; t < tokens; t++) {
      sums[t] = add_block(format, &b, input + t * at->input_stride + k, sums[t]);
    }
  }
  CK_UNROLL for (int t = 0; t < tokens; t++) {
    if (at->bias) sums[t] = _mm512_add_ps(sums[t], _mm512_maskz_loadu_ps(at->lanes, at->bias));
    _mm512_mask_storeu_ps(at->output + t * at->output_stride, at->lanes, sums[t]);
  }
}

/// Runs all tokens through one group or panel, in tiles of eight and then one of what is left: another pass
/// over the group costs more than a tile of any size.
CK_INLINE void all_tiles(
    const int format, int64_t tokens, const uint8_t *group, int64_t blocks, place at) {
  int64_t left = tokens;
  for (; left >= TILE; left -= TILE) {
    tile(format, TILE, group, blocks, &at);
    at.input += TILE * at.input_stride;
    at.output += TILE * at.output_stride;
  }
  switch (left) {
    case 7: tile(format, 7, group, blocks, &at); break;
    case 6: tile(format, 6, group, blocks, &at); break;
    case 5: tile(format, 5, group, blocks, &at); break;
    case 4: tile(format, 4, group, blocks, &at); break;
    case 3: tile(format, 3, group, blocks, &at); break;
    case 2: tile(format, 2, group, blocks, &at); break;
    case 1: tile(format, 1, group, blocks, &at); break;
    default: break;
  }
}

static void tiles_q4_0(int64_t tokens, const uint8_t *group, int64_t blocks, place at) {
  all_tiles(CK_Q4_0, tokens, group, blocks, at);
}
static void tiles_q4_1(int64_t tokens, const uint8_t *group, int64_t blocks, place at) {
  all_tiles(CK_Q4_1, tokens, group, blocks, at);
}
static void tiles_q5_0(int64_t tokens, const uint8_t *group, int64_t blocks, place at) {
  all_tiles(CK_Q5_0, tokens, group, blocks, at);
}
static void tiles_q8_0(int64_t tokens, const uint8_t *group, int64_t blocks, place at) {
  all_tiles(CK_Q8_0, tokens, group, blocks, at);
}
static void tiles_q4_K(int64_t tokens, const uint8_t *group, int64_t blocks, place at) {
  all_tiles(CK_Q4_K, tokens, group, blocks, at);
}
static void tiles_q5_K(int64_t tokens, const uint8_t *group, int64_t blocks, place at) {
  all_tiles(CK_Q5_K, tokens, group, blocks, at);
}
static void tiles_q6_K(int64_t tokens, const uint8_t *group, int64_t blocks, place at) {
  all_tiles(CK_Q6_K, tokens, group, blocks, at);
}
static void tiles_mxfp4(int64_t tokens, const uint8_t *group, int64_t blocks, place at) {
  all_tiles(CK_MXFP4, tokens, group, blocks, at);
}
static void tiles_panel(int64_t tokens, const ck_panel *panel, int64_t blocks, place at) {
  all_tiles(CK_PANEL_HALVES, tokens, (const uint8_t *)panel, blocks, at);
}

/// Writes blocks `first ..< first + count` of a group of Q6_K to a panel.
static void unpack_panel(const uint8_t *group, int64_t first, int64_t count, ck_panel *out) {
  for (int64_t k = 0; k < count; k++) {
    block b = load_block(CK_Q6_K, group, first + k);
    CK_UNROLL for (int x = 0; x < 8; x++) _mm512_store_si512(out[k].codes[x], b.codes[x]);
    _mm512_store_ps(out[k].half_scale[0], b.half_scale[0]);
    _mm512_store_ps(out[k].half_scale[1], b.half_scale[1]);
  }
}

/// One token through two groups, side by side, for formats whose blocks take longest to unpack (one core,
/// 1536 columns, Q4_K: 115 Gop/s against 101 for one group and 89 with prefetches; Q6_K 84, 74, 62).
/// Others read as fast with one group, and Q8_0 reads faster.
CK_INLINE void pair(const int format, const uint8_t *first, const uint8_t *second, int64_t blocks,
                    const ck_block8 *input, __m512 sums[2]) {
  sums[0] = sums[1] = _mm512_setzero_ps();
  for (int64_t k = 0; k < blocks; k++) {
    block b = load_block(format, first, k);
    sums[0] = add_block(format, &b, input + k, sums[0]);
    b = load_block(format, second, k);
    sums[1] = add_block(format, &b, input + k, sums[1]);
  }
}

/// Up to `CHUNK` tokens from `first` on.
static void run_chunk(const ck_product *p, int64_t first, int64_t begin, int64_t end) {
  const ck_block8 *input = p->input;
  int64_t tokens = p->tokens - first < CHUNK ? p->tokens - first : CHUNK;
  int64_t bytes = ck_packed_group_bytes(p->format, p->columns);
  int64_t blocks = p->columns / CK_BLOCK;
  for (int64_t item = begin; item < end; item++) {
    place at = {.input = input + first * p->input_stride,
                .input_stride = p->input_stride,
                .output = p->output + first * p->output_stride + 16 * item,
                .output_stride = p->output_stride,
                .lanes = (__mmask16)(0xffff >> (16 - ck_group_rows(p, item))),
                .bias = p->bias ? p->bias + 16 * item : 0,
                .starts = true};
    const uint8_t *group = ck_group(p, item, bytes);
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
}

/// Both halves of the items side by side.
static void run_pairs(const ck_product *p, int64_t begin, int64_t end) {
  int64_t bytes = ck_packed_group_bytes(p->format, p->columns);
  int64_t blocks = p->columns / CK_BLOCK, half = (end - begin) / 2;
  for (int64_t item = begin; item < begin + half; item++) {
    const uint8_t *first = ck_group(p, item, bytes), *second = ck_group(p, item + half, bytes);
    __m512 sums[2];
#define CK_CASE(name) \
  case name: pair(name, first, second, blocks, p->input, sums); break
    switch (p->format) {
      CK_CASE(CK_Q4_K);
      CK_CASE(CK_Q5_K);
      CK_CASE(CK_Q6_K);
      default: return;
    }
#undef CK_CASE
    CK_UNROLL for (int h = 0; h < 2; h++) {
      int64_t group = item + h * half;
      __mmask16 lanes = (__mmask16)(0xffff >> (16 - ck_group_rows(p, group)));
      if (p->bias) {
        sums[h] = _mm512_add_ps(sums[h], _mm512_maskz_loadu_ps(lanes, p->bias + 16 * group));
      }
      _mm512_mask_storeu_ps(p->output + 16 * group, lanes, sums[h]);
    }
  }
  run_chunk(p, 0, begin + 2 * half, end);
}

/// Many tokens through a weight of Q6_K.
static void run_panels(const ck_product *p, int64_t first, int64_t begin, int64_t end) {
  ck_panel panel[PANEL_BLOCKS];
  const ck_block8 *input = p->input;
  int64_t tokens = p->tokens - first < CHUNK ? p->tokens - first : CHUNK;
  int64_t bytes = ck_packed_group_bytes(p->format, p->columns);
  int64_t blocks = p->columns / CK_BLOCK;
  for (int64_t k = 0; k < blocks; k += PANEL_BLOCKS) {
    int64_t count = blocks - k < PANEL_BLOCKS ? blocks - k : PANEL_BLOCKS;
    for (int64_t item = begin; item < end; item++) {
      unpack_panel(ck_group(p, item, bytes), k, count, panel);
      place at = {.input = input + first * p->input_stride + k,
                  .input_stride = p->input_stride,
                  .output = p->output + first * p->output_stride + 16 * item,
                  .output_stride = p->output_stride,
                  .lanes = (__mmask16)(0xffff >> (16 - ck_group_rows(p, item))),
                  .bias = p->bias && k + count == blocks ? p->bias + 16 * item : 0,
                  .starts = k == 0};
      tiles_panel(tokens, panel, count, at);
    }
  }
}

static void run_groups(const ck_product *p, int64_t begin, int64_t end) {
  bool is_slow = p->format == CK_Q4_K || p->format == CK_Q5_K || p->format == CK_Q6_K;
  if (p->tokens == 1 && is_slow) {
    run_pairs(p, begin, end);
    return;
  }
  bool unpacks_once = p->format == CK_Q6_K && p->tokens >= MANY_TOKENS;
  for (int64_t first = 0; first < p->tokens; first += CHUNK) {
    if (unpacks_once) {
      run_panels(p, first, begin, end);
    } else {
      run_chunk(p, first, begin, end);
    }
  }
}

void ck_products_block8_avx512(const ck_products *job, int64_t begin, int64_t end) {
  ck_each_product(job, begin, end, run_groups);
}

#pragma clang attribute pop
