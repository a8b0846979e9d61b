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

/// The sums of a tile whose rows lie `tile_row` apart.
INLINE void load_sums(floats sums[tile_rows][2], const int rows, const int vectors, const float *tile, int64_t tile_row) {
#pragma unroll
  for (int r = 0; r < rows; r++) {
#pragma unroll
    for (int v = 0; v < vectors; v++) sums[r][v] = load(tile + r * tile_row + v * LANES);
  }
}

INLINE void store_sums(const floats sums[tile_rows][2], const int rows, const int vectors, float *tile, int64_t tile_row) {
#pragma unroll
  for (int r = 0; r < rows; r++) {
#pragma unroll
    for (int v = 0; v < vectors; v++) store(tile + r * tile_row + v * LANES, sums[r][v]);
  }
}

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
  if (continued) load_sums(sums, rows, vectors, tile, tile_row);
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
  store_sums(sums, rows, vectors, tile, tile_row);
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

/// Something for every height of a tile, and a table of functions `NAME_ROWS_VECTORS` by vectors and rows, each counted from 1.
#if LANES == 16
#define ALL_HEIGHTS(WHAT) \
  WHAT(1) WHAT(2) WHAT(3) WHAT(4) WHAT(5) WHAT(6) WHAT(7) WHAT(8) WHAT(9) WHAT(10) WHAT(11) WHAT(12) WHAT(13) WHAT(14)
#define TABLE_OF_TILES(NAME)                                                                                         \
  {                                                                                                                  \
    {NAME##_1_1, NAME##_2_1, NAME##_3_1, NAME##_4_1, NAME##_5_1, NAME##_6_1, NAME##_7_1, NAME##_8_1, NAME##_9_1,     \
     NAME##_10_1, NAME##_11_1, NAME##_12_1, NAME##_13_1, NAME##_14_1},                                               \
    {NAME##_1_2, NAME##_2_2, NAME##_3_2, NAME##_4_2, NAME##_5_2, NAME##_6_2, NAME##_7_2, NAME##_8_2, NAME##_9_2,     \
     NAME##_10_2, NAME##_11_2, NAME##_12_2, NAME##_13_2, NAME##_14_2},                                               \
  }
#else
#define ALL_HEIGHTS(WHAT) WHAT(1) WHAT(2) WHAT(3) WHAT(4) WHAT(5) WHAT(6)
#define TABLE_OF_TILES(NAME)                                                      \
  {                                                                               \
    {NAME##_1_1, NAME##_2_1, NAME##_3_1, NAME##_4_1, NAME##_5_1, NAME##_6_1},     \
    {NAME##_1_2, NAME##_2_2, NAME##_3_2, NAME##_4_2, NAME##_5_2, NAME##_6_2},     \
  }
#endif

ALL_HEIGHTS(TILES)
static const tile_function tile_functions[2][tile_rows] = TABLE_OF_TILES(tile);

/// Rows in tiles of registers of nearly equal height: 32 rows are 11, 11 and 10.
INLINE int64_t even_rows(int64_t rows) {
  const int64_t tiles = (rows + tile_rows - 1) / tile_rows;
  return tiles == 0 ? 1 : (rows + tiles - 1) / tiles;
}
