// The gradient to a kernel of few channels, as the first convolution of a network has.
//
// Along a row of positions, the values that meet a row of the kernel are neighbours in memory. So a row of the kernel's gradient
// is a matrix product, [values of a kernel's row, positions] · [positions, filters], whose two factors lie as they are.

/// One row of the kernel and one of positions meet: to `sums`, [values of a kernel's row, columns of a tile].
typedef struct {
  const float *x;   // the value that the first position's first value of the kernel's row would meet
  const float *y;   // the gradients of the row of positions, from the panel's first filter on
  int64_t filters, step;   // between positions: of y, of x
  int vectors;
} row_meeting;

/// Adds positions `first` ... `end`, which meet values `low` ... `high` of the kernel's row.
INLINE void add_positions(const row_meeting *m, float *sums, int64_t first, int64_t end, int64_t low, int64_t high) {
  if (first >= end) return;
  for (int64_t r = low; r < high; r += tile_rows) {
    tile_functions[m->vectors - 1][smaller(tile_rows, high - r) - 1](
        sums + r * tile_columns, tile_columns, true, m->x + first * m->step + r, 1, m->step, m->y + first * m->filters,
        m->filters, end - first);
  }
}

/// Adds positions `first` ... `end` one by one, since each meets another part of the kernel's row.
INLINE void add_edges(const train_convolution *s, const row_meeting *m, float *sums, int64_t first, int64_t end) {
  for (int64_t p = first; p < end; p++) {
    const int64_t left = p * s->strides[2] - s->before[2];
    const int64_t low = left < 0 ? -left : 0, high = smaller(s->kernels[2], s->inputs[2] - left);
    if (low < high) add_positions(m, sums, p, p + 1, low * s->channels, high * s->channels);
  }
}

/// `sums` += the columns of `count` rows. Four sums go on at once, since each waits for its last addition.
INLINE void add_columns(floats *sums, const float *y, int64_t filters, int64_t count) {
  floats four[4] = {*sums, splat(0.0f), splat(0.0f), splat(0.0f)};
  int64_t i = 0;
  for (; i + 4 <= count; i += 4) {
#pragma unroll
    for (int k = 0; k < 4; k++) four[k] += load(y + (i + k) * filters);
  }
  for (; i < count; i++) four[0] += load(y + i * filters);
  *sums = (four[0] + four[1]) + (four[2] + four[3]);
}

/// The gradients of the panel of filters from j on, of some images.
static void rows_gradient_of_panel(const train_convolution *s, range images, int64_t j, float *kernel, float *bias) {
  const int64_t *inputs = s->inputs, *kernels = s->kernels, *outputs = s->outputs;
  const int64_t channels = s->channels, filters = s->filters, across = kernels[2] * channels, stride = s->strides[2];
  const int vectors = filters - j > LANES ? 2 : 1;
  // Positions whose whole row of the kernel lies inside.
  const int64_t inner = smaller(outputs[2], (s->before[2] + stride - 1) / stride);
  const int64_t past = inputs[2] - kernels[2] + s->before[2];
  const int64_t outer = past < 0 || past / stride < inner ? inner : smaller(outputs[2], past / stride + 1);
  _Alignas(64) float sums[train_most_kernel_rows * tile_columns] = {0};
  floats added[2] = {0};
  const float *y = s->output + images.begin * extent_of(outputs) * filters + j;
  for (int64_t image = images.begin; image < images.end; image++) {
    const float *x = s->input + image * extent_of(inputs) * channels;
    for (int64_t o0 = 0; o0 < outputs[0]; o0++) {
      for (int64_t o1 = 0; o1 < outputs[1]; o1++, y += outputs[2] * filters) {
        float *row = sums;
        for (int64_t k0 = 0; k0 < kernels[0]; k0++) {
          const int64_t i0 = o0 * s->strides[0] + k0 * s->dilations[0] - s->before[0];
          for (int64_t k1 = 0; k1 < kernels[1]; k1++, row += across * tile_columns) {
            const int64_t i1 = o1 * s->strides[1] + k1 * s->dilations[1] - s->before[1];
            if (i0 < 0 || i1 < 0 || i0 >= inputs[0] || i1 >= inputs[1]) continue;
            const row_meeting m = {
              x + ((i0 * inputs[1] + i1) * inputs[2] - s->before[2]) * channels, y, filters, stride * channels, vectors};
            add_edges(s, &m, row, 0, inner);
            add_positions(&m, row, inner, outer, 0, across);
            add_edges(s, &m, row, outer, outputs[2]);
          }
        }
        if (bias == NULL) continue;
        for (int v = 0; v < vectors; v++) add_columns(&added[v], y + v * LANES, filters, outputs[2]);
      }
    }
  }
  for (int v = 0; v < vectors; v++) {
    for (int64_t r = 0; r < kernels[0] * kernels[1] * across; r++) {
      store(kernel + r * filters + j + v * LANES, load(sums + r * tile_columns + v * LANES));
    }
    if (bias != NULL) store(bias + j + v * LANES, added[v]);
  }
}

static void convolution_rows_gradient_kernel(const void *arguments, int32_t piece) {
  const train_convolution *s = arguments;
  const range images = range_of(s->images, s->images_per_piece, piece);
  for (int64_t j = 0; j < s->filters; j += tile_columns) {
    rows_gradient_of_panel(
        s, images, j, s->kernel + piece * s->part_stride, s->bias == NULL ? NULL : s->bias + piece * s->part_stride);
  }
}
