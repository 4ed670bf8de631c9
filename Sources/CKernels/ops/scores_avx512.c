// The kernels of scores.inc with AVX-512.

#include <immintrin.h>

#include "ckernels.h"

#pragma clang attribute push(                                                       \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,fma,f16c"))), \
    apply_to = function)

#define CK_LANES_AVX512
#define CK_NAME(name) name##_avx512
#include "scores.inc"

#pragma clang attribute pop
