/// Sums and their relatives. Every sum has one fixed order: explicit lanes, blocks of 32 rows, balanced trees.
#pragma once

#include <stdint.h>

typedef enum { TRAIN_SUM, TRAIN_MEAN, TRAIN_MAX, TRAIN_MIN, TRAIN_PRODUCT, TRAIN_REDUCTION_COUNT } train_reduction_kind;

/// `output[o, i] = reduction over m of input[o, m, i]`, all dense. A row sum is `inner = 1`, a column sum (a bias gradient)
/// is `outer = 1`. `accumulate` ≠ 0 adds to the output instead of replacing it (sum and mean). An empty middle gives
/// 0, NaN, −∞, ∞, 1. Maximum and minimum give NaN if any element is. Pieces are blocks of `outer_per_piece` × `inner_per_piece`,
/// inner blocks first.
typedef struct {
  float *output;
  const float *input;
  int64_t outer, middle, inner;
  int64_t outer_per_piece, inner_per_piece;
  int32_t accumulate;
} train_reduction;

/// `output[o, m, i] = Σ input[o, 0 … m, i]`, without the element itself if `exclusive`, from the last backwards if `reverse`; all dense.
/// Pieces are blocks of `outer_per_piece` × `inner_per_piece`, inner blocks first.
typedef struct {
  float *output;
  const float *input;
  int64_t outer, middle, inner;
  int64_t outer_per_piece, inner_per_piece;
  int32_t exclusive, reverse;
} train_cumulative_sum;

/// `output[r] = index of the first largest of input[r, …]`; NaN counts as largest. A piece is `rows_per_piece` rows.
typedef struct {
  int32_t *output;
  const float *input;
  int64_t rows, columns;
  int64_t rows_per_piece;
} train_argmax;

/// `output[r, c] = 1` if fewer than `largest` elements of the row are greater than `input[r, c]` or equal and before it, else 0: the
/// row's largest elements, the first of equals. A piece is `rows_per_piece` rows.
typedef struct {
  float *output;
  const float *input;
  int64_t rows, columns;
  int64_t rows_per_piece;
  int64_t largest;
} train_top;

/// `output[i] = Σ parts[p, i]` in one fixed balanced tree: how shards meet. Parts lie `stride` elements apart; output may be
/// part 0. `accumulate` ≠ 0 adds to the output (which then is no part). A piece is `per_piece` elements.
typedef struct {
  float *output;
  const float *parts;
  int64_t count;              ///< how many parts, at most 64
  int64_t stride;
  int64_t length;             ///< elements of a part
  int64_t per_piece;
  float scale;                ///< multiplies the sum; 1 keeps it
  int32_t accumulate;
} train_merge;

/// `partials[piece] = Σ f(input[i])` over the piece's elements, in double; f is x, or x² if `squares` ≠ 0. `train_merge_doubles`
/// finishes.
typedef struct {
  double *partials;
  const float *input;
  int64_t count, per_piece;
  int32_t squares;
} train_sum_to_double;

/// `*output = Σ partials`, a balanced tree; added to what is there if `accumulate` ≠ 0. One piece.
typedef struct {
  double *output;
  const double *partials;
  int64_t count;
  int32_t accumulate;
} train_merge_doubles;

/// A metric's two sums: `state[0] += scale · Σ values[r]·weights[r]`, `state[1] += Σ weights[r]`, in order of rows, in double.
/// NULL weights count as 1. One piece.
typedef struct {
  double *state;
  const float *values;
  const float *weights;
  int64_t count;
  double scale;
} train_accumulate_metric;

/// `output[r, c] = softmax over c of input[r, c]`; output may be input. A piece is `rows_per_piece` rows.
typedef struct {
  float *output;
  const float *input;
  int64_t rows, columns;
  int64_t rows_per_piece;
} train_softmax;

/// The derivative of a softmax (or log-softmax) from its output y: dx = y·(dy − Σ dy·y), or dy − exp(y)·Σ dy.
typedef struct {
  float *input_gradient;
  const float *output;
  const float *output_gradient;
  int64_t rows, columns;
  int64_t rows_per_piece;
} train_softmax_gradient;
