// Products of float32 on the processor's matrix tiles (AMX), which multiply bfloat16.
//
// A float32 has 24 significant bits, a bfloat16 has 8 and the same exponents. So x = x₀ + x₁ + x₂ exactly, each the leading bits of
// what the ones before it leave, and
//
//   x·y = x₀·y₂ + x₀·y₁ + x₁·y₁ + x₁·y₀ + x₂·y₀ + x₀·y₀
//
// to within 2⁻²¹ of |x·y|. All sums are in float32, and there are fewer of them than vectors make, so that the error of the whole is
// the smaller one. Six products in place of one, on a unit that does sixteen times as many: G. Henry, P. Tang, A. Heinecke, Leveraging
// the bfloat16 Artificial Intelligence Datatype For Higher-Precision Computations, 2019.
//
// An infinity becomes NaN (∞ − ∞ is what is left of it), and parts below 2⁻¹²⁶ count as 0.
//
// A tile is 16 rows of 64 bytes, 32 bfloat16 each. Four tiles hold 32×32 sums; two hold rows of A, two hold columns of B as rows of
// pairs. Which two of 32 steps of k are a pair is ours to choose, if A and B choose alike: l and l + 16 are, so that a pair is made
// of two vectors without a shuffle.
//
// A factor is laid out in blocks of 32 rows or columns and 32 steps of k: for each part, two tiles. A product of bfloat16 has one part,
// rounded to the nearest.

enum {
  split_unit = 32,
  split_tile_bytes = 1024,
  split_part_bytes = 2 * split_tile_bytes,
  split_most_bytes = train_split_parts * split_part_bytes,
  /// The blocks of B's columns, in three parts, that stay near: a megabyte.
  split_near_blocks = 160,
};

INLINE int64_t split_blocks(int64_t length) { return (length + split_unit - 1) / split_unit; }

// MARK: Laying out

/// A row of pairs, and what is left of it, `split_part_bytes` apart.
INLINE void store_parts(char *to, floats low, floats high, const int parts) {
  const words leading = (words)0xffff0000u;
  if (parts == 1) {
    store((float *)to, (floats)((round_to_bfloat16(high) & leading) | (round_to_bfloat16(low) >> 16)));
    return;
  }
#pragma unroll
  for (int part = 0; part < train_split_parts; part++, to += split_part_bytes) {
    const words a = (words)low, b = (words)high;
    store((float *)to, (floats)((b & leading) | (a >> 16)));
    low -= (floats)(a & leading);
    high -= (floats)(b & leading);
  }
}

/// What is multiplied, as it lies: `rows` rows of 16 values `stride` apart for the lower half of each pair and `upper_rows` for the
/// upper, of which there are `width` and `upper_width`. Beyond them are zeros.
/// `ahead` from here lies what is laid out next.
typedef struct {
  const float *low, *high;
  int64_t stride, ahead, rows, upper_rows, width, upper_width;
} split_source;

INLINE floats source_row(const split_source *s, const float *from, int64_t row, int64_t rows, int64_t width) {
  const float *at = from + row * s->stride;
  _mm_prefetch(at + s->ahead, _MM_HINT_T0);
  return row < rows && width > 0 ? load_some(at, width) : splat(0.0f);
}

/// One tile of each part.
INLINE void lay_out_tile(char *to, split_source s, const bool transposed, const int parts) {
  if (!transposed) {
#pragma unroll
    for (int64_t r = 0; r < LANES; r++) {
      store_parts(
          to + r * 64, source_row(&s, s.low, r, s.rows, s.width), source_row(&s, s.high, r, s.upper_rows, s.upper_width), parts);
    }
    return;
  }
  floats low[LANES], high[LANES];
#pragma unroll
  for (int64_t r = 0; r < LANES; r++) low[r] = source_row(&s, s.low, r, s.rows, s.width);
  transpose_square(low);
#pragma unroll
  for (int64_t r = 0; r < LANES; r++) high[r] = source_row(&s, s.high, r, s.upper_rows, s.upper_width);
  transpose_square(high);
#pragma unroll
  for (int64_t r = 0; r < LANES; r++) store_parts(to + r * 64, low[r], high[r], parts);
}

static void lay_out_edge(char *to, split_source s, bool transposed, int parts) {
  if (parts == 1) lay_out_tile(to, s, transposed, 1); else lay_out_tile(to, s, transposed, train_split_parts);
}

