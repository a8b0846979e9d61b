/// Losses over rows: value, gradient, predictions and hits in one pass. What is not wanted is NULL.
///
/// The gradient is that of `Σ scale · weights[r] · loss[r]`, so `scale` is 1/batch for Keras's sum_over_batch_size. A row's loss
/// is written without weight and scale.
#pragma once

#include <stdint.h>

/// What a crossentropy is given, and so what its gradient is with respect to.
typedef enum {
  TRAIN_FROM_LOGITS,          ///< logits, with the loss computed from them directly (`from_logits=True`)
  TRAIN_FROM_ACTIVATION,      ///< logits whose softmax or sigmoid is the prediction, with Keras's clamp of it
  TRAIN_FROM_PROBABILITIES    ///< probabilities, clamped as Keras does
} train_prediction_form;

/// Categorical crossentropy, targets as class numbers or as rows of probabilities.
///
/// With probabilities p: q = p / Σp, c = clip(q, ε, 1−ε) with ε = 1e-7, loss = −Σ t·ln c. Where q is clipped its term has no
/// gradient: with T the sum of the targets of unclipped classes, ∂loss/∂logit_j = q_j·T − t_j·[unclipped_j] (softmax's Σp being
/// 1), and ∂loss/∂p_j = (T − t_j·[unclipped_j]/q_j) / Σp. From logits: loss = −Σ t·log_softmax, ∂/∂logit_j = softmax_j·Σt − t_j.
/// A class number outside 0 ..< classes is an all-zero target: loss 0, gradient 0. A piece is `rows_per_piece` rows.
typedef struct {
  const float *input;         ///< [rows, classes], logits or probabilities
  const int32_t *labels;      ///< [rows], or NULL to use `targets`
  const float *targets;       ///< [rows, classes], or NULL
  const float *weights;       ///< [rows], or NULL for 1
  float *loss;                ///< [rows], or NULL
  float *hits;                ///< [rows], or NULL: 1 where the largest prediction is at the label (at the largest target)
  /// [rows, classes], or NULL: softmax of the logits, or the probabilities as given; may be the input
  float *probabilities;
  float *gradient;            ///< [rows, classes], or NULL; may be the input
  int64_t rows, classes;
  int64_t rows_per_piece;
  float scale;
  float smoothing;            ///< label smoothing s: t(1−s) + s/classes
  int32_t form;               ///< `train_prediction_form`
  int32_t ignored_class;      ///< rows with this label have loss 0 and gradient 0; INT32_MIN for none
} train_categorical_crossentropy;

/// Binary crossentropy, mean over a row's columns. Probabilities: c = clip(p, ε, 1−ε), −y·ln c − (1−y)·ln(1−c), no gradient where
/// clipped; ∂/∂logit = (σ(z) − y)·[unclipped]/columns. From logits: max(z,0) − z·y + log(1+exp(−|z|)). A piece is
/// `rows_per_piece` rows.
typedef struct {
  const float *input;         ///< [rows, columns]
  const float *targets;       ///< [rows, columns]
  const float *weights;       ///< [rows], or NULL for 1
  float *loss;                ///< [rows], or NULL
  float *hits;                ///< [rows], or NULL: fraction of columns with (p > ½) == y
  float *probabilities;       ///< [rows, columns], or NULL: σ of the logits, or the probabilities as given; may be the input
  float *gradient;            ///< [rows, columns], or NULL; may be the input
  int64_t rows, columns;
  int64_t rows_per_piece;
  float scale;
  float smoothing;            ///< y(1−s) + s/2
  int32_t form;               ///< `train_prediction_form`
} train_binary_crossentropy;

/// Mean of (p − y)² over a row's columns (`train_kernel_table.mean_squared_error`), or of |p − y| (`.mean_absolute_error`).
typedef struct {
  const float *predictions;   ///< [rows, columns]
  const float *targets;       ///< [rows, columns]
  const float *weights;       ///< [rows], or NULL for 1
  float *loss;                ///< [rows], or NULL
  float *gradient;            ///< [rows, columns], or NULL; may be the predictions
  int64_t rows, columns;
  int64_t rows_per_piece;
  float scale;
} train_regression_loss;
