// Products of 8-bit activations of many tokens with AMX tiles: the same bits as products_avx512.c.
//
// A panel of blocks is unpacked once into signed bytes, which lie as a tile wants them: eight rows of
// sixteen lanes of four columns. A tile of sixteen tokens is read where the rounded activations stand.
// One instruction multiplies both; its 16 x 16 integers go through memory to the vectors that scale
// and add them, block by block in ascending order, as everywhere. The two halves of a block of Q6_K, which have
// factors of their own, lie in two tiles with zeros in place of the other half.
//
// Fewer tokens go the way of AVX-512. The shapes of the tiles are set for each run and let go after it, so that
// threads carry no tiles through the system's switches.

#include <immintrin.h>

#include "products_common.h"

#pragma clang attribute push(                                                            \
    __attribute__((target("amx-tile,amx-int8,avx512f,avx512bw,avx512vl,avx512dq,fma,f16c"))), \
    apply_to = function)

#include "blocks_avx512.h"

enum {
  PANEL_BLOCKS = 32,
  PANEL_TOKENS = 128,
  TILE_TOKENS = 16,
  /// From here on tiles pay: below, unpacking costs more than they save (one core, 1536 columns, Gop/s of
  /// AVX-512 and of tiles: Q4_K 286 and 320 for 16 tokens, 283 and 384 for 128).
  FEW_TOKENS = 16,
  /// The same where the codes of a block are used as they are, or fill two tiles.
  FEW_TOKENS_SLOW = 64,
};

/// One block of sixteen rows for tiles.
typedef struct __attribute__((aligned(64))) {
  /// Signed codes; of Q6_K those of the first sixteen columns.
  int8_t codes[8][64];
  /// The other sixteen columns of Q6_K.
  int8_t second[8][64];
  float scale[16], minimum[16];
  float half_scale[2][16];
} tile_panel;

/// Integers of 16 tokens and 16 rows, a row of lanes per token.
typedef struct __attribute__((aligned(64))) {
  int32_t all[TILE_TOKENS][16], second[TILE_TOKENS][16];
} tile_sums;

typedef struct {
  uint8_t palette, start_row, reserved[14];
  uint16_t row_bytes[16];
  uint8_t rows[16];
} tile_configuration;

/// Sets the shapes: sums in tiles 0 and 1, activations in 2, codes in 3 and 4.
CK_INLINE void configure(void) {
  tile_configuration shapes = {.palette = 1};
  for (int i = 0; i < 5; i++) {
    shapes.rows[i] = i < 3 ? TILE_TOKENS : CK_BLOCK / 4;
    shapes.row_bytes[i] = i == 2 ? CK_BLOCK : 64;
  }
  _tile_loadconfig(&shapes);
}

/// Writes a block to a panel; `format` is a constant.
CK_INLINE void store_block(const int format, block b, tile_panel *out) {
  CK_UNROLL for (int x = 0; x < 8; x++) {
    __m512i codes = b.codes[x];
    if (format == CK_Q6_K) {
      codes = _mm512_sub_epi8(codes, _mm512_set1_epi8(32));
      _mm512_store_si512(x < 4 ? out->second[x] : out->codes[x], _mm512_setzero_si512());
      _mm512_store_si512(x < 4 ? out->codes[x] : out->second[x], codes);
      continue;
    }
    if (format == CK_Q5_0) codes = _mm512_sub_epi8(codes, _mm512_set1_epi8(16));
    if (format == CK_Q4_0) codes = _mm512_sub_epi8(codes, _mm512_set1_epi8(8));
    if (format == CK_Q8_0 || format == CK_MXFP4) {
      codes = _mm512_xor_si512(codes, _mm512_set1_epi8(-128));
    }
    _mm512_store_si512(out->codes[x], codes);
  }
  if (format == CK_Q6_K) {
    _mm512_store_ps(out->half_scale[0], b.half_scale[0]);
    _mm512_store_ps(out->half_scale[1], b.half_scale[1]);
    return;
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
    CK_CASE(CK_Q6_K);
    CK_CASE(CK_MXFP4);
    default: break;
  }
#undef CK_CASE
}

