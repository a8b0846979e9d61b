/// Kernels that move or convert elements: casts, one-hot rows, permuted axes, sums into the state block; and steps in sequence.
#pragma once

#include <stdint.h>

#include "train_pool.h"

/// `output[i] = (float)input[i]`. A piece is `per_piece` elements.
typedef struct {
  float *output;
  const int32_t *input;
  int64_t count, per_piece;
} train_cast_to_float;
void train_cast_to_float_run(const void *arguments, int32_t piece);

/// `output[i] = (int32)input[i]`, towards zero; what does not fit an int32, and NaN, becomes −1. A piece is `per_piece` elements.
typedef struct {
  int32_t *output;
  const float *input;
  int64_t count, per_piece;
} train_cast_to_int;
void train_cast_to_int_run(const void *arguments, int32_t piece);

/// `output[r, c] = c == indices[r] ? 1 : 0`. A piece is `rows_per_piece` rows.
typedef struct {
  float *output;
  const int32_t *indices;
  int64_t rows, depth;
  int64_t rows_per_piece;
} train_one_hot;
void train_one_hot_run(const void *arguments, int32_t piece);

/// `output[i] = table[indices[i]]`, a whole row of `columns` 32-bit elements each; zeros for a number outside of 0 ..< rows. A piece is
/// `per_piece` numbers.
typedef struct {
  float *output;
  const float *table;         ///< [rows, columns]
  const int32_t *indices;     ///< [count]
  int64_t count, rows, columns;
  int64_t per_piece;
} train_take_rows;
void train_take_rows_run(const void *arguments, int32_t piece);

/// `output[r] = input[r, indices[r]]`, or 0 where the number is outside of 0 ..< columns. A piece is `rows_per_piece` rows.
typedef struct {
  float *output;
  const float *input;         ///< [rows, columns]
  const int32_t *indices;     ///< [rows]
  int64_t rows, columns;
  int64_t rows_per_piece;
} train_take_along_rows;
void train_take_along_rows_run(const void *arguments, int32_t piece);

/// Rows of `columns` elements into rows of `output_row`: `before` zeros, the elements, and zeros to the end. A piece is
/// `rows_per_piece` rows.
typedef struct {
  float *output;
  const float *input;
  int64_t rows, columns;
  int64_t before, output_row;
  int64_t rows_per_piece;
} train_pad_rows;
void train_pad_rows_run(const void *arguments, int32_t piece);

/// `output[i₀, i₁, …] = input[i₀·strides₀ + i₁·strides₁ + …]`, the output dense. A stride of 0 repeats. A piece is `per_piece`
/// elements of the first axis.
typedef struct {
  float *output;
  const float *input;
  const int64_t *extents;     ///< [rank]
  const int64_t *strides;     ///< [rank]
  int64_t per_piece;
  int32_t rank;               ///< at least 1
} train_permute;
void train_permute_run(const void *arguments, int32_t piece);

/// `state[i] += values[i]`. One piece.
typedef struct {
  double *state;
  const float *values;
  int64_t count;
} train_accumulate;
void train_accumulate_run(const void *arguments, int32_t piece);

/// Several steps as one: piece p is piece p of each, one after the other, so they may depend on each other piece by piece only. All have as
/// many pieces as the whole.
typedef struct {
  const train_step *steps;
  int64_t count;
} train_sequence;
void train_sequence_run(const void *arguments, int32_t piece);

/// A sequence each step of which is timed: piece p adds what step i took to `nanoseconds[p·count + i]`.
typedef struct {
  train_sequence sequence;
  int64_t *nanoseconds;
} train_timed_sequence;
void train_timed_sequence_run(const void *arguments, int32_t piece);
