// Element-wise kernels: one expression each, applied to whole vectors and to the last part of one.

// MARK: One operand

/// A function along a stretch of memory, and the kernel that applies it.
#define UNARY(KIND, NAME, EXPRESSION)                                                                       \
  static void span_##NAME(float *output, const float *input, int64_t count, float first, float second) { \
    const floats a = splat(first), b = splat(second);                                                 \
    (void)a, (void)b;                                                                                 \
    int64_t i = 0;                                                                                    \
    for (; i + LANES <= count; i += LANES) {                                                          \
      floats x = load(input + i);                                                                     \
      store(output + i, EXPRESSION);                                                                  \
    }                                                                                                 \
    if (i < count) {                                                                                  \
      floats x = load_part(input + i, count - i);                                                     \
      store_part(output + i, count - i, EXPRESSION);                                                  \
    }                                                                                                 \
  }                                                                                                   \
  static void unary_##NAME(const void *arguments, int32_t piece) {                                    \
    const train_unary *s = arguments;                                                                 \
    range part = range_of(s->count, s->per_piece, piece);                                             \
    span_##NAME(s->output + part.begin, s->input + part.begin, part.end - part.begin, s->a, s->b);    \
  }

#define UNARY_FUNCTIONS(FUNCTION)                                                       \
  FUNCTION(TRAIN_COPY, copy, x)                                                         \
  FUNCTION(TRAIN_NEGATE, negate, -x)                                                    \
  FUNCTION(TRAIN_ABSOLUTE, absolute, absolute(x))                                       \
  FUNCTION(TRAIN_SIGN, sign, x != x ? x : one_where(x > 0.0f) - one_where(x < 0.0f))    \
  FUNCTION(TRAIN_FLOOR, floor, floor_of(x))                                             \
  FUNCTION(TRAIN_CEILING, ceiling, -floor_of(-x))                                       \
  FUNCTION(TRAIN_TRUNCATE, truncate, with_sign_of(floor_of(absolute(x)), x))            \
  FUNCTION(TRAIN_ROUND, round, nearest(x))                                              \
  FUNCTION(TRAIN_SQUARE, square, x *x)                                                  \
  FUNCTION(TRAIN_SQUARE_ROOT, square_root, square_root(x))                              \
  FUNCTION(TRAIN_RECIPROCAL_SQUARE_ROOT, reciprocal_square_root, 1.0f / square_root(x)) \
  FUNCTION(TRAIN_RECIPROCAL, reciprocal, 1.0f / x)                                      \
  FUNCTION(TRAIN_EXP, exp, exp_of(x))                                                   \
  FUNCTION(TRAIN_EXPM1, expm1, expm1_of(x))                                             \
  FUNCTION(TRAIN_LOG, log, log_of(x))                                                   \
  FUNCTION(TRAIN_LOG1P, log1p, log1p_of(x))                                             \
  FUNCTION(TRAIN_SIN, sin, sine_of(x, 0))                                               \
  FUNCTION(TRAIN_COS, cos, sine_of(x, 1))                                               \
  FUNCTION(TRAIN_TAN, tan, tangent(x))                                                  \
  FUNCTION(TRAIN_ASIN, asin, asin_of(x))                                                \
  FUNCTION(TRAIN_ACOS, acos, acos_of(x))                                                \
  FUNCTION(TRAIN_ATAN, atan, atan_of(x))                                                \
  FUNCTION(TRAIN_SINH, sinh, sinh_of(x))                                                \
  FUNCTION(TRAIN_COSH, cosh, cosh_of(x))                                                \
  FUNCTION(TRAIN_ASINH, asinh, asinh_of(x))                                             \
  FUNCTION(TRAIN_ACOSH, acosh, acosh_of(x))                                             \
  FUNCTION(TRAIN_ATANH, atanh, atanh_of(x))                                             \
  FUNCTION(TRAIN_TANH, tanh, tanh_of(x))                                                \
  FUNCTION(TRAIN_SIGMOID, sigmoid, sigmoid_of(x))                                       \
  FUNCTION(TRAIN_ERF, erf, erf_of(x))                                                   \
  FUNCTION(TRAIN_ERF_INVERSE, erf_inverse, erf_inverse(x))                              \
  FUNCTION(TRAIN_SOFTPLUS, softplus, softplus_of(x))                                    \
  FUNCTION(TRAIN_SOFTSIGN, softsign, x / (1.0f + absolute(x)))                          \
  FUNCTION(TRAIN_RELU, relu, x <= 0.0f ? splat(0.0f) : x)                               \
  FUNCTION(TRAIN_LEAKY_RELU, leaky_relu, x < 0.0f ? a * x : x)                          \
  FUNCTION(TRAIN_ELU, elu, x < 0.0f ? a * expm1_of(x) : x)                              \
  FUNCTION(TRAIN_SILU, silu, x *sigmoid_of(x))                                          \
  FUNCTION(TRAIN_GELU, gelu, x *normal_cumulative(x))                                   \
  FUNCTION(TRAIN_GELU_TANH, gelu_tanh, x *(0.5f * tanh_of(gelu_argument(x)) + 0.5f))    \
  FUNCTION(TRAIN_AFFINE, affine, a *x + b)                                              \
  FUNCTION(TRAIN_CLIP, clip, clamp(x, a, b))                                            \
  FUNCTION(TRAIN_NOT, not, one_where(x == 0.0f))                                        \
  FUNCTION(TRAIN_IS_NAN, is_nan, one_where(x != x))                                     \
  FUNCTION(TRAIN_IS_FINITE, is_finite, one_where(absolute(x) < INFINITY))

