// What this processor can do, asked once by whoever builds a kernel table.

#include "ckernels.h"

bool ck_has_avx512(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("fma") &&
         __builtin_cpu_supports("f16c");
#else
  return false;
#endif
}

void ck_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}