/// Lays out `count` rows of A, at most 32, or as many columns of B if `is_right`: value (i, l) lies at `values[i·along + l·inner]`,
/// where one of the strides is 1.
INLINE void lay_out(
    char *to, const float *values, int64_t along, int64_t inner, int64_t count, int64_t length, const bool is_right,
    const bool goes_inward, const int parts) {
  const bool transposed = is_right == goes_inward;
  const int64_t stride = goes_inward ? along : inner, ahead = split_unit * inner;
  for (int64_t l = 0; l < length; l += split_unit, to += parts * split_part_bytes) {
    for (int64_t i = 0; i < count; i += LANES) {
      const float *low = values + i * along + l * inner, *high = low + LANES * inner;
      const int64_t lower = length - l, upper = lower - LANES, across = count - i;
      char *tile = to + i / LANES * split_tile_bytes;
      if (upper >= LANES && across >= LANES) {
        lay_out_tile(tile, (split_source){low, high, stride, ahead, LANES, LANES, LANES, LANES}, transposed, parts);
      } else if (goes_inward) {
        lay_out_edge(tile, (split_source){low, high, stride, ahead, across, across, lower, upper}, transposed, parts);
      } else {
        lay_out_edge(tile, (split_source){low, high, stride, ahead, lower, upper, across, across}, transposed, parts);
      }
    }
  }
}

INLINE void lay_out_parts(
    char *to, const float *values, int64_t along, int64_t inner, int64_t count, int64_t length, const bool is_right, const int parts) {
  if (inner == 1) {
    lay_out(to, values, along, 1, count, length, is_right, true, parts);
  } else {
    lay_out(to, values, 1, inner, count, length, is_right, false, parts);
  }
}

static void lay_out_rows(char *to, const float *a, int64_t row, int64_t inner, int64_t rows, int64_t length, int parts) {
  if (parts == 1) {
    lay_out_parts(to, a, row, inner, rows, length, false, 1);
  } else {
    lay_out_parts(to, a, row, inner, rows, length, false, train_split_parts);
  }
}

static void lay_out_columns(char *to, const float *b, int64_t column, int64_t inner, int64_t columns, int64_t length, int parts) {
  if (parts == 1) {
    lay_out_parts(to, b, column, inner, columns, length, true, 1);
  } else {
    lay_out_parts(to, b, column, inner, columns, length, true, train_split_parts);
  }
}

// MARK: Multiplying

/// The shape of all eight tiles, as LDTILECFG reads it.
static void begin_tiles(void) {
  static const struct {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
  } shapes = {
    .palette = 1,
    .row_bytes = {64, 64, 64, 64, 64, 64, 64, 64},
    .rows = {16, 16, 16, 16, 16, 16, 16, 16},
  };
  _tile_loadconfig(&shapes);
}

/// Tiles 0 to 3 are sums, 4 and 5 rows of A, 6 and 7 columns of B.
#define TAKE_ROWS(PART)                                                                      \
  _tile_loadd(4, a + PART * split_part_bytes, 64);                                           \
  if (rows > 1) _tile_loadd(5, a + PART * split_part_bytes + split_tile_bytes, 64);
#define TAKE_COLUMNS(PART)                                                                   \
  _tile_loadd(6, b + PART * split_part_bytes, 64);                                           \
  if (columns > 1) _tile_loadd(7, b + PART * split_part_bytes + split_tile_bytes, 64);
#define ADD_PRODUCTS                                                                         \
  _tile_dpbf16ps(0, 4, 6);                                                                   \
  if (columns > 1) _tile_dpbf16ps(1, 4, 7);                                                  \
  if (rows > 1) _tile_dpbf16ps(2, 5, 6);                                                     \
  if (rows > 1 && columns > 1) _tile_dpbf16ps(3, 5, 7);

