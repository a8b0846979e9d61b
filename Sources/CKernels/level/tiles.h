// Matrix products in tiles of registers.
//
// A tile is `tile_rows` × 2 vectors of C. Its accumulators stay in registers through all of k: each step loads two vectors of B
// and multiplies them by `tile_rows` single words of A. The finished tile is written to memory, and what comes after the product is
// done from there.

#if LANES == 16
enum { tile_rows = 14 };  // 28 of 32 registers accumulate.
#else
enum { tile_rows = 6 };  // 12 of 16.
#endif
enum { tile_columns = 2 * LANES };

/// tile = A · B, or += if `continued`, rows `tile_row` apart, for `rows` rows and `vectors` vectors, `length` words of k.
INLINE void multiply_tile(
    float *tile, int64_t tile_row, bool continued, const int rows, const int vectors, const float *a, int64_t a_row,
    int64_t a_inner, const float *b, int64_t b_inner, int64_t length) {
  floats sums[tile_rows][2];
#pragma unroll
  for (int r = 0; r < rows; r++) {
#pragma unroll
    for (int v = 0; v < vectors; v++) sums[r][v] = splat(0.0f);
  }
  if (continued) {
#pragma unroll
    for (int r = 0; r < rows; r++) {
#pragma unroll
      for (int v = 0; v < vectors; v++) sums[r][v] = load(tile + r * tile_row + v * LANES);
    }
  }
  for (int64_t l = 0; l < length; l++, a += a_inner, b += b_inner) {
    floats column[2];
#pragma unroll
    for (int v = 0; v < vectors; v++) column[v] = load(b + v * LANES);
#pragma unroll
    for (int r = 0; r < rows; r++) {
      floats value = splat(a[r * a_row]);
#pragma unroll
      for (int v = 0; v < vectors; v++) sums[r][v] = multiply_add(value, column[v], sums[r][v]);
    }
  }
#pragma unroll
  for (int r = 0; r < rows; r++) {
#pragma unroll
    for (int v = 0; v < vectors; v++) store(tile + r * tile_row + v * LANES, sums[r][v]);
  }
}

typedef void (*tile_function)(
    float *tile, int64_t tile_row, bool continued, const float *a, int64_t a_row, int64_t a_inner, const float *b,
    int64_t b_inner, int64_t length);

/// A function a number of rows and vectors, and one more for A's rows being neighbours in memory (a transposed A).
#define TILE(ROWS, VECTORS)                                                                                     \
  static void tile_##ROWS##_##VECTORS(                                                                          \
      float *tile, int64_t tile_row, bool continued, const float *a, int64_t a_row, int64_t a_inner,            \
      const float *b, int64_t b_inner, int64_t length) {                                                        \
    if (a_row == 1) {                                                                                           \
      multiply_tile(tile, tile_row, continued, ROWS, VECTORS, a, 1, a_inner, b, b_inner, length);               \
    } else {                                                                                                    \
      multiply_tile(tile, tile_row, continued, ROWS, VECTORS, a, a_row, a_inner, b, b_inner, length);           \
    }                                                                                                           \
  }

#define TILES(ROWS) TILE(ROWS, 1) TILE(ROWS, 2)
TILES(1) TILES(2) TILES(3) TILES(4) TILES(5) TILES(6)
#if LANES == 16
TILES(7) TILES(8) TILES(9) TILES(10) TILES(11) TILES(12) TILES(13) TILES(14)
static const tile_function tile_functions[2][tile_rows] = {
  {tile_1_1, tile_2_1, tile_3_1, tile_4_1, tile_5_1, tile_6_1, tile_7_1, tile_8_1, tile_9_1, tile_10_1, tile_11_1, tile_12_1,
   tile_13_1, tile_14_1},
  {tile_1_2, tile_2_2, tile_3_2, tile_4_2, tile_5_2, tile_6_2, tile_7_2, tile_8_2, tile_9_2, tile_10_2, tile_11_2, tile_12_2,
   tile_13_2, tile_14_2},
};
#else
static const tile_function tile_functions[2][tile_rows] = {
  {tile_1_1, tile_2_1, tile_3_1, tile_4_1, tile_5_1, tile_6_1},
  {tile_1_2, tile_2_2, tile_3_2, tile_4_2, tile_5_2, tile_6_2},
};
#endif

/// Rows in tiles of registers of nearly equal height: 32 rows are 11, 11 and 10.
INLINE int64_t even_rows(int64_t rows) {
  const int64_t tiles = (rows + tile_rows - 1) / tile_rows;
  return tiles == 0 ? 1 : (rows + tiles - 1) / tiles;
}