/// The integers of one block; `kind` is a constant.
CK_INLINE void multiply_block(
    const enum ck_kind kind, const tile_panel *b, const ck_block8 *a, int64_t stride, tile_sums *out) {
  _tile_loadd(2, a->q, stride * (int64_t)sizeof(ck_block8));
  _tile_zero(0);
  _tile_loadd(3, b->codes, 64);
  _tile_dpbssd(0, 2, 3);
  _tile_stored(0, out->all, 64);
  if (kind == CK_HALVES) {
    _tile_zero(1);
    _tile_loadd(4, b->second, 64);
    _tile_dpbssd(1, 2, 4);
    _tile_stored(1, out->second, 64);
  }
}

/// Adds blocks `0 ..< blocks` to the outputs of `tokens` of the sixteen rows of activations, of which the first
/// `room` are looked at; kind and room are constants.
CK_INLINE void tile(const enum ck_kind kind, const int room, int64_t tokens,
                    const tile_panel *panel, int64_t blocks, const place *at) {
  tile_sums integers[2];
  __m512 sums[TILE_TOKENS];
  CK_UNROLL for (int t = 0; t < room; t++) {
    sums[t] = _mm512_setzero_ps();
    if (!at->starts && t < tokens) {
      sums[t] = _mm512_maskz_loadu_ps(at->lanes, at->output + t * at->output_stride);
    }
  }
  multiply_block(kind, panel, at->input, at->input_stride, &integers[0]);
  for (int64_t k = 0; k < blocks; k++) {
    // The tiles of the next block are at work while this one is added.
    if (k + 1 < blocks) {
      multiply_block(kind, panel + k + 1, at->input + k + 1, at->input_stride,
                     &integers[(k + 1) & 1]);
    }
    const tile_sums *in = &integers[k & 1];
    const bool is_cut = kind == CK_HALVES;
    __m512 scale = _mm512_load_ps(is_cut ? panel[k].half_scale[0] : panel[k].scale);
    __m512 other = _mm512_load_ps(is_cut ? panel[k].half_scale[1] : panel[k].minimum);
    CK_UNROLL for (int t = 0; t < room; t++) {
      const ck_block8 *a = at->input + t * at->input_stride + k;
      __m512 dot = _mm512_cvtepi32_ps(_mm512_load_si512(in->all[t]));
      if (is_cut) {
        __m512 second = _mm512_cvtepi32_ps(_mm512_load_si512(in->second[t]));
        __m512 both = _mm512_fmadd_ps(other, second, _mm512_mul_ps(scale, dot));
        sums[t] = _mm512_fmadd_ps(both, _mm512_set1_ps(a->scale), sums[t]);
        continue;
      }
      __m512 factor = _mm512_mul_ps(scale, _mm512_set1_ps(a->scale));
      sums[t] = _mm512_fmadd_ps(factor, dot, sums[t]);
      if (kind == CK_MINIMUM) {
        sums[t] = _mm512_fmadd_ps(other, _mm512_set1_ps(a->scaled_sum), sums[t]);
      }
    }
  }
  CK_UNROLL for (int t = 0; t < room; t++) {
    if (t >= tokens) break;
    if (at->bias) sums[t] = _mm512_add_ps(sums[t], _mm512_maskz_loadu_ps(at->lanes, at->bias));
    _mm512_mask_storeu_ps(at->output + t * at->output_stride, at->lanes, sums[t]);
  }
}

/// Runs whole tiles and then what is left, whose activations stand in `rest`, through one panel.
CK_INLINE void all_tiles(const enum ck_kind kind, int64_t tokens, const ck_block8 *rest,
                         const tile_panel *panel, int64_t blocks, place at) {
  int64_t left = tokens;
  for (; left >= TILE_TOKENS; left -= TILE_TOKENS) {
    tile(kind, TILE_TOKENS, TILE_TOKENS, panel, blocks, &at);
    at.input += TILE_TOKENS * at.input_stride;
    at.output += TILE_TOKENS * at.output_stride;
  }
  if (left == 0) return;
  at.input = rest;
  at.input_stride = PANEL_BLOCKS;
  switch ((left + 3) / 4) {
    case 1: tile(kind, 4, left, panel, blocks, &at); break;
    case 2: tile(kind, 8, left, panel, blocks, &at); break;
    case 3: tile(kind, 12, left, panel, blocks, &at); break;
    default: tile(kind, 16, left, panel, blocks, &at); break;
  }
}

