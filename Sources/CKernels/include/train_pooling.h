/// Pools: the largest element, or the mean, of windows over the positions of images.
#pragma once

#include <stdint.h>

/// How the windows of a pool lie to each other.
typedef enum {
  TRAIN_WINDOWS_TILE,         ///< each position is in one window
  TRAIN_WINDOWS_APART,        ///< some positions are in none
  TRAIN_WINDOWS_OVERLAP       ///< some positions are in several
} train_windows_form;

/// Windows over images [depth, rows, columns, channels]; an axis that is not there has an extent of 1 and one window.
typedef struct {
  const int64_t *ranges[3];   ///< of each window along an axis: where it begins, and where it ends
  int64_t extents[3];
  int64_t counts[3];          ///< of windows
  int64_t channels;
  int32_t average;            ///< 0: the largest element
  int32_t rectified;          ///< ≠ 0: the largest of the elements and 0
  int32_t form;               ///< `train_windows_form`
  int32_t pairs;              ///< ≠ 0: of one position in depth and two rows and columns, side by side
} train_windows;

/// `output[n, w, c] = max or mean over p in window w of input[n, p, c]`. A piece is `images_per_piece` images.
typedef struct {
  float *output;              ///< [images, windows, channels]
  const float *input;         ///< [images, positions, channels]
  train_windows windows;
  int64_t images, images_per_piece;
} train_pooling;

/// The derivative in the input. Of a largest element the first in its window has all of it, none if it is rectified and not above 0.
typedef struct {
  float *input_gradient;      ///< [images, positions, channels]
  const float *output_gradient;
  const float *input;         ///< of a maximum
  const float *output;        ///< of a maximum
  train_windows windows;
  int64_t images, images_per_piece;
} train_pooling_gradient;
