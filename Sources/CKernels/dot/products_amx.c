// Products of 8-bit activations of many tokens with AMX tiles: the same bits as products_avx512.c.
//
// A few blocks of a few groups are unpacked into signed bytes, which lie as a tile wants them: eight rows of
// sixteen lanes of four columns. They stay in the first-level cache while the tokens pass, sixteen at a time, read
// where the rounded activations stand. One instruction multiplies both; its 16 x 16 integers go through memory to
// the vectors that scale and add them, block by block in ascending order, as everywhere. Those vectors and the way
// through memory take most of the time.
//
// Q6_K, whose blocks have two factors, and fewer tokens go the way of AVX-512: with two tiles a block Q6_K was
// slower (512 tokens, two threads: 254 Gop/s against 296). The shapes of the tiles are set for each run and let go
// after it, so that threads carry no tiles through the system's switches.

#include <immintrin.h>

#include "products_common.h"

#pragma clang attribute push(                                                            \
    __attribute__((target("amx-tile,amx-int8,avx512f,avx512bw,avx512vl,avx512dq,fma,f16c"))), \
    apply_to = function)

#include "blocks_avx512.h"

enum {
  /// What is unpacked at once, 20 KB.
  PANEL_BLOCKS = 8,
  PANEL_GROUPS = 4,
  /// The tokens and blocks whose activations, half a MB, stay in the second-level cache for all groups of a range.
  CHUNK_TOKENS = 128,
  CHUNK_BLOCKS = 64,
  TILE_TOKENS = 16,
  /// From here on tiles pay: below, unpacking costs more than they save (two threads, 1536 columns, Gop/s of
  /// AVX-512 and of tiles: Q4_K 334 and 226 for 8 tokens, 312 and 315 for 16, 331 and 364 for 32, 308 and 372 for
  /// 512).
  FEW_TOKENS = 16,
};

/// One block of sixteen rows for tiles.
typedef struct __attribute__((aligned(64))) {
  /// Signed codes.
  int8_t codes[8][64];
  float scale[16], minimum[16];
} tile_panel;

/// Integers of 16 tokens and 16 rows, a row of lanes per token.
typedef struct __attribute__((aligned(64))) {
  int32_t of[TILE_TOKENS][16];
} tile_sums;

/// Sums of a chunk's tokens and sixteen rows.
typedef struct __attribute__((aligned(64))) {
  float of[CHUNK_TOKENS][16];
} chunk_sums;

typedef struct {
  uint8_t palette, start_row, reserved[14];
  uint16_t row_bytes[16];
  uint8_t rows[16];
} tile_configuration;

/// Sets the shapes. Of whole tiles: sums in 0, activations in 1; of `left` tokens: 2 and 3; codes in 4.
CK_INLINE void configure(int64_t left) {
  tile_configuration shapes = {.palette = 1};
  for (int i = 0; i < 5; i++) {
    shapes.rows[i] = (uint8_t)(i == 4 ? CK_BLOCK / 4 : i < 2 || left == 0 ? TILE_TOKENS : left);
    shapes.row_bytes[i] = i == 1 || i == 3 ? CK_BLOCK : 64;
  }
  _tile_loadconfig(&shapes);
}

/// Writes a block to a panel; `format` is a constant.
CK_INLINE void store_block(const int format, block b, tile_panel *out) {
  CK_UNROLL for (int x = 0; x < 8; x++) {
    __m512i codes = b.codes[x];
    if (format == CK_Q5_0) codes = _mm512_sub_epi8(codes, _mm512_set1_epi8(16));
    if (format == CK_Q4_0) codes = _mm512_sub_epi8(codes, _mm512_set1_epi8(8));
    if (format == CK_Q8_0 || format == CK_MXFP4) {
      codes = _mm512_xor_si512(codes, _mm512_set1_epi8(-128));
    }
    _mm512_store_si512(out->codes[x], codes);
  }
  _mm512_store_ps(out->scale, b.scale);
  if (format == CK_Q4_1) _mm512_store_ps(out->minimum, b.minimum);
  if (format == CK_Q4_K || format == CK_Q5_K) {
    // The sign of a minimum is in the panel.
    _mm512_store_ps(out->minimum, _mm512_xor_ps(b.minimum, _mm512_set1_ps(-0.0f)));
  }
}

