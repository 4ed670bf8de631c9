// What the machine itself can do, for measurements to be set beside: reading memory, and products of
// bytes that never leave the registers.

#include "ckernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

__attribute__((target("avx512f"))) static uint64_t read_avx512(const uint8_t *p, int64_t bytes) {
  __m512i sums[4] = {};
  for (int64_t i = 0; i + 256 <= bytes; i += 256) {
    for (int k = 0; k < 4; k++) {
      _mm_prefetch((const char *)p + i + 64 * k + 3072, _MM_HINT_T0);
      sums[k] = _mm512_xor_si512(sums[k], _mm512_loadu_si512(p + i + 64 * k));
    }
  }
  __m512i sum = _mm512_xor_si512(_mm512_xor_si512(sums[0], sums[1]),
                                 _mm512_xor_si512(sums[2], sums[3]));
  return (uint64_t)_mm512_reduce_add_epi64(sum);
}

__attribute__((target("avx512f,avx512vnni"))) static uint64_t dots_avx512(int64_t rounds) {
  __m512i sums[12] = {}, a = _mm512_set1_epi8(7), b = _mm512_set1_epi8(-3);
  for (int64_t i = 0; i < rounds; i++) {
    // The barrier keeps twelve products in every round.
    for (int k = 0; k < 12; k++) {
      sums[k] = _mm512_dpbusd_epi32(sums[k], a, b);
      __asm__ volatile("" : "+v"(sums[k]));
    }
  }
  for (int k = 1; k < 12; k++) sums[0] = _mm512_add_epi32(sums[0], sums[k]);
  return (uint64_t)_mm512_reduce_add_epi32(sums[0]);
}

__attribute__((target("avx2"))) static uint64_t dots_avx2(int64_t rounds) {
  __m256i sums[8] = {}, a = _mm256_set1_epi8(7), b = _mm256_set1_epi8(-3);
  __m256i ones = _mm256_set1_epi16(1);
  for (int64_t i = 0; i < rounds; i++) {
    for (int k = 0; k < 8; k++) {
      __m256i pairs = _mm256_maddubs_epi16(a, b);
      __asm__ volatile("" : "+x"(pairs));
      sums[k] = _mm256_add_epi32(sums[k], _mm256_madd_epi16(pairs, ones));
      __asm__ volatile("" : "+x"(sums[k]));
    }
  }
  for (int k = 1; k < 8; k++) sums[0] = _mm256_add_epi32(sums[0], sums[k]);
  return (uint64_t)_mm256_extract_epi32(sums[0], 0);
}
#endif

uint64_t ck_read_memory(const void *memory, int64_t bytes) {
  const uint8_t *p = memory;
#if defined(__x86_64__)
  if (ck_has_avx512()) return read_avx512(p, bytes);
#endif
  uint64_t sum = 0;
  for (int64_t i = 0; i + 8 <= bytes; i += 8) {
    uint64_t word;
    __builtin_memcpy(&word, p + i, 8);
    sum ^= word;
  }
  return sum;
}

int64_t ck_multiply_bytes(int64_t rounds, uint64_t *sum) {
#if defined(__x86_64__)
  if (ck_has_avx512()) {
    *sum = dots_avx512(rounds);
    return rounds * 12 * 64;
  }
  if (ck_has_avx2()) {
    *sum = dots_avx2(rounds);
    return rounds * 8 * 32;
  }
#endif
  uint32_t sums[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  for (int64_t i = 0; i < rounds; i++) {
    for (int k = 0; k < 8; k++) sums[k] += sums[k] * 3;
  }
  *sum = sums[0] + sums[1] + sums[2] + sums[3] + sums[4] + sums[5] + sums[6] + sums[7];
  return rounds * 8;
}
