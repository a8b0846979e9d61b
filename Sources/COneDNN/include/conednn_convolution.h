/// Convolutions by oneDNN over 1, 2 or 3 spatial axes, with their derivatives, all of one thread each.
///
/// Tensors are dense and channels last: inputs [images, input…, channels], outputs [images, output…, filters]. Kernels are
/// [kernel…, channels / groups, filters], filter f in the group f / (filters / groups); oneDNN keeps them in an order of its own
/// ("packed"), so that a kernel is packed before pieces of a batch use it, and a kernel's gradient unpacked after they made it.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What is computed of input x, kernel k and output y.
typedef enum {
  TRAIN_CONVOLUTION_FORWARD,          ///< x, k → y
  TRAIN_CONVOLUTION_INPUT_GRADIENT,   ///< y's gradient, k → x's gradient
  TRAIN_CONVOLUTION_KERNEL_GRADIENT,  ///< x, y's gradient → k's gradient, packed
} train_convolution_kind;

/// How products are rounded.
typedef enum {
  TRAIN_CONVOLUTION_FLOAT32,
  TRAIN_CONVOLUTION_BFLOAT16,  ///< operands are rounded to bfloat16 on the way in; sums and results are float32
} train_convolution_type;

typedef struct {
  int32_t kind;      ///< `train_convolution_kind`
  int32_t axes;      ///< how many spatial axes; the arrays hold as many numbers
  int32_t type;      ///< `train_convolution_type`
  int32_t has_bias;  ///< forward: adds bias[filters]; kernel gradient: makes the bias's gradient too
  int32_t relu;      ///< forward: max(…, 0) at the end
  int64_t images, groups, channels, filters;
  int64_t input[3], kernel[3], output[3];
  int64_t strides[3], dilations[3];  ///< a dilation of 1 is none
  int64_t before[3], after[3];       ///< padding; what is left over at the end may make `after` negative
} train_convolution_shape;

/// A convolution made ready for one shape. It may be run by several threads at the same time.
typedef struct train_dnnl_convolution train_dnnl_convolution;

/// Makes a convolution ready; NULL if oneDNN refuses or knows it by its slow reference alone (the reason is in `train_dnnl_error`).
/// With `like` its packed kernel is in the same order as that one's.
train_dnnl_convolution *train_dnnl_convolution_create(const train_convolution_shape *shape, const train_dnnl_convolution *like);
void train_dnnl_convolution_destroy(train_dnnl_convolution *convolution);

/// Bytes of a packed kernel; 0 if it lies as it is given.
int64_t train_dnnl_convolution_packed_bytes(const train_dnnl_convolution *convolution);
/// Bytes of scratch memory that each call of its own needs.
int64_t train_dnnl_convolution_scratch_bytes(const train_dnnl_convolution *convolution);
/// The name of the implementation oneDNN chose, such as `brgconv:avx512_core`.
const char *train_dnnl_convolution_implementation(const train_dnnl_convolution *convolution);

/// Something of a convolution with its addresses, to be run any number of times.
typedef struct train_dnnl_call train_dnnl_call;

/// A call of the convolution. For a kernel's gradient `kernel` and `bias` are results and `output` an operand. NULL on failure.
train_dnnl_call *train_dnnl_convolution_call(
    const train_dnnl_convolution *convolution, float *input, float *kernel, float *bias, float *output, void *scratch);
/// Packs a kernel, or unpacks one if `back`. NULL on failure.
train_dnnl_call *train_dnnl_packing_call(const train_dnnl_convolution *convolution, float *kernel, float *packed, int32_t back);
void train_dnnl_call_destroy(train_dnnl_call *call);

/// A step over calls: `arguments` is an array of `train_dnnl_call *`, piece i runs element i. If oneDNN fails the results are
/// filled with NaN.
void train_dnnl_call_run(const void *arguments, int32_t piece);

#ifdef __cplusplus
}
#endif
