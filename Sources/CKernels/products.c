// Which products are ours.
#include "train_products.h"

int train_product_is_small(int64_t m, int64_t n, int64_t k) {
  // Ours read B once for every eight rows of C and keep up with oneDNN while it lies near, in the second cache next to all else:
  // 32×128×784 takes both 37 µs on one core of a Xeon (Sapphire Rapids), but 128×512×784 takes ours half as long again. Small
  // shapes save oneDNN's calls, and a network of small shapes the 7 ms that its first plan takes.
  const int64_t near = 128 * 1024;
  return k <= 1024 && k * n <= near && m * k <= near;
}
