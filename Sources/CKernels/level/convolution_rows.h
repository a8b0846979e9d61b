// Convolutions of few channels, as the first of a network is.
//
// The rows of the input that meet a row of positions are laid side by side with zeros around them, a band. Forward what each position
// of a stretch meets is copied from it into a row of its own, a patch, and a stretch is a product [positions, kernel] · [kernel,
// filters]. For the gradient it is [kernel, positions] · [positions, filters], its one factor read from the band as it lies: what a
// value of the kernel meets at position p lies p steps further than what it meets at the first. Factors are float32 or bfloat16
// (`operands.h`).

enum {
  /// Positions of a stretch, an even number since pools take pairs of them.
  forward_stretch = 2 * tile_rows,
  gradient_stretch = 128,
};

// MARK: The band

/// A convolution as its rows of positions see it.
typedef struct {
  const train_convolution *shape;
  /// Factors of a row of the band, and from one position to the next.
  int64_t row, step;
  /// Rows of the band, and of each what a position meets.
  int64_t rows, across;
  /// Values of the kernel for each filter, and words that hold them.
  int64_t length, words;
} banding;

static banding banding_of(const train_convolution *s) {
  banding b = {
    .shape = s, .step = s->strides[2] * s->channels, .rows = s->kernels[0] * s->kernels[1],
    .across = s->kernels[2] * s->channels};
  b.row = (s->outputs[2] - 1) * b.step + b.across;
  b.length = b.rows * b.across;
  b.words = (b.length + values_of_word - 1) / values_of_word;
  return b;
}

/// The rows of an image that row `o` of positions meets, of all depths: [kernels…, row], and up to a vector more.
static void take_band(const banding *b, const float *image, int64_t o, factor *band) {
  const train_convolution *s = b->shape;
  const int64_t *inputs = s->inputs, *kernels = s->kernels, channels = s->channels;
  const int64_t o0 = o / s->outputs[1], o1 = o % s->outputs[1];
  // What of a row lies inside.
  const int64_t left = smaller(b->row, s->before[2] * channels);
  const int64_t width = smaller(b->row - left, inputs[2] * channels), right = b->row - left - width;
  for (int64_t k = 0; k < b->rows; k++, band += b->row) {
    const int64_t i0 = o0 * s->strides[0] + k / kernels[1] * s->dilations[0] - s->before[0];
    const int64_t i1 = o1 * s->strides[1] + k % kernels[1] * s->dilations[1] - s->before[1];
    if (i0 < 0 || i1 < 0 || i0 >= inputs[0] || i1 >= inputs[1]) {
      memset(band, 0, (size_t)b->row * sizeof *band);
      continue;
    }
    const float *from = image + (i0 * inputs[1] + i1) * inputs[2] * channels;
    memset(band, 0, (size_t)left * sizeof *band);
    for (int64_t x = 0; x < width; x += LANES) store_factors(band + left + x, load_some(from + x, width - x));
    memset(band + left + width, 0, (size_t)right * sizeof *band);
  }
}

// MARK: Forward

/// What `count` positions from one on meet, which begins at `band`: [count][words], and up to a vector more. `across` as in `b`, or
/// a vector where it is less.
INLINE void take_patches_of(const banding *b, const factor *band, int64_t count, factor *patches, int64_t across) {
  const int64_t rows = b->rows, row = b->row, taken = b->across, step = b->step, length = b->length;
  const int64_t patch = b->words * values_of_word;
  for (int64_t p = 0; p < count; p++, band += step, patches += patch) {
    const factor *from = band;
    factor *to = patches;
    for (int64_t k = 0; k < rows; k++, from += row, to += taken) {
      for (int64_t c = 0; c < across; c += LANES) copy_factors(to + c, from + c);
    }
    if (patch > length) patches[length] = 0;
  }
}

INLINE void take_patches(const banding *b, const factor *band, int64_t count, factor *patches) {
  if (b->across <= LANES) {
    take_patches_of(b, band, count, patches, LANES);
  } else {
    take_patches_of(b, band, count, patches, b->across);
  }
}

