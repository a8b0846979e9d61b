// Convolutions of few channels, as the first of a network is.
//
// The rows of the input that meet a row of the kernel's positions are laid side by side with zeros around them, a band. Each value
// of the kernel then has its offset into the band: what it meets at position p lies p steps further. So a row of positions is a
// matrix product whose one factor is read from the band as it lies: forward [positions, kernel] · [kernel, filters], and for the
// gradient [kernel, positions] · [positions, filters].

/// tile [rows][columns of a tile] = A · B, or += if `continued`: row r and step l of A lie at `a + row_offsets[r] + l · step`, or, the other way round, at
/// `a + r · step + inner_offsets[l]`; the other offsets are NULL.
INLINE void multiply_band(
    float *tile, bool continued, const int rows, const int vectors, const float *a, const int32_t *row_offsets,
    const int32_t *inner_offsets, int64_t step, const float *b, int64_t b_inner, int64_t length) {
  floats sums[tile_rows][2];
#pragma unroll
  for (int r = 0; r < rows; r++) {
#pragma unroll
    for (int v = 0; v < vectors; v++) sums[r][v] = continued ? load(tile + r * tile_columns + v * LANES) : splat(0.0f);
  }
  for (int64_t l = 0; l < length; l++, b += b_inner) {
    floats column[2];
#pragma unroll
    for (int v = 0; v < vectors; v++) column[v] = load(b + v * LANES);
    const float *from = inner_offsets != NULL ? a + inner_offsets[l] : a + l * step;
#pragma unroll
    for (int r = 0; r < rows; r++) {
      floats value = splat(inner_offsets != NULL ? from[r * step] : from[row_offsets[r]]);
#pragma unroll
      for (int v = 0; v < vectors; v++) sums[r][v] = value * column[v] + sums[r][v];
    }
  }
#pragma unroll
  for (int r = 0; r < rows; r++) {
#pragma unroll
    for (int v = 0; v < vectors; v++) store(tile + r * tile_columns + v * LANES, sums[r][v]);
  }
}

typedef void (*band_function)(
    float *tile, const float *a, const int32_t *offsets, int64_t step, const float *b, int64_t b_inner, int64_t length);

/// Functions of a number of rows and vectors: positions by the kernel's values, and the kernel's values by positions.
#define BAND_TILE(ROWS, VECTORS)                                                                          \
  static void band_forward_##ROWS##_##VECTORS(                                                            \
      float *tile, const float *a, const int32_t *offsets, int64_t step, const float *b, int64_t b_inner, \
      int64_t length) {                                                                                   \
    multiply_band(tile, false, ROWS, VECTORS, a, NULL, offsets, step, b, b_inner, length);                \
  }                                                                                                       \
  static void band_gradient_##ROWS##_##VECTORS(                                                           \
      float *tile, const float *a, const int32_t *offsets, int64_t step, const float *b, int64_t b_inner, \
      int64_t length) {                                                                                   \
    int32_t own[ROWS];                                                                                    \
    for (int r = 0; r < ROWS; r++) own[r] = offsets[r];                                                   \
    multiply_band(tile, true, ROWS, VECTORS, a, own, NULL, step, b, b_inner, length);                     \
  }
#define BAND_TILES(ROWS) BAND_TILE(ROWS, 1) BAND_TILE(ROWS, 2)
#define BAND_ENTRIES(WAY, V)                                                                              \
  {band_##WAY##_1_##V, band_##WAY##_2_##V, band_##WAY##_3_##V, band_##WAY##_4_##V, band_##WAY##_5_##V, band_##WAY##_6_##V \
   BAND_TALL_ENTRIES(WAY, V)}

BAND_TILES(1) BAND_TILES(2) BAND_TILES(3) BAND_TILES(4) BAND_TILES(5) BAND_TILES(6)
#if LANES == 16
BAND_TILES(7) BAND_TILES(8) BAND_TILES(9) BAND_TILES(10) BAND_TILES(11) BAND_TILES(12) BAND_TILES(13) BAND_TILES(14)
#define BAND_TALL_ENTRIES(WAY, V)                                                                         \
  , band_##WAY##_7_##V, band_##WAY##_8_##V, band_##WAY##_9_##V, band_##WAY##_10_##V, band_##WAY##_11_##V, band_##WAY##_12_##V, \
  band_##WAY##_13_##V, band_##WAY##_14_##V
#else
#define BAND_TALL_ENTRIES(WAY, V)
#endif

static const band_function band_forward[2][tile_rows] = {BAND_ENTRIES(forward, 1), BAND_ENTRIES(forward, 2)};
static const band_function band_gradient[2][tile_rows] = {BAND_ENTRIES(gradient, 1), BAND_ENTRIES(gradient, 2)};

