// Optimizer rules on vectors, shared by the pass over a dense gradient and by the product whose tile is the gradient.

/// An update's scalars, read once a piece and rounded to float as Keras does.
typedef struct {
  float rate, decay, gradient_scale;
  float beta_1, gain_1, gain_2, epsilon;  ///< a gain is 1 − β
} update_scalars;

INLINE update_scalars scalars_of(const train_update *s) {
  return (update_scalars){
    .rate = (float)*s->rate,
    .decay = s->decay == NULL ? 0.0f : (float)*s->decay,
    .gradient_scale = s->gradient_scale == NULL ? 1.0f : (float)*s->gradient_scale,
    .beta_1 = (float)s->beta_1,
    .gain_1 = (float)(1.0 - s->beta_1),
    .gain_2 = (float)(1.0 - s->beta_2),
    .epsilon = (float)s->epsilon,
  };
}

/// m/(√v + ε). With 512-bit vectors the unit for roots and divisions is what a step waits for, so there root and division are
/// made of the 14-bit estimates, whose bits the architecture defines, and a step of Newton's each. (A zero v has no estimate of a
/// root that could be multiplied; an infinite divisor would make 0·∞, so it counts as the largest number instead.)
INLINE floats root_quotient(floats m, floats v, float epsilon) {
#if LANES == 16
  const floats largest = splat(0x1.fffffep127f);
  floats bounded = (floats)_mm512_max_ps((__m512)splat(0x1p-126f), (__m512)v);
  floats estimate = (floats)_mm512_rsqrt14_ps((__m512)bounded);
  floats root = bounded * estimate;
  root = root + (0.5f * estimate) * (bounded - root * root);
  floats divisor = v > largest ? largest : root + epsilon;
  floats reciprocal = (floats)_mm512_rcp14_ps((__m512)divisor);
  floats quotient = m * reciprocal;
  floats rest = m - quotient * divisor;
  return rest * reciprocal + quotient;
#else
  return m / (square_root(v) + epsilon);
#endif
}

/// Which rule exactly, so that a loop is compiled for each.
typedef enum { rule_plain, rule_momentum, rule_nesterov, rule_adam, rule_amsgrad } update_rule;

INLINE update_rule rule_of(const train_update *s) {
  if (s->kind == TRAIN_ADAM) return s->variant ? rule_amsgrad : rule_adam;
  return s->first == NULL ? rule_plain : s->variant ? rule_nesterov : rule_momentum;
}

/// Updates up to LANES weights at place `at`.
INLINE void update_some(
    const train_update *s, update_scalars k, update_rule rule, int64_t at, int64_t count, floats gradient) {
  floats w = load_some(s->weights + at, count);
  if (k.gradient_scale != 1.0f) gradient = gradient * k.gradient_scale;
  if (k.decay != 0.0f) w = w - w * k.decay;
  if (rule == rule_plain) {
    w = w - k.rate * gradient;
  } else if (rule == rule_momentum || rule == rule_nesterov) {
    floats m = k.beta_1 * load_some(s->first + at, count) - k.rate * gradient;
    store_some(s->first + at, count, m);
    w = rule == rule_nesterov ? w + (k.beta_1 * m - k.rate * gradient) : w + m;
  } else {
    floats m = load_some(s->first + at, count), v = load_some(s->second + at, count);
    m = m + k.gain_1 * (gradient - m);
    v = v + k.gain_2 * (gradient * gradient - v);
    store_some(s->first + at, count, m);
    store_some(s->second + at, count, v);
    if (rule == rule_amsgrad) {
      v = larger_of(load_some(s->third + at, count), v);
      store_some(s->third + at, count, v);
    }
    w = w - k.rate * root_quotient(m, v, k.epsilon);
  }
  store_some(s->weights + at, count, w);
}

INLINE void update_range(const train_update_range *s, range part, update_rule rule) {
  const train_update own = s->update;
  const float *gradient = s->gradient;
  update_scalars k = scalars_of(&own);
  int64_t i = part.begin;
  for (; i + LANES <= part.end; i += LANES) update_some(&own, k, rule, i, LANES, load(gradient + i));
  if (i < part.end) update_some(&own, k, rule, i, part.end - i, load_part(gradient + i, part.end - i));
}

static void update_kernel(const void *arguments, int32_t piece) {
  const train_update_range *s = arguments;
  range part = range_of(s->count, s->per_piece, piece);
  switch (rule_of(&s->update)) {
    case rule_plain: update_range(s, part, rule_plain); break;
    case rule_momentum: update_range(s, part, rule_momentum); break;
    case rule_nesterov: update_range(s, part, rule_nesterov); break;
    case rule_adam: update_range(s, part, rule_adam); break;
    case rule_amsgrad: update_range(s, part, rule_amsgrad); break;
  }
}
