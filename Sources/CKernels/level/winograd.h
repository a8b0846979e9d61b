// Convolutions of 3×3 by Winograd's minimal filtering F(2×2, 3×3): 16 products where the plain way needs 36.
//
// S. Winograd, Arithmetic Complexity of Computations, 1980; A. Lavin and S. Gray, Fast Algorithms for Convolutional Neural
// Networks, 2016. An output of 2×2 positions, a tile, sees 4×4 of the input. With d those, g the 3×3 kernel and y the tile,
//
//   y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A,  and for the kernel's gradient  ∂g = Gᵀ [(Bᵀ d B) ⊙ (A ∂y Aᵀ)] G,
//
// where ⊙ for each of the 16 places is a matrix product over channels, or over tiles. All constants are 0, ±1 and ½, so that the
// error is that of the plain sum. The gradient to the input is the same convolution of ∂y with the kernel turned about.
//
// An infinity or NaN of the input reaches all of the tiles that see it, a position further than the kernel does.
//
// A block of tiles is transformed, multiplied and transformed back while it lies in the second cache. Channels and filters are
// whole vectors of the widest level.

#include "winograd_transforms.h"

enum {
  /// Floats that a block's transformed input and a panel of its transformed output take together, on the stack.
  winograd_space = 128 * 1024,
  /// Rows of what is transformed are moved apart by this, so that the 16 places of a tile fall into different sets of the cache.
  place_gap = 16,
};

// MARK: The kernel

/// Columns of the panel that begins at column j; a transformed kernel is [panels, 16, channels, columns of the panel].
INLINE int64_t panel_width(int64_t columns, int64_t j) { return smaller(tile_columns, columns - j); }

/// The values of the kernel's nine positions of columns j ... and LANES values from c on of the inner axis; of a kernel that is
/// turned about, filters and channels change places.
INLINE void take_kernel(const train_winograd_kernel *s, int64_t c, int64_t j, floats g[LANES][9]) {
  for (int i = 0; i < 9; i++) {
    if (!s->is_turned) {
      for (int64_t k = 0; k < LANES; k++) g[k][i] = load(s->given + (i * s->channels + c + k) * s->filters + j);
      continue;
    }
    floats square[LANES];
    for (int64_t lane = 0; lane < LANES; lane++) {
      square[lane] = load(s->given + ((8 - i) * s->channels + j + lane) * s->filters + c);
    }
    transpose_square(square);
    for (int k = 0; k < LANES; k++) g[k][i] = square[k];
  }
}

/// A piece is some columns: filters, or channels of a kernel that is turned about.
static void winograd_pack_kernel(const void *arguments, int32_t piece) {
  const train_winograd_kernel *s = arguments;
  const int64_t inner = s->is_turned ? s->filters : s->channels, columns = s->is_turned ? s->channels : s->filters;
  range part = range_of(columns, s->columns_per_piece, piece);
  for (int64_t j = part.begin; j < part.end; j += LANES) {
    const int64_t panel = j / tile_columns * tile_columns, width = panel_width(columns, panel);
    float *to = s->transformed + panel * winograd_places * inner + (j - panel);
    for (int64_t c = 0; c < inner; c += LANES) {
      floats g[LANES][9];
      take_kernel(s, c, j, g);
      for (int k = 0; k < LANES; k++, to += width) {
        floats u[winograd_places];
        transform_kernel(g[k], u);
#pragma unroll
        for (int i = 0; i < winograd_places; i++) store(to + i * inner * width, u[i]);
      }
    }
  }
}

/// A piece is some filters' gradients, brought back to 3×3.
static void winograd_unpack_kernel(const void *arguments, int32_t piece) {
  const train_winograd_kernel *s = arguments;
  range part = range_of(s->filters, s->columns_per_piece, piece);
  for (int64_t j = part.begin; j < part.end; j += LANES) {
    const int64_t panel = j / tile_columns * tile_columns;
    const float *from = s->transformed + panel * winograd_places * s->channels + (j - panel);
    for (int64_t c = 0; c < s->channels; c++, from += tile_columns) {
      floats u[winograd_places], g[9];
#pragma unroll
      for (int i = 0; i < winograd_places; i++) u[i] = load(from + i * s->channels * tile_columns);
      transform_kernel_gradient(u, g);
#pragma unroll
      for (int i = 0; i < 9; i++) store(s->given + (i * s->channels + c) * s->filters + j, g[i]);
    }
  }
}

// MARK: Tiles

/// A convolution of tiles as its kernel sees it: to the input, what comes in is the gradient.
typedef struct {
  const float *input;   // [images, inputs, channels]
  float *output;        // [images, outputs, filters]
  int64_t inputs[2], outputs[2], before[2], channels, filters;
  int64_t tiles_down, tiles_across;
  /// Of a pool behind the convolution: its extents, and what it has chosen.
  pooled_extents pool;
  uint8_t *choices;
} tiling;

