// Reductions. Along a row: four vectors of lanes, met in a balanced tree. Down columns: blocks of 32 rows in order, 32 blocks'
// results in order, and theirs in order, so that long columns lose little and short ones are summed plainly.

enum { rows_per_block = 32, rows_per_section = 32 * rows_per_block };

/// Applies COMBINE along a row of `count` values; the result has one order whatever the count.
#define ROW_REDUCTION(NAME, START, COMBINE, ACROSS_LANES)                                            \
  INLINE float row_##NAME(const float *row, int64_t count) {                                         \
    floats lanes[4] = {splat(START), splat(START), splat(START), splat(START)};                      \
    int64_t i = 0;                                                                                   \
    for (; i + 4 * LANES <= count; i += 4 * LANES) {                                                 \
      for (int v = 0; v < 4; v++) lanes[v] = COMBINE(lanes[v], load(row + i + v * LANES));           \
    }                                                                                                \
    for (int v = 0; i < count; v++, i += LANES) {                                                    \
      floats some = load_some_or(row + i, count - i, START);                                         \
      lanes[0] = v == 0 ? COMBINE(lanes[0], some) : lanes[0];                                        \
      lanes[1] = v == 1 ? COMBINE(lanes[1], some) : lanes[1];                                        \
      lanes[2] = v == 2 ? COMBINE(lanes[2], some) : lanes[2];                                        \
      lanes[3] = v == 3 ? COMBINE(lanes[3], some) : lanes[3];                                        \
    }                                                                                                \
    floats low = COMBINE(lanes[0], lanes[1]), high = COMBINE(lanes[2], lanes[3]);                    \
    return ACROSS_LANES(COMBINE(low, high));                                                         \
  }

ROW_REDUCTION(sum, 0.0f, SUM, sum_across)
ROW_REDUCTION(product, 1.0f, TIMES, product_across)
ROW_REDUCTION(max, -INFINITY, larger_of, largest_across)
ROW_REDUCTION(min, INFINITY, smaller_of, smallest_across)

/// Combines LANES neighbouring columns down `count` rows that lie `stride` apart.
#define COLUMN_REDUCTION(NAME, START, COMBINE)                                                      \
  INLINE floats column_##NAME(const float *column, int64_t count, int64_t stride, int64_t width) {  \
    floats total = splat(START);                                                                    \
    for (int64_t m = 0; m < count;) {                                                               \
      int64_t section_end = smaller(m + rows_per_section, count);                                   \
      floats section = splat(START);                                                                \
      while (m < section_end) {                                                                     \
        int64_t end = smaller(m + rows_per_block, section_end);                                     \
        floats block = load_some(column + m * stride, width);                                       \
        for (m++; m < end; m++) block = COMBINE(block, load_some(column + m * stride, width));      \
        section = COMBINE(section, block);                                                          \
      }                                                                                             \
      total = COMBINE(total, section);                                                              \
    }                                                                                               \
    return total;                                                                                   \
  }

/// The same of 4 · LANES columns at once, so that rows are read in longer stretches.
#define WIDE_COLUMN_REDUCTION(NAME, START, COMBINE)                                                             \
  INLINE void wide_column_##NAME(const float *column, int64_t count, int64_t stride, floats total[4]) {         \
    for (int v = 0; v < 4; v++) total[v] = splat(START);                                                        \
    for (int64_t m = 0; m < count;) {                                                                           \
      int64_t section_end = smaller(m + rows_per_section, count);                                               \
      floats section[4] = {splat(START), splat(START), splat(START), splat(START)};                             \
      while (m < section_end) {                                                                                 \
        int64_t end = smaller(m + rows_per_block, section_end);                                                 \
        floats block[4];                                                                                        \
        for (int v = 0; v < 4; v++) block[v] = load(column + m * stride + v * LANES);                           \
        for (m++; m < end; m++) {                                                                               \
          for (int v = 0; v < 4; v++) block[v] = COMBINE(block[v], load(column + m * stride + v * LANES));      \
        }                                                                                                       \
        for (int v = 0; v < 4; v++) section[v] = COMBINE(section[v], block[v]);                                 \
      }                                                                                                         \
      for (int v = 0; v < 4; v++) total[v] = COMBINE(total[v], section[v]);                                     \
    }                                                                                                           \
  }

