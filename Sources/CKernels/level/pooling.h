// Pools over the positions of images, a vector of channels at a time.

/// A window: positions `from` ..< `to` along each axis.
typedef struct {
  int64_t from[3], to[3];
} window;

INLINE window window_at(const train_windows *w, int64_t z, int64_t y, int64_t x) {
  const int64_t at[3] = {z, y, x};
  window own;
#pragma unroll
  for (int axis = 0; axis < 3; axis++) {
    own.from[axis] = w->ranges[axis][2 * at[axis]];
    own.to[axis] = w->ranges[axis][2 * at[axis] + 1];
  }
  return own;
}

INLINE float size_of(window own) {
  return (float)((own.to[0] - own.from[0]) * (own.to[1] - own.from[1]) * (own.to[2] - own.from[2]));
}

/// The place of a position in an image, in elements.
INLINE int64_t position_at(const train_windows *w, int64_t z, int64_t y, int64_t x) {
  return ((z * w->extents[1] + y) * w->extents[2] + x) * w->channels;
}

#define FOR_POSITIONS(OWN, Z, Y, X)                              \
  for (int64_t Z = (OWN).from[0]; Z < (OWN).to[0]; Z++)          \
    for (int64_t Y = (OWN).from[1]; Y < (OWN).to[1]; Y++)        \
      for (int64_t X = (OWN).from[2]; X < (OWN).to[2]; X++)

INLINE int64_t image_size(const train_windows *w) { return w->extents[0] * w->extents[1] * w->extents[2] * w->channels; }
INLINE int64_t windows_size(const train_windows *w) { return w->counts[0] * w->counts[1] * w->counts[2] * w->channels; }

INLINE floats finished(const train_windows *w, floats value, float size) {
  if (w->average) return value / size;
  return w->rectified ? larger_of(value, splat(0.0f)) : value;
}

/// One image whose windows are pairs of rows and of columns.
INLINE void pool_pairs(const train_windows *w, float *output, const float *input, bool average) {
  const int64_t row = w->extents[2] * w->channels, channels = w->channels;
  for (int64_t y = 0; y < w->counts[1]; y++) {
    const float *upper = input + 2 * y * row, *lower = upper + row;
    for (int64_t x = 0; x < w->counts[2]; x++, output += channels, upper += 2 * channels, lower += 2 * channels) {
      for (int64_t c = 0; c < channels; c += LANES) {
        const int64_t width = channels - c;
        floats a = load_some(upper + c, width), b = load_some(upper + channels + c, width);
        floats d = load_some(lower + c, width), e = load_some(lower + channels + c, width);
        floats value = average ? ((a + b) + d) + e : larger_of(larger_of(a, b), larger_of(d, e));
        store_some(output + c, width, finished(w, value, 4.0f));
      }
    }
  }
}

INLINE void pool_image(const train_windows *w, float *output, const float *input, bool average) {
  for (int64_t z = 0; z < w->counts[0]; z++) {
    for (int64_t y = 0; y < w->counts[1]; y++) {
      for (int64_t x = 0; x < w->counts[2]; x++, output += w->channels) {
        const window own = window_at(w, z, y, x);
        const float size = size_of(own);
        for (int64_t c = 0; c < w->channels; c += LANES) {
          const int64_t width = w->channels - c;
          floats value = splat(average ? 0.0f : -INFINITY);
          FOR_POSITIONS(own, pz, py, px) {
            floats element = load_some(input + position_at(w, pz, py, px) + c, width);
            value = average ? value + element : larger_of(value, element);
          }
          store_some(output + c, width, finished(w, value, size));
        }
      }
    }
  }
}

static void pooling_kernel(const void *arguments, int32_t piece) {
  const train_pooling *s = arguments;
  const train_windows *w = &s->windows;
  range part = range_of(s->images, s->images_per_piece, piece);
  for (int64_t n = part.begin; n < part.end; n++) {
    float *output = s->output + n * windows_size(w);
    const float *input = s->input + n * image_size(w);
    if (w->pairs) {
      if (w->average) pool_pairs(w, output, input, true); else pool_pairs(w, output, input, false);
    } else {
      if (w->average) pool_image(w, output, input, true); else pool_image(w, output, input, false);
    }
  }
}

