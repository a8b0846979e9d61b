// What the factors of tile products are in memory: words of one float32 each, or of a pair of bfloat16, which one instruction
// multiplies and adds up at twice the rate. PAIRS_OF_BFLOAT16 says which.

#if PAIRS_OF_BFLOAT16
/// Steps of k that a word holds.
enum { values_of_word = 2 };
typedef uint16_t factor;

/// a · b + sum, in every lane the sum over what a word holds.
INLINE floats multiply_add(floats a, floats b, floats sum) {
  return (floats)_mm512_dpbf16_ps((__m512)sum, (__m512bh)a, (__m512bh)b);
}

/// Stores values as factors, neighbours in one word, rounded to the nearest.
INLINE void store_factors(factor *to, floats values) {
  _mm256_storeu_si256((__m256i *)to, (__m256i)_mm512_cvtneps_pbh((__m512)values));
}

INLINE void copy_factors(factor *to, const factor *from) {
  _mm256_storeu_si256((__m256i *)to, _mm256_loadu_si256((const __m256i *)from));
}

/// Words of which each lane holds a value of either half.
INLINE floats words_of_halves(__m512i halves) {
  static const uint16_t order[2 * LANES] __attribute__((aligned(64))) = {
    0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
  return (floats)_mm512_permutexvar_epi16(_mm512_load_si512(order), halves);
}

/// Words that hold a value of each vector.
INLINE floats words_of(const floats values[values_of_word]) {
  return words_of_halves((__m512i)_mm512_cvtne2ps_pbh((__m512)values[1], (__m512)values[0]));
}

/// Words that hold a factor of each of two places.
INLINE floats words_of_factors(const factor *first, const factor *second) {
  const __m256i low = _mm256_loadu_si256((const __m256i *)first), high = _mm256_loadu_si256((const __m256i *)second);
  return words_of_halves(_mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1));
}
#else
enum { values_of_word = 1 };
typedef float factor;

INLINE floats multiply_add(floats a, floats b, floats sum) { return a * b + sum; }

INLINE void store_factors(factor *to, floats values) { store(to, values); }

INLINE void copy_factors(factor *to, const factor *from) { store(to, load(from)); }

INLINE floats words_of(const floats values[values_of_word]) { return values[0]; }

INLINE floats words_of_factors(const factor *first, const factor *second) { return load(first); }
#endif
