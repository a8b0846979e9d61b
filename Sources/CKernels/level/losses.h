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

/// The renormalised probabilities q.
INLINE floats probabilities_of(floats x, row_scale scale, int32_t form) {
  return (form == TRAIN_FROM_PROBABILITIES ? x : exp_of(x - scale.largest)) / scale.sum;
}

static void categorical_crossentropy_kernel(const void *arguments, int32_t piece) {
  const train_categorical_crossentropy *s = arguments;
  const int32_t form = s->form;
  range part = range_of(s->rows, s->rows_per_piece, piece);
  for (int64_t r = part.begin; r < part.end; r++) {
    const float *input = s->input + r * s->classes;
    bool ignored = s->labels != NULL && s->ignored_class != INT32_MIN && s->labels[r] == s->ignored_class;
    row_scale scale = scale_of(input, s->classes, form);
    if (s->hits != NULL) {
      int32_t best = first_largest(input, s->classes);
      int32_t wanted = s->labels != NULL ? s->labels[r] : first_largest(s->targets + r * s->classes, s->classes);
      s->hits[r] = best == wanted && !ignored ? 1.0f : 0.0f;
    }

    // loss = −Σ t·ln c, and T = Σ t over what is not clipped.
    floats loss = 0, kept = 0;
    for (int64_t c = 0; c < s->classes; c += LANES) {
      int64_t width = s->classes - c;
      floats x = load_some(input + c, width);
      floats t = targets_at(s, r, c, width);
      if (form == TRAIN_FROM_LOGITS) {
        floats logarithm = (x - scale.largest) - scale.log_sum;
        loss = loss - (t == 0.0f ? splat(0.0f) : t * logarithm);
        kept = kept + t;
      } else {
        floats q = probabilities_of(x, scale, form);
        loss = loss - t * log_of(clamp(q, splat(least_probability), splat(most_probability)));
        kept = kept + (is_unclipped(q) ? t : splat(0.0f));
      }
    }
    if (s->loss != NULL) s->loss[r] = ignored ? 0.0f : sum_across(loss);

    if (s->gradient == NULL && s->probabilities == NULL) continue;
    float total = sum_across(kept);
    float factor = ignored ? 0.0f : s->scale * (s->weights == NULL ? 1.0f : s->weights[r]);
    for (int64_t c = 0; c < s->classes; c += LANES) {
      int64_t width = s->classes - c, at = r * s->classes + c;
      floats x = load_some(input + c, width);
      floats q = probabilities_of(x, scale, form);
      if (s->gradient != NULL) {
        floats t = targets_at(s, r, c, width);
        floats gradient;
        if (form == TRAIN_FROM_LOGITS) {
          gradient = q * total - t;
        } else {
          t = is_unclipped(q) ? t : splat(0.0f);
          gradient = form == TRAIN_FROM_ACTIVATION ? q * total - t : (total - (t == 0.0f ? t : t / q)) / scale.sum;
        }
        store_some(s->gradient + at, width, ignored ? splat(0.0f) : gradient * factor);
      }
      if (s->probabilities != NULL) store_some(s->probabilities + at, width, form == TRAIN_FROM_PROBABILITIES ? x : q);
    }
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
