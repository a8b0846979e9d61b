// Matrix products in tiles of registers (`tiles.h`).
//
// A finished tile is written to a small buffer, and what comes after the product (bias, activation, an optimizer's update) is done
// from there, row by row.

enum {
  /// Rows of the highest tile: four of the processor's matrix tiles.
  most_tile_rows = 32,
  /// Longest stretch of k for which a repacked panel of B is kept (128 KB at most, on the stack).
  panel_length = 1024,
};

/// A finished tile, of registers or of `split_products.h`.
typedef struct {
  float values[most_tile_rows][tile_columns];
} product_tile;

/// Columns j ... j + width of B as rows of vectors: where they lie, if that is how they lie, else copied into `packed`, the end
/// filled with zeros.
typedef struct {
  const float *values;
  int64_t stride;
} panel;

/// Rows that lie a multiple of 512 bytes apart fall into few sets of the first cache, and would leave it between two tiles.
INLINE bool is_packed_panel(const train_product *s, int64_t width) {
  const bool collides = s->b_inner % 128 == 0 && s->k >= 64 && s->rows_per_piece >= 4 * tile_rows;
  return s->b_column != 1 || width % LANES != 0 || collides;
}

/// Copies columns j ... j + width of B, rows `first` ... first + length, into `packed`: rows of `stride` values.
static void pack_panel(
    const train_product *s, int64_t j, int64_t width, int64_t first, int64_t length, float *packed, int64_t stride) {
  const float *b = s->b + first * s->b_inner + j * s->b_column;
  if (s->b_column == 1) {
    for (int64_t l = 0; l < length; l++) {
      for (int64_t c = 0; c < stride; c += LANES) {
        store(packed + l * stride + c, width - c > 0 ? load_some(b + l * s->b_inner + c, width - c) : splat(0.0f));
      }
    }
    return;
  }
  for (int64_t c0 = 0; c0 < stride; c0 += LANES) {
    for (int64_t l0 = 0; l0 < length; l0 += LANES) {
      floats square[LANES];
      int64_t steps = smaller(LANES, length - l0);
      for (int64_t c = 0; c < LANES; c++) {
        square[c] = c0 + c < width ? load_some(b + (c0 + c) * s->b_column + l0, steps) : splat(0.0f);
      }
      transpose_square(square);
      for (int64_t l = 0; l < steps; l++) store(packed + (l0 + l) * stride + c0, square[l]);
    }
  }
}

static panel panel_of(const train_product *s, int64_t j, int64_t width, int64_t first, int64_t length, float *packed) {
  if (s->panels != NULL) return (panel){(const float *)s->panels + j * s->k + first * tile_columns, tile_columns};
  if (!is_packed_panel(s, width)) return (panel){s->b + first * s->b_inner + j * s->b_column, s->b_inner};
  const int64_t stride = width > LANES ? tile_columns : LANES;
  pack_panel(s, j, width, first, length, packed, stride);
  return (panel){packed, stride};
}

/// What to do with a finished tile: rows i …, columns j …; NULL if it is C and nothing more.
typedef void (*tile_epilogue)(const void *arguments, const product_tile *tile, int64_t i, int64_t rows, int64_t j, int64_t width);

/// One row of a tile from column j on.
INLINE void finish_row(const train_product *s, const float *values, int64_t i, int64_t j, int64_t width) {
  for (int64_t c = 0; c < width; c += LANES) {
    int64_t count = width - c;
    float *to = s->c + i * s->c_row + j + c;
    floats value = load(values + c);
    if (s->accumulate) value = load_some(to, count) + value;
    if (s->bias != NULL) value = value + load_some(s->bias + j + c, count);
    value = activate(value, s->activation);
    if (s->gate != NULL) value = load_some(s->gate + i * s->gate_row + j + c, count) > 0.0f ? value : splat(0.0f);
    store_some(to, count, value);
  }
}