/// Writes blocks `first ..< first + count` of a group to a panel.
static void unpack_panel(
    int32_t format, const uint8_t *group, int64_t first, int64_t count, tile_panel *out) {
#define CK_CASE(name)                                         \
  case name:                                                  \
    for (int64_t k = 0; k < count; k++) {                     \
      store_block(name, load_block(name, group, first + k), out + k); \
    }                                                         \
    break
  switch (format) {
    CK_CASE(CK_Q4_0);
    CK_CASE(CK_Q4_1);
    CK_CASE(CK_Q5_0);
    CK_CASE(CK_Q8_0);
    CK_CASE(CK_Q4_K);
    CK_CASE(CK_Q5_K);
    CK_CASE(CK_MXFP4);
    default: break;
  }
#undef CK_CASE
}

/// The integers of one block; `whole` is a constant.
CK_INLINE void multiply_block(const bool whole, const tile_panel *b, const ck_block8 *a,
                              int64_t stride, tile_sums *out) {
  int64_t bytes = stride * (int64_t)sizeof(ck_block8);
  _tile_loadd(4, b->codes, 64);
  if (whole) {
    _tile_loadd(1, a->q, bytes);
    _tile_zero(0);
    _tile_dpbssd(0, 1, 4);
    _tile_stored(0, out->of, 64);
  } else {
    _tile_loadd(3, a->q, bytes);
    _tile_zero(2);
    _tile_dpbssd(2, 3, 4);
    _tile_stored(2, out->of, 64);
  }
}

/// Adds blocks `0 ..< blocks` to the sums of `tokens` tokens, of which `room` have registers; kind, room and
/// whole are constants.
CK_INLINE void tile(const enum ck_kind kind, const int room, const bool whole, int64_t tokens,
                    const tile_panel *panel, int64_t blocks, const ck_block8 *input,
                    int64_t stride, float (*out)[16]) {
  tile_sums integers[2];
  __m512 sums[TILE_TOKENS];
  CK_UNROLL for (int t = 0; t < room; t++) sums[t] = _mm512_load_ps(out[t]);
  multiply_block(whole, panel, input, stride, &integers[0]);
  for (int64_t k = 0; k < blocks; k++) {
    // The tiles of the next block are at work while this one is added.
    if (k + 1 < blocks) {
      multiply_block(whole, panel + k + 1, input + k + 1, stride, &integers[(k + 1) & 1]);
    }
    const tile_sums *in = &integers[k & 1];
    __m512 scale = _mm512_load_ps(panel[k].scale), minimum = _mm512_load_ps(panel[k].minimum);
    CK_UNROLL for (int t = 0; t < room; t++) {
      // Past the last token that one is taken again; nobody reads what it gives.
      const ck_block8 *a = input + (whole || t < tokens ? t : tokens - 1) * stride + k;
      __m512 dot = _mm512_cvtepi32_ps(_mm512_load_si512(in->of[t]));
      __m512 factor = _mm512_mul_ps(scale, _mm512_set1_ps(a->scale));
      sums[t] = _mm512_fmadd_ps(factor, dot, sums[t]);
      if (kind == CK_MINIMUM) {
        sums[t] = _mm512_fmadd_ps(minimum, _mm512_set1_ps(a->scaled_sum), sums[t]);
      }
    }
  }
  CK_UNROLL for (int t = 0; t < room; t++) _mm512_store_ps(out[t], sums[t]);
}

/// Runs all tokens of a chunk through the panels of some groups.
CK_INLINE void all_tiles(const enum ck_kind kind, int64_t tokens, int64_t groups,
                         tile_panel (*panels)[PANEL_BLOCKS], int64_t blocks,
                         const ck_block8 *input, int64_t stride, chunk_sums *sums) {
  int64_t t = 0;
  for (; t + TILE_TOKENS <= tokens; t += TILE_TOKENS) {
    for (int64_t g = 0; g < groups; g++) {
      tile(kind, TILE_TOKENS, true, TILE_TOKENS, panels[g], blocks, input + t * stride, stride,
           sums[g].of + t);
    }
  }
  int64_t left = tokens - t;
  if (left == 0) return;
  for (int64_t g = 0; g < groups; g++) {
    const ck_block8 *from = input + t * stride;
    float(*out)[16] = sums[g].of + t;
    switch ((left + 3) / 4) {
      case 1: tile(kind, 4, false, left, panels[g], blocks, from, stride, out); break;
      case 2: tile(kind, 8, false, left, panels[g], blocks, from, stride, out); break;
      case 3: tile(kind, 12, false, left, panels[g], blocks, from, stride, out); break;
      default: tile(kind, 16, false, left, panels[g], blocks, from, stride, out); break;
    }
  }
}