/// `to` = A · B, or += if `continued`, for as many blocks of k, in `rows` × `columns` tiles.
INLINE void multiply_split_tiles(
    const int rows, const int columns, const int parts, float *to, int64_t to_row, bool continued, const char *a, const char *b,
    int64_t blocks) {
  const int64_t stride = to_row * (int64_t)sizeof(float), block_bytes = parts * split_part_bytes;
  float *below = to + LANES * to_row;
  if (continued) {
    _tile_loadd(0, to, stride);
    if (columns > 1) _tile_loadd(1, to + LANES, stride);
    if (rows > 1) _tile_loadd(2, below, stride);
    if (rows > 1 && columns > 1) _tile_loadd(3, below + LANES, stride);
  } else {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  }
  for (int64_t block = 0; block < blocks; block++, a += block_bytes, b += block_bytes) {
    TAKE_ROWS(0)
    if (parts == 1) {
      TAKE_COLUMNS(0)
      ADD_PRODUCTS
      continue;
    }
    // In an order that takes few tiles anew.
    TAKE_COLUMNS(2)
    ADD_PRODUCTS
    TAKE_COLUMNS(1)
    ADD_PRODUCTS
    TAKE_ROWS(1)
    ADD_PRODUCTS
    TAKE_COLUMNS(0)
    ADD_PRODUCTS
    TAKE_ROWS(2)
    ADD_PRODUCTS
    TAKE_ROWS(0)
    ADD_PRODUCTS
  }
  _tile_stored(0, to, stride);
  if (columns > 1) _tile_stored(1, to + LANES, stride);
  if (rows > 1) _tile_stored(2, below, stride);
  if (rows > 1 && columns > 1) _tile_stored(3, below + LANES, stride);
}

/// The same for up to 32 rows and columns; `to` has room for whole tiles.
INLINE void multiply_split_parts(
    float *to, int64_t to_row, bool continued, int64_t rows, int64_t columns, const char *a, const char *b, int64_t blocks,
    const int parts) {
  switch ((rows > LANES ? 2 : 0) + (columns > LANES ? 1 : 0)) {
    case 0: multiply_split_tiles(1, 1, parts, to, to_row, continued, a, b, blocks); break;
    case 1: multiply_split_tiles(1, 2, parts, to, to_row, continued, a, b, blocks); break;
    case 2: multiply_split_tiles(2, 1, parts, to, to_row, continued, a, b, blocks); break;
    default: multiply_split_tiles(2, 2, parts, to, to_row, continued, a, b, blocks); break;
  }
}

static void multiply_split(
    float *to, int64_t to_row, bool continued, int64_t rows, int64_t columns, const char *a, const char *b, int64_t blocks,
    int parts) {
  if (parts == 1) {
    multiply_split_parts(to, to_row, continued, rows, columns, a, b, blocks, 1);
  } else {
    multiply_split_parts(to, to_row, continued, rows, columns, a, b, blocks, train_split_parts);
  }
}

// MARK: A piece

/// As `multiply_piece`.
static void multiply_split_piece(const train_product *s, const void *arguments, int32_t piece, tile_epilogue epilogue) {
  _Alignas(64) char left[train_longest_split / split_unit * split_most_bytes];
  _Alignas(64) char right[split_near_blocks * split_most_bytes];
  _Alignas(64) product_tile tile;
  const block part = block_of(s->m, s->rows_per_piece, s->n, s->columns_per_piece, piece);
  const range rows = part.rows, columns = part.columns;
  const int64_t blocks = split_blocks(s->k), panel = blocks * s->parts * split_part_bytes;
  const bool is_laid_out = s->panels != NULL;
  // Columns that stay in the second cache while all rows meet them.
  const int64_t near = split_near_blocks * train_split_parts / s->parts / blocks * split_unit;
  if (s->k > train_longest_split) __builtin_trap();
  begin_tiles();
  for (int64_t first = columns.begin; first < columns.end; first += near) {
    const int64_t end = smaller(first + near, columns.end);
    const char *b = is_laid_out ? (const char *)s->panels + first / split_unit * panel : right;
    for (int64_t j = first; !is_laid_out && j < end; j += split_unit) {
      lay_out_columns(
          right + (j - first) / split_unit * panel, s->b + j * s->b_column, s->b_column, s->b_inner,
          smaller(split_unit, end - j), s->k, s->parts);
    }
    for (int64_t i = rows.begin; i < rows.end; i += split_unit) {
      const int64_t height = smaller(split_unit, rows.end - i);
      lay_out_rows(left, s->a + i * s->a_row, s->a_row, s->a_inner, height, s->k, s->parts);
      for (int64_t j = first; j < end; j += split_unit) {
        const int64_t width = smaller(split_unit, end - j);
        const char *columns_of_b = b + (j - first) / split_unit * panel;
        if (epilogue == NULL && height % LANES == 0 && width % LANES == 0) {
          multiply_split(s->c + i * s->c_row + j, s->c_row, s->accumulate, height, width, left, columns_of_b, blocks, s->parts);
          continue;
        }
        multiply_split(tile.values[0], tile_columns, false, height, width, left, columns_of_b, blocks, s->parts);
        if (epilogue != NULL) {
          epilogue(arguments, &tile, i, height, j, width);
        } else {
          finish_product(s, &tile, i, height, j, width);
        }
      }
    }
  }
  _tile_release();
}