INLINE void finish_product(const void *arguments, const product_tile *tile, int64_t i, int64_t rows, int64_t j, int64_t width) {
  const train_product *s = arguments;
  for (int64_t r = 0; r < rows; r++) {
    if (width == tile_columns) {
      finish_row(s, tile->values[r], i + r, j, tile_columns);
    } else {
      finish_row(s, tile->values[r], i + r, j, width);
    }
  }
}

/// Asks for the gates that a tile meets when it is finished: by then they are there.
INLINE void ask_for_gates(const train_product *s, int64_t i, int64_t rows, int64_t j, int64_t width) {
  for (int64_t r = i; r < i + rows; r++) {
    for (int64_t c = j; c < j + width; c += LANES) __builtin_prefetch(s->gate + r * s->gate_row + c, 0, 3);
  }
}

/// One tile, all of k, and what comes after. `b` holds all of k, or is repacked in stretches if there is more of it than a panel
/// holds.
INLINE void multiply_and_finish(
    const train_product *s, const void *arguments, tile_epilogue epilogue, panel b, float *packed, int64_t i, int64_t rows,
    int64_t j, int64_t width) {
  _Alignas(64) product_tile tile;
  tile_function multiply = tile_functions[width > LANES][rows - 1];
  const bool fits = s->k <= panel_length;
  const bool is_in_place = epilogue == NULL && s->k > 0 && (width == tile_columns || width == LANES);
  float *to = is_in_place ? s->c + i * s->c_row + j : tile.values[0];
  if (s->gate != NULL) ask_for_gates(s, i, rows, j, width);
  const int64_t to_row = is_in_place ? s->c_row : tile_columns;
  for (int64_t first = 0; first < s->k; first += panel_length) {
    int64_t length = smaller(panel_length, s->k - first);
    if (!fits) b = panel_of(s, j, width, first, length, packed);
    const float *a = s->a + i * s->a_row + first * s->a_inner;
    multiply(to, to_row, first > 0 || (is_in_place && s->accumulate), a, s->a_row, s->a_inner, b.values, b.stride, length);
  }
  if (is_in_place) return;
  if (s->k == 0) memset(&tile, 0, sizeof tile);
  if (epilogue != NULL) {
    epilogue(arguments, &tile, i, rows, j, width);
  } else {
    finish_product(s, &tile, i, rows, j, width);
  }
}

#if HAS_MATRIX_TILES
#include "split_products.h"
#endif

/// Lines of memory that will be read soon. Asking for them in between tiles hides the wait: a core may await a dozen at a time.
typedef struct {
  const char *first;
  const int32_t *numbers;   // of the rows; NULL for one after the other
  int64_t stride, bytes;    // from row to row, and of a row
  int64_t row, end;
  int64_t byte;             // of the row
  int64_t lines;            // to be asked for after a tile
} expected_lines;

enum { line_bytes = 64 };

INLINE int64_t row_bytes(const train_gather *batch) {
  static const int8_t sizes[] = {
    [TRAIN_FLOAT32] = 4, [TRAIN_FLOAT64] = 8, [TRAIN_UINT8] = 1, [TRAIN_INT8] = 1, [TRAIN_INT32] = 4, [TRAIN_INT64] = 8, [TRAIN_BOOL] = 1};
  return batch->columns * sizes[batch->element];
}

/// Spreads what is expected over so many tiles.
INLINE expected_lines spread_over(expected_lines s, int64_t tiles) {
  const int64_t lines = (s.end - s.row) * ((s.bytes + line_bytes - 1) / line_bytes);
  s.lines = tiles > 0 ? (lines + tiles - 1) / tiles : lines;
  return s;
}

/// A piece's share of the lines that the next batch will be gathered from.
INLINE expected_lines expected_of(const train_gather *batch, int64_t piece, int64_t pieces, int64_t tiles) {
  if (batch == NULL || batch->rows_after == NULL) return (expected_lines){0};
  const expected_lines share = {
    .first = batch->stored, .numbers = batch->rows_after, .stride = row_bytes(batch), .bytes = row_bytes(batch),
    .row = batch->count_after * piece / pieces, .end = batch->count_after * (piece + 1) / pieces};
  return spread_over(share, tiles);
}

