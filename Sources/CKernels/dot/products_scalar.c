// Products of 8-bit activations in plain C: the form for processors without VNNI, and the
// plainest statement of what the fast kernels compute.
//
// Per output and block of 32 columns, blocks in ascending order:
//   offset   sum += (scale * a.scale) * float(codes . a.q - 128 * sum(a.q))
//   minimum  sum += (scale * a.scale) * float(codes . a.q);  sum += minimum * a.scaled_sum
//   halves   sum += (s0 * float(c0 . q0 - 32 * sum(q0)) + s1 * float(...)) * a.scale
// The integers are exact and below 2^24, so their conversion is too.

#include "products_common.h"
#include "unpack_scalar.h"

static int32_t codes_dot(const ck_panel *panel, int lane, const int8_t *q, int from, int to) {
  int32_t sum = 0;
  for (int x = from; x < to; x++) {
    uint32_t codes = panel->codes[x][lane];
    for (int b = 0; b < 4; b++) {
      sum += (int32_t)(codes >> 8 * b & 255) * (int32_t)q[4 * x + b];
    }
  }
  return sum;
}

static float add_block(
    enum ck_kind kind, const ck_panel *panel, int lane, const ck_block8 *a, float sum) {
  if (kind == CK_HALVES) {
    int32_t first = codes_dot(panel, lane, a->q, 0, 4) + a->minus_32[0];
    int32_t second = codes_dot(panel, lane, a->q, 4, 8) + a->minus_32[1];
    float both = panel->half_scale[0][lane] * (float)first;
    both += panel->half_scale[1][lane] * (float)second;
    return sum + both * a->scale;
  }
  float scale = panel->scale[lane] * a->scale;
  if (kind == CK_OFFSET) {
    return sum + scale * (float)(codes_dot(panel, lane, a->q, 0, 8) + a->minus_128);
  }
  sum += scale * (float)codes_dot(panel, lane, a->q, 0, 8);
  return sum + panel->minimum[lane] * a->scaled_sum;
}

static void run_groups(const ck_product *p, int64_t begin, int64_t end) {
  const ck_block8 *input = p->input;
  int64_t bytes = ck_packed_group_bytes(p->format, p->columns);
  enum ck_kind kind = ck_kind_of(p->format);
  for (int64_t item = begin; item < end; item++) {
    const uint8_t *group = ck_group(p, item, bytes);
    int64_t rows = ck_group_rows(p, item);
    for (int64_t t = 0; t < p->tokens; t++) {
      for (int64_t lane = 0; lane < rows; lane++) {
        p->output[t * p->output_stride + 16 * item + lane] = 0.0f;
      }
    }
    for (int64_t k = 0; k < p->columns / CK_BLOCK; k++) {
      ck_panel panel;
      ck_unpack_block(p->format, group, k, &panel);
      for (int64_t t = 0; t < p->tokens; t++) {
        float *out = p->output + t * p->output_stride + 16 * item;
        const ck_block8 *a = input + t * p->input_stride + k;
        for (int lane = 0; lane < (int)rows; lane++) {
          out[lane] = add_block(kind, &panel, lane, a, out[lane]);
        }
      }
    }
    if (!p->bias) continue;
    for (int64_t t = 0; t < p->tokens; t++) {
      for (int64_t lane = 0; lane < rows; lane++) {
        p->output[t * p->output_stride + 16 * item + lane] += p->bias[16 * item + lane];
      }
    }
  }
}

void ck_products_block8_scalar(const ck_products *job, int64_t begin, int64_t end) {
  ck_each_product(job, begin, end, run_groups);
}