WIDE_COLUMN_REDUCTION(sum, 0.0f, SUM)
WIDE_COLUMN_REDUCTION(product, 1.0f, TIMES)
WIDE_COLUMN_REDUCTION(max, -INFINITY, larger_of)
WIDE_COLUMN_REDUCTION(min, INFINITY, smaller_of)
COLUMN_REDUCTION(sum, 0.0f, SUM)
COLUMN_REDUCTION(product, 1.0f, TIMES)
COLUMN_REDUCTION(max, -INFINITY, larger_of)
COLUMN_REDUCTION(min, INFINITY, smaller_of)

#define REDUCTION(NAME, OF, FINISH)                                                                       \
  static void reduce_##NAME(const void *arguments, int32_t piece) {                                       \
    const train_reduction *s = arguments;                                                                 \
    block part = block_of(s->outer, s->outer_per_piece, s->inner, s->inner_per_piece, piece);             \
    const float middle = (float)s->middle;                                                                \
    (void)middle;                                                                                         \
    for (int64_t o = part.rows.begin; o < part.rows.end; o++) {                                           \
      const float *input = s->input + o * s->middle * s->inner;                                           \
      float *output = s->output + o * s->inner;                                                           \
      if (s->inner == 1) {                                                                                \
        float x = row_##OF(input, s->middle);                                                             \
        *output = s->accumulate ? *output + (FINISH) : (FINISH);                                          \
        continue;                                                                                         \
      }                                                                                                   \
      int64_t c = part.columns.begin;                                                                     \
      for (; c + 4 * LANES <= part.columns.end; c += 4 * LANES) {                                         \
        floats wide[4];                                                                                   \
        wide_column_##OF(input + c, s->middle, s->inner, wide);                                           \
        for (int v = 0; v < 4; v++) {                                                                     \
          floats x = wide[v], value = FINISH;                                                             \
          if (s->accumulate) value = load(output + c + v * LANES) + value;                                \
          store(output + c + v * LANES, value);                                                           \
        }                                                                                                 \
      }                                                                                                   \
      for (; c < part.columns.end; c += LANES) {                                                          \
        int64_t width = part.columns.end - c;                                                             \
        floats x = width >= LANES ? column_##OF(input + c, s->middle, s->inner, LANES)                    \
                                  : column_##OF(input + c, s->middle, s->inner, width);                   \
        floats value = FINISH;                                                                            \
        if (s->accumulate) value = load_some(output + c, width) + value;                                  \
        store_some(output + c, width, value);                                                             \
      }                                                                                                   \
    }                                                                                                     \
  }

REDUCTION(sum, sum, x)
REDUCTION(mean, sum, x / middle)
REDUCTION(max, max, x)
REDUCTION(min, min, x)
REDUCTION(product, product, x)

/// One step of a running sum: what is written for `x`, and the sum moved on.
INLINE floats running(floats *sum, floats x, bool exclusive) {
  floats before = *sum;
  *sum = before + x;
  return exclusive ? before : *sum;
}

static void cumulative_sum_kernel(const void *arguments, int32_t piece) {
  const train_cumulative_sum *s = arguments;
  block part = block_of(s->outer, s->outer_per_piece, s->inner, s->inner_per_piece, piece);
  const int64_t first = s->reverse ? s->middle - 1 : 0, step = s->reverse ? -1 : 1;
  for (int64_t o = part.rows.begin; o < part.rows.end; o++) {
    const int64_t start = (o * s->middle + first) * s->inner;
    if (s->inner == 1) {
      float sum = 0;
      for (int64_t m = 0, at = start; m < s->middle; m++, at += step) {
        float before = sum;
        sum = sum + s->input[at];
        s->output[at] = s->exclusive ? before : sum;
      }
      continue;
    }
    for (int64_t c = part.columns.begin; c < part.columns.end; c += LANES) {
      int64_t width = part.columns.end - c;
      floats sum = 0;
      for (int64_t m = 0, at = start + c; m < s->middle; m++, at += step * s->inner) {
        store_some(s->output + at, width, running(&sum, load_some(s->input + at, width), s->exclusive));
      }
    }
  }
}

