// Losses over rows. Formulas and conventions stand with the argument structures in `train_losses.h`.

/// Keras's clamp of probabilities.
static const float least_probability = 1e-7f, most_probability = 1.0f - 1e-7f;

INLINE ints is_unclipped(floats q) { return (q >= least_probability) & (q <= most_probability); }

/// A row's targets at columns c …: from the label or from the given row, smoothed. Lanes past the end are 0.
INLINE floats targets_at(const train_categorical_crossentropy *s, int64_t r, int64_t c, int64_t width) {
  floats t;
  if (s->labels != NULL) {
    int32_t label = s->labels[r] < s->classes ? s->labels[r] : -1;
    t = one_where(lane_numbers() + (int32_t)c == label);
  } else {
    t = load_some(s->targets + r * s->classes + c, width);
  }
  if (s->smoothing != 0) {
    t = t * (1.0f - s->smoothing) + s->smoothing / (float)s->classes;
    if (width < LANES) t = lane_numbers() < (ints)(int32_t)width ? t : splat(0.0f);
  }
  return t;
}

/// What is shared by the elements of a row.
typedef struct {
  float largest;   ///< of the logits
  float sum;       ///< Σ exp(logit − largest), or Σ p
  float log_sum;   ///< ln of it, from logits only
} row_scale;

INLINE row_scale scale_of(const float *input, int64_t classes, int32_t form) {
  if (form == TRAIN_FROM_PROBABILITIES) return (row_scale){0, row_sum(input, classes), 0};
  float largest = row_max(input, classes);
  float sum = exp_sum(input, classes, largest);
  return (row_scale){largest, sum, form == TRAIN_FROM_LOGITS ? log_of(splat(sum))[0] : 0};
}

/// Inputs from column c on; past the end what has no weight in a sum over the row.
INLINE floats inputs_at(const float *input, int64_t c, int64_t width, int32_t form) {
  return load_some_or(input + c, width, form == TRAIN_FROM_PROBABILITIES ? 0.0f : -INFINITY);
}

/// The renormalised probabilities q.
INLINE floats probabilities_of(floats x, row_scale scale, int32_t form) {
  return (form == TRAIN_FROM_PROBABILITIES ? x : exp_of(x - scale.largest)) / scale.sum;
}

/// The two sums over a row, by lanes: loss = −Σ t·ln c, and Σ t over what is not clipped.
typedef struct {
  floats loss, kept;
} row_sums;

INLINE row_sums with_terms(row_sums sums, floats x, floats q, floats t, row_scale scale, int32_t form) {
  if (form == TRAIN_FROM_LOGITS) {
    floats logarithm = (x - scale.largest) - scale.log_sum;
    return (row_sums){sums.loss - (t == 0.0f ? splat(0.0f) : t * logarithm), sums.kept + t};
  }
  floats logarithm = log_of(clamp(q, splat(least_probability), splat(most_probability)));
  return (row_sums){sums.loss - t * logarithm, sums.kept + (is_unclipped(q) ? t : splat(0.0f))};
}

INLINE floats slopes_of(floats q, floats t, float kept, row_scale scale, int32_t form) {
  if (form == TRAIN_FROM_LOGITS) return q * kept - t;
  t = is_unclipped(q) ? t : splat(0.0f);
  if (form == TRAIN_FROM_ACTIVATION) return q * kept - t;
  return (kept - (t == 0.0f ? t : t / q)) / scale.sum;
}

/// One row. If its classes fit into one vector (`is_short`), what the loss needed stays in registers for the gradient.
INLINE void categorical_row(const train_categorical_crossentropy *s, int64_t r, int32_t form, bool is_short) {
  const float *input = s->input + r * s->classes;
  const int64_t classes = s->classes;
  const bool ignored = s->labels != NULL && s->ignored_class != INT32_MIN && s->labels[r] == s->ignored_class;
  const row_scale scale = scale_of(input, classes, form);
  if (s->hits != NULL) {
    int32_t best = first_largest(input, classes);
    int32_t wanted = s->labels != NULL ? s->labels[r] : first_largest(s->targets + r * classes, classes);
    s->hits[r] = best == wanted && !ignored ? 1.0f : 0.0f;
  }

  row_sums sums = {0, 0};
  floats x, q, t;
  for (int64_t c = 0; c < (is_short ? 1 : classes); c += LANES) {
    x = inputs_at(input, c, classes - c, form);
    q = probabilities_of(x, scale, form);
    t = targets_at(s, r, c, classes - c);
    sums = with_terms(sums, x, q, t, scale, form);
  }
  if (s->loss != NULL) s->loss[r] = ignored ? 0.0f : sum_across(sums.loss);

  if (s->gradient == NULL && s->probabilities == NULL) return;
  const float kept = sum_across(sums.kept);
  const float factor = s->scale * (s->weights == NULL ? 1.0f : s->weights[r]);
  for (int64_t c = 0; c < (is_short ? 1 : classes); c += LANES) {
    int64_t width = classes - c, at = r * classes + c;
    if (!is_short) {
      x = inputs_at(input, c, width, form);
      q = probabilities_of(x, scale, form);
      t = targets_at(s, r, c, width);
    }
    if (s->gradient != NULL) {
      store_some(s->gradient + at, width, ignored ? splat(0.0f) : slopes_of(q, t, kept, scale, form) * factor);
    }
    if (s->probabilities != NULL) store_some(s->probabilities + at, width, form == TRAIN_FROM_PROBABILITIES ? x : q);
  }
}

