// The elementary functions on vectors, within about two units in the last place, with the usual limits at NaN, infinities and
// zero.
//
// Polynomials are our own fits (weighted least squares driven to a near-minimax error) to the expressions named beside them.
// Every a·b + c within one expression is one fused operation where the level has it.

INLINE floats square_root(floats x) {
#if LANES == 16
  return (floats)_mm512_sqrt_ps((__m512)x);
#elif LANES == 8
  return (floats)_mm256_sqrt_ps((__m256)x);
#else
  return (floats)_mm_sqrt_ps((__m128)x);
#endif
}

/// To the nearest integer, halves to even. Adding and taking away 1.5·2²³ rounds; larger magnitudes are integers already.
INLINE floats nearest(floats x) {
  floats rounded = (absolute(x) + 0x1p23f) - 0x1p23f;
  return absolute(x) < 0x1p23f ? with_sign_of(rounded, x) : x;
}

INLINE floats floor_of(floats x) {
  floats rounded = nearest(x);
  floats lowered = rounded > x ? rounded - 1.0f : rounded;
  return absolute(x) < 0x1p23f ? with_sign_of(absolute(lowered), lowered == 0.0f ? x : lowered) : x;
}

/// 2ⁿ for an integer n in −126 ... 127.
INLINE floats power_of_two(ints n) { return floats_of((n + 127) << 23); }

/// x = n·ln 2 + r with |r| ≤ ½·ln 2.
typedef struct {
  ints n;
  floats r;
} reduced;

INLINE reduced reduce_exponent(floats x) {
  const float shift = 0x1.8p23f;
  floats shifted = x * 1.44269504f + shift;
  floats n = shifted - shift;
  floats r = x - n * 0.693359375f;  // This part of ln 2 has few bits, so the product is exact without fused operations too.
  r = r - n * -2.12194440e-4f;
  return (reduced){bits_of(shifted) - bits_of(splat(shift)), r};
}

/// (eʳ − 1 − r)/r² for |r| ≤ ½·ln 2.
INLINE floats exp_tail(floats r) {
  floats p = r * 1.99199218e-4f + 1.39472121e-3f;
  p = p * r + 8.33326112e-3f;
  p = p * r + 4.16662544e-2f;
  p = p * r + 0.166666672f;
  return p * r + 0.5f;
}

INLINE floats exp_of(floats x) {
  reduced e = reduce_exponent(clamp(x, splat(-104.0f), splat(89.0f)));
  floats value = (e.r * e.r) * exp_tail(e.r) + e.r + 1.0f;
  ints half = e.n >> 1;  // Two factors, since 2ⁿ alone may be out of range where the product is not.
  return value * power_of_two(half) * power_of_two(e.n - half);
}

INLINE floats expm1_of(floats x) {
  reduced e = reduce_exponent(clamp(x, splat(-18.0f), splat(88.0f)));
  floats small = (e.r * e.r) * exp_tail(e.r) + e.r;
  floats scale = power_of_two(e.n < 127 ? e.n : 127);
  floats value = small * scale + (scale - 1.0f);
  value = x > 87.0f ? exp_of(x) : value;
  return x == 0.0f ? x : value;
}

INLINE floats log_of(floats x) {
  ints small = x < 0x1p-126f;
  floats scaled = small ? x * 0x1p24f : x;
  // Exponent and significand, the latter in √½ ... √2.
  ints bits = bits_of(scaled) - bits_of(splat(0.707106781f));
  ints exponent = bits >> 23;
  floats m = floats_of((bits & 0x7fffff) + bits_of(splat(0.707106781f))) - 1.0f;
  floats e = __builtin_convertvector(small ? exponent - 24 : exponent, floats);
  // (log(1 + m) − m + m²/2)/m³
  floats q = m * 6.74773082e-2f + -0.116775155f;
  q = q * m + 0.11888697f;
  q = q * m + -0.124053404f;
  q = q * m + 0.142194524f;
  q = q * m + -0.166680053f;
  q = q * m + 0.200021237f;
  q = q * m + -0.250000089f;
  q = q * m + 0.333333135f;
  floats square = m * m;
  floats tail = (square * m) * q + e * -2.12194440e-4f;
  tail = square * -0.5f + tail;
  floats value = e * 0.693359375f + (m + tail);
  value = x == 0.0f ? splat(-INFINITY) : value;
  value = x < 0.0f ? splat(NAN) : value;
  return ((x == INFINITY) | (x != x)) ? x : value;
}

/// log(1 + x): the logarithm of the rounded sum, corrected by what rounding lost.
INLINE floats log1p_of(floats x) {
  floats sum = 1.0f + x;
  floats lost = x - (sum - 1.0f);
  floats value = log_of(sum) + lost / sum;
  value = ((sum == INFINITY) | (sum <= 0.0f)) ? log_of(sum) : value;
  return absolute(x) < 0x1p-24f ? x : value;
}

INLINE floats sigmoid_of(floats x) { return 1.0f / (1.0f + exp_of(-x)); }

INLINE floats tanh_of(floats x) {
  floats grown = expm1_of(2.0f * clamp(absolute(x), splat(0.0f), splat(10.0f)));
  return with_sign_of(grown / (grown + 2.0f), x);
}

