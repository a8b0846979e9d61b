/// Convolutions of our own: plain loops over positions with vectors over filters, for those that oneDNN knows by its reference
/// alone; products along rows of positions, for few channels; and Winograd's minimal filtering, for 3×3.
#pragma once

#include <stdint.h>

#include "train_pool.h"

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
  /// ≠ 0: behind the convolution stands a pool of the largest of 2×2, and `output` is what the pool gives or its gradient,
  /// [images, outputs / 2…, filters]. Not for the plain loops.
  int32_t pooled;
  /// Which of the four positions each window has chosen: 0 to 3 in the order of positions, 4 if none since ReLU gives 0.
  /// Forward: written unless NULL. To the input and the kernel: read.
  uint8_t *choices;
} train_convolution;

/// Limits of `train_rows_kernels`, which take filters in multiples of 16, one group and no dilation along the last axis.
enum {
  train_most_kernel_rows = 256,      ///< values of a kernel for each filter
  train_most_kernel_words = 32 * 1024,  ///< of bfloat16: pairs of values of a kernel, of all filters
  train_most_band = 8192,            ///< floats of the rows of the input that a row of positions meets, padding included
};

/// The kernel of a 3×3 convolution as Winograd's filtering takes it: 16 places for 9, in panels of filters.
/// `is_turned`: for the gradient to the input. A piece is `columns_per_piece` of what then are the filters, a multiple of
/// `train_product_unit`.
typedef struct {
  float *given;               ///< [3, 3, channels, filters]
  /// 16 · channels · filters values, bfloat16 where the products are of those; a gradient is float32 and has room for whole
  /// `train_product_unit`s of filters.
  float *transformed;
  int64_t channels, filters;
  int64_t columns_per_piece;
  int32_t is_turned;
} train_winograd_kernel;
enum { winograd_most_channels = 512 };

/// Winograd's filtering with products of one precision: `forward`, `input_gradient` and `kernel_gradient` take a `train_convolution`
/// of two axes whose `kernel` is `transformed`, with channels and filters in multiples of 16 and no more than
/// `winograd_most_channels`; `pack` and `unpack` a `train_winograd_kernel`.
typedef struct {
  train_kernel forward, input_gradient, kernel_gradient, pack, unpack;
} train_winograd_kernels;

/// Convolutions of few channels with products of one precision: each takes a `train_convolution`, of two axes before a pool.
typedef struct {
  train_kernel forward, kernel_gradient;
} train_rows_kernels;
