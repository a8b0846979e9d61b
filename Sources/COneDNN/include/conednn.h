/// Matrix products by oneDNN, for the shapes that are too large for our own kernels.
///
/// A plan belongs to one shape. It is made and run with one thread; parallel work is cut into pieces, each a plan of its own
/// shape.
#pragma once

#include <stdint.h>

#include "conednn_convolution.h"

#ifdef __cplusplus
extern "C" {
#endif

/// C[m, n] = A[m, k] · B[k, n], row-major; a transposed operand is stored as [k, m] or [n, k]. Row strides are in elements.
typedef struct {
  int64_t m, n, k;
  int64_t a_row, b_row, c_row;  ///< distance between stored rows
  int32_t a_transposed;         ///< A is stored as [k, m]
  int32_t b_transposed;         ///< B is stored as [n, k]
  int32_t accumulate;           ///< adds to C
  int32_t has_bias;             ///< adds bias[n]
  int32_t relu;                 ///< max(…, 0) at the end
  int64_t items;                ///< how many such products there are, of operands that lie a fixed distance apart; 0 counts as 1
  int64_t a_item, b_item, c_item;  ///< distance between the operands of neighbouring products
  int32_t bfloat16;             ///< A and B hold bfloat16, C and the bias float32
} train_dnnl_shape;

typedef struct train_dnnl_product train_dnnl_product;

/// Makes a plan; NULL if oneDNN refuses (the reason is in `train_dnnl_error`).
train_dnnl_product *train_dnnl_product_create(const train_dnnl_shape *shape);
void train_dnnl_product_destroy(train_dnnl_product *product);

/// Runs a plan; the bias may be NULL if the shape has none. 0, or −1 if oneDNN failed. Any thread, one at a time for a plan.
int train_dnnl_product_execute(train_dnnl_product *product, const void *a, const void *b, const float *bias, float *c);

/// The name of the implementation oneDNN chose, such as `brgemm:avx512_core`.
const char *train_dnnl_product_implementation(const train_dnnl_product *product);

/// Whether oneDNN multiplies bfloat16 by instructions of this processor; `ONEDNN_MAX_CPU_ISA` may forbid it to.
int train_dnnl_has_bfloat16(void);

/// What went wrong last on this thread, "" if nothing did.
const char *train_dnnl_error(void);

/// One piece of a product that a Program runs: a plan and where its operands are.
typedef struct {
  train_dnnl_product *plan;
  const void *a;              ///< float, or bfloat16 if the shape says so
  const void *b;
  const float *bias;
  float *c;
} train_dnnl_piece;

/// A step over such pieces: `arguments` is an array of `train_dnnl_piece`, piece i runs element i. Plans may not be shared
/// between pieces, since pieces run at the same time. If oneDNN fails the piece's part of C is filled with NaN.
void train_dnnl_run(const void *arguments, int32_t piece);

#ifdef __cplusplus
}
#endif