/// The kernel in words: [words, filters].
static const float *words_of_kernel(const banding *b, float *packed) {
  const train_convolution *s = b->shape;
  if (values_of_word == 1) return s->kernel;
  for (int64_t w = 0; w < b->words; w++) {
    for (int64_t j = 0; j < s->filters; j += LANES) {
      floats values[values_of_word];
      for (int n = 0; n < values_of_word; n++) {
        const int64_t c = w * values_of_word + n;
        values[n] = c < b->length ? load(s->kernel + c * s->filters + j) : splat(0.0f);
      }
      store(packed + w * s->filters + j, words_of(values));
    }
  }
  return packed;
}

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
  enum { band_space = train_most_band + LANES, patch_space = forward_stretch * (train_most_kernel_rows + 1) + LANES };
  _Alignas(64) factor bands[2][band_space], patches[2][patch_space];
  _Alignas(64) float y[2 * forward_stretch * tile_columns], packed[train_most_kernel_words];
  const float *kernel = words_of_kernel(&b, packed);
  for (int64_t image = images.begin; image < images.end; image++) {
    const float *x = s->input + image * extent_of(s->inputs) * s->channels;
    for (int64_t o = 0; o + together <= lines; o += together) {
      for (int64_t line = 0; line < together; line++) take_band(&b, x, o + line, bands[line]);
      for (int64_t first = 0; first < s->outputs[2]; first += forward_stretch) {
        const int64_t count = smaller(forward_stretch, s->outputs[2] - first), rows = even_rows(count);
        for (int64_t line = 0; line < together; line++) take_patches(&b, bands[line] + first * b.step, count, patches[line]);
        for (int64_t j = 0; j < s->filters; j += tile_columns) {
          const tile_function *multiply = tile_functions[s->filters - j > LANES];
          for (int64_t line = 0; line < together; line++) {
            const float *a = (const float *)patches[line];
            for (int64_t p = 0; p < count; p += rows) {
              multiply[smaller(rows, count - p) - 1](
                  y + (line * count + p) * tile_columns, tile_columns, false, a + p * b.words, b.words, 1, kernel + j,
                  s->filters, b.words);
            }
          }
          give_positions(s, y, image, o, first, count, j);
        }
      }
    }
  }
}

// MARK: To the kernel

/// tile [rows][columns of a tile] += A · B: row r and word l of A lie at `a + offsets[r] + l · step`.
INLINE void multiply_band(
    float *tile, const int rows, const int vectors, const float *a, const int32_t *offsets, int64_t step, const float *b,
    int64_t length) {
  int32_t own[tile_rows];
  floats sums[tile_rows][2];
#pragma unroll
  for (int r = 0; r < rows; r++) own[r] = offsets[r];
  load_sums(sums, rows, vectors, tile, tile_columns);
  for (int64_t l = 0; l < length; l++, a += step, b += tile_columns) {
    floats column[2];
#pragma unroll
    for (int v = 0; v < vectors; v++) column[v] = load(b + v * LANES);
#pragma unroll
    for (int r = 0; r < rows; r++) {
      floats value = splat(a[own[r]]);
#pragma unroll
      for (int v = 0; v < vectors; v++) sums[r][v] = multiply_add(value, column[v], sums[r][v]);
    }
  }
  store_sums(sums, rows, vectors, tile, tile_columns);
}

typedef void (*band_function)(
    float *tile, const float *a, const int32_t *offsets, int64_t step, const float *b, int64_t length);

#define BAND_TILE(ROWS, VECTORS)                                                                                  \
  static void band_##ROWS##_##VECTORS(                                                                            \
      float *tile, const float *a, const int32_t *offsets, int64_t step, const float *b, int64_t length) {        \
    multiply_band(tile, ROWS, VECTORS, a, offsets, step, b, length);                                              \
  }
#define BAND_TILES(ROWS) BAND_TILE(ROWS, 1) BAND_TILE(ROWS, 2)
ALL_HEIGHTS(BAND_TILES)
static const band_function band_functions[2][tile_rows] = TABLE_OF_TILES(band);

/// A band in words, each of a factor and what lies so much further as the next position: the band itself, or made in `words`.
INLINE const float *words_of_band(const banding *b, const factor *band, float *words) {
  if (values_of_word == 1) return (const float *)band;
  const int64_t next = b->shape->outputs[2] > 1 ? b->step : 0, count = b->rows * b->row;
  for (int64_t x = 0; x < count; x += LANES) store(words + x, words_of_factors(band + x, band + x + next));
  return words;
}

