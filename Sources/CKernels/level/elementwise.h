// Element-wise kernels: one expression each, applied to whole vectors and to the last part of one.

// MARK: One operand

#define UNARY(NAME, EXPRESSION)                                            \
  static void unary_##NAME(const void *arguments, int32_t piece) {         \
    const train_unary *s = arguments;                                      \
    range part = range_of(s->count, s->per_piece, piece);                  \
    const floats a = splat(s->a), b = splat(s->b);                         \
    (void)a, (void)b;                                                      \
    int64_t i = part.begin;                                                \
    for (; i + LANES <= part.end; i += LANES) {                            \
      floats x = load(s->input + i);                                       \
      store(s->output + i, EXPRESSION);                                    \
    }                                                                      \
    if (i < part.end) {                                                    \
      floats x = load_part(s->input + i, part.end - i);                    \
      store_part(s->output + i, part.end - i, EXPRESSION);                 \
    }                                                                      \
  }

UNARY(copy, x)
UNARY(negate, -x)
UNARY(absolute, absolute(x))
UNARY(sign, x != x ? x : one_where(x > 0.0f) - one_where(x < 0.0f))
UNARY(floor, floor_of(x))
UNARY(ceiling, -floor_of(-x))
UNARY(round, nearest(x))
UNARY(square, x * x)
UNARY(square_root, square_root(x))
UNARY(reciprocal_square_root, 1.0f / square_root(x))
UNARY(reciprocal, 1.0f / x)
UNARY(exp, exp_of(x))
UNARY(expm1, expm1_of(x))
UNARY(log, log_of(x))
UNARY(log1p, log1p_of(x))
UNARY(sin, sine_of(x, 0))
UNARY(cos, sine_of(x, 1))
UNARY(tanh, tanh_of(x))
UNARY(sigmoid, sigmoid_of(x))
UNARY(erf, erf_of(x))
UNARY(softplus, softplus_of(x))
UNARY(softsign, x / (1.0f + absolute(x)))
UNARY(relu, x <= 0.0f ? splat(0.0f) : x)
UNARY(leaky_relu, x < 0.0f ? a * x : x)
UNARY(elu, x < 0.0f ? a * expm1_of(x) : x)
UNARY(silu, x * sigmoid_of(x))
UNARY(gelu, x * normal_cumulative(x))
UNARY(gelu_tanh, x * (0.5f * tanh_of(gelu_argument(x)) + 0.5f))
UNARY(affine, a * x + b)
UNARY(clip, clamp(x, a, b))
UNARY(not, one_where(x == 0.0f))
UNARY(is_nan, one_where(x != x))
UNARY(is_finite, one_where(absolute(x) < INFINITY))

// MARK: Two operands

INLINE floats sigmoid_slope(floats x) {
  floats s = sigmoid_of(x);
  return s * (1.0f - s);
}

INLINE floats silu_slope(floats x) {
  floats s = sigmoid_of(x);
  return s * (1.0f + x * (1.0f - s));
}

INLINE floats gelu_slope(floats x) { return normal_cumulative(x) + x * (0.398942280f * exp_of(-0.5f * (x * x))); }

INLINE floats gelu_tanh_slope(floats x) {
  floats t = tanh_of(gelu_argument(x));
  floats inner = 0.797884561f * (1.0f + 0.134145f * (x * x));
  return (0.5f * t + 0.5f) + (0.5f * x) * ((1.0f - t * t) * inner);
}

/// An operand at column `c` of its row: the row's own vectors, or one value throughout.
INLINE floats operand(const float *row, int64_t column_stride, int64_t c, int64_t count) {
  return column_stride == 0 ? splat(*row) : load_some(row + c, count);
}

#define BINARY_ROW(A_STRIDE, B_STRIDE, EXPRESSION)                                   \
  for (; c + LANES <= part.columns.end; c += LANES) {                                \
    floats a = operand(a_row, A_STRIDE, c, LANES), b = operand(b_row, B_STRIDE, c, LANES); \
    store(output + c, EXPRESSION);                                                   \
  }                                                                                  \
  if (c < part.columns.end) {                                                        \
    int64_t count = part.columns.end - c;                                            \
    floats a = operand(a_row, A_STRIDE, c, count), b = operand(b_row, B_STRIDE, c, count); \
    store_part(output + c, count, EXPRESSION);                                       \
  }

#define BINARY(NAME, EXPRESSION)                                                     \
  static void binary_##NAME(const void *arguments, int32_t piece) {                  \
    const train_binary *s = arguments;                                               \
    block part = block_of(s->rows, s->rows_per_piece, s->columns, s->columns_per_piece, piece); \
    for (int64_t r = part.rows.begin; r < part.rows.end; r++) {                      \
      const float *a_row = s->a + r * s->a_row, *b_row = s->b + r * s->b_row;        \
      float *output = s->output + r * s->output_row;                                 \
      int64_t c = part.columns.begin;                                                \
      if (s->a_column != 0 && s->b_column != 0) {                                    \
        BINARY_ROW(1, 1, EXPRESSION)                                                 \
      } else {                                                                       \
        BINARY_ROW(s->a_column, s->b_column, EXPRESSION)                             \
      }                                                                              \
    }                                                                                \
  }

