/// Images [images, rows, columns, channels] with other numbers of positions, and through affine maps.
#pragma once

#include <stdint.h>

/// `output[o, j, i] = Σ over k < counts[j] of weights[j, k] · input[o, first[j] + k, i]`. A piece is `outer_per_piece` of the outer axis.
typedef struct {
  float *output;              ///< [outer, outputs, inner]
  const float *input;         ///< [outer, inputs, inner]
  const int64_t *first;       ///< [outputs]
  const int64_t *counts;      ///< [outputs]
  const float *weights;       ///< [outputs, taps]
  int64_t outer, inputs, outputs, inner, taps;
  int64_t outer_per_piece;
} train_resample;

/// What is seen outside of an image.
typedef enum { TRAIN_FILL_CONSTANT, TRAIN_FILL_NEAREST, TRAIN_FILL_REFLECT, TRAIN_FILL_MIRROR, TRAIN_FILL_WRAP } train_fill_mode;

/// An affine map an image: column `a₀x + a₁y + a₂` and row `b₀x + b₁y + b₂`.
typedef struct {
  const float *numbers[6];    ///< a₀, a₁, a₂, b₀, b₁, b₂
  int32_t strides[6];         ///< 1, or 0 where all images have the same
  int64_t rows, columns;      ///< of the images
  int64_t output_rows, output_columns;
  int64_t channels;
  float fill_value;
  int32_t fill;               ///< `train_fill_mode`
  int32_t bilinear;           ///< ≠ 0: four neighbours mixed; 0: the nearest, halves away from zero
} train_map;

/// `output[n, y, x, c] = input[n] at the row and column of (x, y), channel c`. A piece is `images_per_piece` images.
typedef struct {
  float *output;              ///< [images, output_rows, output_columns, channels]
  const float *input;         ///< [images, rows, columns, channels]
  train_map map;
  int64_t images, images_per_piece;
} train_sample;

/// The derivative in the images: each position of the gradient is added to those that it was made of.
typedef struct {
  float *input_gradient;      ///< [images, rows, columns, channels]
  const float *output_gradient;
  train_map map;
  int64_t images, images_per_piece;
} train_sample_gradient;