INLINE floats erf_of(floats x) {
  floats t = absolute(x);
  floats s = x * x;
  // erf(x)/x − 1
  floats inner = s * 8.34522725e-5f + -8.13743798e-4f;
  inner = inner * s + 5.20063424e-3f;
  inner = inner * s + -2.68592704e-2f;
  inner = inner * s + 0.112836942f;
  inner = inner * s + -0.376126349f;
  inner = inner * s + 0.128379166f;
  inner = inner * x + x;
  // −ln(1 − erf t)/t − 1
  floats u = clamp(t, splat(0.0f), splat(4.0f));
  floats outer = u * 4.93826292e-6f + -4.55817644e-5f;
  outer = outer * u + -4.95838649e-5f;
  outer = outer * u + 2.9301499e-3f;
  outer = outer * u + -2.26741266e-2f;
  outer = outer * u + 0.105262689f;
  outer = outer * u + 0.635625303f;
  outer = outer * u + 0.128551751f;
  outer = 1.0f - exp_of(-(outer * u + u));
  return t < 0.92f ? inner : with_sign_of(outer, x);
}

/// log(1 + exp x) without overflow.
INLINE floats softplus_of(floats x) { return larger_of(x, splat(0.0f)) + log1p_of(exp_of(-absolute(x))); }

/// Sine (`quarter` 0) or cosine (1). The argument is reduced in double; beyond 2²⁸ the C library takes over.
INLINE floats sine_of(floats x, int32_t quarter) {
  doubles wide = to_doubles(absolute(x) < 0x1p28f ? x : splat(0.0f));
  const double shift = 0x1.8p52;
  doubles shifted = wide * 0.63661977236758134 + shift;
  doubles n = shifted - shift;
  floats r = from_doubles((wide - n * 1.5707963267341256) - n * 6.0771005065061922e-11);
  typedef int64_t longs __attribute__((ext_vector_type(LANES)));
  ints turn = __builtin_convertvector((longs)shifted, ints) + quarter;
  floats s = r * r;
  floats sine = s * -1.95829532e-4f + 8.33272561e-3f;
  sine = sine * s + -0.166666642f;
  sine = (sine * s) * r + r;
  floats cosine = s * 2.45439405e-5f + -1.38883397e-3f;
  cosine = cosine * s + 4.16666679e-2f;
  cosine = cosine * s + -0.5f;
  cosine = cosine * s + 1.0f;
  floats value = (turn & 1) != 0 ? cosine : sine;
  value = (turn & 2) != 0 ? -value : value;
  ints far = !(absolute(x) < 0x1p28f);
  for (int lane = 0; lane < LANES; lane++) {
    if (far[lane]) value[lane] = (float)(quarter ? cos((double)x[lane]) : sin((double)x[lane]));
  }
  return value;
}

INLINE floats tangent(floats x) { return sine_of(x, 0) / sine_of(x, 1); }

/// The arc tangent for 0 ≤ x ≤ 1.
INLINE floats atan_of_share(floats x) {
  floats s = x * x;
  floats p = s * 2.92064599e-3f + -1.63677428e-2f;  // (atan(x)/x − 1)/x²
  p = p * s + 4.32115644e-2f;
  p = p * s + -7.55218938e-2f;
  p = p * s + 0.106659934f;
  p = p * s + -0.142110527f;
  p = p * s + 0.199937731f;
  p = p * s + -0.333331525f;
  return (p * s) * x + x;
}

/// π/2 − x, with what π/2 loses as a float.
INLINE floats from_quarter_turn(floats x) { return (1.57079637f - x) + -4.37113883e-8f; }

INLINE floats atan_of(floats x) {
  floats t = absolute(x);
  floats share = atan_of_share(t > 1.0f ? 1.0f / t : t);
  return with_sign_of(t > 1.0f ? from_quarter_turn(share) : share, x);
}

/// The angle of the point (x, y), −π ... π.
INLINE floats atan2_of(floats y, floats x) {
  floats t = absolute(y), u = absolute(x);
  floats small = t < u ? t : u, large = t < u ? u : t;
  floats share = large == 0.0f ? splat(0.0f) : small == INFINITY ? splat(1.0f) : small / large;
  floats angle = atan_of_share(share);
  angle = t > u ? from_quarter_turn(angle) : angle;
  angle = bits_of(x) < 0 ? (3.14159274f - angle) + -8.74227766e-8f : angle;
  return ((x != x) | (y != y)) ? x + y : with_sign_of(angle, y);
}

/// The arc sine for 0 ≤ x ≤ ½, from x and x².
INLINE floats asin_of_half(floats x, floats s) {
  floats p = s * 4.22185473e-2f + 2.41476111e-2f;  // (asin(x)/x − 1)/x²
  p = p * s + 4.54770960e-2f;
  p = p * s + 7.49524161e-2f;
  p = p * s + 0.166667536f;
  return (p * s) * x + x;
}