// MARK: Derivatives

/// What of a gradient goes past the ReLU behind a maximum.
INLINE floats passed(const train_windows *w, floats g, floats value) {
  return w->rectified ? kept(value > splat(0.0f), g) : g;
}

INLINE void largest_of_pairs_gradient(const train_windows *w, float *dx, const float *dy, const float *input,
                                      const float *output) {
  const int64_t row = w->extents[2] * w->channels, channels = w->channels;
  for (int64_t y = 0; y < w->counts[1]; y++) {
    int64_t at = 2 * y * row;
    for (int64_t x = 0; x < w->counts[2]; x++, output += channels, dy += channels, at += 2 * channels) {
      for (int64_t c = 0; c < channels; c += LANES) {
        const int64_t width = channels - c;
        const int64_t places[4] = {at + c, at + channels + c, at + row + c, at + row + channels + c};
        const floats value = load_some(output + c, width);
        floats g = passed(w, load_some(dy + c, width), value);
#pragma unroll
        for (int i = 0; i < 4; i++) {
          ints chosen = is_chosen(load_some(input + places[i], width), value);
          store_some(dx + places[i], width, kept(chosen, g));
          g = kept(~chosen, g);
        }
      }
    }
  }
}

/// One image; `overlap` adds to what is there.
INLINE void pool_image_gradient(const train_windows *w, float *dx, const float *dy, const float *input, const float *output,
                                bool average, bool overlap) {
  for (int64_t z = 0; z < w->counts[0]; z++) {
    for (int64_t y = 0; y < w->counts[1]; y++) {
      for (int64_t x = 0; x < w->counts[2]; x++, dy += w->channels) {
        const window own = window_at(w, z, y, x);
        const float size = size_of(own);
        for (int64_t c = 0; c < w->channels; c += LANES) {
          const int64_t width = w->channels - c;
          const floats value = average ? splat(0.0f) : load_some(output + c, width);
          floats g = load_some(dy + c, width);
          g = average ? g / size : passed(w, g, value);
          FOR_POSITIONS(own, pz, py, px) {
            const int64_t at = position_at(w, pz, py, px) + c;
            floats share = g;
            if (!average) {
              ints chosen = is_chosen(load_some(input + at, width), value);
              share = kept(chosen, g);
              g = kept(~chosen, g);
            }
            store_some(dx + at, width, overlap ? load_some(dx + at, width) + share : share);
          }
        }
        if (!average) output += w->channels;
      }
    }
  }
}

static void pooling_gradient_kernel(const void *arguments, int32_t piece) {
  const train_pooling_gradient *s = arguments;
  const train_windows *w = &s->windows;
  range part = range_of(s->images, s->images_per_piece, piece);
  for (int64_t n = part.begin; n < part.end; n++) {
    const int64_t image = n * image_size(w), windows = n * windows_size(w);
    float *dx = s->input_gradient + image;
    const float *dy = s->output_gradient + windows;
    if (w->form != TRAIN_WINDOWS_TILE) memset(dx, 0, (size_t)image_size(w) * sizeof(float));
    if (w->average) {
      if (w->form == TRAIN_WINDOWS_OVERLAP) {
        pool_image_gradient(w, dx, dy, NULL, NULL, true, true);
      } else {
        pool_image_gradient(w, dx, dy, NULL, NULL, true, false);
      }
    } else if (w->pairs) {
      largest_of_pairs_gradient(w, dx, dy, s->input + image, s->output + windows);
    } else if (w->form == TRAIN_WINDOWS_OVERLAP) {
      pool_image_gradient(w, dx, dy, s->input + image, s->output + windows, false, true);
    } else {
      pool_image_gradient(w, dx, dy, s->input + image, s->output + windows, false, false);
    }
  }
}