UNARY_FUNCTIONS(UNARY)

#define UNARY_ENTRY(KIND, NAME, EXPRESSION) [KIND] = unary_##NAME,

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

#define BINARY_SPAN(A_STEP, B_STEP, EXPRESSION)                                            \
  for (; c + LANES <= count; c += LANES) {                                                 \
    floats a = operand(a_row, A_STEP, c, LANES), b = operand(b_row, B_STEP, c, LANES);     \
    store(output + c, EXPRESSION);                                                         \
  }                                                                                        \
  if (c < count) {                                                                         \
    floats a = operand(a_row, A_STEP, c, count - c), b = operand(b_row, B_STEP, c, count - c); \
    store_part(output + c, count - c, EXPRESSION);                                         \
  }

/// A place in the rows of tables.
typedef struct {
  int64_t table, row;
  int64_t offsets[3];  ///< where the table begins in each operand
} table_walk;

INLINE void enter_table(table_walk *walk, const train_outer *outer, int operands) {
  for (int o = 0; o < operands; o++) walk->offsets[o] = 0;
  if (outer == NULL) return;
  int64_t rest = walk->table;
  for (int64_t axis = outer->rank - 1; axis >= 0; axis--) {
    int64_t index = rest % outer->extents[axis];
    rest /= outer->extents[axis];
    for (int o = 0; o < operands; o++) walk->offsets[o] += index * outer->strides[o * outer->rank + axis];
  }
}

INLINE table_walk walk_from(int64_t row, int64_t rows, const train_outer *outer, int operands) {
  table_walk walk = {.table = outer == NULL ? 0 : row / rows};
  walk.row = row - walk.table * rows;
  enter_table(&walk, outer, operands);
  return walk;
}

INLINE void next_row(table_walk *walk, int64_t rows, const train_outer *outer, int operands) {
  if (++walk->row < rows || outer == NULL) return;
  walk->row = 0;
  walk->table++;
  enter_table(walk, outer, operands);
}

/// A function along a row whose operands have a value each (step 1) or one for all (step 0), and the kernel over a table.
#define BINARY(KIND, NAME, EXPRESSION)                                                                     \
  static void row_##NAME(                                                                            \
      float *output, const float *a_row, int64_t a_step, const float *b_row, int64_t b_step, int64_t count) { \
    int64_t c = 0;                                                                                   \
    if (a_step != 0 && b_step != 0) {                                                                \
      BINARY_SPAN(1, 1, EXPRESSION)                                                                  \
    } else if (a_step != 0) {                                                                        \
      BINARY_SPAN(1, 0, EXPRESSION)                                                                  \
    } else {                                                                                         \
      BINARY_SPAN(0, b_step, EXPRESSION)                                                             \
    }                                                                                                \
  }                                                                                                  \
  static void binary_##NAME(const void *arguments, int32_t piece) {                                  \
    const train_binary *s = arguments;                                                               \
    block part = block_of(s->rows * s->tables, s->rows_per_piece, s->columns, s->columns_per_piece, piece); \
    const int64_t first = part.columns.begin, count = part.columns.end - first;                      \
    table_walk walk = walk_from(part.rows.begin, s->rows, s->outer, 2);                              \
    for (int64_t r = part.rows.begin; r < part.rows.end; r++) {                                      \
      row_##NAME(                                                                                    \
          s->output + r * s->output_row + first,                                                     \
          s->a + walk.offsets[0] + walk.row * s->a_row + first * s->a_column, s->a_column,           \
          s->b + walk.offsets[1] + walk.row * s->b_row + first * s->b_column, s->b_column, count);   \
      next_row(&walk, s->rows, s->outer, 2);                                                         \
    }                                                                                                \
  }