INLINE void ask_for_lines(expected_lines *s) {
  for (int64_t line = 0; line < s->lines && s->row < s->end; line++) {
    __builtin_prefetch(s->first + (s->numbers == NULL ? s->row : s->numbers[s->row]) * s->stride + s->byte, 0, 2);
    s->byte += line_bytes;
    if (s->byte < s->bytes) continue;
    s->byte = 0;
    s->row++;
  }
}

/// What may be expected at a time: of the next batch, of A and of B.
enum { most_expected_lines = 3 };

INLINE void ask_for_all(expected_lines *expected) {
  for (int e = 0; e < most_expected_lines; e++) ask_for_lines(&expected[e]);
}

/// All tiles of a piece. If the piece's columns of B fit into the first cache, row by row of tiles, so that A and what is updated
/// are walked once and in order; else column by column, so that B is.
INLINE void multiply_piece(
    const train_product *s, const void *arguments, int32_t piece, tile_epilogue epilogue,
    expected_lines expected[most_expected_lines]) {
#if HAS_MATRIX_TILES
  if (s->parts > 0 && s->k > 0) {
    multiply_split_piece(s, arguments, piece, epilogue);
    return;
  }
#endif
  enum { most_panels = 64, near_values = 8 * 1024 };
  _Alignas(64) float packed[panel_length * tile_columns];
  panel panels[most_panels];
  block part = block_of(s->m, s->rows_per_piece, s->n, s->columns_per_piece, piece);
  const range rows = part.rows, columns = part.columns;
  const int64_t count = (columns.end - columns.begin + tile_columns - 1) / tile_columns;
  const int64_t step = even_rows(rows.end - rows.begin);
  if (count <= most_panels && (s->panels != NULL || count * tile_columns * s->k <= near_values)) {
    for (int64_t p = 0; p < count; p++) {
      int64_t j = columns.begin + p * tile_columns;
      panels[p] = panel_of(s, j, smaller(tile_columns, columns.end - j), 0, s->k, packed + p * tile_columns * s->k);
    }
    for (int64_t i = rows.begin; i < rows.end; i += step) {
      for (int64_t p = 0; p < count; p++) {
        int64_t j = columns.begin + p * tile_columns;
        multiply_and_finish(
            s, arguments, epilogue, panels[p], packed, i, smaller(step, rows.end - i), j,
            smaller(tile_columns, columns.end - j));
        ask_for_all(expected);
      }
    }
    return;
  }
  for (int64_t j = columns.begin; j < columns.end; j += tile_columns) {
    int64_t width = smaller(tile_columns, columns.end - j);
    panel b = {0};
    if (s->k <= panel_length) b = panel_of(s, j, width, 0, s->k, packed);
    for (int64_t i = rows.begin; i < rows.end; i += step) {
      multiply_and_finish(s, arguments, epilogue, b, packed, i, smaller(step, rows.end - i), j, width);
      ask_for_all(expected);
    }
  }
}

// MARK: To C

/// Tiles of a block of C of this size, about.
INLINE int64_t tiles_of(int64_t rows, int64_t columns) {
  const int64_t down = (rows + tile_rows - 1) / tile_rows, across = (columns + tile_columns - 1) / tile_columns;
  return down * across > 0 ? down * across : 1;
}

static void multiply_product(const train_product *s, int32_t piece) {
  const int64_t pieces = train_pieces(s->m, s->rows_per_piece) * train_pieces(s->n, s->columns_per_piece);
  const int64_t tiles = tiles_of(smaller(s->rows_per_piece, s->m), smaller(s->columns_per_piece, s->n));
  expected_lines expected[most_expected_lines] = {expected_of(s->expected, piece, pieces, tiles)};
  if (s->bias == NULL && s->gate == NULL && s->activation == TRAIN_LINEAR) {
    multiply_piece(s, NULL, piece, NULL, expected);
  } else {
    multiply_piece(s, s, piece, finish_product, expected);
  }
}

