// From stored rows to packed groups. The layouts of the stored blocks are drawn in
// Tensors/Formats; that of the groups in packed.h.

#include "packed.h"

#include <string.h>

CK_INLINE uint32_t word(const uint8_t *p) {
  uint32_t x;
  memcpy(&x, p, 4);
  return x;
}

CK_INLINE uint16_t half(const uint8_t *p) {
  uint16_t x;
  memcpy(&x, p, 2);
  return x;
}

int64_t ck_packed_group_bytes(int32_t format, int64_t columns) {
  switch (format) {
    case CK_F32: return columns * 64;
    case CK_F16:
    case CK_BF16: return columns * 32;
    case CK_Q4_0: return columns / 32 * (int64_t)sizeof(ck_packed_q4_0);
    case CK_Q4_1: return columns / 32 * (int64_t)sizeof(ck_packed_q4_1);
    case CK_Q5_0: return columns / 32 * (int64_t)sizeof(ck_packed_q5_0);
    case CK_Q8_0: return columns / 32 * (int64_t)sizeof(ck_packed_q8_0);
    case CK_Q4_K: return columns / 256 * (int64_t)sizeof(ck_packed_q4_K);
    case CK_Q5_K: return columns / 256 * (int64_t)sizeof(ck_packed_q5_K);
    case CK_Q6_K: return columns / 256 * (int64_t)sizeof(ck_packed_q6_K);
    case CK_MXFP4:
    case CK_E2M1: return columns / 32 * (int64_t)sizeof(ck_packed_mxfp4);
    default: return 0;
  }
}

static void pack_q4_0(const uint8_t *row, int64_t columns, int lane, void *group) {
  ck_packed_q4_0 *out = group;
  for (int64_t k = 0; k < columns / 32; k++, row += 18, out++) {
    out->scale[lane] = half(row);
    for (int x = 0; x < 4; x++) out->nibbles[x][lane] = word(row + 2 + 4 * x);
  }
}

static void pack_q4_1(const uint8_t *row, int64_t columns, int lane, void *group) {
  ck_packed_q4_1 *out = group;
  for (int64_t k = 0; k < columns / 32; k++, row += 20, out++) {
    out->scale[lane] = half(row);
    out->minimum[lane] = half(row + 2);
    for (int x = 0; x < 4; x++) out->nibbles[x][lane] = word(row + 4 + 4 * x);
  }
}

static void pack_q5_0(const uint8_t *row, int64_t columns, int lane, void *group) {
  ck_packed_q5_0 *out = group;
  for (int64_t k = 0; k < columns / 32; k++, row += 22, out++) {
    out->scale[lane] = half(row);
    uint32_t stored = word(row + 2), fifths = 0;
    for (int b = 0; b < 4; b++) {
      // Every fourth bit from b on, moved together: bit x is that of column 4 x + b.
      uint32_t bits = stored >> b & 0x11111111;
      bits = (bits | bits >> 3) & 0x03030303;
      bits = (bits | bits >> 6) & 0x000f000f;
      bits = (bits | bits >> 12) & 0xff;
      fifths |= bits << 8 * b;
    }
    out->fifths[lane] = fifths;
    for (int x = 0; x < 4; x++) out->nibbles[x][lane] = word(row + 6 + 4 * x);
  }
}

static void pack_q8_0(const uint8_t *row, int64_t columns, int lane, void *group) {
  ck_packed_q8_0 *out = group;
  for (int64_t k = 0; k < columns / 32; k++, row += 34, out++) {
    out->scale[lane] = half(row);
    for (int x = 0; x < 8; x++) out->codes[x][lane] = word(row + 2 + 4 * x) ^ 0x80808080;
  }
}

/// The scale of block `b` of a super-block of Q4_K or Q5_K.
CK_INLINE uint8_t six_bits(const uint8_t *pairs, int b) {
  return (uint8_t)(b < 4 ? pairs[b] & 63 : (pairs[b + 4] & 15) | pairs[b - 4] >> 6 << 4);
}

CK_INLINE uint8_t six_bits_of_minimum(const uint8_t *pairs, int b) {
  return (uint8_t)(b < 4 ? pairs[b + 4] & 63 : pairs[b + 4] >> 4 | pairs[b] >> 6 << 4);
}

static void pack_q4_K(const uint8_t *row, int64_t columns, int lane, void *group) {
  ck_packed_q4_K *out = group;
  const uint32_t low = 0x0f0f0f0f;
  for (int64_t k = 0; k < columns / 256; k++, row += 144, out++) {
    out->scale[lane] = half(row);
    out->minimum[lane] = half(row + 2);
    for (int b = 0; b < 8; b++) {
      out->blocks[b].scale[lane] = six_bits(row + 4, b);
      out->blocks[b].minimum[lane] = six_bits_of_minimum(row + 4, b);
      const uint8_t *codes = row + 16 + 32 * (b / 2);
      for (int x = 0; x < 4; x++) {
        uint32_t near = word(codes + 4 * x), far = word(codes + 16 + 4 * x);
        out->blocks[b].nibbles[x][lane] =
            b % 2 == 0 ? (near & low) | (far & low) << 4 : (near >> 4 & low) | (far & ~low);
      }
    }
  }
}

