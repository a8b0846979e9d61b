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
//
// The products are of float32 or of bfloat16 (`operands.h`), to which then only what is transformed is rounded: forward and to the
// input a word holds two channels, to the kernel two tiles. The transforms are float32's. For operands of mean 0 the error is
// 5/3 of what rounding the operands themselves leaves, or 2 for the kernel's outer places.

#include "winograd_transforms.h"

enum {
  /// Words that a block's transformed input and a panel of its transformed output take together, on the stack.
  winograd_space = 128 * 1024,
  /// Rows of what is transformed are moved apart by this, so that the 16 places of a tile fall into different sets of the cache.
  place_gap = 16,
};

/// Stores the 16 places of what makes a vector of words, `place` words apart.
INLINE void store_words(float *to, int64_t place, const floats values[values_of_word][winograd_places]) {
#pragma unroll
  for (int i = 0; i < winograd_places; i++) {
    floats word[values_of_word];
#pragma unroll
    for (int n = 0; n < values_of_word; n++) word[n] = values[n][i];
    store(to + i * place, words_of(word));
  }
}

// MARK: The kernel

/// Columns of the panel that begins at column j; a transformed kernel is [panels, 16, channels / values of a word, columns of the
/// panel] words.
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
    const int64_t words = inner / values_of_word;
    float *to = s->transformed + panel * winograd_places * words + (j - panel);
    for (int64_t c = 0; c < inner; c += LANES) {
      floats g[LANES][9];
      take_kernel(s, c, j, g);
      for (int k = 0; k < LANES; k += values_of_word, to += width) {
        floats u[values_of_word][winograd_places];
#pragma unroll
        for (int n = 0; n < values_of_word; n++) transform_kernel(g[k + n], u[n]);
        store_words(to, words * width, u);
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

/// Tiles of a block: as many as the space holds at a word a value, and no more than a few rows of register tiles.
INLINE int64_t tiles_of_block(const tiling *t, int64_t most) {
  const int64_t fitting = (winograd_space - winograd_places * place_gap * 2) / (winograd_places * (t->channels + tile_columns));
  return fitting < most ? fitting : most;
}

/// Where the 16 positions lie that a tile sees: the first, and if some of them are outside of the input, each, those as zeros.
typedef struct {
  const float *first;
  const float *positions[winograd_places];
} tile_source;

/// Whether all that a tile sees is inside of the input.
INLINE bool is_inside(const tiling *t, tile_place at) {
  const int64_t top = at.y - t->before[0], left = at.x - t->before[1];
  return top >= 0 && top + 4 <= t->inputs[0] && left >= 0 && left + 4 <= t->inputs[1];
}

INLINE tile_source source_of(const tiling *t, tile_place at, bool inside) {
  static const float outside[winograd_most_channels];
  const int64_t row = t->inputs[1] * t->channels, top = at.y - t->before[0], left = at.x - t->before[1];
  tile_source s;
  s.first = t->input + (at.image * t->inputs[0] + top) * row + left * t->channels;
  if (inside) return s;
  for (int i = 0; i < winograd_places; i++) {
    const int64_t y = top + i / 4, x = left + i % 4;
    const bool is_within = y >= 0 && y < t->inputs[0] && x >= 0 && x < t->inputs[1];
    s.positions[i] = is_within ? s.first + i / 4 * row + i % 4 * t->channels : outside;
  }
  return s;
}

/// What a tile sees from channel c on, transformed.
INLINE void transform_source(const tiling *t, const tile_source *s, const bool inside, int64_t c, floats v[winograd_places]) {
  const int64_t row = t->inputs[1] * t->channels;
  floats d[winograd_places];
#pragma unroll
  for (int i = 0; i < winograd_places; i++) {
    d[i] = load(inside ? s->first + i / 4 * row + i % 4 * t->channels + c : s->positions[i] + c);
  }
  transform_input(d, v);
}

INLINE void take_input(const tiling *t, const tile_source *s, const bool inside, float *v, int64_t place) {
  for (int64_t c = 0; c < t->channels; c += LANES) {
    floats transformed[winograd_places];
    transform_source(t, s, inside, c, transformed);
#pragma unroll
    for (int i = 0; i < winograd_places; i++) store_factors((factor *)(v + i * place) + c, transformed[i]);
  }
}

/// The input of `count` tiles, transformed: v[16 places, `place` words apart][count][channels / values of a word].
static void take_inputs(const tiling *t, tile_place at, int64_t count, float *v, int64_t place) {
  for (int64_t k = 0; k < count; k++, go_on(t, &at), v += t->channels / values_of_word) {
    const bool inside = is_inside(t, at);
    const tile_source source = source_of(t, at, inside);
    if (inside) take_input(t, &source, true, v, place); else take_input(t, &source, false, v, place);
  }
}

INLINE void take_input_words(
    const tiling *t, const tile_source s[values_of_word], const bool inside, float *v, int64_t place) {
  for (int64_t c = 0; c < t->channels; c += LANES) {
    floats transformed[values_of_word][winograd_places];
#pragma unroll
    for (int n = 0; n < values_of_word; n++) transform_source(t, &s[n], inside, c, transformed[n]);
    store_words(v + c, place, transformed);
  }
}

/// The input of `count` tiles, transformed, tiles side by side in one word: v[16 places, `place` words apart][count / values of a
/// word][channels]. What is missing of the last word is that of another tile.
static void take_inputs_by_tiles(const tiling *t, tile_place at, int64_t count, float *v, int64_t place) {
  for (int64_t k = 0; k < count; k += values_of_word, v += t->channels) {
    tile_place places[values_of_word];
    tile_source sources[values_of_word];
    bool are_inside = true;
    for (int n = 0; n < values_of_word; n++) {
      places[n] = at;
      are_inside = are_inside && is_inside(t, at);
      if (k + n + 1 < count) go_on(t, &at);
    }
    for (int n = 0; n < values_of_word; n++) sources[n] = source_of(t, places[n], are_inside);
    if (are_inside) take_input_words(t, sources, true, v, place); else take_input_words(t, sources, false, v, place);
  }
}

/// As `take_inputs` where what comes in is the gradient of a pool: each position has that of its window, if it was chosen. Tiles
/// begin `down` and `across` positions into a window, 0 or 1.
INLINE void take_pooled_inputs_at(
    const tiling *t, tile_place at, int64_t count, float *v, int64_t place, const int down, const int across) {
  static const float outside[winograd_most_channels];
  static const uint8_t nowhere[winograd_most_channels];
  const int64_t channels = t->channels;
  for (int64_t k = 0; k < count; k++, go_on(t, &at), v += channels / values_of_word) {
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
      for (int i = 0; i < winograd_places; i++) store_factors((factor *)(v + i * place) + c, transformed[i]);
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

/// The gradients of a tile's four positions from filter f on, zeros where the output has none.
INLINE void gradients_of(const tiling *t, tile_place at, int64_t f, bool pooled, floats y[4]) {
#pragma unroll
  for (int i = 0; i < 4; i++) y[i] = splat(0.0f);
  if (pooled) {
    const int64_t window = window_of(t, at, f);
    if (window < 0) return;
    const floats gradient = load(t->output + window);
    const ints choice = load_choices(t->choices + window);
#pragma unroll
    for (int i = 0; i < 4; i++) y[i] = share_of(gradient, choice, i);
  } else {
    float *from[4];
    positions_of(t, at, f, from);
#pragma unroll
    for (int i = 0; i < 4; i++) y[i] = from[i] != NULL ? load(from[i]) : splat(0.0f);
  }
}

/// The output's gradients of `count` tiles from filter f on, transformed: m[16 places, `place` words apart][count / values of a
/// word][columns of a tile], zeros where the last word misses tiles. Their sums are added to `bias` if there is one.
INLINE void take_gradients(
    const tiling *t, tile_place at, int64_t count, float *m, int64_t place, int64_t f, float *bias, bool pooled) {
  const int vectors = panel_width(t->filters, f) > LANES ? 2 : 1;
  floats sums[2] = {0};
  for (int64_t k = 0; k < count; k += values_of_word, m += tile_columns) {
    tile_place places[values_of_word];
    for (int n = 0; n < values_of_word; n++, go_on(t, &at)) places[n] = at;
    for (int v = 0; v < vectors; v++) {
      floats transformed[values_of_word][winograd_places];
#pragma unroll
      for (int n = 0; n < values_of_word; n++) {
        floats y[4] = {0};
        if (k + n < count) gradients_of(t, places[n], f + v * LANES, pooled, y);
        transform_output_gradient(y, transformed[n]);
        sums[v] += transformed[n][5];  // y₀ + y₁ + y₂ + y₃
      }
      store_words(m + v * LANES, place, transformed);
    }
  }
  if (bias == NULL) return;
  for (int v = 0; v < vectors; v++) store(bias + f + v * LANES, load(bias + f + v * LANES) + sums[v]);
}

// MARK: Asking for what comes next

/// Tiles that are asked for from memory while others are multiplied: no processor expects by itself all the rows that a tile sees.
typedef struct {
  void (*ask)(const tiling *t, tile_place at);
  tile_place at;
  int64_t count;
  int64_t step;  // tiles at a time
} expected_tiles;

/// `count` tiles from `first` on, to be asked for `times` times.
INLINE expected_tiles expected_from(
    const tiling *t, void (*ask)(const tiling *, tile_place), int64_t first, int64_t count, int64_t times) {
  if (count <= 0) return (expected_tiles){0};
  return (expected_tiles){ask, place_of(t, first), count, (count + times - 1) / times};
}

INLINE void ask_for_some(const tiling *t, expected_tiles *s) {
  for (int64_t k = 0; k < s->step && s->count > 0; k++, s->count--, go_on(t, &s->at)) s->ask(t, s->at);
}

INLINE void ask_for(const void *from, int64_t bytes, const bool is_written) {
  for (int64_t byte = 0; byte < bytes; byte += 64) {
    if (is_written) __builtin_prefetch((const char *)from + byte, 1, 2); else __builtin_prefetch((const char *)from + byte, 0, 2);
  }
}

/// What a tile sees of the input that those above it and before it do not.
static void ask_for_input(const tiling *t, tile_place at) {
  const int64_t row = t->inputs[1] * t->channels, top = at.y - t->before[0] + 2, left = at.x - t->before[1] + 2;
  if (left < 0) return;
  const int64_t width = smaller(2, t->inputs[1] - left) * t->channels;
  for (int64_t y = top; y < top + 2; y++) {
    if (y < 0 || y >= t->inputs[0]) continue;
    const float *from = t->input + (at.image * t->inputs[0] + y) * row + left * t->channels;
    ask_for(from, width * (int64_t)sizeof *from, false);
  }
}

/// As `ask_for_input` where what comes in is the gradient of a pool.
static void ask_for_pooled_input(const tiling *t, tile_place at) {
  const int64_t y = (at.y - t->before[0] + 3) / 2, x = (at.x - t->before[1] + 3) / 2;
  if (y < 0 || x < 0 || y >= t->pool.down || x >= t->pool.across) return;
  const int64_t window = ((at.image * t->pool.down + y) * t->pool.across + x) * t->channels;
  ask_for(t->input + window, t->channels * (int64_t)sizeof *t->input, false);
  ask_for(t->choices + window, t->channels, false);
}

/// A tile's output.
INLINE void ask_for_output_to(const tiling *t, tile_place at, const bool is_written) {
  float *positions[4];
  positions_of(t, at, 0, positions);
  for (int i = 0; i < 4; i++) {
    if (positions[i] != NULL) ask_for(positions[i], t->filters * (int64_t)sizeof *t->output, is_written);
  }
}

/// The window of a pool that a tile is, and what it has chosen.
INLINE void ask_for_window_to(const tiling *t, tile_place at, const bool is_written) {
  const int64_t window = window_of(t, at, 0);
  if (window < 0) return;
  ask_for(t->output + window, t->filters * (int64_t)sizeof *t->output, is_written);
  if (t->choices != NULL) ask_for(t->choices + window, t->filters, is_written);
}

static void ask_for_output(const tiling *t, tile_place at) { ask_for_output_to(t, at, true); }
static void ask_for_window(const tiling *t, tile_place at) { ask_for_window_to(t, at, true); }
static void ask_for_gradients(const tiling *t, tile_place at) { ask_for_output_to(t, at, false); }
static void ask_for_pooled_gradients(const tiling *t, tile_place at) { ask_for_window_to(t, at, false); }

// MARK: Forward and to the input

static void winograd_piece(const train_convolution *s, bool to_input, int32_t piece) {
  const tiling t = tiling_of(s, to_input);
  const range images = range_of(s->images, s->images_per_piece, piece);
  const int64_t tiles = t.tiles_down * t.tiles_across, end = images.end * tiles;
  const int64_t block = tiles_of_block(&t, 4 * tile_rows) / tile_rows * tile_rows;
  const int64_t asked_times = winograd_places * ((t.filters + tile_columns - 1) / tile_columns);
  const int64_t words = t.channels / values_of_word;
  const int64_t v_place = block * words + place_gap, m_place = block * tile_columns + place_gap;
  _Alignas(64) float space[winograd_space];
  float *v = space, *m = space + winograd_places * v_place;
  for (int64_t first = images.begin * tiles; first < end; first += block) {
    const int64_t count = smaller(block, end - first), rows = even_rows(count);
    const tile_place at = place_of(&t, first);
    if (to_input && s->pooled) take_pooled_inputs(&t, at, count, v, v_place); else take_inputs(&t, at, count, v, v_place);
    expected_tiles read = expected_from(
        &t, to_input && s->pooled ? ask_for_pooled_input : ask_for_input, first + count, smaller(block, end - first - count),
        asked_times);
    expected_tiles written = expected_from(
        &t, !to_input && s->pooled ? ask_for_window : ask_for_output, first, count, winograd_places);
    for (int64_t f = 0; f < t.filters; f += tile_columns) {
      const int64_t width = panel_width(t.filters, f);
      const tile_function *multiply = tile_functions[width > LANES];
      const float *u = s->kernel + f * winograd_places * words;
      for (int i = 0; i < winograd_places; i++, u += words * width) {
        for (int64_t r = 0; r < count; r += rows) {
          multiply[smaller(rows, count - r) - 1](
              m + i * m_place + r * tile_columns, tile_columns, false, v + i * v_place + r * words, words, 1, u, width, words);
        }
        ask_for_some(&t, &read);
        ask_for_some(&t, &written);
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
  const int64_t block = tiles_of_block(&t, 8 * tile_rows) / values_of_word * values_of_word, rows = even_rows(t.channels);
  const int64_t most = block / values_of_word, v_place = most * t.channels + place_gap, m_place = most * tile_columns + place_gap;
  const int64_t asked_times = winograd_places * ((t.filters + tile_columns - 1) / tile_columns);
  _Alignas(64) float space[winograd_space];
  float *v = space, *m = space + winograd_places * v_place;
  float *gradient = s->kernel + piece * s->part_stride;
  float *bias = s->bias == NULL ? NULL : s->bias + piece * s->part_stride;
  if (bias != NULL) memset(bias, 0, (size_t)t.filters * sizeof(float));
  for (int64_t first = images.begin * tiles; first < end; first += block) {
    const int64_t count = smaller(block, end - first), words = (count + values_of_word - 1) / values_of_word;
    const tile_place at = place_of(&t, first);
    take_inputs_by_tiles(&t, at, count, v, v_place);
    const int64_t after = smaller(block, end - first - count);
    expected_tiles inputs = expected_from(&t, ask_for_input, first + count, after, asked_times);
    expected_tiles gradients = expected_from(
        &t, s->pooled ? ask_for_pooled_gradients : ask_for_gradients, first + count, after, asked_times);
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
              m + i * m_place, tile_columns, words);
        }
        ask_for_some(&t, &inputs);
        ask_for_some(&t, &gradients);
      }
    }
  }
}

#define WINOGRAD_KERNELS                              \
  {.forward = winograd_kernel,                        \
   .input_gradient = winograd_input_gradient_kernel,  \
   .kernel_gradient = winograd_kernel_gradient_kernel, \
   .pack = winograd_pack_kernel,                      \
   .unpack = winograd_unpack_kernel}