static void product_kernel(const void *arguments, int32_t piece) {
  const train_product own = *(const train_product *)arguments;
  multiply_product(&own, piece);
}

static void product_items_kernel(const void *arguments, int32_t piece) {
  const train_product_items *s = arguments;
  const int32_t blocks = train_pieces(s->product.m, s->product.rows_per_piece)
    * train_pieces(s->product.n, s->product.columns_per_piece);
  range part = range_of(s->items, s->items_per_piece, piece / blocks);
  for (int64_t item = part.begin; item < part.end; item++) {
    train_product own = s->product;
    own.a += item * s->a_item;
    own.b += item * s->b_item;
    own.c += item * s->c_item;
    multiply_product(&own, piece % blocks);
  }
}

static void product_pack_kernel(const void *arguments, int32_t piece) {
  const train_product_pack *given = arguments;
  const train_product s = given->product;
  const range columns = range_of(s.n, train_product_unit, piece);
#if HAS_MATRIX_TILES
  if (s.parts > 0) {
    char *to = (char *)given->panels + columns.begin / split_unit * split_blocks(s.k) * s.parts * split_part_bytes;
    lay_out_columns(to, s.b + columns.begin * s.b_column, s.b_column, s.b_inner, columns.end - columns.begin, s.k, s.parts);
    return;
  }
#endif
  for (int64_t j = columns.begin; j < columns.end; j += tile_columns) {
    pack_panel(&s, j, smaller(tile_columns, columns.end - j), 0, s.k, (float *)given->panels + j * s.k, tile_columns);
  }
}

// MARK: In parts over k

/// How much of a part is taken at once, so that what the tiles of a piece read again still lies near.
enum { stretch_length = 128, split_stretch_length = 256 };

/// Values of both factors that may still lie in the second cache.
enum { near_factors = 256 * 1024 };

/// Part of a product along k: the part that a piece makes, from `first` on.
INLINE train_product stretch_of(const train_product_parts *s, int64_t piece, int64_t first, int64_t length) {
  train_product stretch = s->product;
  const int64_t blocks = train_pieces(stretch.m, stretch.rows_per_piece) * train_pieces(stretch.n, stretch.columns_per_piece);
  const range part = range_of(stretch.k, s->k_per_piece, piece / blocks);
  stretch.bias = NULL;
  stretch.gate = NULL;
  stretch.activation = TRAIN_LINEAR;
  stretch.c += piece / blocks * s->part_stride;
  stretch.a += (part.begin + first) * stretch.a_inner;
  stretch.b += (part.begin + first) * stretch.b_inner;
  stretch.k = smaller(length, part.end - part.begin - first);
  stretch.accumulate = first > 0;
  return stretch;
}

/// The rows that a block of a stretch reads of a transposed A and of B, if they do not follow one upon the other, as processors expect
/// by themselves.
INLINE void expect_stretch(const train_product *s, block part, int64_t tiles, expected_lines expected[2]) {
  const range rows = part.rows, columns = part.columns;
  const int64_t size = sizeof(float);
  const expected_lines a = {
    .first = (const char *)(s->a + rows.begin), .stride = s->a_inner * size, .bytes = (rows.end - rows.begin) * size, .end = s->k};
  const expected_lines b = {
    .first = (const char *)(s->b + columns.begin), .stride = s->b_inner * size, .bytes = (columns.end - columns.begin) * size,
    .end = s->k};
  expected[0] = a.bytes < a.stride ? spread_over(a, tiles) : (expected_lines){0};
  expected[1] = b.bytes < b.stride ? spread_over(b, tiles) : (expected_lines){0};
}

