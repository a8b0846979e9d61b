// All kernels of one level and their table. Included with LANES, LEVEL_NAME, LEVEL_TABLE and HAS_MATRIX_TILES defined and the
// level's instructions enabled, and with ROWS_OF_BFLOAT16 and WINOGRAD_OF_BFLOAT16, the addresses of the kernels that `level_v4_bfloat16.c`
// has, or NULL.
#include "vector.h"

#include "functions.h"

#include "bfloat16.h"
#include "elementwise.h"
#include "gather.h"
#include "images.h"
#include "limits.h"
#include "reductions.h"

#include "convolutions.h"
#include "losses.h"
#include "normalization.h"
#include "optimizers.h"
#include "passes.h"

#include "pooling.h"

#include "operands.h"
#include "tiles.h"

#include "products.h"

#include "attention.h"
#include "pooled.h"

#include "convolution_rows.h"
#include "random.h"
#include "recurrence.h"
#include "row_normalization.h"
#include "row_updates.h"
#include "winograd.h"

const train_kernel_table LEVEL_TABLE = {
  .level = LEVEL_NAME,
  .unary = {UNARY_FUNCTIONS(UNARY_ENTRY)},
  .binary = {BINARY_FUNCTIONS(BINARY_ENTRY)},
  .reduction = {
    [TRAIN_SUM] = reduce_sum,
    [TRAIN_MEAN] = reduce_mean,
    [TRAIN_MAX] = reduce_max,
    [TRAIN_MIN] = reduce_min,
    [TRAIN_PRODUCT] = reduce_product,
  },
  .select = select_kernel,
  .pass = pass_kernel,
  .fill = fill_kernel,
  .axpy = axpy_kernel,
  .copy_rows = copy_rows_kernel,
  .transpose = transpose_kernel,
  .bias_activation = bias_activation_kernel,
  .gather = gather_kernel,
  .gather_labels = gather_labels_kernel,
  .scatter_rows = scatter_rows_kernel,
  .argmax = argmax_kernel,
  .top = top_kernel,
  .cumulative_sum = cumulative_sum_kernel,
  .merge = merge_kernel,
  .sum_to_double = sum_to_double_kernel,
  .merge_doubles = merge_doubles_kernel,
  .accumulate_metric = accumulate_metric_kernel,
  .softmax = softmax_kernel,
  .log_softmax = log_softmax_kernel,
  .softmax_gradient = softmax_gradient_kernel,
  .log_softmax_gradient = log_softmax_gradient_kernel,
  .categorical_crossentropy = categorical_crossentropy_kernel,
  .binary_crossentropy = binary_crossentropy_kernel,
  .mean_squared_error = mean_squared_error_kernel,
  .mean_absolute_error = mean_absolute_error_kernel,
  .batch_statistics = batch_statistics_kernel,
  .merge_statistics = merge_statistics_kernel,
  .normalize = normalize_kernel,
  .normalize_gradient_sums = normalize_gradient_sums_kernel,
  .normalize_gradient = normalize_gradient_kernel,
  .normalize_rows = normalize_rows_kernel,
  .normalize_rows_gradient = normalize_rows_gradient_kernel,
  .normalize_rows_gradient_sums = normalize_rows_gradient_sums_kernel,
  .dropout = dropout_kernel,
  .dropout_gradient = dropout_gradient_kernel,
  .random_rows = random_rows_kernel,
  .pooling = pooling_kernel,
  .pooling_gradient = pooling_gradient_kernel,
  .lstm = lstm_kernel,
  .lstm_gradient = lstm_gradient_kernel,
  .gru = gru_kernel,
  .gru_gradient = gru_gradient_kernel,
  .attention = attention_kernel,
  .attention_gradient = attention_gradient_kernel,
  .resample = resample_kernel,
  .sample = sample_kernel,
  .sample_gradient = sample_gradient_kernel,
  .update = update_kernel,
  .chain_rows = chain_rows_kernel,
  .update_rows = update_rows_kernel,
  .convolution = convolution_kernel,
  .convolution_input_gradient = convolution_input_gradient_kernel,
  .convolution_kernel_gradient = convolution_kernel_gradient_kernel,
  .rows = ROWS_KERNELS,
  .rows_of_bfloat16 = ROWS_OF_BFLOAT16,
  .winograd = WINOGRAD_KERNELS,
  .winograd_of_bfloat16 = WINOGRAD_OF_BFLOAT16,
  .product = product_kernel,
  .product_pack = product_pack_kernel,
  .product_items = product_items_kernel,
  .product_parts = product_parts_kernel,
  .product_merge = product_merge_kernel,
  .product_update = product_update_kernel,
  .to_bfloat16 = to_bfloat16_kernel,
  .multiply_adds = multiply_adds_kernel,
  .stream = stream_kernel,
  .operations_of_round = operations_of_round,
};