// MARK: The band

/// A convolution as its rows of positions see it.
typedef struct {
  const train_convolution *shape;
  /// Floats of a row of the band, and from one position to the next.
  int64_t row, step;
  /// Values of the kernel for each filter, and where in the band each meets the first position.
  int64_t length;
  int32_t offsets[train_most_kernel_rows];
} banding;

static banding banding_of(const train_convolution *s) {
  const int64_t across = s->kernels[2] * s->channels;
  banding b = {.shape = s, .step = s->strides[2] * s->channels, .length = extent_of(s->kernels) * s->channels};
  b.row = (s->outputs[2] - 1) * b.step + across;
  for (int64_t l = 0; l < b.length; l++) b.offsets[l] = (int32_t)(l / across * b.row + l % across);
  return b;
}

/// The rows of an image that row `o` of positions meets, of all depths: [kernels…, row].
static void take_band(const banding *b, const float *image, int64_t o, float *band) {
  const train_convolution *s = b->shape;
  const int64_t *inputs = s->inputs, *kernels = s->kernels, channels = s->channels;
  const int64_t o0 = o / s->outputs[1], o1 = o % s->outputs[1];
  // What of a row lies inside.
  const int64_t left = smaller(b->row, s->before[2] * channels);
  const int64_t width = smaller(b->row - left, inputs[2] * channels), right = b->row - left - width;
  for (int64_t k = 0; k < kernels[0] * kernels[1]; k++, band += b->row) {
    const int64_t i0 = o0 * s->strides[0] + k / kernels[1] * s->dilations[0] - s->before[0];
    const int64_t i1 = o1 * s->strides[1] + k % kernels[1] * s->dilations[1] - s->before[1];
    if (i0 < 0 || i1 < 0 || i0 >= inputs[0] || i1 >= inputs[1]) {
      memset(band, 0, (size_t)b->row * sizeof(float));
      continue;
    }
    memset(band, 0, (size_t)left * sizeof(float));
    memcpy(band + left, image + (i0 * inputs[1] + i1) * inputs[2] * channels, (size_t)width * sizeof(float));
    memset(band + left + width, 0, (size_t)right * sizeof(float));
  }
}

// MARK: Forward

/// What a stretch of positions of the panel of filters from j on has become: `y` holds one row of `count` positions, or two before
/// a pool.
INLINE void give_positions(
    const train_convolution *s, const float *y, int64_t image, int64_t o, int64_t first, int64_t count, int64_t j) {
  const int vectors = s->filters - j > LANES ? 2 : 1;
  for (int v = 0; v < vectors; v++) {
    const floats bias = s->bias != NULL ? load(s->bias + j + v * LANES) : splat(0.0f);
    if (s->pooled) {
      const pooled_extents pool = pooled_extents_of(s);
      int64_t window = ((image * pool.down + o / 2) * pool.across + first / 2) * s->filters + j + v * LANES;
      const float *from = y + v * LANES;
      for (int64_t p = 0; p + 1 < count; p += 2, window += s->filters, from += 2 * tile_columns) {
        const float *below = from + count * tile_columns;
        const floats four[4] = {
          load(from) + bias, load(from + tile_columns) + bias, load(below) + bias, load(below + tile_columns) + bias};
        ints choice;
        store(s->output + window, largest_of(four, s->relu, &choice));
        if (s->choices != NULL) store_choices(s->choices + window, choice);
      }
      continue;
    }
    float *to = s->output + ((image * s->outputs[0] * s->outputs[1] + o) * s->outputs[2] + first) * s->filters + j + v * LANES;
    for (int64_t p = 0; p < count; p++, to += s->filters) {
      const floats value = load(y + p * tile_columns + v * LANES) + bias;
      store(to, s->relu ? larger_of(value, splat(0.0f)) : value);
    }
  }
}

static void convolution_rows_kernel(const void *arguments, int32_t piece) {
  const train_convolution *s = arguments;
  const banding b = banding_of(s);
  const range images = range_of(s->images, s->images_per_piece, piece);
  const int64_t lines = s->outputs[0] * s->outputs[1], together = s->pooled ? 2 : 1;
  enum { most = 2 * tile_rows };  // positions of a stretch, an even number
  _Alignas(64) float bands[2 * train_most_band], y[2 * most * tile_columns];
  for (int64_t image = images.begin; image < images.end; image++) {
    const float *x = s->input + image * extent_of(s->inputs) * s->channels;
    for (int64_t o = 0; o + together <= lines; o += together) {
      for (int64_t line = 0; line < together; line++) take_band(&b, x, o + line, bands + line * train_most_band);
      for (int64_t first = 0; first < s->outputs[2]; first += most) {
        const int64_t count = smaller(most, s->outputs[2] - first), rows = even_rows(count);
        for (int64_t j = 0; j < s->filters; j += tile_columns) {
          const band_function *multiply = band_forward[s->filters - j > LANES];
          for (int64_t line = 0; line < together; line++) {
            for (int64_t p = 0; p < count; p += rows) {
              multiply[smaller(rows, count - p) - 1](
                  y + (line * count + p) * tile_columns,
                  bands + line * train_most_band + (first + p) * b.step, b.offsets, b.step, s->kernel + j, s->filters, b.length);
            }
          }
          give_positions(s, y, image, o, first, count, j);
        }
      }
    }
  }
}