/// The arc sine of |x|, or half of what it lacks of a quarter turn where |x| > ½.
INLINE floats asin_part(floats x) {
  floats t = absolute(x);
  floats square = t > 0.5f ? 0.5f * (1.0f - t) : t * t;
  return asin_of_half(t > 0.5f ? square_root(square) : t, square);
}

INLINE floats asin_of(floats x) {
  floats part = asin_part(x);
  return with_sign_of(absolute(x) > 0.5f ? from_quarter_turn(2.0f * part) : part, x);
}

INLINE floats acos_of(floats x) {
  floats part = asin_part(x);
  floats far = x < 0.0f ? (3.14159274f - 2.0f * part) + -8.74227766e-8f : 2.0f * part;
  return absolute(x) > 0.5f ? far : from_quarter_turn(with_sign_of(part, x));
}

/// ½·exp x for x > 9, which is finite for longer than exp x.
INLINE floats half_exp(floats x) {
  floats root = exp_of(0.5f * x);
  return (0.5f * root) * root;
}

INLINE floats sinh_of(floats x) {
  floats t = absolute(x);
  floats grown = expm1_of(t < 9.0f ? t : splat(9.0f));
  return with_sign_of(t > 9.0f ? half_exp(t) : x != x ? x : 0.5f * (grown + grown / (grown + 1.0f)), x);
}

INLINE floats cosh_of(floats x) {
  floats t = absolute(x);
  floats power = exp_of(t < 9.0f ? t : splat(9.0f));
  return t > 9.0f ? half_exp(t) : x != x ? x : 0.5f * (power + 1.0f / power);
}

INLINE floats asinh_of(floats x) {
  floats t = absolute(x);
  floats near = t < 1e8f ? t : splat(0.0f);
  floats square = near * near;
  floats value = log1p_of(near + square / (1.0f + square_root(1.0f + square)));
  return with_sign_of(t < 1e8f ? value : log_of(t) + 0.693147182f, x);
}

INLINE floats acosh_of(floats x) {
  floats over = x < 1e8f ? x - 1.0f : splat(0.0f);
  floats value = log1p_of(over + square_root(over * (over + 2.0f)));
  value = x < 1e8f ? value : log_of(x) + 0.693147182f;
  return x < 1.0f ? splat(NAN) : value;
}

INLINE floats atanh_of(floats x) {
  floats t = absolute(x);
  return with_sign_of(0.5f * log1p_of((t + t) / (1.0f - t)), x);
}

/// The inverse of erf, from w = −ln(1 − x²).
INLINE floats erf_inverse(floats x) {
  floats w = -log_of((1.0f - x) * (1.0f + x));
  floats u = w - 2.5f;
  floats inner = u * -8.79105677e-9f + 2.32322643e-8f;  // erf⁻¹(x)/x for w < 5
  inner = inner * u + 4.66170661e-7f;
  inner = inner * u + -3.46270485e-6f;
  inner = inner * u + -4.96334769e-6f;
  inner = inner * u + 2.18344445e-4f;
  inner = inner * u + -1.25274190e-3f;
  inner = inner * u + -4.17738687e-3f;
  inner = inner * u + 0.24664028f;
  inner = inner * u + 1.50140941f;
  floats s = square_root(w) - 3.0f;
  floats outer = s * -1.21606558e-4f + 5.10641803e-5f;  // the same for w ≥ 5
  outer = outer * s + 1.23944588e-3f;
  outer = outer * s + -3.62304715e-3f;
  outer = outer * s + 5.79065970e-3f;
  outer = outer * s + -7.63584720e-3f;
  outer = outer * s + 9.43088997e-3f;
  outer = outer * s + 1.00167477f;
  outer = outer * s + 2.83297706f;
  floats value = x * (w < 5.0f ? inner : outer);
  return absolute(x) == 1.0f ? with_sign_of(splat(INFINITY), x) : value;
}

/// The remainder of a division rounded down: it has the divisor's sign.
INLINE floats remainder_of(floats a, floats b) {
  floats value;
  for (int lane = 0; lane < LANES; lane++) {
    float rest = fmodf(a[lane], b[lane]);
    value[lane] = rest != 0.0f && (rest < 0.0f) != (b[lane] < 0.0f) ? rest + b[lane] : rest;
  }
  return value;
}

INLINE floats power(floats base, floats exponent) {
  floats value;
  for (int lane = 0; lane < LANES; lane++) value[lane] = powf(base[lane], exponent[lane]);
  return value;
}

/// ½(1 + erf(x/√2)), the normal distribution's cumulative function.
INLINE floats normal_cumulative(floats x) { return 0.5f * erf_of(x * 0.707106781f) + 0.5f; }

/// The argument of the tanh in GELU's approximation: √(2/π)·(x + 0.044715·x³).
INLINE floats gelu_argument(floats x) { return 0.797884561f * (x + 0.044715f * (x * x * x)); }

INLINE floats activate(floats x, int32_t activation) {
  switch (activation) {
    case TRAIN_ACTIVATE_RELU: return x <= 0.0f ? splat(0.0f) : x;
    case TRAIN_ACTIVATE_SIGMOID: return sigmoid_of(x);
    case TRAIN_ACTIVATE_TANH: return tanh_of(x);
    default: return x;
  }
}