static tiling tiling_of(const train_convolution *s, bool to_input) {
  tiling t = {
    .input = to_input ? s->output : s->input,
    .output = to_input ? s->input : s->output,
    .channels = to_input ? s->filters : s->channels,
    .filters = to_input ? s->channels : s->filters,
    .pool = pooled_extents_of(s),
    .choices = s->choices,
  };
  for (int axis = 0; axis < 2; axis++) {
    t.inputs[axis] = to_input ? s->outputs[1 + axis] : s->inputs[1 + axis];
    t.outputs[axis] = to_input ? s->inputs[1 + axis] : s->outputs[1 + axis];
    t.before[axis] = to_input ? 2 - s->before[1 + axis] : s->before[1 + axis];
  }
  t.tiles_down = (t.outputs[0] + 1) / 2;
  t.tiles_across = (t.outputs[1] + 1) / 2;
  return t;
}

/// Where a tile is: its image, and its first position of the output.
typedef struct {
  int64_t image, y, x;
} tile_place;

INLINE tile_place place_of(const tiling *t, int64_t number) {
  const int64_t row = number / t->tiles_across;
  return (tile_place){row / t->tiles_down, row % t->tiles_down * 2, number % t->tiles_across * 2};
}

INLINE void go_on(const tiling *t, tile_place *place) {
  place->x += 2;
  if (place->x < t->outputs[1]) return;
  place->x = 0;
  place->y += 2;
  if (place->y < t->outputs[0]) return;
  place->y = 0;
  place->image++;
}

/// Tiles of a block: as many as the space holds, and no more than a few rows of register tiles.
INLINE int64_t tiles_of_block(const tiling *t, int64_t most) {
  const int64_t fitting = (winograd_space - winograd_places * place_gap * 2) / (winograd_places * (t->channels + tile_columns));
  return fitting < most ? fitting : most;
}

/// The input of `count` tiles, transformed: v[16 places, `place` floats apart][count][channels].
static void take_inputs(const tiling *t, tile_place at, int64_t count, float *v, int64_t place) {
  static const float outside[winograd_most_channels];
  const int64_t channels = t->channels, row = t->inputs[1] * channels;
  for (int64_t k = 0; k < count; k++, go_on(t, &at), v += channels) {
    const float *image = t->input + at.image * t->inputs[0] * row;
    const int64_t top = at.y - t->before[0], left = at.x - t->before[1];
    const float *from[winograd_places];
    for (int i = 0; i < winograd_places; i++) {
      const int64_t y = top + i / 4, x = left + i % 4;
      const bool is_inside = y >= 0 && y < t->inputs[0] && x >= 0 && x < t->inputs[1];
      from[i] = is_inside ? image + y * row + x * channels : outside;
    }
    for (int64_t c = 0; c < channels; c += LANES) {
      floats d[winograd_places], transformed[winograd_places];
#pragma unroll
      for (int i = 0; i < winograd_places; i++) d[i] = load(from[i] + c);
      transform_input(d, transformed);
#pragma unroll
      for (int i = 0; i < winograd_places; i++) store(v + i * place + c, transformed[i]);
    }
  }
}

/// As `take_inputs` where what comes in is the gradient of a pool: each position has that of its window, if it was chosen. Tiles
/// begin `down` and `across` positions into a window, 0 or 1.
INLINE void take_pooled_inputs_at(
    const tiling *t, tile_place at, int64_t count, float *v, int64_t place, const int down, const int across) {
  static const float outside[winograd_most_channels];
  static const uint8_t nowhere[winograd_most_channels];
  const int64_t channels = t->channels;
  for (int64_t k = 0; k < count; k++, go_on(t, &at), v += channels) {
    const int64_t top = (at.y - t->before[0] - down) / 2, left = (at.x - t->before[1] - across) / 2;
    const float *from[3][3];
    const uint8_t *choices[3][3];
    for (int i = 0; i < 2 + down; i++) {
      for (int j = 0; j < 2 + across; j++) {
        const int64_t y = top + i, x = left + j;
        const bool is_inside = y >= 0 && y < t->pool.down && x >= 0 && x < t->pool.across;
        const int64_t window = ((at.image * t->pool.down + y) * t->pool.across + x) * channels;
        from[i][j] = is_inside ? t->input + window : outside;
        choices[i][j] = is_inside ? t->choices + window : nowhere;
      }
    }
    for (int64_t c = 0; c < channels; c += LANES) {
      floats d[winograd_places], transformed[winograd_places];
#pragma unroll
      for (int i = 0; i < 2 + down; i++) {
#pragma unroll
        for (int j = 0; j < 2 + across; j++) {
          const floats gradient = load(from[i][j] + c);
          const ints choice = load_choices(choices[i][j] + c);
#pragma unroll
          for (int position = 0; position < 4; position++) {
            const int y = 2 * i - down + position / 2, x = 2 * j - across + position % 2;
            if (y >= 0 && y < 4 && x >= 0 && x < 4) d[4 * y + x] = share_of(gradient, choice, position);
          }
        }
      }
      transform_input(d, transformed);
#pragma unroll
      for (int i = 0; i < winograd_places; i++) store(v + i * place + c, transformed[i]);
    }
  }
}