/// The gradients of `count` positions of a row from filter j on, positions side by side in one word: y[count / values of a
/// word][columns of a tile], zeros where the last word misses one. Gives `sum` and their sum.
INLINE floats take_position_gradients(
    const train_convolution *s, int64_t image, int64_t row, int64_t first, int64_t count, int64_t j, float *y, floats sum) {
  const float *from = s->output + ((image * s->outputs[0] * s->outputs[1] + row) * s->outputs[2] + first) * s->filters + j;
  for (int64_t p = 0; p < count; p += values_of_word, y += tile_columns) {
    floats values[values_of_word];
#pragma unroll
    for (int n = 0; n < values_of_word; n++) {
      values[n] = p + n < count ? load(from + (p + n) * s->filters) : splat(0.0f);
      sum += values[n];
    }
    store(y, words_of(values));
  }
  return sum;
}

/// As `take_position_gradients` where they are those of a pool's windows, of two positions of the row each.
INLINE floats take_window_gradients(
    const train_convolution *s, int64_t image, int64_t row, int64_t first, int64_t count, int64_t j, float *y, floats sum) {
  const pooled_extents pool = pooled_extents_of(s);
  const int lower = (int)(row % 2) * 2;
  const int64_t window = ((image * pool.down + row / 2) * pool.across + first / 2) * s->filters + j;
  const float *gradients = s->output + window;
  const uint8_t *choices = s->choices + window;
  for (int64_t p = 0; p < count; p += 2, gradients += s->filters, choices += s->filters) {
    floats shares[2] = {0};
    if (p + 1 < count) {
      const floats gradient = load(gradients);
      const ints choice = load_choices(choices);
      shares[0] = share_of(gradient, choice, lower);
      shares[1] = share_of(gradient, choice, lower + 1);
      sum += shares[0] + shares[1];
    }
#pragma unroll
    for (int n = 0; n < 2; n += values_of_word, y += tile_columns) store(y, words_of(shares + n));
  }
  return sum;
}

/// The gradients of the panel of filters from j on, of some images.
static void rows_gradient_of_panel(const banding *b, range images, int64_t j, float *kernel, float *bias) {
  const train_convolution *s = b->shape;
  const int64_t filters = s->filters, rows = even_rows(b->length);
  // Of an odd number of rows a pool does not take the last.
  const int64_t lines = s->pooled ? s->outputs[1] / 2 * 2 : s->outputs[0] * s->outputs[1];
  const int vectors = filters - j > LANES ? 2 : 1;
  _Alignas(64) float sums[train_most_kernel_rows * tile_columns] = {0};
  // Behind the band lies what words of the last positions are made with where those have no next.
  _Alignas(64) factor band[2 * (train_most_band + LANES)] = {0};
  _Alignas(64) float words[values_of_word == 1 ? 1 : train_most_band + LANES], y[gradient_stretch * tile_columns];
  int32_t offsets[train_most_kernel_rows];
  for (int64_t l = 0; l < b->length; l++) offsets[l] = (int32_t)(l / b->across * b->row + l % b->across);
  floats added[2] = {0};
  for (int64_t image = images.begin; image < images.end; image++) {
    const float *x = s->input + image * extent_of(s->inputs) * s->channels;
    for (int64_t o = 0; o < lines; o++) {
      take_band(b, x, o, band);
      const float *a = words_of_band(b, band, words);
      for (int64_t first = 0; first < s->outputs[2]; first += gradient_stretch) {
        const int64_t count = smaller(gradient_stretch, s->outputs[2] - first);
        for (int v = 0; v < vectors; v++) {
          const int64_t column = v * LANES;
          added[v] = s->pooled ? take_window_gradients(s, image, o, first, count, j + column, y + column, added[v])
                               : take_position_gradients(s, image, o, first, count, j + column, y + column, added[v]);
        }
        for (int64_t r = 0; r < b->length; r += rows) {
          band_functions[vectors - 1][smaller(rows, b->length - r) - 1](
              sums + r * tile_columns, a + first * b->step, offsets + r, values_of_word * b->step, y,
              (count + values_of_word - 1) / values_of_word);
        }
      }
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

#define ROWS_KERNELS {.forward = convolution_rows_kernel, .kernel_gradient = convolution_rows_gradient_kernel}