static void product_parts_kernel(const void *arguments, int32_t piece) {
  const train_product_parts *s = arguments;
  const train_product *own = &s->product;
  const int64_t blocks = train_pieces(own->m, own->rows_per_piece) * train_pieces(own->n, own->columns_per_piece);
  const range part = range_of(own->k, s->k_per_piece, piece / blocks);
  const int64_t pieces = blocks * train_pieces(own->k, s->k_per_piece), next_piece = smaller(piece + 1, pieces - 1);
  const int64_t tiles = tiles_of(smaller(own->rows_per_piece, own->m), smaller(own->columns_per_piece, own->n));
  const int64_t length = own->parts > 0 ? split_stretch_length : stretch_length;
  const bool is_far = own->a_row == 1 && own->b_column == 1 && (own->m + own->n) * own->k > near_factors;
  const int64_t end = part.end - part.begin, stretches = (end + length - 1) / length;
  expected_lines expected[most_expected_lines] = {expected_of(own->expected, piece, pieces, tiles * stretches)};
  for (int64_t first = 0; first < end; first += length) {
    const train_product stretch = stretch_of(s, piece, first, length);
    if (is_far) {
      const bool is_last = first + length >= end;
      const int64_t after = is_last ? next_piece : piece;
      const train_product next = stretch_of(s, after, is_last ? 0 : first + length, length);
      const block read = block_of(own->m, own->rows_per_piece, own->n, own->columns_per_piece, after % blocks);
      expect_stretch(&next, read, tiles, expected + 1);
    }
    multiply_piece(&stretch, NULL, piece % blocks, NULL, expected);
  }
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

/// What an update needs, copied: stores to the weights cannot be stores to it.
typedef struct {
  train_update update;
  update_scalars scalars;
  int64_t row;
} tile_update;

/// Rows narrower than a vector that lie one after the other are updated as one stretch: a masked store would hold up the next
/// row's load.
#define UPDATE_FROM_TILE(RULE)                                                                        \
  INLINE void finish_##RULE(                                                                          \
      const void *arguments, const product_tile *tile, int64_t i, int64_t rows, int64_t j, int64_t width) { \
    const tile_update own = *(const tile_update *)arguments, *s = &own;                               \
    if (width < LANES && s->row == width) {                                                           \
      float gradient[most_tile_rows * LANES];                                                          \
      for (int64_t r = 0; r < rows; r++) store(gradient + r * width, load(tile->values[r]));          \
      int64_t count = rows * width, at = i * width;                                                   \
      for (int64_t c = 0; c < count; c += LANES) {                                                    \
        update_some(&s->update, s->scalars, RULE, at + c, count - c, load_some(gradient + c, count - c)); \
      }                                                                                               \
      return;                                                                                         \
    }                                                                                                 \
    for (int64_t r = 0; r < rows; r++) {                                                              \
      const int64_t at = (i + r) * s->row + j;                                                        \
      int64_t c = 0;                                                                                  \
      for (; c + LANES <= width; c += LANES) {                                                        \
        update_some(&s->update, s->scalars, RULE, at + c, LANES, load(&tile->values[r][c]));          \
      }                                                                                               \
      if (c < width) update_some(&s->update, s->scalars, RULE, at + c, width - c, load(&tile->values[r][c])); \
    }                                                                                                 \
  }

UPDATE_FROM_TILE(rule_plain)
UPDATE_FROM_TILE(rule_momentum)
UPDATE_FROM_TILE(rule_nesterov)
UPDATE_FROM_TILE(rule_adam)
UPDATE_FROM_TILE(rule_amsgrad)

static void product_update_kernel(const void *arguments, int32_t piece) {
  const train_product_update *given = arguments;
  const train_product own = given->product;
  expected_lines none[most_expected_lines] = {0};
  const tile_update update = {given->update, scalars_of(&given->update), own.c_row};
  switch (rule_of(&given->update)) {
    case rule_plain: multiply_piece(&own, &update, piece, finish_rule_plain, none); break;
    case rule_momentum: multiply_piece(&own, &update, piece, finish_rule_momentum, none); break;
    case rule_nesterov: multiply_piece(&own, &update, piece, finish_rule_nesterov, none); break;
    case rule_adam: multiply_piece(&own, &update, piece, finish_rule_adam, none); break;
    case rule_amsgrad: multiply_piece(&own, &update, piece, finish_rule_amsgrad, none); break;
  }
}
