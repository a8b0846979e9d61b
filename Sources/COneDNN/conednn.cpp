// Matrix products by oneDNN, versions 2.x and 3.x. No exception leaves this file.
#include "conednn.h"

#include <dlfcn.h>

#include <cmath>
#include <unordered_map>

#include "engine.hpp"

std::string &train::last_error() {
  thread_local std::string error;
  return error;
}

dnnl::engine &train::engine() {
  static dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

/// oneDNN would share a primitive's work among OpenMP's threads, and then its sums depend on their number: one thread each, set
/// once on every thread that comes here. The OpenMP library is oneDNN's own affair, so its function is looked up rather than
/// linked.
void train::use_one_thread() {
  thread_local bool done = false;
  if (done) return;
  static auto set_threads = reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"));
  if (set_threads != nullptr) set_threads(1);
  done = true;
}

using train::engine;
using train::guarded;

namespace {

/// One matrix, or as many as `items` says that lie `item` elements apart.
dnnl::memory::desc matrix(
    int64_t rows, int64_t columns, int64_t stored_row, bool transposed, int64_t items, int64_t item,
    dnnl::memory::data_type type = dnnl::memory::data_type::f32) {
  dnnl::memory::dims extents{rows, columns};
  dnnl::memory::dims strides = transposed ? dnnl::memory::dims{1, stored_row} : dnnl::memory::dims{stored_row, 1};
  if (items > 1) {
    extents.insert(extents.begin(), items);
    strides.insert(strides.begin(), item);
  }
  return {extents, type, strides};
}

dnnl::primitive_attr attributes(const train_dnnl_shape &shape) {
  dnnl::post_ops after;
  if (shape.accumulate) after.append_sum(1.0f);
  if (shape.relu) {
#if DNNL_VERSION_MAJOR >= 3
    after.append_eltwise(dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
#else
    after.append_eltwise(1.0f, dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
#endif
  }
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(after);
  return attributes;
}

dnnl::matmul::primitive_desc description(const train_dnnl_shape &shape) {
  auto type = shape.bfloat16 ? dnnl::memory::data_type::bf16 : dnnl::memory::data_type::f32;
  auto a = matrix(shape.m, shape.k, shape.a_row, shape.a_transposed, shape.items, shape.a_item, type);
  auto b = matrix(shape.k, shape.n, shape.b_row, shape.b_transposed, shape.items, shape.b_item, type);
  auto c = matrix(shape.m, shape.n, shape.c_row, false, shape.items, shape.c_item);
  auto attr = attributes(shape);
  if (shape.has_bias) {
    dnnl::memory::dims extents(shape.items > 1 ? 3 : 2, 1);
    extents.back() = shape.n;
    auto tag = shape.items > 1 ? dnnl::memory::format_tag::abc : dnnl::memory::format_tag::ab;
    dnnl::memory::desc bias(extents, dnnl::memory::data_type::f32, tag);
#if DNNL_VERSION_MAJOR >= 3
    return {engine(), a, b, bias, c, attr};
#else
    return {dnnl::matmul::desc(a, b, bias, c), attr, engine()};
#endif
  }
#if DNNL_VERSION_MAJOR >= 3
  return {engine(), a, b, c, attr};
#else
  return {dnnl::matmul::desc(a, b, c), attr, engine()};
#endif
}

}  // namespace

struct train_dnnl_product {
  train_dnnl_shape shape;
  dnnl::matmul::primitive_desc description;
  dnnl::matmul primitive;
  dnnl::stream stream;
  dnnl::memory a, b, bias, c;
  std::unordered_map<int, dnnl::memory> arguments;
  std::string implementation;

  explicit train_dnnl_product(const train_dnnl_shape &shape)
      : shape(shape),
        description(::description(shape)),
        primitive(description),
        stream(engine()),
        a(description.src_desc(), engine(), nullptr),
        b(description.weights_desc(), engine(), nullptr),
        c(description.dst_desc(), engine(), nullptr),
        implementation(description.impl_info_str()) {
    arguments = {{DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, b}, {DNNL_ARG_DST, c}};
    if (shape.has_bias) {
      bias = dnnl::memory(description.bias_desc(), engine(), nullptr);
      arguments.insert({DNNL_ARG_BIAS, bias});
    }
  }
};

train_dnnl_product *train_dnnl_product_create(const train_dnnl_shape *shape) {
  return guarded<train_dnnl_product *>(nullptr, [&] { return new train_dnnl_product(*shape); });
}

void train_dnnl_product_destroy(train_dnnl_product *product) { delete product; }

int train_dnnl_product_execute(train_dnnl_product *product, const void *a, const void *b, const float *bias, float *c) {
  return guarded(-1, [&] {
    product->a.set_data_handle(const_cast<void *>(a));
    product->b.set_data_handle(const_cast<void *>(b));
    product->c.set_data_handle(c);
    if (product->shape.has_bias) product->bias.set_data_handle(const_cast<float *>(bias));
    product->primitive.execute(product->stream, product->arguments);
    product->stream.wait();
    return 0;
  });
}

const char *train_dnnl_product_implementation(const train_dnnl_product *product) { return product->implementation.c_str(); }

int train_dnnl_has_bfloat16(void) {
  // An instruction set is the set of bits of all that it includes.
  const int needed = dnnl_cpu_isa_avx512_core_bf16;
  return (static_cast<int>(dnnl_get_effective_cpu_isa()) & needed) == needed;
}

const char *train_dnnl_error(void) { return train::last_error().c_str(); }

void train_dnnl_run(const void *arguments, int32_t piece) {
  const train_dnnl_piece &own = static_cast<const train_dnnl_piece *>(arguments)[piece];
  if (train_dnnl_product_execute(own.plan, own.a, own.b, own.bias, own.c) == 0) return;
  const train_dnnl_shape &shape = own.plan->shape;
  for (int64_t item = 0; item == 0 || item < shape.items; item++) {
    for (int64_t row = 0; row < shape.m; row++) {
      float *values = own.c + item * shape.c_item + row * shape.c_row;
      for (int64_t column = 0; column < shape.n; column++) values[column] = std::nanf("");
    }
  }
}
