// How weights lie for the kernels: sixteen rows side by side, one per vector lane.
//
// A group holds sixteen rows, row r in lane r. Columns come in blocks of 32. The codes of a block
// are eight vectors x = 0...7 of sixteen 32-bit lanes; lane r of vector x holds columns 4 x ...
// 4 x + 3 of row r, one byte each, as vpdpbusd wants them. Stored with fewer bits:
//
//   nibbles  vector x in the low halves of 64 bytes, vector x + 4 in the high halves of the same
//   pairs    (Q6_K) the two upper bits of vectors 0-3 in one 64-byte vector, x upwards from the
//            low bits, and of 4-7 in the next
//   fifths   (Q5_0, Q5_K) the upper bit of vector x in bit x of 64 bytes
//
// Rows past the last are zero. Floats lie as [column][16]. No format grows by more than 3 %.
// Every lane is one row, so no sum ever crosses lanes: that is the whole reduction tree.

#ifndef CK_PACKED_H
#define CK_PACKED_H

#include "../ops/half.h"
#include "../ops/math.h"
#include "ckernels.h"

enum { CK_LANES = 16, CK_BLOCK = 32 };

typedef struct {
  uint16_t scale[16];
  /// The code plus 128.
  uint32_t codes[8][16];
} ck_packed_q8_0;

typedef struct {
  uint16_t scale[16];
  uint32_t fifths[16], nibbles[4][16];
} ck_packed_q5_0;

typedef struct {
  uint16_t scale[16];
  uint32_t nibbles[4][16];
} ck_packed_q4_0;

typedef struct {
  uint16_t scale[16], minimum[16];
  uint32_t nibbles[4][16];
} ck_packed_q4_1;

typedef struct {
  uint16_t scale[16], minimum[16];
  struct {
    uint8_t scale[16], minimum[16];
    uint32_t nibbles[4][16];
  } blocks[8];
} ck_packed_q4_K;

typedef struct {
  uint16_t scale[16], minimum[16];
  struct {
    uint8_t scale[16], minimum[16];
    uint32_t fifths[16], nibbles[4][16];
  } blocks[8];
} ck_packed_q5_K;

typedef struct {
  uint16_t scale[16];
  struct {
    int8_t scale[2][16];
    uint32_t pairs[2][16], nibbles[4][16];
  } blocks[8];
} ck_packed_q6_K;

typedef struct {
  /// Exponents of two as stored; codes are doubled, so half of the power is the factor.
  uint8_t scale[16];
  uint32_t nibbles[4][16];
} ck_packed_mxfp4;

/// Twice the values of four-bit floats, plus 128.
static const uint8_t ck_doubled_e2m1[16] = {128, 129, 130, 131, 132, 134, 136, 140,
                                            128, 127, 126, 125, 124, 122, 120, 116};

/// Half of a power of two by its biased exponent; NaN for 255.
CK_INLINE float ck_half_power(uint8_t exponent) {
  return ck_float_of(exponent == 255 ? 0x7fc00000u
                     : exponent < 2  ? 0x00200000u << exponent
                                     : (uint32_t)(exponent - 1) << 23);
}

/// What kind of arithmetic a format asks for.
enum ck_kind {
  /// Weight = scale * (code - 128).
  CK_OFFSET,
  /// Weight = scale * code + minimum.
  CK_MINIMUM,
  /// Weight = half_scale * (code - 32), one factor per sixteen columns.
  CK_HALVES,
};

/// One block of any format with its codes in bytes, ready to be used for many tokens.
typedef struct __attribute__((aligned(64))) {
  uint32_t codes[8][16];
  float scale[16], minimum[16];
  /// The factors of the two halves of the columns, in place of `scale`.
  float half_scale[2][16];
} ck_panel;

CK_INLINE enum ck_kind ck_kind_of(int32_t format) {
  return format == CK_Q4_1 || format == CK_Q4_K || format == CK_Q5_K ? CK_MINIMUM
         : format == CK_Q6_K                                         ? CK_HALVES
                                                                     : CK_OFFSET;
}

#endif
