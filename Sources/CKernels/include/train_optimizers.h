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
