// Weights in the form in which they are stored, decoded on the way to a product.
//
// The layouts are drawn in Tensors/Formats; every function gives the bits of the decoder there.
// Blocks of 32 columns are the unit: a super-block of 256 is decoded eight times a block.

#ifndef CK_STORED_H
#define CK_STORED_H

#include "../ops/half.h"
#include "../ops/math.h"
#include "ckernels.h"
#include "grid.h"

static const float ck_levels[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                    1,    13,   25,  38,  53,  69,  89,  113};
static const float ck_e2m1[16] = {0, 0.5f, 1, 1.5f, 2, 3, 4, 6, -0.0f, -0.5f, -1, -1.5f, -2, -3, -4, -6};

CK_INLINE uint16_t ck_u16(const uint8_t *p) {
  uint16_t x;
  memcpy(&x, p, 2);
  return x;
}

CK_INLINE uint32_t ck_u32(const uint8_t *p) {
  uint32_t x;
  memcpy(&x, p, 4);
  return x;
}

CK_INLINE float ck_half_at(const uint8_t *p) { return ck_half_to_float(ck_u16(p)); }

CK_INLINE float ck_e8m0(uint8_t x) {
  return x == 255 ? ck_float_of(0x7fc00000u) : ck_float_of(x == 0 ? 0x00400000u : (uint32_t)x << 23);
}

CK_INLINE float ck_e4m3(uint8_t x) {
  if ((x & 127) == 127) return ck_float_of(0x7fc00000u);
  // As the bits of a float the exponent is 120 too small, for subnormal numbers too.
  float magnitude = ck_float_of((uint32_t)(x & 127) << 20) * 0x1p120f;
  return x & 128 ? -magnitude : magnitude;
}

CK_INLINE int ck_nibble(const uint8_t *nibbles, int i) {
  return i < 16 ? nibbles[i] & 15 : nibbles[i - 16] >> 4;
}

CK_INLINE void ck_six_bits(const uint8_t *pairs, int g, int *scale, int *minimum) {
  *scale = g < 4 ? pairs[g] & 63 : (pairs[g + 4] & 15) | pairs[g - 4] >> 6 << 4;
  *minimum = g < 4 ? pairs[g + 4] & 63 : pairs[g + 4] >> 4 | pairs[g] >> 6 << 4;
}

