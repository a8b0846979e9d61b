// Images with other numbers of positions, and through affine maps.

static void resample_kernel(const void *arguments, int32_t piece) {
  const train_resample *s = arguments;
  range part = range_of(s->outer, s->outer_per_piece, piece);
  for (int64_t o = part.begin; o < part.end; o++) {
    float *output = s->output + o * s->outputs * s->inner;
    for (int64_t j = 0; j < s->outputs; j++, output += s->inner) {
      const float *input = s->input + (o * s->inputs + s->first[j]) * s->inner, *weights = s->weights + j * s->taps;
      const int64_t count = s->counts[j];
      for (int64_t i = 0; i < s->inner; i += LANES) {
        const int64_t width = s->inner - i;
        floats sum = 0;
        for (int64_t k = 0; k < count; k++) sum = load_some(input + k * s->inner + i, width) * weights[k] + sum;
        store_some(output + i, width, sum);
      }
    }
  }
}

// MARK: Affine maps

/// The nearest whole number, halves away from zero.
INLINE floats nearest_of(floats x) {
  floats whole = __builtin_convertvector(__builtin_convertvector(x, ints), floats);
  floats rest = x - whole;
  return whole + (rest >= 0.5f ? splat(1.0f) : rest <= -0.5f ? splat(-1.0f) : splat(0.0f));
}

/// The numbers of one image's map.
typedef struct {
  float a0, a1, a2, b0, b1, b2;
} own_map;

INLINE own_map map_of(const train_map *m, int64_t n) {
#define NUMBER(i) m->numbers[i][n * m->strides[i]]
  return (own_map){NUMBER(0), NUMBER(1), NUMBER(2), NUMBER(3), NUMBER(4), NUMBER(5)};
#undef NUMBER
}

/// Where LANES columns of a row of the result are seen: the position above and left, or the nearest, and how far beyond it.
typedef struct {
  int32_t rows[LANES], columns[LANES];
  float row_shares[LANES], column_shares[LANES];
} places;

/// Positions further out than this are seen as if they stood there.
#define FARTHEST 1e6f

INLINE void find_places(const train_map *m, own_map own, int64_t y, int64_t x, places *found) {
  const floats columns = __builtin_convertvector(lane_numbers() + (int32_t)x, floats);
  const float row = (float)y;
  floats u = clamp((columns * own.a0 + row * own.a1) + own.a2, splat(-FARTHEST), splat(FARTHEST));
  floats v = clamp((columns * own.b0 + row * own.b1) + own.b2, splat(-FARTHEST), splat(FARTHEST));
  // What is no number is seen nowhere.
  u = u == u ? u : splat(-FARTHEST);
  v = v == v ? v : splat(-FARTHEST);
  floats left = m->bilinear ? floor_of(u) : nearest_of(u), upper = m->bilinear ? floor_of(v) : nearest_of(v);
  *(loose_ints *)found->columns = __builtin_convertvector(left, ints);
  *(loose_ints *)found->rows = __builtin_convertvector(upper, ints);
  store(found->column_shares, u - left);
  store(found->row_shares, v - upper);
}

INLINE int64_t round_trip(int64_t a, int64_t b) {
  int64_t rest = a % b;
  return rest < 0 ? rest + b : rest;
}

/// The position of an axis that is seen at `index`, or −1 for the fill value.
static int64_t seen_at(int32_t fill, int64_t index, int64_t extent) {
  if (index >= 0 && index < extent) return index;
  switch (fill) {
    case TRAIN_FILL_NEAREST: return index < 0 ? 0 : extent - 1;
    case TRAIN_FILL_WRAP: return round_trip(index, extent);
    case TRAIN_FILL_MIRROR: {
      if (extent == 1) return 0;
      int64_t place = round_trip(index + extent - 1, 2 * (extent - 1)) - (extent - 1);
      return place < 0 ? -place : place;
    }
    case TRAIN_FILL_REFLECT: {
      // Most lie near the edge, and divisions take long.
      if (index < 0 && index >= -extent) return -1 - index;
      if (index >= extent && index < 2 * extent) return 2 * extent - 1 - index;
      int64_t place = round_trip(index, 2 * extent);
      return place < extent ? place : 2 * extent - 1 - place;
    }
    default: return -1;
  }
}

/// What a position is made of: places in the image, −1 for the fill value, and their weights.
typedef struct {
  int64_t places[4];
  float weights[4];
  int count;
} mixture;

INLINE mixture mixture_at(const train_map *m, int64_t row, int64_t column, float row_share, float column_share) {
  mixture own;
  int64_t rows[2], columns[2];
  const int sides = m->bilinear ? 2 : 1;
  for (int i = 0; i < sides; i++) {
    rows[i] = seen_at(m->fill, row + i, m->rows);
    columns[i] = seen_at(m->fill, column + i, m->columns);
  }
  own.count = sides * sides;
  const float row_weights[2] = {m->bilinear ? 1.0f - row_share : 1.0f, row_share};
  const float column_weights[2] = {m->bilinear ? 1.0f - column_share : 1.0f, column_share};
  for (int i = 0; i < own.count; i++) {
    const int64_t y = rows[i / sides], x = columns[i % sides];
    own.places[i] = y < 0 || x < 0 ? -1 : (y * m->columns + x) * m->channels;
    own.weights[i] = row_weights[i / sides] * column_weights[i % sides];
  }
  return own;
}

