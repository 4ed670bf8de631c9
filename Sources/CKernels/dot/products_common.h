// How every product kernel walks its items: a list of products whose groups follow one another.

#ifndef CK_PRODUCTS_COMMON_H
#define CK_PRODUCTS_COMMON_H

#include "packed.h"

typedef void (*ck_group_range)(const ck_product *product, int64_t begin, int64_t end);

/// Calls `run` for each product with its share of the items.
CK_INLINE void ck_each_product(
    const ck_products *job, int64_t begin, int64_t end, ck_group_range run) {
  int64_t first = 0;
  for (int64_t i = 0; i < job->count; i++) {
    const ck_product *product = &job->products[i];
    int64_t from = begin > first ? begin - first : 0;
    int64_t to = end - first < product->group_count ? end - first : product->group_count;
    if (from < to) run(product, from, to);
    first += product->group_count;
  }
}

/// The packed bytes of an item.
CK_INLINE const uint8_t *ck_group(const ck_product *product, int64_t item, int64_t bytes) {
  return product->packed + (product->groups ? product->groups[item] : item) * bytes;
}

/// How many of an item's sixteen outputs exist.
CK_INLINE int64_t ck_group_rows(const ck_product *product, int64_t item) {
  int64_t left = product->rows - 16 * (product->groups ? product->groups[item] : item);
  // Output of picked groups is scratch of whole groups.
  return product->groups || left > 16 ? 16 : left;
}

#endif
