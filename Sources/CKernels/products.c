// Which products are ours.
#include "train_products.h"

int train_product_is_small(int64_t m, int64_t n, int64_t k) {
  // Ours read B where it lies, once for every eight rows of C, and need it near: in the second cache, next to all else.
  const int64_t near = 256 * 1024;
  return k <= 1024 && k * n <= near && m * k <= near;
}