/// The place of the first largest value of a row; NaN counts as largest.
INLINE int32_t first_largest(const float *row, int64_t count) {
  float largest = row_max(row, count);
  for (int64_t i = 0; i < count; i += LANES) {
    floats x = load_some_or(row + i, count - i, -INFINITY);
    ints place = ((x == largest) | (x != x)) ? lane_numbers() : (ints)INT32_MAX;
    int32_t first = __builtin_reduce_min(place);
    if (first != INT32_MAX) return (int32_t)i + first;
  }
  return 0;
}

static void argmax_kernel(const void *arguments, int32_t piece) {
  const train_argmax *s = arguments;
  range part = range_of(s->rows, s->rows_per_piece, piece);
  for (int64_t r = part.begin; r < part.end; r++) s->output[r] = first_largest(s->input + r * s->columns, s->columns);
}

static void top_kernel(const void *arguments, int32_t piece) {
  const train_top *s = arguments;
  range part = range_of(s->rows, s->rows_per_piece, piece);
  for (int64_t r = part.begin; r < part.end; r++) {
    const float *row = s->input + r * s->columns;
    for (int64_t c = 0; c < s->columns; c++) {
      floats ahead = 0;
      for (int64_t i = 0; i < s->columns; i += LANES) {
        floats x = load_some_or(row + i, s->columns - i, -INFINITY);
        ints isBefore = lane_numbers() < (ints)(int32_t)smaller(c - i, LANES);
        ahead = ahead + one_where((x > row[c]) | ((x == row[c]) & isBefore));
      }
      s->output[r * s->columns + c] = sum_across(ahead) < (float)s->largest ? 1.0f : 0.0f;
    }
  }
}

// MARK: Meeting of shards

enum { most_parts = 64 };

/// The sum of `count` parts that lie `stride` apart, as a balanced tree: neighbours first.
INLINE floats parts_sum(const float *parts, int64_t count, int64_t stride, int64_t width) {
  floats level[most_parts];
  level[0] = 0;
  count = smaller(count, most_parts);
  for (int64_t p = 0; p < count; p++) level[p] = load_some(parts + p * stride, width);
  for (; count > 1; count = (count + 1) / 2) {
    for (int64_t p = 0; p < count / 2; p++) level[p] = level[2 * p] + level[2 * p + 1];
    if (count % 2 == 1) level[count / 2] = level[count - 1];
  }
  return level[0];
}

static void merge_kernel(const void *arguments, int32_t piece) {
  const train_merge *s = arguments;
  range part = range_of(s->length, s->per_piece, piece);
  for (int64_t i = part.begin; i < part.end; i += LANES) {
    int64_t width = part.end - i;
    floats value = parts_sum(s->parts + i, s->count, s->stride, width) * s->scale;
    if (s->accumulate) value = load_some(s->output + i, width) + value;
    store_some(s->output + i, width, value);
  }
}

static void sum_to_double_kernel(const void *arguments, int32_t piece) {
  const train_sum_to_double *s = arguments;
  range part = range_of(s->count, s->per_piece, piece);
  doubles total = 0;
  for (int64_t i = part.begin; i < part.end; i += LANES) {
    doubles x = to_doubles(load_some(s->input + i, part.end - i));
    total = s->squares ? x * x + total : x + total;
  }
  s->partials[piece] = double_sum_across(total);
}

/// The sum of `count` numbers as a balanced tree: the halves' sums.
static double tree_sum(const double *values, int64_t count) {
  if (count <= 0) return 0;
  if (count == 1) return values[0];
  int64_t half = (count + 1) / 2;
  return tree_sum(values, half) + tree_sum(values + half, count - half);
}