/// One position by its mixture, wherever that lies.
static void sample_position(const train_map *m, float *output, const float *image, int64_t row, int64_t column,
                            float row_share, float column_share) {
  const mixture own = mixture_at(m, row, column, row_share, column_share);
  for (int64_t c = 0; c < m->channels; c++) {
    float sum = 0;
    for (int i = 0; i < own.count; i++) {
      sum = own.weights[i] * (own.places[i] < 0 ? m->fill_value : image[own.places[i] + c]) + sum;
    }
    output[c] = sum;
  }
}

typedef float four __attribute__((ext_vector_type(4), aligned(4)));

/// One position between four neighbours that all lie inside; `channels` is known to the compiler where it is few.
INLINE void mix_neighbours(float *output, const float *upper, const float *lower, int64_t channels, float row_share,
                           float column_share, bool may_write_more) {
  const float a = (1.0f - row_share) * (1.0f - column_share), b = (1.0f - row_share) * column_share;
  const float d = row_share * (1.0f - column_share), e = row_share * column_share;
  if (channels == 3 && may_write_more) {
    // Four numbers at a time: the last is the next position's, which is still to be written.
    four sum = *(const four *)upper * a + *(const four *)(upper + 3) * b;
    *(four *)output = (*(const four *)lower * d + sum) + *(const four *)(lower + 3) * e;
  } else if (channels < 4) {
    for (int64_t c = 0; c < channels; c++) {
      float sum = upper[c] * a + upper[channels + c] * b;
      output[c] = (lower[c] * d + sum) + lower[channels + c] * e;
    }
  } else {
    for (int64_t c = 0; c < channels; c += LANES) {
      const int64_t width = channels - c;
      floats sum = load_some(upper + c, width) * a + load_some(upper + channels + c, width) * b;
      sum = load_some(lower + c, width) * d + sum;
      store_some(output + c, width, load_some(lower + channels + c, width) * e + sum);
    }
  }
}

INLINE void sample_image(const train_map *m, own_map own, float *output, const float *image, int64_t channels) {
  for (int64_t y = 0; y < m->output_rows; y++) {
    for (int64_t x = 0; x < m->output_columns; x += LANES) {
      places found;
      find_places(m, own, y, x, &found);
      const int64_t count = smaller(LANES, m->output_columns - x);
      for (int64_t i = 0; i < count; i++, output += channels) {
        const int64_t row = found.rows[i], column = found.columns[i];
        if (m->bilinear && row >= 0 && row + 1 < m->rows && column >= 0 && column + 2 < m->columns) {
          const float *upper = image + (row * m->columns + column) * channels;
          mix_neighbours(output, upper, upper + m->columns * channels, channels, found.row_shares[i], found.column_shares[i],
                         x + i + 1 < m->output_columns);
        } else if (!m->bilinear && row >= 0 && row < m->rows && column >= 0 && column < m->columns) {
          const float *from = image + (row * m->columns + column) * channels;
          for (int64_t c = 0; c < channels; c++) output[c] = from[c];
        } else {
          sample_position(m, output, image, row, column, found.row_shares[i], found.column_shares[i]);
        }
      }
    }
  }
}

static void sample_kernel(const void *arguments, int32_t piece) {
  const train_sample *s = arguments;
  const train_map *m = &s->map;
  range part = range_of(s->images, s->images_per_piece, piece);
  for (int64_t n = part.begin; n < part.end; n++) {
    float *output = s->output + n * m->output_rows * m->output_columns * m->channels;
    const float *image = s->input + n * m->rows * m->columns * m->channels;
    switch (m->channels) {
      case 1: sample_image(m, map_of(m, n), output, image, 1); break;
      case 3: sample_image(m, map_of(m, n), output, image, 3); break;
      default: sample_image(m, map_of(m, n), output, image, m->channels);
    }
  }
}

static void sample_gradient_kernel(const void *arguments, int32_t piece) {
  const train_sample_gradient *s = arguments;
  const train_map *m = &s->map;
  range part = range_of(s->images, s->images_per_piece, piece);
  const int64_t size = m->rows * m->columns * m->channels;
  for (int64_t n = part.begin; n < part.end; n++) {
    const float *g = s->output_gradient + n * m->output_rows * m->output_columns * m->channels;
    float *image = s->input_gradient + n * size;
    const own_map own = map_of(m, n);
    memset(image, 0, (size_t)size * sizeof(float));
    for (int64_t y = 0; y < m->output_rows; y++) {
      for (int64_t x = 0; x < m->output_columns; x += LANES) {
        places found;
        find_places(m, own, y, x, &found);
        const int64_t count = smaller(LANES, m->output_columns - x);
        for (int64_t i = 0; i < count; i++, g += m->channels) {
          const mixture mixed =
            mixture_at(m, found.rows[i], found.columns[i], found.row_shares[i], found.column_shares[i]);
          for (int k = 0; k < mixed.count; k++) {
            if (mixed.places[k] < 0) continue;
            for (int64_t c = 0; c < m->channels; c++) image[mixed.places[k] + c] = mixed.weights[k] * g[c] + image[mixed.places[k] + c];
          }
        }
      }
    }
  }
}
