/// The kernels, compiled for four levels of the processor, and the choice between them.
#pragma once

#include "train_bfloat16.h"
#include "train_convolutions.h"
#include "train_elementwise.h"
#include "train_limits.h"
#include "train_passes.h"
#include "train_pool.h"
#include "train_reductions.h"

/// All kernels of one level. Which argument structure a kernel takes is in its comment or its name.
typedef struct {
  const char *level;          ///< "baseline", "v3", "v4" or "amx"
  train_kernel unary[TRAIN_UNARY_COUNT];          ///< `train_unary`
  train_kernel binary[TRAIN_BINARY_COUNT];        ///< `train_binary`
  train_kernel reduction[TRAIN_REDUCTION_COUNT];  ///< `train_reduction`
  train_kernel pass;                                     ///< `train_pass`
  train_kernel select, fill, axpy, copy_rows, transpose, bias_activation;
  train_kernel gather, gather_labels, scatter_rows;
  train_kernel argmax, top, cumulative_sum, merge, sum_to_double, merge_doubles, accumulate_metric;
  train_kernel softmax, log_softmax;                     ///< `train_softmax`
  train_kernel softmax_gradient, log_softmax_gradient;   ///< `train_softmax_gradient`
  train_kernel categorical_crossentropy, binary_crossentropy;
  train_kernel mean_squared_error, mean_absolute_error;  ///< `train_regression_loss`
  train_kernel batch_statistics, merge_statistics, normalize, normalize_gradient_sums, normalize_gradient;
  train_kernel normalize_rows, normalize_rows_gradient, normalize_rows_gradient_sums;
  train_kernel dropout, dropout_gradient, random_rows;
  train_kernel pooling, pooling_gradient, resample, sample, sample_gradient;
  train_kernel lstm, lstm_gradient, gru, gru_gradient;   ///< `train_lstm`, …
  train_kernel attention;                                ///< `train_attention`
  train_kernel attention_gradient;                       ///< `train_attention_gradient`
  train_kernel update;                                   ///< `train_update_range`
  train_kernel chain_rows;                               ///< `train_row_chains`
  train_kernel update_rows;                              ///< `train_update_rows`
  /// `train_convolution`, each.
  train_kernel convolution, convolution_input_gradient, convolution_kernel_gradient;
  train_rows_kernels rows;
  train_winograd_kernels winograd;
  /// With products of bfloat16, for processors that `train_has_bfloat16`; NULL at levels that have none.
  const train_rows_kernels *rows_of_bfloat16;
  const train_winograd_kernels *winograd_of_bfloat16;
  train_kernel product;                                  ///< `train_product`
  train_kernel product_pack;                             ///< `train_product_pack`
  train_kernel product_items;                            ///< `train_product_items`
  train_kernel product_parts;                            ///< `train_product_parts`
  train_kernel product_merge;                            ///< `train_product_merge`
  train_kernel product_update;                           ///< `train_product_update`
  train_kernel to_bfloat16;                              ///< `train_to_bfloat16`
  train_kernel multiply_adds;                            ///< `train_multiply_adds`
  train_kernel stream;                                   ///< `train_stream`
  int64_t operations_of_round;                           ///< of `multiply_adds`
} train_kernel_table;

/// The kernels for this machine: the highest level it supports, or the one the environment variable `TRAIN_KERNELS` names
/// (`baseline`, `v3`, `v4`, `amx`) if the machine supports that. Chosen once.
const train_kernel_table *train_kernels(void);

/// The kernels of the level with this name, or NULL if there is none or the machine does not support it.
const train_kernel_table *train_kernels_level(const char *name);

/// Whether `parts` of a `train_product` mean anything to the kernels of this level.
int train_has_matrix_tiles(const train_kernel_table *table);

/// One kernel out of the table (C arrays are awkward to index from Swift).
static inline train_kernel train_unary_kernel(const train_kernel_table *table, train_unary_kind kind) {
  return table->unary[kind];
}
static inline train_kernel train_binary_kernel(const train_kernel_table *table, train_binary_kind kind) {
  return table->binary[kind];
}
static inline train_kernel train_reduction_kernel(const train_kernel_table *table, train_reduction_kind kind) {
  return table->reduction[kind];
}
