// The angles of rotary embeddings.

#include "ckernels.h"

void ck_angles(const float *frequencies, int64_t pairs, int64_t position, float magnitude,
               float *output) {
  for (int64_t i = 0; i < pairs; i++) {
    float angle = (float)position * frequencies[i];
    double sine, cosine;
    ck_sincos((double)angle, &sine, &cosine);
    output[i] = (float)cosine * magnitude;
    output[pairs + i] = (float)sine * magnitude;
  }
}