static void merge_doubles_kernel(const void *arguments, int32_t piece) {
  const train_merge_doubles *s = arguments;
  if (piece != 0) return;
  double sum = tree_sum(s->partials, s->count);
  *s->output = s->accumulate ? *s->output + sum : sum;
}

static void accumulate_metric_kernel(const void *arguments, int32_t piece) {
  const train_accumulate_metric *s = arguments;
  if (piece != 0) return;
  double sum = 0, weights = 0;
  for (int64_t r = 0; r < s->count; r++) {
    double weight = s->weights == NULL ? 1.0 : (double)s->weights[r];
    sum = sum + (double)s->values[r] * weight;
    weights = weights + weight;
  }
  s->state[0] = s->state[0] + s->scale * sum;
  s->state[1] = s->state[1] + weights;
}

// MARK: Softmax

/// Σ exp(x − largest) along a row.
INLINE float exp_sum(const float *row, int64_t count, float largest) {
  floats sum = 0;
  for (int64_t i = 0; i < count; i += LANES) sum = sum + exp_of(load_some_or(row + i, count - i, -INFINITY) - largest);
  return sum_across(sum);
}

static void softmax_kernel(const void *arguments, int32_t piece) {
  const train_softmax *s = arguments;
  range part = range_of(s->rows, s->rows_per_piece, piece);
  for (int64_t r = part.begin; r < part.end; r++) {
    const float *input = s->input + r * s->columns;
    float *output = s->output + r * s->columns;
    float largest = row_max(input, s->columns);
    float sum = exp_sum(input, s->columns, largest);
    for (int64_t c = 0; c < s->columns; c += LANES) {
      int64_t width = s->columns - c;
      store_some(output + c, width, exp_of(load_some(input + c, width) - largest) / sum);
    }
  }
}

static void log_softmax_kernel(const void *arguments, int32_t piece) {
  const train_softmax *s = arguments;
  range part = range_of(s->rows, s->rows_per_piece, piece);
  for (int64_t r = part.begin; r < part.end; r++) {
    const float *input = s->input + r * s->columns;
    float *output = s->output + r * s->columns;
    float largest = row_max(input, s->columns);
    float log_sum = log_of(splat(exp_sum(input, s->columns, largest)))[0];
    for (int64_t c = 0; c < s->columns; c += LANES) {
      int64_t width = s->columns - c;
      store_some(output + c, width, (load_some(input + c, width) - largest) - log_sum);
    }
  }
}

static void softmax_gradient_kernel(const void *arguments, int32_t piece) {
  const train_softmax_gradient *s = arguments;
  range part = range_of(s->rows, s->rows_per_piece, piece);
  for (int64_t r = part.begin; r < part.end; r++) {
    int64_t at = r * s->columns;
    floats lanes = 0;
    for (int64_t c = 0; c < s->columns; c += LANES) {
      int64_t width = s->columns - c;
      lanes = load_some(s->output_gradient + at + c, width) * load_some(s->output + at + c, width) + lanes;
    }
    float sum = sum_across(lanes);
    for (int64_t c = 0; c < s->columns; c += LANES) {
      int64_t width = s->columns - c;
      floats y = load_some(s->output + at + c, width);
      store_some(s->input_gradient + at + c, width, y * (load_some(s->output_gradient + at + c, width) - sum));
    }
  }
}

static void log_softmax_gradient_kernel(const void *arguments, int32_t piece) {
  const train_softmax_gradient *s = arguments;
  range part = range_of(s->rows, s->rows_per_piece, piece);
  for (int64_t r = part.begin; r < part.end; r++) {
    int64_t at = r * s->columns;
    float sum = row_sum(s->output_gradient + at, s->columns);
    for (int64_t c = 0; c < s->columns; c += LANES) {
      int64_t width = s->columns - c;
      floats p = exp_of(load_some(s->output + at + c, width));
      store_some(s->input_gradient + at + c, width, load_some(s->output_gradient + at + c, width) - p * sum);
    }
  }
}