#define BINARY_FUNCTIONS(FUNCTION)                                              \
  FUNCTION(TRAIN_ADD, add, a + b)                                               \
  FUNCTION(TRAIN_SUBTRACT, subtract, a - b)                                     \
  FUNCTION(TRAIN_MULTIPLY, multiply, a *b)                                      \
  FUNCTION(TRAIN_DIVIDE, divide, a / b)                                         \
  FUNCTION(TRAIN_MAXIMUM, maximum, larger_of(a, b))                             \
  FUNCTION(TRAIN_MINIMUM, minimum, smaller_of(a, b))                            \
  FUNCTION(TRAIN_POWER, power, power(a, b))                                     \
  FUNCTION(TRAIN_SQUARED_DIFFERENCE, squared_difference, (a - b) * (a - b))     \
  FUNCTION(TRAIN_ATAN2, atan2, atan2_of(a, b))                                  \
  FUNCTION(TRAIN_REMAINDER, remainder, remainder_of(a, b))                      \
  FUNCTION(TRAIN_EQUAL, equal, one_where(a == b))                               \
  FUNCTION(TRAIN_NOT_EQUAL, not_equal, one_where(a != b))                       \
  FUNCTION(TRAIN_LESS, less, one_where(a < b))                                  \
  FUNCTION(TRAIN_LESS_EQUAL, less_equal, one_where(a <= b))                     \
  FUNCTION(TRAIN_GREATER, greater, one_where(a > b))                            \
  FUNCTION(TRAIN_GREATER_EQUAL, greater_equal, one_where(a >= b))               \
  FUNCTION(TRAIN_AND, and, one_where((a != 0.0f) & (b != 0.0f)))                \
  FUNCTION(TRAIN_OR, or, one_where((a != 0.0f) | (b != 0.0f)))                  \
  FUNCTION(TRAIN_RELU_GRADIENT, relu_gradient, b > 0.0f ? a : splat(0.0f))      \
  FUNCTION(TRAIN_SIGMOID_GRADIENT, sigmoid_gradient, a *(b *(1.0f - b)))        \
  FUNCTION(TRAIN_TANH_GRADIENT, tanh_gradient, a *(1.0f - b * b))               \
  FUNCTION(TRAIN_SOFTPLUS_GRADIENT, softplus_gradient, a *sigmoid_of(b))        \
  FUNCTION(TRAIN_SILU_GRADIENT, silu_gradient, a *silu_slope(b))                \
  FUNCTION(TRAIN_GELU_GRADIENT, gelu_gradient, a *gelu_slope(b))                \
  FUNCTION(TRAIN_GELU_TANH_GRADIENT, gelu_tanh_gradient, a *gelu_tanh_slope(b)) \
  FUNCTION(TRAIN_ELU_GRADIENT, elu_gradient, b < 0.0f ? a * exp_of(b) : a)

BINARY_FUNCTIONS(BINARY)

#define BINARY_ENTRY(KIND, NAME, EXPRESSION) [KIND] = binary_##NAME,

// MARK: Moving

static void select_kernel(const void *arguments, int32_t piece) {
  const train_select *s = arguments;
  block part = block_of(s->rows * s->tables, s->rows_per_piece, s->columns, s->columns_per_piece, piece);
  table_walk walk = walk_from(part.rows.begin, s->rows, s->outer, 3);
  for (int64_t r = part.rows.begin; r < part.rows.end; r++) {
    const float *condition_row = s->condition + walk.offsets[0] + walk.row * s->condition_row;
    const float *a_row = s->a + walk.offsets[1] + walk.row * s->a_row;
    const float *b_row = s->b + walk.offsets[2] + walk.row * s->b_row;
    float *output = s->output + r * s->output_row;
    for (int64_t c = part.columns.begin; c < part.columns.end; c += LANES) {
      int64_t count = part.columns.end - c;
      floats condition = operand(condition_row, s->condition_column, c, count);
      floats a = operand(a_row, s->a_column, c, count), b = operand(b_row, s->b_column, c, count);
      store_some(output + c, count, condition != 0.0f ? a : b);
    }
    next_row(&walk, s->rows, s->outer, 3);
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
