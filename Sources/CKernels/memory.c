// Large zeroed buffers straight from the system, so that a refusal is an answer and not a trap,
// and pages that are never touched cost nothing.

#define _GNU_SOURCE
#include <sys/mman.h>

#include "ckernels.h"

enum { PAGE = 4096, HUGE_PAGE = 2 << 20, LARGE = 4 << 20 };

static size_t whole_pages(int64_t bytes) { return ((size_t)bytes + PAGE - 1) / PAGE * PAGE; }

void *ck_memory_allocate(int64_t bytes, bool wants_huge_pages) {
  if (bytes <= 0) return 0;
  // Weights are read front to back by every token: with 4 KiB pages the page walks cost bandwidth.
  // A large buffer begins at a huge page's edge; what was mapped around it is returned. Caches are filled
  // little by little in many places and would take a huge page for a few rows.
  size_t size = whole_pages(bytes), room = size + (wants_huge_pages && bytes >= LARGE ? HUGE_PAGE : 0);
  char *start = mmap(0, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) return 0;
  if (room == size) return start;
  size_t before = -(uintptr_t)start % HUGE_PAGE;
  if (before > 0) munmap(start, before);
  if (before < HUGE_PAGE) munmap(start + before + size, HUGE_PAGE - before);
  madvise(start + before, size, MADV_HUGEPAGE);
  return start + before;
}

void ck_memory_free(void *address, int64_t bytes) { munmap(address, whole_pages(bytes)); }