static void tiles_offset(int64_t tokens, int64_t groups, tile_panel (*panels)[PANEL_BLOCKS],
                         int64_t blocks, const ck_block8 *input, int64_t stride,
                         chunk_sums *sums) {
  all_tiles(CK_OFFSET, tokens, groups, panels, blocks, input, stride, sums);
}
static void tiles_minimum(int64_t tokens, int64_t groups, tile_panel (*panels)[PANEL_BLOCKS],
                          int64_t blocks, const ck_block8 *input, int64_t stride,
                          chunk_sums *sums) {
  all_tiles(CK_MINIMUM, tokens, groups, panels, blocks, input, stride, sums);
}

/// Where a group's sums of a token stand in the output.
CK_INLINE float *output_of(const ck_product *p, int64_t item, int64_t token) {
  return p->output + token * p->output_stride + 16 * item;
}

CK_INLINE __mmask16 lanes_of(const ck_product *p, int64_t item) {
  return (__mmask16)(0xffff >> (16 - ck_group_rows(p, item)));
}

/// Some groups, tokens `t ..< t + tokens`, blocks `first ..< first + count`.
static void run_chunk(const ck_product *p, int64_t item, int64_t groups, int64_t t, int64_t tokens,
                      int64_t first, int64_t count) {
  tile_panel panels[PANEL_GROUPS][PANEL_BLOCKS];
  chunk_sums sums[PANEL_GROUPS];
  enum ck_kind kind = ck_kind_of(p->format);
  int64_t bytes = ck_packed_group_bytes(p->format, p->columns), stride = p->input_stride;
  const ck_block8 *input = (const ck_block8 *)p->input + t * stride;
  for (int64_t g = 0; g < groups; g++) {
    __mmask16 lanes = first == 0 ? 0 : lanes_of(p, item + g);
    for (int64_t i = 0; i < tokens; i++) {
      _mm512_store_ps(sums[g].of[i], _mm512_maskz_loadu_ps(lanes, output_of(p, item + g, t + i)));
    }
    // What an unfinished tile takes besides; anything could lie there, slow numbers too.
    for (int64_t i = tokens; i % 4 != 0; i++) {
      _mm512_store_ps(sums[g].of[i], _mm512_setzero_ps());
    }
  }
  for (int64_t k = first; k < first + count; k += PANEL_BLOCKS) {
    int64_t blocks = first + count - k < PANEL_BLOCKS ? first + count - k : PANEL_BLOCKS;
    for (int64_t g = 0; g < groups; g++) {
      unpack_panel(p->format, ck_group(p, item + g, bytes), k, blocks, panels[g]);
    }
    if (kind == CK_MINIMUM) {
      tiles_minimum(tokens, groups, panels, blocks, input + k, stride, sums);
    } else {
      tiles_offset(tokens, groups, panels, blocks, input + k, stride, sums);
    }
  }
  bool is_last = (first + count) * CK_BLOCK == p->columns;
  for (int64_t g = 0; g < groups; g++) {
    __mmask16 lanes = lanes_of(p, item + g);
    __m512 bias = _mm512_setzero_ps();
    bool has_bias = p->bias && is_last;
    if (has_bias) bias = _mm512_maskz_loadu_ps(lanes, p->bias + 16 * (item + g));
    for (int64_t i = 0; i < tokens; i++) {
      __m512 sum = _mm512_load_ps(sums[g].of[i]);
      if (has_bias) sum = _mm512_add_ps(sum, bias);
      _mm512_mask_storeu_ps(output_of(p, item + g, t + i), lanes, sum);
    }
  }
}

static void run_groups(const ck_product *p, int64_t begin, int64_t end) {
  if (p->tokens < FEW_TOKENS || p->format == CK_Q6_K) {
    ck_products one = {.count = 1, .products = p};
    ck_products_block8_avx512(&one, begin, end);
    return;
  }
  int64_t blocks = p->columns / CK_BLOCK;
  configure(p->tokens % TILE_TOKENS);
  for (int64_t t = 0; t < p->tokens; t += CHUNK_TOKENS) {
    int64_t tokens = p->tokens - t < CHUNK_TOKENS ? p->tokens - t : CHUNK_TOKENS;
    for (int64_t k = 0; k < blocks; k += CHUNK_BLOCKS) {
      int64_t count = blocks - k < CHUNK_BLOCKS ? blocks - k : CHUNK_BLOCKS;
      for (int64_t item = begin; item < end; item += PANEL_GROUPS) {
        int64_t groups = end - item < PANEL_GROUPS ? end - item : PANEL_GROUPS;
        run_chunk(p, item, groups, t, tokens, k, count);
      }
    }
  }
  _tile_release();
}

void ck_products_block8_amx(const ck_products *job, int64_t begin, int64_t end) {
  ck_each_product(job, begin, end, run_groups);
}

#pragma clang attribute pop
