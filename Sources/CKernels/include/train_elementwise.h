/// Element-wise kernels: an output element depends on the input elements at the same place only, and has the same bits
/// wherever in the array it lies.
#pragma once

#include <stdint.h>

/// Functions of one array: `output = f(input)`. `a` and `b` are the two constants in `train_unary`.
typedef enum {
  TRAIN_COPY, TRAIN_NEGATE, TRAIN_ABSOLUTE, TRAIN_SIGN, TRAIN_FLOOR, TRAIN_CEILING, TRAIN_TRUNCATE,
  TRAIN_ROUND,        ///< to the nearest, halves to even
  TRAIN_SQUARE, TRAIN_SQUARE_ROOT, TRAIN_RECIPROCAL_SQUARE_ROOT, TRAIN_RECIPROCAL,
  TRAIN_EXP, TRAIN_EXPM1, TRAIN_LOG, TRAIN_LOG1P,
  TRAIN_SIN, TRAIN_COS, TRAIN_TAN, TRAIN_ASIN, TRAIN_ACOS, TRAIN_ATAN,
  TRAIN_SINH, TRAIN_COSH, TRAIN_ASINH, TRAIN_ACOSH, TRAIN_ATANH,
  TRAIN_TANH, TRAIN_SIGMOID, TRAIN_ERF, TRAIN_ERF_INVERSE,
  TRAIN_SOFTPLUS,     ///< log(1 + exp x)
  TRAIN_SOFTSIGN,     ///< x / (1 + |x|)
  TRAIN_RELU,         ///< max(x, 0)
  TRAIN_LEAKY_RELU,   ///< x < 0 ? a·x : x
  TRAIN_ELU,          ///< x < 0 ? a·(exp x − 1) : x
  TRAIN_SILU,         ///< x · sigmoid x
  TRAIN_GELU,         ///< x · ½(1 + erf(x/√2))
  TRAIN_GELU_TANH,    ///< the tanh approximation of the same
  TRAIN_AFFINE,       ///< a·x + b
  TRAIN_CLIP,         ///< min(max(x, a), b); NaN stays NaN
  TRAIN_NOT,          ///< x == 0 ? 1 : 0
  TRAIN_IS_NAN, TRAIN_IS_FINITE,
  TRAIN_UNARY_COUNT
} train_unary_kind;

/// `output[i] = f(input[i])` for `i < count`; output may be input. A piece is `per_piece` elements.
typedef struct {
  float *output;
  const float *input;
  int64_t count;
  int64_t per_piece;
  float a;
  float b;
} train_unary;

/// Functions of two arrays. Comparisons give 1 or 0. Maximum and minimum give NaN if either is NaN.
/// The `…_GRADIENT` kinds take the upstream gradient as `a` and, as `b`, what the name says.
typedef enum {
  TRAIN_ADD, TRAIN_SUBTRACT, TRAIN_MULTIPLY, TRAIN_DIVIDE, TRAIN_MAXIMUM, TRAIN_MINIMUM, TRAIN_POWER,
  TRAIN_SQUARED_DIFFERENCE,
  TRAIN_ATAN2,                ///< the angle of the point (b, a)
  TRAIN_REMAINDER,            ///< a − b·⌊a/b⌋, of b's sign
  TRAIN_EQUAL, TRAIN_NOT_EQUAL, TRAIN_LESS, TRAIN_LESS_EQUAL, TRAIN_GREATER, TRAIN_GREATER_EQUAL, TRAIN_AND, TRAIN_OR,
  TRAIN_RELU_GRADIENT,        ///< b = output: b > 0 ? a : 0
  TRAIN_SIGMOID_GRADIENT,     ///< b = output: a·b·(1 − b)
  TRAIN_TANH_GRADIENT,        ///< b = output: a·(1 − b²)
  TRAIN_SOFTPLUS_GRADIENT,    ///< b = input: a·sigmoid b
  TRAIN_SILU_GRADIENT,        ///< b = input
  TRAIN_GELU_GRADIENT,        ///< b = input
  TRAIN_GELU_TANH_GRADIENT,   ///< b = input
  TRAIN_ELU_GRADIENT,         ///< b = input, slope constant 1: b < 0 ? a·exp b : a
  TRAIN_BINARY_COUNT
} train_binary_kind;

/// Axes around a table. Table t, counted with the last axis fastest, begins for operand o at `Σ index(axis) · strides[o · rank + axis]`
/// elements; the output's tables lie one behind the other.
typedef struct {
  int64_t rank;
  const int64_t *extents;     ///< [rank], the outermost first
  const int64_t *strides;     ///< [operands, rank]
} train_outer;

/// `output[r, c] = f(a[r, c], b[r, c])` over `rows` × `columns`. An operand's row stride is in elements (0 repeats one row);
/// its column stride is 1, or 0 to repeat one value along the row. So a whole-array operation is one row; a bias is
/// `b_row = 0`; a column `[rows, 1]` is `b_row = 1, b_column = 0`; a scalar is 0 and 0. The output may be an operand
/// of the same strides. Pieces are blocks of `rows_per_piece` × `columns_per_piece`, numbered along the row first, through the rows
/// of all tables.
typedef struct {
  float *output;
  const float *a;
  const float *b;
  int64_t rows, columns;
  int64_t output_row;
  int64_t a_row, a_column;
  int64_t b_row, b_column;
  int64_t rows_per_piece, columns_per_piece;
  int64_t tables;             ///< how many there are; 1 if there is no `outer`
  const train_outer *outer;   ///< where they begin, or NULL
} train_binary;

/// `output = condition ≠ 0 ? a : b`, strides and pieces as in `train_binary`.
typedef struct {
  float *output;
  const float *condition;
  const float *a;
  const float *b;
  int64_t rows, columns;
  int64_t output_row;
  int64_t condition_row, condition_column;
  int64_t a_row, a_column;
  int64_t b_row, b_column;
  int64_t rows_per_piece, columns_per_piece;
  int64_t tables;
  const train_outer *outer;
} train_select;

/// `output[i] = value`. A piece is `per_piece` elements.
typedef struct {
  float *output;
  int64_t count, per_piece;
  float value;
} train_fill;

/// `y[i] = scale·x[i] + keep·y[i]` (keep 0 never reads y). A piece is `per_piece` elements.
typedef struct {
  float *y;
  const float *x;
  int64_t count, per_piece;
  float scale, keep;
} train_axpy;

/// `output[r, c] = input[r, c]` for rows that lie `output_row` and `input_row` elements apart (slices, concatenation).
/// A piece is `rows_per_piece` rows.
typedef struct {
  float *output;
  const float *input;
  int64_t rows, columns;
  int64_t output_row, input_row;
  int64_t rows_per_piece;
} train_copy_rows;

/// `output[c, r] = input[r, c]`, both dense. A piece is `columns_per_piece` columns of the input (rows of the output).
typedef struct {
  float *output;
  const float *input;
  int64_t rows, columns;
  int64_t columns_per_piece;
} train_transpose;

/// What a product or a bias step applies at the end.
typedef enum { TRAIN_LINEAR, TRAIN_ACTIVATE_RELU, TRAIN_ACTIVATE_SIGMOID, TRAIN_ACTIVATE_TANH } train_activation;

/// `values[r, c] = activation(values[r, c] + bias[c])` in place, `values` dense; a NULL bias adds nothing.
/// A piece is `rows_per_piece` rows.
typedef struct {
  float *values;
  const float *bias;
  int64_t rows, columns;
  int64_t rows_per_piece;
  int32_t activation;
} train_bias_activation;
