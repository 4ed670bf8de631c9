// The kernels of scores.inc with AVX2.

#include <immintrin.h>

#include "ckernels.h"

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

#define CK_LANES_AVX2
#define CK_NAME(name) name##_avx2
#include "../ops/scores.inc"

#pragma clang attribute pop