static void take_pooled_inputs(const tiling *t, tile_place at, int64_t count, float *v, int64_t place) {
  switch ((t->before[0] & 1) * 2 + (t->before[1] & 1)) {
    case 0: take_pooled_inputs_at(t, at, count, v, place, 0, 0); break;
    case 1: take_pooled_inputs_at(t, at, count, v, place, 0, 1); break;
    case 2: take_pooled_inputs_at(t, at, count, v, place, 1, 0); break;
    default: take_pooled_inputs_at(t, at, count, v, place, 1, 1); break;
  }
}

/// The window that a tile is, from filter f on: its place in the pool's results, or −1 if it is cut off.
INLINE int64_t window_of(const tiling *t, tile_place at, int64_t f) {
  const int64_t y = at.y / 2, x = at.x / 2;
  if (y >= t->pool.down || x >= t->pool.across) return -1;
  return ((at.image * t->pool.down + y) * t->pool.across + x) * t->filters + f;
}

/// A tile's four positions of the output from filter f on; those that the output does not have are NULL.
INLINE void positions_of(const tiling *t, tile_place at, int64_t f, float *y[4]) {
  const int64_t row = t->outputs[1] * t->filters;
  const bool goes_right = at.x + 1 < t->outputs[1], goes_down = at.y + 1 < t->outputs[0];
  float *first = t->output + (at.image * t->outputs[0] + at.y) * row + at.x * t->filters + f;
  y[0] = first;
  y[1] = goes_right ? first + t->filters : NULL;
  y[2] = goes_down ? first + row : NULL;
  y[3] = goes_right && goes_down ? first + row + t->filters : NULL;
}

/// The outputs of `count` tiles from filter f on: m[16 places, `place` floats apart][count][columns of a tile].
INLINE void give_outputs(
    const tiling *t, tile_place at, int64_t count, const float *m, int64_t place, int64_t f, const float *bias, bool relu,
    bool pooled) {
  const int vectors = panel_width(t->filters, f) > LANES ? 2 : 1;
  floats added[2] = {0};
  for (int v = 0; v < vectors; v++) added[v] = bias != NULL ? load(bias + f + v * LANES) : splat(0.0f);
  for (int64_t k = 0; k < count; k++, go_on(t, &at), m += tile_columns) {
    float *to[4];
    int64_t window = 0;
    if (pooled) window = window_of(t, at, f); else positions_of(t, at, f, to);
    if (window < 0) continue;
    for (int v = 0; v < vectors; v++) {
      floats products[winograd_places], y[4];
#pragma unroll
      for (int i = 0; i < winograd_places; i++) products[i] = load(m + i * place + v * LANES);
      transform_output(products, y);
#pragma unroll
      for (int i = 0; i < 4; i++) y[i] += added[v];
      if (pooled) {
        ints choice;
        store(t->output + window + v * LANES, largest_of(y, relu, &choice));
        if (t->choices != NULL) store_choices(t->choices + window + v * LANES, choice);
        continue;
      }
#pragma unroll
      for (int i = 0; i < 4; i++) {
        if (to[i] != NULL) store(to[i] + v * LANES, relu ? larger_of(y[i], splat(0.0f)) : y[i]);
      }
    }
  }
}

/// The output's gradients of `count` tiles from filter f on, transformed into m, and their sums added to `bias` if there is one.
INLINE void take_gradients(
    const tiling *t, tile_place at, int64_t count, float *m, int64_t place, int64_t f, float *bias, bool pooled) {
  const int vectors = panel_width(t->filters, f) > LANES ? 2 : 1;
  floats sums[2] = {0};
  for (int64_t k = 0; k < count; k++, go_on(t, &at), m += tile_columns) {
    float *from[4];
    int64_t window = 0;
    if (pooled) window = window_of(t, at, f); else positions_of(t, at, f, from);
    for (int v = 0; v < vectors; v++) {
      floats y[4] = {0}, transformed[winograd_places];
      if (pooled && window >= 0) {
        const floats gradient = load(t->output + window + v * LANES);
        const ints choice = load_choices(t->choices + window + v * LANES);
#pragma unroll
        for (int i = 0; i < 4; i++) y[i] = share_of(gradient, choice, i);
      } else if (!pooled) {
#pragma unroll
        for (int i = 0; i < 4; i++) y[i] = from[i] != NULL ? load(from[i] + v * LANES) : splat(0.0f);
      }
      transform_output_gradient(y, transformed);
      sums[v] += transformed[5];  // y₀ + y₁ + y₂ + y₃
#pragma unroll
      for (int i = 0; i < winograd_places; i++) store(m + i * place + v * LANES, transformed[i]);
    }
  }
  if (bias == NULL) return;
  for (int v = 0; v < vectors; v++) store(bias + f + v * LANES, load(bias + f + v * LANES) + sums[v]);
}

