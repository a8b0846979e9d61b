/// Optimizer updates in one pass over weights, slots and gradient. Formulas as Keras states them.
#pragma once

#include <stdint.h>

/// Which rule; g is the gradient, w the weights, η `*rate`.
typedef enum {
  /// `first` NULL: w −= η·g. Else m = μ·m − η·g and w += m, or w += μ·m − η·g with `variant` ≠ 0 (Nesterov). μ is `beta_1`.
  TRAIN_SGD,
  /// m += (1−β₁)(g−m), v += (1−β₂)(g²−v), w −= η·m/(√v + ε), with η already corrected for bias: lr·√(1−β₂ᵗ)/(1−β₁ᵗ).
  /// `variant` ≠ 0 (AMSGrad): third = max(third, v) stands in for v in the last.
  TRAIN_ADAM
} train_update_kind;

/// One variable's weights and slots. Scalars are read through pointers, so nothing is rebuilt when the learning rate changes.
typedef struct {
  float *weights;
  float *first;               ///< momentum, m
  float *second;              ///< velocity, v
  float *third;               ///< the largest v, for AMSGrad
  const double *rate;         ///< η
  const double *decay;        ///< weight decay times learning rate: w −= w·decay before the rule; NULL for none
  const double *gradient_scale;  ///< multiplies g first (a clip by norm); NULL for 1
  double beta_1, beta_2, epsilon;
  int32_t kind;               ///< `train_update_kind`
  int32_t variant;
} train_update;

/// The update of `count` weights from a dense gradient. A piece is `per_piece` elements.
typedef struct {
  train_update update;
  const float *gradient;
  int64_t count, per_piece;
} train_update_range;

/// The positions of each row that a batch has looked up: `first[r]` is the first i with `indices[i] = r`, `next[i]` the one after
/// i of the same row; −1 ends. Numbers outside of 0 ..< rows are left out. One piece.
typedef struct {
  const int32_t *indices;     ///< [count]
  int32_t *first;             ///< [rows]
  int32_t *next;              ///< [count]
  int64_t count, rows;
} train_row_chains;

/// The update of a table [rows, columns] whose gradient is never written: row r's is Σ values[i] over the positions of r in their
/// order, 0 for a row without. A piece is `rows_per_piece` rows.
typedef struct {
  train_update update;
  train_row_chains chains;    ///< made before
  const float *values;        ///< [count, columns]
  int64_t columns, rows_per_piece;
} train_update_rows;
