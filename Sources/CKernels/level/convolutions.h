// Convolutions: every position of the kernel at every position of the output meets one of the input.

/// What is done where they meet: x is [channels], k [channels / groups, filters], y [filters].
typedef void (*convolution_meeting)(const train_convolution *s, float *x, float *k, float *y);

/// Whether each channel has one filter of its own, so that vectors go over channels.
INLINE bool is_by_channel(const train_convolution *s) { return s->groups == s->channels && s->filters == s->channels; }

INLINE void meet(const train_convolution *s, int64_t image, float *kernel, convolution_meeting body) {
  const int64_t *inputs = s->inputs, *kernels = s->kernels, *outputs = s->outputs;
  float *x = s->input + image * extent_of(inputs) * s->channels;
  float *y = s->output + image * extent_of(outputs) * s->filters;
  const int64_t row = s->channels / s->groups * s->filters;
  for (int64_t o0 = 0; o0 < outputs[0]; o0++) {
    for (int64_t o1 = 0; o1 < outputs[1]; o1++) {
      for (int64_t o2 = 0; o2 < outputs[2]; o2++, y += s->filters) {
        float *k = kernel;
        for (int64_t k0 = 0; k0 < kernels[0]; k0++) {
          int64_t i0 = o0 * s->strides[0] + k0 * s->dilations[0] - s->before[0];
          for (int64_t k1 = 0; k1 < kernels[1]; k1++) {
            int64_t i1 = o1 * s->strides[1] + k1 * s->dilations[1] - s->before[1];
            for (int64_t k2 = 0; k2 < kernels[2]; k2++, k += row) {
              int64_t i2 = o2 * s->strides[2] + k2 * s->dilations[2] - s->before[2];
              if (i0 < 0 || i1 < 0 || i2 < 0 || i0 >= inputs[0] || i1 >= inputs[1] || i2 >= inputs[2]) continue;
              body(s, x + ((i0 * inputs[1] + i1) * inputs[2] + i2) * s->channels, k, y);
            }
          }
        }
      }
    }
  }
}

/// `to += a · b`, element by element.
INLINE void add_products(float *to, const float *a, const float *b, int64_t count) {
  for (int64_t i = 0; i < count; i += LANES) {
    store_some(to + i, count - i, load_some(a + i, count - i) * load_some(b + i, count - i) + load_some(to + i, count - i));
  }
}

/// `to += factor · a`.
INLINE void add_scaled(float *to, float factor, const float *a, int64_t count) {
  for (int64_t i = 0; i < count; i += LANES) {
    store_some(to + i, count - i, splat(factor) * load_some(a + i, count - i) + load_some(to + i, count - i));
  }
}

// MARK: Forward

INLINE void meet_forward(const train_convolution *s, float *x, float *k, float *y) {
  if (is_by_channel(s)) {
    add_products(y, x, k, s->channels);
    return;
  }
  const int64_t channels = s->channels / s->groups, filters = s->filters / s->groups;
  for (int64_t g = 0; g < s->groups; g++) {
    for (int64_t c = 0; c < channels; c++) {
      add_scaled(y + g * filters, x[g * channels + c], k + c * s->filters + g * filters, filters);
    }
  }
}

static void convolution_kernel(const void *arguments, int32_t piece) {
  const train_convolution *s = arguments;
  range images = range_of(s->images, s->images_per_piece, piece);
  const int64_t positions = extent_of(s->outputs), filters = s->filters;
  for (int64_t image = images.begin; image < images.end; image++) {
    float *y = s->output + image * positions * filters;
    for (int64_t p = 0; p < positions; p++) {
      for (int64_t f = 0; f < filters; f++) y[p * filters + f] = s->bias != NULL ? s->bias[f] : 0.0f;
    }
    meet(s, image, s->kernel, meet_forward);
    if (!s->relu) continue;
    for (int64_t i = 0; i < positions * filters; i += LANES) {
      int64_t count = positions * filters - i;
      store_some(y + i, count, larger_of(load_some(y + i, count), splat(0.0f)));
    }
  }
}

// MARK: To the input

INLINE void meet_input_gradient(const train_convolution *s, float *x, float *k, float *y) {
  if (is_by_channel(s)) {
    add_products(x, y, k, s->channels);
    return;
  }
  const int64_t channels = s->channels / s->groups, filters = s->filters / s->groups;
  for (int64_t g = 0; g < s->groups; g++) {
    for (int64_t c = 0; c < channels; c++) {
      const float *a = y + g * filters, *b = k + c * s->filters + g * filters;
      floats sum = splat(0.0f);
      for (int64_t f = 0; f < filters; f += LANES) sum = load_some(a + f, filters - f) * load_some(b + f, filters - f) + sum;
      x[g * channels + c] += sum_across(sum);
    }
  }
}

static void convolution_input_gradient_kernel(const void *arguments, int32_t piece) {
  const train_convolution *s = arguments;
  range images = range_of(s->images, s->images_per_piece, piece);
  const int64_t size = extent_of(s->inputs) * s->channels;
  memset(s->input + images.begin * size, 0, (size_t)((images.end - images.begin) * size) * sizeof(float));
  for (int64_t image = images.begin; image < images.end; image++) meet(s, image, s->kernel, meet_input_gradient);
}

// MARK: To the kernel

INLINE void meet_kernel_gradient(const train_convolution *s, float *x, float *k, float *y) {
  if (is_by_channel(s)) {
    add_products(k, x, y, s->channels);
    return;
  }
  const int64_t channels = s->channels / s->groups, filters = s->filters / s->groups;
  for (int64_t g = 0; g < s->groups; g++) {
    for (int64_t c = 0; c < channels; c++) {
      add_scaled(k + c * s->filters + g * filters, x[g * channels + c], y + g * filters, filters);
    }
  }
}

static void convolution_kernel_gradient_kernel(const void *arguments, int32_t piece) {
  const train_convolution *s = arguments;
  range images = range_of(s->images, s->images_per_piece, piece);
  float *kernel = s->kernel + piece * s->part_stride;
  memset(kernel, 0, (size_t)(extent_of(s->kernels) * (s->channels / s->groups) * s->filters) * sizeof(float));
  for (int64_t image = images.begin; image < images.end; image++) meet(s, image, kernel, meet_kernel_gradient);
  if (s->bias == NULL) return;
  float *bias = s->bias + piece * s->part_stride;
  memset(bias, 0, (size_t)s->filters * sizeof(float));
  const int64_t positions = extent_of(s->outputs);
  const float *y = s->output + images.begin * positions * s->filters;
  for (int64_t p = 0; p < (images.end - images.begin) * positions; p++) add_scaled(bias, 1.0f, y + p * s->filters, s->filters);
}
