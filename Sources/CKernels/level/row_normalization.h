// Normalisation of each row by itself.

/// A row's mean (0 if it is not centred) and the reciprocal of its deviation.
typedef struct {
  float mean, inverse;
} row_statistics;

/// Σ (x − mean)² along a row.
INLINE float row_squares(const float *row, int64_t count, float mean) {
  floats even = 0, odd = 0;
  int64_t i = 0;
  for (; i + 2 * LANES <= count; i += 2 * LANES) {
    floats a = load(row + i) - mean, b = load(row + i + LANES) - mean;
    even = a * a + even;
    odd = b * b + odd;
  }
  for (; i < count; i += LANES) {
    floats a = load_some_or(row + i, count - i, mean) - mean;
    even = a * a + even;
  }
  return sum_across(even + odd);
}

INLINE row_statistics statistics_of(const float *row, int64_t count, float epsilon, bool centred) {
  float mean = centred ? row_sum(row, count) / (float)count : 0.0f;
  float variance = row_squares(row, count, mean) / (float)count;
  return (row_statistics){mean, 1.0f / sqrtf(variance + epsilon)};
}

static void normalize_rows_kernel(const void *arguments, int32_t piece) {
  const train_normalize_rows *s = arguments;
  range part = range_of(s->rows, s->rows_per_piece, piece);
  for (int64_t r = part.begin; r < part.end; r++) {
    const float *input = s->input + r * s->columns;
    float *output = s->output + r * s->columns;
    row_statistics own = statistics_of(input, s->columns, s->epsilon, s->centred);
    for (int64_t c = 0; c < s->columns; c += LANES) {
      int64_t width = s->columns - c;
      floats value = (load_some(input + c, width) - own.mean) * own.inverse;
      if (s->gamma != NULL) value = value * load_some(s->gamma + c, width);
      if (s->beta != NULL) value = value + load_some(s->beta + c, width);
      store_some(output + c, width, value);
    }
  }
}

static void normalize_rows_gradient_kernel(const void *arguments, int32_t piece) {
  const train_normalize_rows_gradient *s = arguments;
  range part = range_of(s->rows, s->rows_per_piece, piece);
  for (int64_t r = part.begin; r < part.end; r++) {
    const float *input = s->input + r * s->columns, *dy = s->output_gradient + r * s->columns;
    float *dx = s->input_gradient + r * s->columns;
    row_statistics own = statistics_of(input, s->columns, s->epsilon, s->centred);
    floats sums = 0, products = 0;
    for (int64_t c = 0; c < s->columns; c += LANES) {
      int64_t width = s->columns - c;
      floats h = load_some(dy + c, width);
      if (s->gamma != NULL) h = h * load_some(s->gamma + c, width);
      sums = sums + h;
      products = h * ((load_some(input + c, width) - own.mean) * own.inverse) + products;
    }
    float mean = s->centred ? sum_across(sums) / (float)s->columns : 0.0f;
    float slope = sum_across(products) / (float)s->columns;
    for (int64_t c = 0; c < s->columns; c += LANES) {
      int64_t width = s->columns - c;
      floats h = load_some(dy + c, width);
      if (s->gamma != NULL) h = h * load_some(s->gamma + c, width);
      floats x = (load_some(input + c, width) - own.mean) * own.inverse;
      store_some(dx + c, width, own.inverse * ((h - mean) - x * slope));
    }
  }
}

static void normalize_rows_gradient_sums_kernel(const void *arguments, int32_t piece) {
  const train_normalize_rows_gradient_sums *s = arguments;
  range part = range_of(s->rows, s->rows_per_piece, piece);
  float *gammas = s->partials + (int64_t)piece * 2 * s->columns, *betas = gammas + s->columns;
  memset(gammas, 0, (size_t)(2 * s->columns) * sizeof(float));
  for (int64_t r = part.begin; r < part.end; r++) {
    const float *input = s->input + r * s->columns, *dy = s->output_gradient + r * s->columns;
    row_statistics own = statistics_of(input, s->columns, s->epsilon, s->centred);
    for (int64_t c = 0; c < s->columns; c += LANES) {
      int64_t width = s->columns - c;
      floats g = load_some(dy + c, width);
      floats x = (load_some(input + c, width) - own.mean) * own.inverse;
      store_some(gammas + c, width, g * x + load_some(gammas + c, width));
      store_some(betas + c, width, load_some(betas + c, width) + g);
    }
  }
}