static void pack_q5_K(const uint8_t *row, int64_t columns, int lane, void *group) {
  ck_packed_q5_K *out = group;
  const uint32_t low = 0x0f0f0f0f;
  for (int64_t k = 0; k < columns / 256; k++, row += 176, out++) {
    out->scale[lane] = half(row);
    out->minimum[lane] = half(row + 2);
    for (int b = 0; b < 8; b++) {
      out->blocks[b].scale[lane] = six_bits(row + 4, b);
      out->blocks[b].minimum[lane] = six_bits_of_minimum(row + 4, b);
      uint32_t fifths = 0;
      for (int x = 0; x < 8; x++) fifths |= (word(row + 16 + 4 * x) >> b & 0x01010101) << x;
      out->blocks[b].fifths[lane] = fifths;
      const uint8_t *codes = row + 48 + 32 * (b / 2);
      for (int x = 0; x < 4; x++) {
        uint32_t near = word(codes + 4 * x), far = word(codes + 16 + 4 * x);
        out->blocks[b].nibbles[x][lane] =
            b % 2 == 0 ? (near & low) | (far & low) << 4 : (near >> 4 & low) | (far & ~low);
      }
    }
  }
}

static void pack_q6_K(const uint8_t *row, int64_t columns, int lane, void *group) {
  ck_packed_q6_K *out = group;
  const uint32_t low = 0x0f0f0f0f;
  for (int64_t k = 0; k < columns / 256; k++, row += 210, out++) {
    out->scale[lane] = half(row + 208);
    for (int b = 0; b < 8; b++) {
      for (int h = 0; h < 2; h++) {
        out->blocks[b].scale[h][lane] = (int8_t)row[192 + 2 * b + h];
      }
      // Block j of each four uses the 32 bytes at 32 (j % 2): low nibbles for j < 2, else high.
      int j = b % 4;
      const uint8_t *codes = row + 64 * (b / 4) + 32 * (j % 2);
      const uint8_t *upper = row + 128 + 32 * (b / 4);
      uint32_t pairs[2] = {0, 0};
      for (int x = 0; x < 8; x++) {
        pairs[x / 4] |= (word(upper + 4 * x) >> 2 * j & 0x03030303) << 2 * (x % 4);
      }
      for (int h = 0; h < 2; h++) out->blocks[b].pairs[h][lane] = pairs[h];
      for (int x = 0; x < 4; x++) {
        uint32_t near = word(codes + 4 * x), far = word(codes + 16 + 4 * x);
        out->blocks[b].nibbles[x][lane] =
            j < 2 ? (near & low) | (far & low) << 4 : (near >> 4 & low) | (far & ~low);
      }
    }
  }
}

static void pack_mxfp4(const uint8_t *row, int64_t columns, int lane, void *group) {
  ck_packed_mxfp4 *out = group;
  for (int64_t k = 0; k < columns / 32; k++, row += 17, out++) {
    out->scale[lane] = row[0];
    for (int x = 0; x < 4; x++) out->nibbles[x][lane] = word(row + 1 + 4 * x);
  }
}

/// Neighbors share a byte here, columns 16 apart there.
static void pack_e2m1(
    const uint8_t *row, const uint8_t *scales, int64_t columns, int lane, void *group) {
  ck_packed_mxfp4 *out = group;
  for (int64_t k = 0; k < columns / 32; k++, row += 16, out++) {
    out->scale[lane] = scales[k];
    for (int x = 0; x < 4; x++) {
      uint32_t nibbles = 0;
      for (int b = 0; b < 4; b++) {
        int c = 4 * x + b;
        uint32_t near = row[c / 2] >> 4 * (c % 2) & 15, far = row[8 + c / 2] >> 4 * (c % 2) & 15;
        nibbles |= (near | far << 4) << 8 * b;
      }
      out->nibbles[x][lane] = nibbles;
    }
  }
}

static void pack_f32(const uint8_t *row, int64_t columns, int lane, void *group) {
  uint32_t *out = group;
  for (int64_t c = 0; c < columns; c++) out[16 * c + lane] = word(row + 4 * c);
}

static void pack_f16(const uint8_t *row, int64_t columns, int lane, void *group) {
  uint16_t *out = group;
  for (int64_t c = 0; c < columns; c++) out[16 * c + lane] = half(row + 2 * c);
}

void ck_pack_scalar(const ck_pack_job *job, int64_t begin, int64_t end) {
  int64_t bytes = ck_packed_group_bytes(job->format, job->columns);
  for (int64_t group = begin; group < end; group++) {
    uint8_t *out = job->packed + group * bytes;
    for (int lane = 0; lane < CK_LANES; lane++) {
      int64_t index = CK_LANES * group + lane;
      // The memory is zero already, which is what the lanes past the last row must be.
      if (index >= job->rows) break;
      const uint8_t *row = job->stored + index * job->row_bytes;
      switch (job->format) {
        case CK_F32: pack_f32(row, job->columns, lane, out); break;
        case CK_F16:
        case CK_BF16: pack_f16(row, job->columns, lane, out); break;
        case CK_Q4_0: pack_q4_0(row, job->columns, lane, out); break;
        case CK_Q4_1: pack_q4_1(row, job->columns, lane, out); break;
        case CK_Q5_0: pack_q5_0(row, job->columns, lane, out); break;
        case CK_Q8_0: pack_q8_0(row, job->columns, lane, out); break;
        case CK_Q4_K: pack_q4_K(row, job->columns, lane, out); break;
        case CK_Q5_K: pack_q5_K(row, job->columns, lane, out); break;
        case CK_Q6_K: pack_q6_K(row, job->columns, lane, out); break;
        case CK_MXFP4: pack_mxfp4(row, job->columns, lane, out); break;
        case CK_E2M1:
          if (job->scales) {
            const uint8_t *scales = job->scales + index * (job->columns / 32);
            pack_e2m1(row, scales, job->columns, lane, out);
          }
          break;
        default: break;
      }
    }
  }
}