INLINE void categorical_rows(const train_categorical_crossentropy *s, range part, int32_t form) {
  for (int64_t r = part.begin; r < part.end; r++) {
    if (s->classes > 0 && s->classes <= LANES) {
      categorical_row(s, r, form, true);
    } else {
      categorical_row(s, r, form, false);
    }
  }
}

static void categorical_crossentropy_kernel(const void *arguments, int32_t piece) {
  const train_categorical_crossentropy own = *(const train_categorical_crossentropy *)arguments;
  range part = range_of(own.rows, own.rows_per_piece, piece);
  switch (own.form) {
    case TRAIN_FROM_LOGITS: categorical_rows(&own, part, TRAIN_FROM_LOGITS); break;
    case TRAIN_FROM_ACTIVATION: categorical_rows(&own, part, TRAIN_FROM_ACTIVATION); break;
    default: categorical_rows(&own, part, TRAIN_FROM_PROBABILITIES); break;
  }
}

static void binary_crossentropy_kernel(const void *arguments, int32_t piece) {
  const train_binary_crossentropy *s = arguments;
  const int32_t form = s->form;
  const float columns = (float)s->columns;
  range part = range_of(s->rows, s->rows_per_piece, piece);
  for (int64_t r = part.begin; r < part.end; r++) {
    float factor = s->scale * (s->weights == NULL ? 1.0f : s->weights[r]) / columns;
    floats loss = 0, hits = 0;
    for (int64_t c = 0; c < s->columns; c += LANES) {
      int64_t width = s->columns - c, at = r * s->columns + c;
      floats x = load_some(s->input + at, width);
      floats given = load_some(s->targets + at, width);
      floats y = given * (1.0f - s->smoothing) + 0.5f * s->smoothing;
      floats p = form == TRAIN_FROM_PROBABILITIES ? x : sigmoid_of(x);
      floats value, gradient;
      if (form == TRAIN_FROM_LOGITS) {
        value = (larger_of(x, splat(0.0f)) - x * y) + log1p_of(exp_of(-absolute(x)));
        gradient = p - y;
      } else {
        floats q = clamp(p, splat(least_probability), splat(most_probability));
        value = -(y * log_of(q) + (1.0f - y) * log_of(1.0f - q));
        gradient = form == TRAIN_FROM_ACTIVATION ? p - y : (1.0f - y) / (1.0f - q) - y / q;
        gradient = ((p < least_probability) | (p > most_probability)) ? splat(0.0f) : gradient;
      }
      floats hit = one_where(one_where(p > 0.5f) == given);
      if (width < LANES) {
        ints inside = lane_numbers() < (ints)(int32_t)width;
        value = inside ? value : splat(0.0f);
        hit = inside ? hit : splat(0.0f);
      }
      loss = loss + value;
      hits = hits + hit;
      if (s->gradient != NULL) store_some(s->gradient + at, width, gradient * factor);
      if (s->probabilities != NULL) store_some(s->probabilities + at, width, p);
    }
    if (s->loss != NULL) s->loss[r] = sum_across(loss) / columns;
    if (s->hits != NULL) s->hits[r] = sum_across(hits) / columns;
  }
}

/// A row-wise mean of a function of e = p − y; SLOPE is its derivative.
#define REGRESSION(NAME, VALUE, SLOPE)                                                      \
  static void NAME##_kernel(const void *arguments, int32_t piece) {                         \
    const train_regression_loss *s = arguments;                                             \
    const float columns = (float)s->columns;                                                \
    range part = range_of(s->rows, s->rows_per_piece, piece);                               \
    for (int64_t r = part.begin; r < part.end; r++) {                                       \
      float factor = s->scale * (s->weights == NULL ? 1.0f : s->weights[r]) / columns;      \
      floats loss = 0;                                                                      \
      for (int64_t c = 0; c < s->columns; c += LANES) {                                     \
        int64_t width = s->columns - c, at = r * s->columns + c;                            \
        floats e = load_some(s->predictions + at, width) - load_some(s->targets + at, width); \
        loss = loss + VALUE;                                                                \
        if (s->gradient != NULL) store_some(s->gradient + at, width, (SLOPE) * factor);     \
      }                                                                                     \
      if (s->loss != NULL) s->loss[r] = sum_across(loss) / columns;                         \
    }                                                                                       \
  }

REGRESSION(mean_squared_error, e *e, 2.0f * e)
REGRESSION(mean_absolute_error, absolute(e), one_where(e > 0.0f) - one_where(e < 0.0f))