/// Decodes 32 columns, block `k` of a row.
static void ck_decode_block(int32_t format, const uint8_t *row, int64_t k, float *out) {
  int g = (int)(k % 8);
  switch (format) {
    case CK_F32: memcpy(out, row + 128 * k, 128); break;
    case CK_F16:
      for (int i = 0; i < 32; i++) out[i] = ck_half_at(row + 64 * k + 2 * i);
      break;
    case CK_BF16:
      for (int i = 0; i < 32; i++) out[i] = ck_float_of((uint32_t)ck_u16(row + 64 * k + 2 * i) << 16);
      break;
    case CK_Q4_0: {
      const uint8_t *in = row + 18 * k;
      float scale = ck_half_at(in);
      for (int i = 0; i < 32; i++) out[i] = scale * (float)(ck_nibble(in + 2, i) - 8);
      break;
    }
    case CK_Q4_1: {
      const uint8_t *in = row + 20 * k;
      float scale = ck_half_at(in), minimum = ck_half_at(in + 2);
      for (int i = 0; i < 32; i++) out[i] = scale * (float)ck_nibble(in + 4, i) + minimum;
      break;
    }
    case CK_Q5_0: {
      const uint8_t *in = row + 22 * k;
      float scale = ck_half_at(in);
      uint32_t fifths = ck_u32(in + 2);
      for (int i = 0; i < 32; i++) {
        out[i] = scale * (float)((ck_nibble(in + 6, i) | (int)(fifths >> i & 1) << 4) - 16);
      }
      break;
    }
    case CK_Q5_1: {
      const uint8_t *in = row + 24 * k;
      float scale = ck_half_at(in), minimum = ck_half_at(in + 2);
      uint32_t fifths = ck_u32(in + 4);
      for (int i = 0; i < 32; i++) {
        out[i] = scale * (float)(ck_nibble(in + 8, i) | (int)(fifths >> i & 1) << 4) + minimum;
      }
      break;
    }
    case CK_Q8_0: {
      const uint8_t *in = row + 34 * k;
      float scale = ck_half_at(in);
      for (int i = 0; i < 32; i++) out[i] = scale * (float)(int8_t)in[2 + i];
      break;
    }
    case CK_Q2_K: {
      const uint8_t *in = row + 84 * (k / 8);
      float scale = ck_half_at(in + 80), minimum = ck_half_at(in + 82);
      for (int i = 0; i < 32; i++) {
        uint8_t pair = in[2 * g + i / 16];
        int code = in[16 + g / 4 * 32 + i] >> 2 * (g % 4) & 3;
        out[i] = scale * (float)(pair & 15) * (float)code - minimum * (float)(pair >> 4);
      }
      break;
    }
    case CK_Q3_K: {
      const uint8_t *in = row + 110 * (k / 8);
      float scale = ck_half_at(in + 108);
      for (int i = 0; i < 32; i++) {
        int h = 2 * g + i / 16;
        int low = in[96 + h % 8] >> (h < 8 ? 0 : 4) & 15, high = in[104 + h % 4] >> 2 * (h / 4) & 3;
        int code = (in[32 + g / 4 * 32 + i] >> 2 * (g % 4) & 3) - (in[i] >> g & 1 ? 0 : 4);
        out[i] = scale * (float)((low | high << 4) - 32) * (float)code;
      }
      break;
    }
    case CK_Q4_K:
    case CK_Q5_K: {
      bool five = format == CK_Q5_K;
      const uint8_t *in = row + (five ? 176 : 144) * (k / 8);
      int s, m;
      ck_six_bits(in + 4, g, &s, &m);
      float scale = ck_half_at(in) * (float)s, minimum = ck_half_at(in + 2) * (float)m;
      const uint8_t *nibbles = in + (five ? 48 : 16) + g / 2 * 32;
      for (int i = 0; i < 32; i++) {
        int code = g % 2 ? nibbles[i] >> 4 : nibbles[i] & 15;
        if (five) code |= (in[16 + i] >> g & 1) << 4;
        out[i] = scale * (float)code - minimum;
      }
      break;
    }
    case CK_Q6_K: {
      const uint8_t *in = row + 210 * (k / 8);
      int j = g % 4;
      const uint8_t *low = in + 64 * (g / 4) + 32 * (j % 2), *upper = in + 128 + 32 * (g / 4);
      float scale = ck_half_at(in + 208);
      for (int i = 0; i < 32; i++) {
        int code = (j < 2 ? low[i] & 15 : low[i] >> 4) | (upper[i] >> 2 * j & 3) << 4;
        out[i] = scale * (float)(int8_t)in[192 + 2 * g + i / 16] * (float)(code - 32);
      }
      break;
    }
    case CK_IQ4_NL: {
      const uint8_t *in = row + 18 * k;
      float scale = ck_half_at(in);
      for (int i = 0; i < 32; i++) out[i] = scale * ck_levels[ck_nibble(in + 2, i)];
      break;
    }
    case CK_IQ4_XS: {
      const uint8_t *in = row + 136 * (k / 8);
      int low = in[4 + g / 2] >> 4 * (g % 2) & 15, high = ck_u16(in + 2) >> 2 * g & 3;
      float scale = ck_half_at(in) * (float)((low | high << 4) - 32);
      for (int i = 0; i < 32; i++) out[i] = scale * ck_levels[ck_nibble(in + 8 + 16 * g, i)];
      break;
    }
    case CK_IQ2_XXS: {
      const uint8_t *in = row + 66 * (k / 8), *points = in + 2 + 8 * g;
      uint32_t word = ck_u32(points + 4);
      float scale = ck_half_at(in) * (0.5f + (float)(word >> 28)) * 0.25f;
      for (int i = 0; i < 32; i++) {
        uint32_t signs = word >> 7 * (i / 8) & 127;
        signs |= (uint32_t)__builtin_parity(signs) << 7;
        int size = ck_iq2_xxs_grid[points[i / 8]] >> 2 * (i % 8) & 3;
        float magnitude = scale * (size == 0 ? 8.0f : size == 1 ? 25.0f : 43.0f);
        out[i] = signs >> (i % 8) & 1 ? -magnitude : magnitude;
      }
      break;
    }
    case CK_MXFP4: {
      const uint8_t *in = row + 17 * k;
      float scale = ck_e8m0(in[0]);
      for (int i = 0; i < 32; i++) out[i] = scale * ck_e2m1[ck_nibble(in + 1, i)];
      break;
    }
    case CK_E4M3:
      for (int i = 0; i < 32; i++) out[i] = ck_e4m3(row[32 * k + i]);
      break;
    case CK_E2M1:
      for (int i = 0; i < 32; i++) {
        uint8_t pair = row[16 * k + i / 2];
        out[i] = ck_e2m1[i % 2 ? pair >> 4 : pair & 15];
      }
      break;
    default: break;
  }
}

/// Decodes the last columns of a row whose length is no multiple of 32: types of single elements.
static void ck_decode_tail(int32_t format, const uint8_t *row, int64_t first, int64_t count, float *out) {
  for (int64_t c = 0; c < count; c++) {
    int64_t i = first + c;
    switch (format) {
      case CK_F32: out[c] = ck_float_of(ck_u32(row + 4 * i)); break;
      case CK_F16: out[c] = ck_half_at(row + 2 * i); break;
      case CK_BF16: out[c] = ck_float_of((uint32_t)ck_u16(row + 2 * i) << 16); break;
      case CK_E4M3: out[c] = ck_e4m3(row[i]); break;
      default: out[c] = 0; break;
    }
  }
}

/// Decodes columns of one row; `first` is a multiple of 32.
static void ck_decode_row(
    const ck_stored *w, int64_t index, int64_t first, int64_t count, float *out) {
  const uint8_t *row = w->stored + index * w->row_bytes;
  int64_t whole = count / 32;
  for (int64_t k = 0; k < whole; k++) ck_decode_block(w->format, row, first / 32 + k, out + 32 * k);
  if (count % 32) {
    ck_decode_tail(w->format, row, first + 32 * whole, count % 32, out + 32 * whole);
  }
  if (!w->scales) return;
  int64_t tile = (w->first_row + index) / w->tile_rows * w->scale_columns;
  for (int64_t c = 0; c < count; c++) {
    const uint8_t *at = w->scales;
    int64_t place = tile + (first + c) / w->tile_columns;
    out[c] *= w->scales_are_floats ? ck_float_of(ck_u32(at + 4 * place)) : ck_e8m0(at[place]);
  }
}

/// Decodes columns of sixteen rows to `[column][16]`; lanes past the last row are zero.
static void ck_decode_stored(
    const ck_stored *w, int64_t group, int64_t first, int64_t count, float *out) {
  float line[256];
  for (int lane = 0; lane < 16; lane++) {
    int64_t index = 16 * group + lane;
    if (index < w->rows) {
      ck_decode_row(w, index, first, count, line);
    } else {
      memset(line, 0, sizeof line);
    }
    for (int64_t c = 0; c < count; c++) out[16 * c + lane] = line[c];
  }
}

#endif