// MARK: To the kernel

/// The gradients of a row of positions from filter j on where they are those of a pool's windows.
INLINE void spread_row(const train_convolution *s, int64_t image, int64_t row, int64_t j, int vectors, float *y) {
  const pooled_extents pool = pooled_extents_of(s);
  if (s->outputs[2] % 2 != 0 || row / 2 >= pool.down) memset(y, 0, (size_t)(s->outputs[2] * tile_columns) * sizeof(float));
  if (row / 2 >= pool.down) return;
  const int64_t first = ((image * pool.down + row / 2) * pool.across) * s->filters + j;
  const int lower = (int)(row % 2) * 2;
  for (int v = 0; v < vectors; v++) {
    const float *gradients = s->output + first + v * LANES;
    const uint8_t *choices = s->choices + first + v * LANES;
    float *to = y + v * LANES;
    for (int64_t x = 0; x < pool.across; x++, gradients += s->filters, choices += s->filters, to += 2 * tile_columns) {
      const floats gradient = load(gradients);
      const ints choice = load_choices(choices);
      store(to, share_of(gradient, choice, lower));
      store(to + tile_columns, share_of(gradient, choice, lower + 1));
    }
  }
}

/// `sums` += the columns of `count` rows. Four sums go on at once, since each waits for its last addition.
INLINE void add_columns(floats *sums, const float *y, int64_t step, int64_t count) {
  floats four[4] = {*sums, splat(0.0f), splat(0.0f), splat(0.0f)};
  int64_t i = 0;
  for (; i + 4 <= count; i += 4) {
#pragma unroll
    for (int k = 0; k < 4; k++) four[k] += load(y + (i + k) * step);
  }
  for (; i < count; i++) four[0] += load(y + i * step);
  *sums = (four[0] + four[1]) + (four[2] + four[3]);
}

/// The gradients of the panel of filters from j on, of some images.
static void rows_gradient_of_panel(const banding *b, range images, int64_t j, float *kernel, float *bias) {
  const train_convolution *s = b->shape;
  const int64_t filters = s->filters, lines = s->outputs[0] * s->outputs[1], rows = even_rows(b->length);
  const int vectors = filters - j > LANES ? 2 : 1;
  _Alignas(64) float sums[train_most_kernel_rows * tile_columns] = {0};
  _Alignas(64) float band[train_most_band], spread[train_most_pooled_columns * tile_columns];
  floats added[2] = {0};
  for (int64_t image = images.begin; image < images.end; image++) {
    const float *x = s->input + image * extent_of(s->inputs) * s->channels;
    for (int64_t o = 0; o < lines; o++) {
      const float *y = s->pooled ? spread : s->output + (image * lines + o) * s->outputs[2] * filters + j;
      const int64_t y_step = s->pooled ? tile_columns : filters;
      if (s->pooled) spread_row(s, image, o, j, vectors, spread);
      take_band(b, x, o, band);
      for (int64_t r = 0; r < b->length; r += rows) {
        band_gradient[vectors - 1][smaller(rows, b->length - r) - 1](
            sums + r * tile_columns, band, b->offsets + r, b->step, y, y_step, s->outputs[2]);
      }
      if (bias == NULL) continue;
      for (int v = 0; v < vectors; v++) add_columns(&added[v], y + v * LANES, y_step, s->outputs[2]);
    }
  }
  for (int v = 0; v < vectors; v++) {
    for (int64_t r = 0; r < b->length; r++) {
      store(kernel + r * filters + j + v * LANES, load(sums + r * tile_columns + v * LANES));
    }
    if (bias != NULL) store(bias + j + v * LANES, added[v]);
  }
}

static void convolution_rows_gradient_kernel(const void *arguments, int32_t piece) {
  const train_convolution *s = arguments;
  const banding b = banding_of(s);
  const range images = range_of(s->images, s->images_per_piece, piece);
  for (int64_t j = 0; j < s->filters; j += tile_columns) {
    rows_gradient_of_panel(
        &b, images, j, s->kernel + piece * s->part_stride, s->bias == NULL ? NULL : s->bias + piece * s->part_stride);
  }
}
