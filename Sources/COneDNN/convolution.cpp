// Convolutions by oneDNN, versions 2.x and 3.x. No exception leaves this file.
#include "conednn_convolution.h"

#include <cmath>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "engine.hpp"

using train::engine;
using train::guarded;
using dims = dnnl::memory::dims;
using desc = dnnl::memory::desc;
using tag = dnnl::memory::format_tag;
using data_type = dnnl::memory::data_type;

namespace {

/// The memory of a convolution's operands, by their roles; `scratch` is what oneDNN works in.
struct operands {
  desc input, kernel, bias, output, scratch;
};

/// [images, channels, extents…] in oneDNN's order of axes, channels last in memory.
desc image_desc(int64_t images, int64_t channels, const int64_t *extents, int axes, data_type type) {
  static const tag channels_last[] = {tag::nwc, tag::nhwc, tag::ndhwc};
  dims all{images, channels};
  all.insert(all.end(), extents, extents + axes);
  return {all, type, channels_last[axes - 1]};
}

/// The extents of a kernel in oneDNN's order: [groups, filters, channels, extents…], each filter and channel of its group.
dims kernel_extents(const train_convolution_shape &shape) {
  dims extents;
  if (shape.groups > 1) extents.push_back(shape.groups);
  extents.push_back(shape.filters / shape.groups);
  extents.push_back(shape.channels / shape.groups);
  extents.insert(extents.end(), shape.kernel, shape.kernel + shape.axes);
  return extents;
}

/// A kernel as it is given: [extents…, channels of a group, filters].
desc given_kernel(const train_convolution_shape &shape) {
  dims strides;
  if (shape.groups > 1) strides.push_back(shape.filters / shape.groups);
  strides.push_back(1);
  strides.push_back(shape.filters);
  int64_t position = shape.filters * (shape.channels / shape.groups);
  dims along(shape.axes);
  for (int axis = shape.axes - 1; axis >= 0; axis--) {
    along[axis] = position;
    position *= shape.kernel[axis];
  }
  strides.insert(strides.end(), along.begin(), along.end());
  return {kernel_extents(shape), data_type::f32, strides};
}

dims list(const int64_t *values, int count, int64_t offset = 0) {
  dims result(values, values + count);
  for (auto &value : result) value += offset;
  return result;
}

/// The scratch memory is the caller's, and what comes after the sums is done with them.
dnnl::primitive_attr attributes(bool relu) {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  if (relu) {
    dnnl::post_ops after;
#if DNNL_VERSION_MAJOR >= 3
    after.append_eltwise(dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
#else
    after.append_eltwise(1.0f, dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
#endif
    attributes.set_post_ops(after);
  }
  return attributes;
}

dnnl::convolution_forward::primitive_desc forward(const train_convolution_shape &shape, const operands &o) {
  auto strides = list(shape.strides, shape.axes), dilations = list(shape.dilations, shape.axes, -1);
  auto before = list(shape.before, shape.axes), after = list(shape.after, shape.axes);
  const auto direct = dnnl::algorithm::convolution_direct;
  const auto training = dnnl::prop_kind::forward_training;
  auto attr = attributes(shape.relu != 0 && shape.kind == TRAIN_CONVOLUTION_FORWARD);
#if DNNL_VERSION_MAJOR >= 3
  return {engine(), training, direct, o.input, o.kernel, o.bias, o.output, strides, dilations, before, after, attr};
#else
  return {{training, direct, o.input, o.kernel, o.bias, o.output, strides, dilations, before, after}, attr, engine()};
#endif
}

dnnl::convolution_backward_data::primitive_desc input_gradient(
    const train_convolution_shape &shape, const operands &o, const dnnl::convolution_forward::primitive_desc &hint) {
  auto strides = list(shape.strides, shape.axes), dilations = list(shape.dilations, shape.axes, -1);
  auto before = list(shape.before, shape.axes), after = list(shape.after, shape.axes);
  const auto direct = dnnl::algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
  return {engine(), direct, o.input, o.kernel, o.output, strides, dilations, before, after, hint, attributes(false)};
#else
  return {{direct, o.input, o.kernel, o.output, strides, dilations, before, after}, attributes(false), engine(), hint};
#endif
}

dnnl::convolution_backward_weights::primitive_desc kernel_gradient(
    const train_convolution_shape &shape, const operands &o, const dnnl::convolution_forward::primitive_desc &hint) {
  auto strides = list(shape.strides, shape.axes), dilations = list(shape.dilations, shape.axes, -1);
  auto before = list(shape.before, shape.axes), after = list(shape.after, shape.axes);
  const auto direct = dnnl::algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
  return {engine(), direct, o.input, o.kernel, o.bias, o.output, strides, dilations, before, after, hint, attributes(false)};
#else
  return {{direct, o.input, o.kernel, o.bias, o.output, strides, dilations, before, after}, attributes(false), engine(), hint};
#endif
}

/// One primitive with its memory.
struct execution {
  dnnl::primitive primitive;
  std::vector<dnnl::memory> memories;
  std::vector<dnnl_exec_arg_t> arguments;

  void add(int role, const desc &layout, void *address) {
    memories.emplace_back(layout, engine(), address);
    arguments.push_back({role, memories.back().get()});
  }
};

/// A reordering of memory from one layout to another.
execution reordering(const desc &from, const void *source, const desc &to, void *target) {
  execution run;
  run.primitive = dnnl::reorder(dnnl::reorder::primitive_desc(engine(), from, engine(), to));
  run.add(DNNL_ARG_FROM, from, const_cast<void *>(source));
  run.add(DNNL_ARG_TO, to, target);
  return run;
}

int64_t rounded_up(int64_t bytes) { return (bytes + 63) / 64 * 64; }

}  // namespace

struct train_dnnl_convolution {
  train_convolution_shape shape;
  dnnl::primitive primitive;
  /// As the primitive takes them.
  operands used;
  /// As the caller gives them: all float32, the kernel packed.
  operands given;
  std::string implementation;

  train_dnnl_convolution(const train_convolution_shape &shape, const train_dnnl_convolution *like) : shape(shape) {
    const bool rounds = shape.type == TRAIN_CONVOLUTION_BFLOAT16;
    const auto operand = rounds ? data_type::bf16 : data_type::f32;
    const bool makes_input = shape.kind == TRAIN_CONVOLUTION_INPUT_GRADIENT;
    const bool makes_kernel = shape.kind == TRAIN_CONVOLUTION_KERNEL_GRADIENT;
    const bool makes_output = shape.kind == TRAIN_CONVOLUTION_FORWARD;
    auto describe = [&](bool f32_input, bool f32_kernel, bool f32_output, bool is_hint) {
      operands o;
      o.input = image_desc(shape.images, shape.channels, shape.input, shape.axes, f32_input ? data_type::f32 : operand);
      o.output = image_desc(shape.images, shape.filters, shape.output, shape.axes, f32_output ? data_type::f32 : operand);
      o.kernel = like != nullptr && !is_hint
        ? like->used.kernel
        : desc(kernel_extents(shape), f32_kernel ? data_type::f32 : operand, tag::any);
      if (shape.has_bias) o.bias = desc({shape.filters}, data_type::f32, tag::x);
      return o;
    };
    used = describe(makes_input, makes_kernel, makes_output, false);
    given = describe(true, true, true, true);
    if (makes_output) {
      auto chosen = forward(shape, used);
      primitive = dnnl::convolution_forward(chosen);
      implementation = chosen.impl_info_str();
      used.kernel = chosen.weights_desc();
      used.scratch = chosen.scratchpad_desc();
    } else {
      auto hint = forward(shape, describe(false, false, false, true));
      if (makes_input) {
        auto chosen = input_gradient(shape, used, hint);
        primitive = dnnl::convolution_backward_data(chosen);
        implementation = chosen.impl_info_str();
        used.kernel = chosen.weights_desc();
        used.scratch = chosen.scratchpad_desc();
      } else {
        auto chosen = kernel_gradient(shape, used, hint);
        primitive = dnnl::convolution_backward_weights(chosen);
        implementation = chosen.impl_info_str();
        used.kernel = chosen.diff_weights_desc();
        used.scratch = chosen.scratchpad_desc();
      }
    }
    given.kernel = given_kernel(shape);
    if (implementation.find("ref") != std::string::npos) throw std::runtime_error("only oneDNN's reference computes this");
  }

  bool rounds() const { return shape.type == TRAIN_CONVOLUTION_BFLOAT16; }
  bool is_packed() const { return used.kernel != given.kernel; }
  /// Bytes that the rounded operands take in front of oneDNN's own scratch memory.
  int64_t rounded_input_bytes() const {
    return rounds() && shape.kind != TRAIN_CONVOLUTION_INPUT_GRADIENT ? rounded_up(used.input.get_size()) : 0;
  }
  int64_t rounded_output_bytes() const {
    return rounds() && shape.kind != TRAIN_CONVOLUTION_FORWARD ? rounded_up(used.output.get_size()) : 0;
  }
};

struct train_dnnl_call {
  dnnl::stream stream{engine()};
  std::vector<execution> executions;
  /// What is filled with NaN after a failure.
  std::vector<std::pair<float *, int64_t>> results;

  void run() {
    for (auto &one : executions) {
      dnnl_status_t status =
        dnnl_primitive_execute(one.primitive.get(), stream.get(), (int)one.arguments.size(), one.arguments.data());
      if (status != dnnl_success) throw std::runtime_error("oneDNN cannot run a convolution");
    }
    stream.wait();
  }
};

train_dnnl_convolution *train_dnnl_convolution_create(const train_convolution_shape *shape, const train_dnnl_convolution *like) {
  return guarded<train_dnnl_convolution *>(nullptr, [&] { return new train_dnnl_convolution(*shape, like); });
}

void train_dnnl_convolution_destroy(train_dnnl_convolution *convolution) { delete convolution; }

int64_t train_dnnl_convolution_packed_bytes(const train_dnnl_convolution *convolution) {
  return convolution->is_packed() ? rounded_up(convolution->used.kernel.get_size()) : 0;
}

int64_t train_dnnl_convolution_scratch_bytes(const train_dnnl_convolution *convolution) {
  return convolution->rounded_input_bytes() + convolution->rounded_output_bytes()
    + rounded_up(convolution->used.scratch.get_size());
}

const char *train_dnnl_convolution_implementation(const train_dnnl_convolution *convolution) {
  return convolution->implementation.c_str();
}

train_dnnl_call *train_dnnl_convolution_call(
    const train_dnnl_convolution *convolution, float *input, float *kernel, float *bias, float *output, void *scratch) {
  return guarded<train_dnnl_call *>(nullptr, [&] {
    auto call = std::make_unique<train_dnnl_call>();
    const auto &c = *convolution;
    char *free_bytes = static_cast<char *>(scratch);
    /// An operand as the primitive takes it: rounded into scratch memory if it is to be.
    auto operand = [&](const desc &given, const desc &used, float *address, int64_t rounded) -> void * {
      if (rounded == 0) return address;
      call->executions.push_back(reordering(given, address, used, free_bytes));
      free_bytes += rounded;
      return free_bytes - rounded;
    };
    void *in = operand(c.given.input, c.used.input, input, c.rounded_input_bytes());
    void *out = operand(c.given.output, c.used.output, output, c.rounded_output_bytes());
    execution run;
    run.primitive = c.primitive;
    run.memories.reserve(5);
    const bool makes_input = c.shape.kind == TRAIN_CONVOLUTION_INPUT_GRADIENT;
    const bool makes_kernel = c.shape.kind == TRAIN_CONVOLUTION_KERNEL_GRADIENT;
    run.add(makes_input ? DNNL_ARG_DIFF_SRC : DNNL_ARG_SRC, c.used.input, in);
    run.add(makes_kernel ? DNNL_ARG_DIFF_WEIGHTS : DNNL_ARG_WEIGHTS, c.used.kernel, kernel);
    if (c.shape.has_bias && !makes_input) run.add(makes_kernel ? DNNL_ARG_DIFF_BIAS : DNNL_ARG_BIAS, c.used.bias, bias);
    run.add(c.shape.kind == TRAIN_CONVOLUTION_FORWARD ? DNNL_ARG_DST : DNNL_ARG_DIFF_DST, c.used.output, out);
    run.add(DNNL_ARG_SCRATCHPAD, c.used.scratch, free_bytes);
    call->executions.push_back(std::move(run));
    if (makes_input) {
      call->results.emplace_back(input, c.used.input.get_size() / 4);
    } else if (makes_kernel) {
      call->results.emplace_back(kernel, c.used.kernel.get_size() / 4);
      if (c.shape.has_bias) call->results.emplace_back(bias, c.shape.filters);
    } else {
      call->results.emplace_back(output, c.used.output.get_size() / 4);
    }
    return call.release();
  });
}

train_dnnl_call *train_dnnl_packing_call(const train_dnnl_convolution *convolution, float *kernel, float *packed, int32_t back) {
  return guarded<train_dnnl_call *>(nullptr, [&] {
    auto call = std::make_unique<train_dnnl_call>();
    const auto &given = convolution->given.kernel, &used = convolution->used.kernel;
    call->executions.push_back(back ? reordering(used, packed, given, kernel) : reordering(given, kernel, used, packed));
    if (back) {
      call->results.emplace_back(kernel, given.get_size() / 4);
    } else {
      call->results.emplace_back(packed, used.get_size() / 4);
    }
    return call.release();
  });
}

void train_dnnl_call_destroy(train_dnnl_call *call) { delete call; }

void train_dnnl_call_run(const void *arguments, int32_t piece) {
  train_dnnl_call *call = static_cast<train_dnnl_call *const *>(arguments)[piece];
  int failed = guarded(-1, [&] {
    call->run();
    return 0;
  });
  if (failed == 0) return;
  for (auto &[values, count] : call->results) {
    for (int64_t i = 0; i < count; i++) values[i] = std::nanf("");
  }
}
