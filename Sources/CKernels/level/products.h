// Matrix products in tiles of registers.
//
// A tile is `tile_rows` × 2 vectors of C. Its accumulators stay in registers through all of k: each step loads two vectors of B and
// multiplies them by `tile_rows` single values of A. The finished tile is written to a small buffer and what comes after the product (bias,
// activation, an optimizer's update) is done from there, row by row.

#if LANES == 16
enum { tile_rows = 8 };  // 16 of 32 registers accumulate.
#else
enum { tile_rows = 4 };  // 8 of 16.
#endif
enum {
  tile_columns = 2 * LANES,
  /// Longest stretch of k for which a repacked panel of B is kept (128 KB at most, on the stack).
  panel_length = 1024,
};

typedef struct {
  float values[tile_rows][tile_columns];
} product_tile;

/// tile = A · B, or += if `continued`, for `rows` rows and `vectors` vectors, `length` steps of k.
INLINE void multiply_tile(
    product_tile *tile, bool continued, const int rows, const int vectors, const float *a, int64_t a_row, int64_t a_inner, const float *b,
    int64_t b_inner, int64_t length) {
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
      for (int v = 0; v < vectors; v++) sums[r][v] = load(&tile->values[r][v * LANES]);
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
      for (int v = 0; v < vectors; v++) sums[r][v] = value * column[v] + sums[r][v];
    }
  }
#pragma unroll
  for (int r = 0; r < rows; r++) {
#pragma unroll
    for (int v = 0; v < vectors; v++) store(&tile->values[r][v * LANES], sums[r][v]);
  }
}

typedef void (*tile_function)(
    product_tile *, bool continued, const float *a, int64_t a_row, int64_t a_inner, const float *b, int64_t b_inner, int64_t length);

/// A function a number of rows and vectors, and one more for A's rows being neighbours in memory (a transposed A).
#define TILE(ROWS, VECTORS)                                                                                     \
  static void tile_##ROWS##_##VECTORS(                                                                          \
      product_tile *tile, bool continued, const float *a, int64_t a_row, int64_t a_inner, const float *b,       \
      int64_t b_inner, int64_t length) {                                                                        \
    if (a_row == 1) {                                                                                           \
      multiply_tile(tile, continued, ROWS, VECTORS, a, 1, a_inner, b, b_inner, length);                         \
    } else {                                                                                                    \
      multiply_tile(tile, continued, ROWS, VECTORS, a, a_row, a_inner, b, b_inner, length);                     \
    }                                                                                                           \
  }

TILE(1, 1) TILE(2, 1) TILE(3, 1) TILE(4, 1)
TILE(1, 2) TILE(2, 2) TILE(3, 2) TILE(4, 2)
#if LANES == 16
TILE(5, 1) TILE(6, 1) TILE(7, 1) TILE(8, 1)
TILE(5, 2) TILE(6, 2) TILE(7, 2) TILE(8, 2)
static const tile_function tile_functions[2][tile_rows] = {
  {tile_1_1, tile_2_1, tile_3_1, tile_4_1, tile_5_1, tile_6_1, tile_7_1, tile_8_1},
  {tile_1_2, tile_2_2, tile_3_2, tile_4_2, tile_5_2, tile_6_2, tile_7_2, tile_8_2},
};
#else
static const tile_function tile_functions[2][tile_rows] = {
  {tile_1_1, tile_2_1, tile_3_1, tile_4_1},
  {tile_1_2, tile_2_2, tile_3_2, tile_4_2},
};
#endif

/// Columns j ... j + width of B as rows of vectors: where they lie, if that is how they lie, else copied into `packed`, the end filled with zeros.
typedef struct {
  const float *values;
  int64_t stride;
} panel;

INLINE bool is_packed_panel(const train_product *s, int64_t width) { return s->b_column != 1 || width % LANES != 0; }

static panel panel_of(const train_product *s, int64_t j, int64_t width, int64_t first, int64_t length, float *packed) {
  const float *b = s->b + first * s->b_inner + j * s->b_column;
  if (!is_packed_panel(s, width)) return (panel){b, s->b_inner};
  const int64_t stride = width > LANES ? tile_columns : LANES;
  if (s->b_column == 1) {
    for (int64_t l = 0; l < length; l++) {
      for (int64_t c = 0; c < stride; c += LANES) {
        store(packed + l * stride + c, width - c > 0 ? load_some(b + l * s->b_inner + c, width - c) : splat(0.0f));
      }
    }
    return (panel){packed, stride};
  }
  for (int64_t c = width; c < stride; c++) {
    for (int64_t l = 0; l < length; l++) packed[l * stride + c] = 0;
  }
  for (int64_t l0 = 0; l0 < length; l0 += LANES) {
    int64_t l1 = smaller(l0 + LANES, length);
    for (int64_t c = 0; c < width; c++) {
      const float *column = b + c * s->b_column;
      for (int64_t l = l0; l < l1; l++) packed[l * stride + c] = column[l * s->b_inner];
    }
  }
  return (panel){packed, stride};
}

/// What to do with a finished tile: rows i …, columns j …
typedef void (*tile_epilogue)(const void *arguments, const product_tile *tile, int64_t i, int64_t rows, int64_t j, int64_t width);

