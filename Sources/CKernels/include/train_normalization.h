/// Normalisation of `[rows, channels]` over the rows (of a batch), or of each row by itself.
#pragma once

#include <stdint.h>

/// First half of the training statistics: for each block of `rows_per_piece` rows, `partials[piece, 0, c]` is the block's mean
/// and `partials[piece, 1, c]` the sum of squared distances from it. A piece is one block of rows.
typedef struct {
  float *partials;            ///< [pieces, 2, channels]
  const float *input;         ///< [rows, channels]
  int64_t rows, channels;
  int64_t rows_per_piece;
} train_batch_statistics;

/// Second half: merges the blocks in fixed order into mean and biased variance, and moves the moving averages:
/// moving = moving·momentum + batch·(1 − momentum). NULL moving averages are left out. One piece.
typedef struct {
  float *mean;                ///< [channels]
  float *variance;            ///< [channels]
  float *moving_mean;         ///< [channels], or NULL
  float *moving_variance;     ///< [channels], or NULL
  const float *partials;      ///< [blocks, 2, channels]
  int64_t rows, channels;
  int64_t rows_per_piece;     ///< of the first half
  double momentum;
} train_merge_statistics;

/// `output = (input − mean) · gamma/√(variance + epsilon) + beta`; with the moving averages this is the inference form. NULL
/// gamma is 1, NULL beta 0. A piece is `rows_per_piece` rows.
typedef struct {
  float *output;
  const float *input;
  const float *mean, *variance, *gamma, *beta;
  int64_t rows, channels;
  int64_t rows_per_piece;
  float epsilon;
} train_normalize;

/// First half of the derivative: `partials[piece, 0, c] = Σ dy` (beta's gradient) and `partials[piece, 1, c] = Σ dy·x̂`
/// (gamma's), over the piece's rows; `train_merge` with stride 2·channels and length 2·channels makes [2, channels] of them.
typedef struct {
  float *partials;            ///< [pieces, 2, channels]
  const float *input;         ///< [rows, channels]
  const float *output_gradient;
  const float *mean, *variance;
  int64_t rows, channels;
  int64_t rows_per_piece;
  float epsilon;
} train_normalize_gradient_sums;

/// Second half: `dx = gamma/√(variance+epsilon) · (dy − Σdy/rows − x̂·Σ(dy·x̂)/rows)`. A piece is `rows_per_piece` rows.
typedef struct {
  float *input_gradient;      ///< may be output_gradient
  const float *input;
  const float *output_gradient;
  const float *mean, *variance, *gamma;
  const float *sums;          ///< [2, channels]: Σdy, Σ(dy·x̂)
  int64_t rows, channels;
  int64_t rows_per_piece;
  float epsilon;
} train_normalize_gradient;

/// Each row by itself: `output = (input − mean)/√(variance + epsilon) · gamma + beta` with the row's own mean and biased variance
/// (found in two passes), or if not `centred`, `input/√(mean of squares + epsilon) · gamma + beta`. NULL gamma is 1, NULL beta 0. A
/// piece is `rows_per_piece` rows.
typedef struct {
  float *output;
  const float *input;         ///< [rows, columns]
  const float *gamma, *beta;  ///< [columns]
  int64_t rows, columns;
  int64_t rows_per_piece;
  float epsilon;
  int32_t centred;
} train_normalize_rows;

/// Its derivative in the input, with h = dy·gamma and x̂ the normalised input:
/// `dx = (h − mean h − x̂ · mean(h·x̂))/√(variance + epsilon)`, without `mean h` if not `centred`. A piece is `rows_per_piece` rows.
typedef struct {
  float *input_gradient;      ///< may be output_gradient
  const float *input;
  const float *output_gradient;
  const float *gamma;
  int64_t rows, columns;
  int64_t rows_per_piece;
  float epsilon;
  int32_t centred;
} train_normalize_rows_gradient;

/// Its derivatives in gamma and beta, first half: `partials[piece, 0, c] = Σ dy·x̂`, `partials[piece, 1, c] = Σ dy` over the piece's rows;
/// `train_merge` makes [2, columns] of them.
typedef struct {
  float *partials;            ///< [pieces, 2, columns]
  const float *input;
  const float *output_gradient;
  int64_t rows, columns;
  int64_t rows_per_piece;
  float epsilon;
  int32_t centred;
} train_normalize_rows_gradient_sums;
