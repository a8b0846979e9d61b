/// Convolutions, for those that oneDNN knows by its reference alone: plain loops over positions with vectors over filters.
#pragma once

#include <stdint.h>

/// A convolution over [images, extents…, channels] with three axes of positions; one that is not there has extents of 1.
/// `output[o] = Σ input[o · stride + k · dilation − before] · kernel[k]`, filter f in the group f / (filters / groups).
/// A piece is `images_per_piece` images.
typedef struct {
  float *input;               ///< [images, inputs…, channels]
  float *kernel;              ///< [kernels…, channels / groups, filters]
  float *bias;                ///< [filters], or NULL
  float *output;              ///< [images, outputs…, filters]
  int64_t images, groups, channels, filters;
  int64_t inputs[3], kernels[3], outputs[3];
  int64_t strides[3], dilations[3], before[3];
  int64_t images_per_piece;
  int64_t part_stride;        ///< kernel gradient: piece p makes `kernel` and `bias` so many elements times p further on
  int32_t relu;               ///< forward: max(…, 0) at the end
} train_convolution;