INLINE void multiply_piece(const train_product *s, const void *arguments, int32_t piece, tile_epilogue epilogue) {
  _Alignas(64) float packed[panel_length * tile_columns];
  block part = block_of(s->m, s->rows_per_piece, s->n, s->columns_per_piece, piece);
  for (int64_t j = part.columns.begin; j < part.columns.end; j += tile_columns) {
    int64_t width = smaller(tile_columns, part.columns.end - j);
    bool fits = s->k <= panel_length;
    panel b = {0};
    if (fits) b = panel_of(s, j, width, 0, s->k, packed);
    for (int64_t i = part.rows.begin; i < part.rows.end; i += tile_rows) {
      int64_t rows = smaller(tile_rows, part.rows.end - i);
      tile_function multiply = tile_functions[width > LANES][rows - 1];
      _Alignas(64) product_tile tile;
      for (int64_t first = 0; first < s->k; first += panel_length) {
        int64_t length = smaller(panel_length, s->k - first);
        if (!fits) b = panel_of(s, j, width, first, length, packed);
        const float *a = s->a + i * s->a_row + first * s->a_inner;
        multiply(&tile, first > 0, a, s->a_row, s->a_inner, b.values, b.stride, length);
      }
      if (s->k == 0) memset(&tile, 0, sizeof tile);
      epilogue(arguments, &tile, i, rows, j, width);
    }
  }
}

// MARK: To C

INLINE void finish_product(const void *arguments, const product_tile *tile, int64_t i, int64_t rows, int64_t j, int64_t width) {
  const train_product *s = arguments;
  for (int64_t c = 0; c < width; c += LANES) {
    int64_t count = width - c;
    floats bias = s->bias == NULL ? splat(0.0f) : load_some(s->bias + j + c, count);
    for (int64_t r = 0; r < rows; r++) {
      float *to = s->c + (i + r) * s->c_row + j + c;
      floats value = load(&tile->values[r][c]);
      if (s->accumulate) value = load_some(to, count) + value;
      value = activate(value + bias, s->activation);
      if (s->gate != NULL) {
        value = load_some(s->gate + (i + r) * s->gate_row + j + c, count) > 0.0f ? value : splat(0.0f);
      }
      store_some(to, count, value);
    }
  }
}

static void product_kernel(const void *arguments, int32_t piece) {
  multiply_piece(arguments, arguments, piece, finish_product);
}

// MARK: In parts over k

static void product_parts_kernel(const void *arguments, int32_t piece) {
  const train_product_parts *s = arguments;
  range part = range_of(s->product.k, s->k_per_piece, piece);
  train_product own = s->product;
  own.a += part.begin * own.a_inner;
  own.b += part.begin * own.b_inner;
  own.c += piece * s->part_stride;
  own.k = part.end - part.begin;
  own.bias = NULL;
  own.gate = NULL;
  own.activation = TRAIN_LINEAR;
  own.accumulate = 0;
  own.rows_per_piece = own.m;
  own.columns_per_piece = own.n;
  multiply_piece(&own, &own, 0, finish_product);
}

static void product_merge_kernel(const void *arguments, int32_t piece) {
  const train_product_merge *s = arguments;
  range part = range_of(s->m, s->rows_per_piece, piece);
  for (int64_t i = part.begin; i < part.end; i++) {
    for (int64_t j = 0; j < s->n; j += LANES) {
      int64_t width = s->n - j;
      floats value = parts_sum(s->parts + i * s->n + j, s->count, s->part_stride, width);
      if (s->bias != NULL) value = value + load_some(s->bias + j, width);
      store_some(s->output + i * s->n + j, width, activate(value, s->activation));
    }
  }
}

// MARK: To an optimizer

#define UPDATE_FROM_TILE(RULE)                                                                                             \
  INLINE void finish_##RULE(const void *arguments, const product_tile *tile, int64_t i, int64_t rows, int64_t j, int64_t width) { \
    const train_product_update *s = arguments;                                                                             \
    update_scalars k = scalars_of(&s->update);                                                                             \
    for (int64_t r = 0; r < rows; r++) {                                                                                   \
      int64_t at = (i + r) * s->product.c_row + j;                                                                         \
      for (int64_t c = 0; c < width; c += LANES) {                                                                         \
        floats gradient = load(&tile->values[r][c]);                                                                       \
        if (width - c >= LANES) {                                                                                          \
          update_some(&s->update, k, RULE, at + c, LANES, gradient);                                                       \
        } else {                                                                                                           \
          update_some(&s->update, k, RULE, at + c, width - c, gradient);                                                   \
        }                                                                                                                  \
      }                                                                                                                    \
    }                                                                                                                      \
  }

UPDATE_FROM_TILE(rule_plain)
UPDATE_FROM_TILE(rule_momentum)
UPDATE_FROM_TILE(rule_nesterov)
UPDATE_FROM_TILE(rule_adam)
UPDATE_FROM_TILE(rule_amsgrad)

static void product_update_kernel(const void *arguments, int32_t piece) {
  const train_product_update *s = arguments;
  switch (rule_of(&s->update)) {
    case rule_plain: multiply_piece(&s->product, s, piece, finish_rule_plain); break;
    case rule_momentum: multiply_piece(&s->product, s, piece, finish_rule_momentum); break;
    case rule_nesterov: multiply_piece(&s->product, s, piece, finish_rule_nesterov); break;
    case rule_adam: multiply_piece(&s->product, s, piece, finish_rule_adam); break;
    case rule_amsgrad: multiply_piece(&s->product, s, piece, finish_rule_amsgrad); break;
  }
}