// MARK: Forward and to the input

static void winograd_piece(const train_convolution *s, bool to_input, int32_t piece) {
  const tiling t = tiling_of(s, to_input);
  const range images = range_of(s->images, s->images_per_piece, piece);
  const int64_t tiles = t.tiles_down * t.tiles_across, end = images.end * tiles;
  const int64_t block = tiles_of_block(&t, 4 * tile_rows) / tile_rows * tile_rows;
  const int64_t v_place = block * t.channels + place_gap, m_place = block * tile_columns + place_gap;
  _Alignas(64) float space[winograd_space];
  float *v = space, *m = space + winograd_places * v_place;
  for (int64_t first = images.begin * tiles; first < end; first += block) {
    const int64_t count = smaller(block, end - first), rows = even_rows(count);
    const tile_place at = place_of(&t, first);
    if (to_input && s->pooled) take_pooled_inputs(&t, at, count, v, v_place); else take_inputs(&t, at, count, v, v_place);
    for (int64_t f = 0; f < t.filters; f += tile_columns) {
      const int64_t width = panel_width(t.filters, f);
      const tile_function *multiply = tile_functions[width > LANES];
      const float *u = s->kernel + f * winograd_places * t.channels;
      for (int i = 0; i < winograd_places; i++, u += t.channels * width) {
        for (int64_t r = 0; r < count; r += rows) {
          multiply[smaller(rows, count - r) - 1](
              m + i * m_place + r * tile_columns, tile_columns, false, v + i * v_place + r * t.channels, t.channels, 1, u,
              width, t.channels);
        }
      }
      if (to_input) {
        give_outputs(&t, at, count, m, m_place, f, NULL, false, false);
      } else if (s->pooled) {
        give_outputs(&t, at, count, m, m_place, f, s->bias, s->relu, true);
      } else {
        give_outputs(&t, at, count, m, m_place, f, s->bias, s->relu, false);
      }
    }
  }
}

static void winograd_kernel(const void *arguments, int32_t piece) { winograd_piece(arguments, false, piece); }

static void winograd_input_gradient_kernel(const void *arguments, int32_t piece) { winograd_piece(arguments, true, piece); }

// MARK: To the kernel

/// The piece's part of the gradient stays transformed: [panels, 16, channels, columns of a tile].
static void winograd_kernel_gradient_kernel(const void *arguments, int32_t piece) {
  const train_convolution *s = arguments;
  const tiling t = tiling_of(s, false);
  const range images = range_of(s->images, s->images_per_piece, piece);
  const int64_t tiles = t.tiles_down * t.tiles_across, end = images.end * tiles;
  const int64_t block = tiles_of_block(&t, 8 * tile_rows), rows = even_rows(t.channels);
  const int64_t v_place = block * t.channels + place_gap, m_place = block * tile_columns + place_gap;
  _Alignas(64) float space[winograd_space];
  float *v = space, *m = space + winograd_places * v_place;
  float *gradient = s->kernel + piece * s->part_stride;
  float *bias = s->bias == NULL ? NULL : s->bias + piece * s->part_stride;
  if (bias != NULL) memset(bias, 0, (size_t)t.filters * sizeof(float));
  for (int64_t first = images.begin * tiles; first < end; first += block) {
    const int64_t count = smaller(block, end - first);
    const tile_place at = place_of(&t, first);
    take_inputs(&t, at, count, v, v_place);
    for (int64_t f = 0; f < t.filters; f += tile_columns) {
      if (s->pooled) {
        take_gradients(&t, at, count, m, m_place, f, bias, true);
      } else {
        take_gradients(&t, at, count, m, m_place, f, bias, false);
      }
      const tile_function *multiply = tile_functions[panel_width(t.filters, f) > LANES];
      float *u = gradient + f * winograd_places * t.channels;
      for (int i = 0; i < winograd_places; i++, u += t.channels * tile_columns) {
        for (int64_t c = 0; c < t.channels; c += rows) {
          multiply[smaller(rows, t.channels - c) - 1](
              u + c * tile_columns, tile_columns, first > images.begin * tiles, v + i * v_place + c, 1, t.channels,
              m + i * m_place, tile_columns, count);
        }
      }
    }
  }
}
