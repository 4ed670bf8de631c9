// One block of a packed group as a panel, in plain C; sources for AVX2 convert halves eight at once.

#ifndef CK_UNPACK_SCALAR_H
#define CK_UNPACK_SCALAR_H

#include "packed.h"

CK_INLINE void ck_unpack_nibbles(const uint32_t nibbles[4][16], ck_panel *out) {
  for (int x = 0; x < 4; x++) {
    for (int lane = 0; lane < 16; lane++) {
      out->codes[x][lane] = nibbles[x][lane] & 0x0f0f0f0f;
      out->codes[x + 4][lane] = nibbles[x][lane] >> 4 & 0x0f0f0f0f;
    }
  }
}

CK_INLINE void ck_unpack_halves(const uint16_t stored[16], float out[16]) {
#ifdef CK_LANES_AVX2
  for (int h = 0; h < 16; h += 8) {
    _mm256_storeu_ps(out + h, _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(stored + h))));
  }
#else
  for (int lane = 0; lane < 16; lane++) out[lane] = ck_half_to_float(stored[lane]);
#endif
}

/// Writes block `k` of a group.
static inline void ck_unpack_block(
    int32_t format, const uint8_t *group, int64_t k, ck_panel *out) {
  switch (format) {
    case CK_Q8_0: {
      const ck_packed_q8_0 *in = (const ck_packed_q8_0 *)group + k;
      memcpy(out->codes, in->codes, sizeof out->codes);
      ck_unpack_halves(in->scale, out->scale);
      break;
    }
    case CK_Q5_0: {
      const ck_packed_q5_0 *in = (const ck_packed_q5_0 *)group + k;
      ck_unpack_nibbles(in->nibbles, out);
      for (int x = 0; x < 8; x++) {
        for (int lane = 0; lane < 16; lane++) {
          uint32_t fifths = (in->fifths[lane] >> x & 0x01010101) << 4;
          // Code - 16 is the weight: 112 more makes the offset 128.
          out->codes[x][lane] = (out->codes[x][lane] | fifths) + 0x70707070;
        }
      }
      ck_unpack_halves(in->scale, out->scale);
      break;
    }
    case CK_Q4_0: {
      const ck_packed_q4_0 *in = (const ck_packed_q4_0 *)group + k;
      ck_unpack_nibbles(in->nibbles, out);
      for (int x = 0; x < 8; x++) {
        // Code - 8 is the weight: 120 more makes the offset 128.
        for (int lane = 0; lane < 16; lane++) out->codes[x][lane] += 0x78787878;
      }
      ck_unpack_halves(in->scale, out->scale);
      break;
    }
    case CK_Q4_1: {
      const ck_packed_q4_1 *in = (const ck_packed_q4_1 *)group + k;
      ck_unpack_nibbles(in->nibbles, out);
      ck_unpack_halves(in->scale, out->scale);
      ck_unpack_halves(in->minimum, out->minimum);
      break;
    }
    case CK_Q4_K: {
      const ck_packed_q4_K *in = (const ck_packed_q4_K *)group + k / 8;
      ck_unpack_nibbles(in->blocks[k % 8].nibbles, out);
      ck_unpack_halves(in->scale, out->scale);
      ck_unpack_halves(in->minimum, out->minimum);
      for (int lane = 0; lane < 16; lane++) {
        out->scale[lane] *= (float)in->blocks[k % 8].scale[lane];
        out->minimum[lane] = -(out->minimum[lane] * (float)in->blocks[k % 8].minimum[lane]);
      }
      break;
    }
    case CK_Q5_K: {
      const ck_packed_q5_K *in = (const ck_packed_q5_K *)group + k / 8;
      ck_unpack_nibbles(in->blocks[k % 8].nibbles, out);
      for (int x = 0; x < 8; x++) {
        for (int lane = 0; lane < 16; lane++) {
          out->codes[x][lane] |= (in->blocks[k % 8].fifths[lane] >> x & 0x01010101) << 4;
        }
      }
      ck_unpack_halves(in->scale, out->scale);
      ck_unpack_halves(in->minimum, out->minimum);
      for (int lane = 0; lane < 16; lane++) {
        out->scale[lane] *= (float)in->blocks[k % 8].scale[lane];
        out->minimum[lane] = -(out->minimum[lane] * (float)in->blocks[k % 8].minimum[lane]);
      }
      break;
    }
    case CK_Q6_K: {
      const ck_packed_q6_K *in = (const ck_packed_q6_K *)group + k / 8;
      ck_unpack_nibbles(in->blocks[k % 8].nibbles, out);
      for (int x = 0; x < 8; x++) {
        for (int lane = 0; lane < 16; lane++) {
          uint32_t pairs = in->blocks[k % 8].pairs[x / 4][lane] >> 2 * (x % 4) & 0x03030303;
          out->codes[x][lane] |= pairs << 4;
        }
      }
      ck_unpack_halves(in->scale, out->scale);
      for (int lane = 0; lane < 16; lane++) {
        for (int h = 0; h < 2; h++) {
          out->half_scale[h][lane] = out->scale[lane] * (float)in->blocks[k % 8].scale[h][lane];
        }
      }
      break;
    }
    case CK_MXFP4: {
      const ck_packed_mxfp4 *in = (const ck_packed_mxfp4 *)group + k;
      ck_unpack_nibbles(in->nibbles, out);
      for (int x = 0; x < 8; x++) {
        for (int lane = 0; lane < 16; lane++) {
          uint32_t codes = out->codes[x][lane], doubled = 0;
          for (int b = 0; b < 4; b++) {
            doubled |= (uint32_t)ck_doubled_e2m1[codes >> 8 * b & 15] << 8 * b;
          }
          out->codes[x][lane] = doubled;
        }
      }
      for (int lane = 0; lane < 16; lane++) out->scale[lane] = ck_half_power(in->scale[lane]);
      break;
    }
    default: break;
  }
}

#endif