static void tiles_offset(int64_t tokens, const ck_block8 *rest, const tile_panel *panel,
                         int64_t blocks, place at) {
  all_tiles(CK_OFFSET, tokens, rest, panel, blocks, at);
}
static void tiles_minimum(int64_t tokens, const ck_block8 *rest, const tile_panel *panel,
                          int64_t blocks, place at) {
  all_tiles(CK_MINIMUM, tokens, rest, panel, blocks, at);
}
static void tiles_halves(int64_t tokens, const ck_block8 *rest, const tile_panel *panel,
                         int64_t blocks, place at) {
  all_tiles(CK_HALVES, tokens, rest, panel, blocks, at);
}

/// Copies the activations of an unfinished tile; the rows behind them are zero.
static void copy_rest(const ck_block8 *input, int64_t stride, int64_t tokens, int64_t blocks,
                      ck_block8 *out) {
  for (int64_t t = 0; t < TILE_TOKENS; t++) {
    ck_block8 *row = out + t * PANEL_BLOCKS;
    if (t < tokens) {
      memcpy(row, input + t * stride, (size_t)blocks * sizeof(ck_block8));
    } else {
      memset(row, 0, (size_t)blocks * sizeof(ck_block8));
    }
  }
}

static void run_groups(const ck_product *p, int64_t begin, int64_t end) {
  bool is_slow = p->format == CK_Q8_0 || p->format == CK_Q6_K;
  if (p->tokens < (is_slow ? FEW_TOKENS_SLOW : FEW_TOKENS)) {
    ck_products one = {.count = 1, .products = p};
    ck_products_block8_avx512(&one, begin, end);
    return;
  }
  tile_panel panel[PANEL_BLOCKS];
  ck_block8 rest[TILE_TOKENS * PANEL_BLOCKS];
  const ck_block8 *input = p->input;
  int64_t bytes = ck_packed_group_bytes(p->format, p->columns);
  int64_t blocks = p->columns / CK_BLOCK;
  enum ck_kind kind = ck_kind_of(p->format);
  configure();
  for (int64_t t = 0; t < p->tokens; t += PANEL_TOKENS) {
    int64_t tokens = p->tokens - t < PANEL_TOKENS ? p->tokens - t : PANEL_TOKENS;
    int64_t whole = tokens - tokens % TILE_TOKENS;
    for (int64_t k = 0; k < blocks; k += PANEL_BLOCKS) {
      int64_t count = blocks - k < PANEL_BLOCKS ? blocks - k : PANEL_BLOCKS;
      if (whole < tokens) {
        copy_rest(input + (t + whole) * p->input_stride + k, p->input_stride, tokens - whole,
                  count, rest);
      }
      for (int64_t item = begin; item < end; item++) {
        unpack_panel(p->format, ck_group(p, item, bytes), k, count, panel);
        place at = {.input = input + t * p->input_stride + k,
                    .input_stride = p->input_stride,
                    .output = p->output + t * p->output_stride + 16 * item,
                    .output_stride = p->output_stride,
                    .lanes = (__mmask16)(0xffff >> (16 - ck_group_rows(p, item))),
                    .bias = p->bias && k + count == blocks ? p->bias + 16 * item : 0,
                    .starts = k == 0};
        switch (kind) {
          case CK_OFFSET: tiles_offset(tokens, rest, panel, count, at); break;
          case CK_MINIMUM: tiles_minimum(tokens, rest, panel, count, at); break;
          case CK_HALVES: tiles_halves(tokens, rest, panel, count, at); break;
        }
      }
    }
  }
  _tile_release();
}

void ck_products_block8_amx(const ck_products *job, int64_t begin, int64_t end) {
  ck_each_product(job, begin, end, run_groups);
}

#pragma clang attribute pop
