// Large zeroed buffers straight from the system, so that a refusal is an answer and not a trap,
// and pages that are never touched cost nothing.

#define _GNU_SOURCE
#include <sys/mman.h>

#include "ckernels.h"

void *ck_memory_allocate(int64_t bytes) {
  if (bytes <= 0) return 0;
  void *address =
      mmap(0, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (address == MAP_FAILED) return 0;
  // Weights are read front to back by every token: with 4 KiB pages the page walks cost bandwidth.
  if (bytes >= 4 << 20) madvise(address, (size_t)bytes, MADV_HUGEPAGE);
  return address;
}

void ck_memory_free(void *address, int64_t bytes) { munmap(address, (size_t)bytes); }