BINARY(add, a + b)
BINARY(subtract, a - b)
BINARY(multiply, a *b)
BINARY(divide, a / b)
BINARY(maximum, larger_of(a, b))
BINARY(minimum, smaller_of(a, b))
BINARY(power, power(a, b))
BINARY(squared_difference, (a - b) * (a - b))
BINARY(equal, one_where(a == b))
BINARY(not_equal, one_where(a != b))
BINARY(less, one_where(a < b))
BINARY(less_equal, one_where(a <= b))
BINARY(greater, one_where(a > b))
BINARY(greater_equal, one_where(a >= b))
BINARY(and, one_where((a != 0.0f) & (b != 0.0f)))
BINARY(or, one_where((a != 0.0f) | (b != 0.0f)))
BINARY(relu_gradient, b > 0.0f ? a : splat(0.0f))
BINARY(sigmoid_gradient, a *(b *(1.0f - b)))
BINARY(tanh_gradient, a *(1.0f - b * b))
BINARY(softplus_gradient, a *sigmoid_of(b))
BINARY(silu_gradient, a *silu_slope(b))
BINARY(gelu_gradient, a *gelu_slope(b))
BINARY(gelu_tanh_gradient, a *gelu_tanh_slope(b))
BINARY(elu_gradient, b < 0.0f ? a * exp_of(b) : a)

// MARK: Moving

static void select_kernel(const void *arguments, int32_t piece) {
  const train_select *s = arguments;
  block part = block_of(s->rows, s->rows_per_piece, s->columns, s->columns_per_piece, piece);
  for (int64_t r = part.rows.begin; r < part.rows.end; r++) {
    const float *condition_row = s->condition + r * s->condition_row;
    const float *a_row = s->a + r * s->a_row, *b_row = s->b + r * s->b_row;
    float *output = s->output + r * s->output_row;
    for (int64_t c = part.columns.begin; c < part.columns.end; c += LANES) {
      int64_t count = part.columns.end - c;
      floats condition = operand(condition_row, s->condition_column, c, count);
      floats a = operand(a_row, s->a_column, c, count), b = operand(b_row, s->b_column, c, count);
      store_some(output + c, count, condition != 0.0f ? a : b);
    }
  }
}

static void fill_kernel(const void *arguments, int32_t piece) {
  const train_fill *s = arguments;
  range part = range_of(s->count, s->per_piece, piece);
  for (int64_t i = part.begin; i < part.end; i += LANES) store_some(s->output + i, part.end - i, splat(s->value));
}

static void axpy_kernel(const void *arguments, int32_t piece) {
  const train_axpy *s = arguments;
  range part = range_of(s->count, s->per_piece, piece);
  for (int64_t i = part.begin; i < part.end; i += LANES) {
    int64_t count = part.end - i;
    floats value = s->scale * load_some(s->x + i, count);
    if (s->keep != 0) value = value + s->keep * load_some(s->y + i, count);
    store_some(s->y + i, count, value);
  }
}

static void copy_rows_kernel(const void *arguments, int32_t piece) {
  const train_copy_rows *s = arguments;
  range part = range_of(s->rows, s->rows_per_piece, piece);
  for (int64_t r = part.begin; r < part.end; r++) {
    memcpy(s->output + r * s->output_row, s->input + r * s->input_row, (size_t)s->columns * sizeof(float));
  }
}

static void transpose_kernel(const void *arguments, int32_t piece) {
  const train_transpose *s = arguments;
  range part = range_of(s->columns, s->columns_per_piece, piece);
  enum { tile = 16 };  // A line of either side stays in the first cache while its tile is done.
  for (int64_t r0 = 0; r0 < s->rows; r0 += tile) {
    for (int64_t c0 = part.begin; c0 < part.end; c0 += tile) {
      int64_t r1 = smaller(r0 + tile, s->rows), c1 = smaller(c0 + tile, part.end);
      for (int64_t c = c0; c < c1; c++) {
        for (int64_t r = r0; r < r1; r++) s->output[c * s->rows + r] = s->input[r * s->columns + c];
      }
    }
  }
}

static void bias_activation_kernel(const void *arguments, int32_t piece) {
  const train_bias_activation *s = arguments;
  range part = range_of(s->rows, s->rows_per_piece, piece);
  for (int64_t r = part.begin; r < part.end; r++) {
    float *row = s->values + r * s->columns;
    for (int64_t c = 0; c < s->columns; c += LANES) {
      int64_t count = s->columns - c;
      floats value = load_some(row + c, count);
      if (s->bias != NULL) value = value + load_some(s->bias + c, count);
      store_some(row + c, count, activate(value, s->activation));
    }
  }
}
