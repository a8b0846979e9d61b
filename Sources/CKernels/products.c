// Which products are ours.
#include "train_products.h"

int train_product_is_small(int64_t m, int64_t n, int64_t k) {
  // Ours read B once for every eight rows of C and keep up with oneDNN while it lies near, in the second cache next to all else:
  // 32×128×784 takes both 37 µs on one core of a Xeon (Sapphire Rapids), but 128×512×784 takes ours half as long again. Small
  // shapes save oneDNN's calls, and a network of small shapes the 7 ms that its first plan takes.
  const int64_t near = 128 * 1024;
  return k <= 1024 && k * n <= near && m * k <= near;
}

int train_product_suits_tiles(int64_t m, int64_t n, int64_t k) {
  // Measured on one core of a Xeon (Sapphire Rapids): tiles do some 500 operations a nanosecond, vectors 230, and laying out a value of
  // a factor takes 0.1 to 0.25 ns with what it does to the caches. So 1/m + 1/n is to be less than 1/28. Tiles that are padding count.
  if (k < 24 || k > train_longest_split || m < 24 || n < 24) return 0;
  const int64_t padded = (k + 31) / 32 * 32 * ((m + 15) / 16 * 16) * ((n + 15) / 16 * 16);
  return m * n >= 28 * (m + n) && 4 * m * n * k >= 3 * padded;
}
