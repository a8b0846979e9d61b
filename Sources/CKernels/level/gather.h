// Gathering the rows of a batch from the stored array.

typedef struct {
  const int32_t *rows;
  int64_t first;
} row_numbers;

INLINE row_numbers numbers_of(const int32_t *rows, const int64_t *first) {
  return (row_numbers){rows, rows == NULL && first != NULL ? *first : 0};
}

INLINE int64_t row_number(row_numbers numbers, int64_t r) {
  return numbers.rows == NULL ? numbers.first + r : (int64_t)numbers.rows[r];
}

/// Asks for a row that will be read soon: rows of a shuffled batch lie anywhere in memory.
INLINE void prefetch_row(const char *row, int64_t bytes) {
  for (int64_t i = 0; i < bytes; i += 64) __builtin_prefetch(row + i, 0, 2);
}

#define GATHER(NAME, STORED, WIDE)                                                      \
  static void gather_##NAME(const train_gather *s, range part) {                        \
    row_numbers numbers = numbers_of(s->rows, s->first);                                \
    const STORED *stored = s->stored;                                                   \
    const WIDE scale = (WIDE)s->scale, offset = (WIDE)s->offset;                        \
    for (int64_t r = part.begin; r < part.end; r++) {                                   \
      const STORED *row = stored + row_number(numbers, r) * s->columns;                 \
      if (r + 1 < part.end) {                                                           \
        prefetch_row((const char *)(stored + row_number(numbers, r + 1) * s->columns),  \
                     s->columns * (int64_t)sizeof(STORED));                             \
      }                                                                                 \
      float *output = s->output + r * s->columns;                                       \
      if (scale == 1 && offset == 0) {                                                  \
        for (int64_t c = 0; c < s->columns; c++) output[c] = (float)row[c];             \
      } else {                                                                          \
        for (int64_t c = 0; c < s->columns; c++) output[c] = (float)(scale * (WIDE)row[c] + offset); \
      }                                                                                 \
    }                                                                                   \
  }

GATHER(float32, float, float)
GATHER(float64, double, double)
GATHER(uint8, uint8_t, float)
GATHER(int8, int8_t, float)
GATHER(int32, int32_t, float)
GATHER(int64, int64_t, double)

static void gather_kernel(const void *arguments, int32_t piece) {
  const train_gather *s = arguments;
  range part = range_of(s->count, s->rows_per_piece, piece);
  switch (s->element) {
    case TRAIN_FLOAT32: gather_float32(s, part); break;
    case TRAIN_FLOAT64: gather_float64(s, part); break;
    case TRAIN_UINT8:
    case TRAIN_BOOL: gather_uint8(s, part); break;
    case TRAIN_INT8: gather_int8(s, part); break;
    case TRAIN_INT32: gather_int32(s, part); break;
    case TRAIN_INT64: gather_int64(s, part); break;
  }
}

INLINE int32_t label_from_integer(int64_t value) { return value == (int32_t)value ? (int32_t)value : -1; }
INLINE int32_t label_from_fraction(double value) { return value > -2147483649.0 && value < 2147483648.0 ? (int32_t)value : -1; }

#define GATHER_LABELS(STORED, CONVERT)                                                           \
  for (int64_t r = part.begin; r < part.end; r++) {                                              \
    const STORED *row = (const STORED *)s->stored + row_number(numbers, r) * s->columns;         \
    for (int64_t c = 0; c < s->columns; c++) s->output[r * s->columns + c] = CONVERT(row[c]);    \
  }                                                                                              \
  break;

static void gather_labels_kernel(const void *arguments, int32_t piece) {
  const train_gather_labels *s = arguments;
  range part = range_of(s->count, s->rows_per_piece, piece);
  row_numbers numbers = numbers_of(s->rows, s->first);
  switch (s->element) {
    case TRAIN_FLOAT32: GATHER_LABELS(float, label_from_fraction)
    case TRAIN_FLOAT64: GATHER_LABELS(double, label_from_fraction)
    case TRAIN_UINT8:
    case TRAIN_BOOL: GATHER_LABELS(uint8_t, label_from_integer)
    case TRAIN_INT8: GATHER_LABELS(int8_t, label_from_integer)
    case TRAIN_INT32: GATHER_LABELS(int32_t, label_from_integer)
    case TRAIN_INT64: GATHER_LABELS(int64_t, label_from_integer)
  }
}

// MARK: Rows by number

static void scatter_rows_kernel(const void *arguments, int32_t piece) {
  const train_scatter_rows *s = arguments;
  range part = range_of(s->rows, s->rows_per_piece, piece);
  memset(s->output + part.begin * s->columns, 0, (size_t)((part.end - part.begin) * s->columns) * sizeof(float));
  for (int64_t i = 0; i < s->count; i++) {
    int64_t row = s->indices[i];
    if (row < part.begin || row >= part.end) continue;
    const float *values = s->values + i * s->columns;
    float *output = s->output + row * s->columns;
    if (s->columns == 1) {
      *output = *output + *values;
      continue;
    }
    for (int64_t c = 0; c < s->columns; c += LANES) {
      int64_t width = s->columns - c;
      store_some(output + c, width, load_some(output + c, width) + load_some(values + c, width));
    }
  }
}
