// Random numbers of a step: dropout and noise.

/// Upper and lower halves of the products of 32-bit lanes and a number.
INLINE void multiply_words(words x, uint32_t factor, words *high, words *low) {
#if LANES == 16
  // Even lanes where they are, odd ones moved to even places.
  __m512i even = _mm512_mul_epu32((__m512i)x, _mm512_set1_epi32((int)factor));
  __m512i odd = _mm512_mul_epu32(_mm512_srli_epi64((__m512i)x, 32), _mm512_set1_epi32((int)factor));
  *high = (words)_mm512_mask_blend_epi32(0xaaaa, _mm512_srli_epi64(even, 32), odd);
  *low = x * factor;
#elif LANES == 8
  __m256i even = _mm256_mul_epu32((__m256i)x, _mm256_set1_epi32((int)factor));
  __m256i odd = _mm256_mul_epu32(_mm256_srli_epi64((__m256i)x, 32), _mm256_set1_epi32((int)factor));
  *high = (words)_mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xaa);
  *low = (words)_mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xaa);
#else
  typedef uint64_t quads __attribute__((ext_vector_type(LANES)));
  quads product = __builtin_convertvector(x, quads) * factor;
  *high = __builtin_convertvector(product >> 32, words);
  *low = __builtin_convertvector(product, words);
#endif
}

/// LANES blocks of Philox4x32-10 at once; see `random.c` for the rounds.
INLINE void philox_lanes(words counter[4], uint64_t seed) {
  words key0 = (words)(uint32_t)seed, key1 = (words)(uint32_t)(seed >> 32);
#pragma unroll
  for (int round = 0; round < 10; round++) {
    words high0, low0, high1, low1;
    multiply_words(counter[0], 0xD2511F53u, &high0, &low0);
    multiply_words(counter[2], 0xCD9E8D57u, &high1, &low1);
    counter[0] = high1 ^ counter[1] ^ key0;
    counter[1] = low1;
    counter[2] = high0 ^ counter[3] ^ key1;
    counter[3] = low0;
    key0 = key0 + 0x9E3779B9u;
    key1 = key1 + 0xBB67AE85u;
  }
}

/// Columns that one round of LANES blocks decides; a multiple of 8.
enum { drawn = 4 * LANES };

/// The words of `drawn` columns from `column` on: word w of lane l belongs to column 4·l + w.
INLINE void draw_words(words blocks[4], uint64_t seed, uint32_t stream, uint64_t step, int64_t row, int64_t column) {
  blocks[0] = (words)lane_numbers() + (uint32_t)(column / 4);
  blocks[1] = (words)(uint32_t)row;
  blocks[2] = (words)(uint32_t)step;
  blocks[3] = (words)(stream ^ (uint32_t)(step >> 32) * 0x9E3779B9u);
  philox_lanes(blocks, seed);
}

/// The upper 24 bits of words as numbers in 0 ..< 1.
INLINE floats uniform_of(words bits) { return __builtin_convertvector(bits >> 8, floats) * 0x1p-24f; }

/// A bit for each lane where a condition holds, the first lane's lowest.
INLINE uint32_t bits_where(ints condition) {
#if LANES == 16
  return (uint32_t)_mm512_movepi32_mask((__m512i)condition);
#elif LANES == 8
  return (uint32_t)_mm256_movemask_ps((__m256)condition);
#else
  return (uint32_t)_mm_movemask_ps((__m128)condition);
#endif
}

/// Values where the lane's bit is 1, else 0.
INLINE floats kept_where(uint32_t bits, floats x) {
#if LANES == 16
  return (floats)_mm512_maskz_mov_ps((__mmask16)bits, (__m512)x);
#else
  return ((ints)(int32_t)bits & (1 << lane_numbers())) != 0 ? x : splat(0.0f);
#endif
}

/// Bit i moved to bit 4·i.
INLINE uint64_t every_fourth(uint32_t bits) {
#if LANES == 4
  return (bits & 1) | (bits & 2) << 3 | (bits & 4) << 6 | (bits & 8) << 9;
#else
  return _pdep_u64(bits, 0x1111111111111111);
#endif
}

/// A bit for each of `drawn` columns: whether the column's number u ≥ rate, as its word says it: u is the word's upper 24 bits
/// times 2⁻²⁴, and rate · 2²⁴ is exact.
INLINE uint64_t drawn_bits(const words blocks[4], float rate) {
  const words least = (words)((uint32_t)ceilf(rate * 0x1p24f) << 8);
  uint64_t bits = 0;
#pragma unroll
  for (int word = 0; word < 4; word++) bits |= every_fourth(bits_where((ints)(blocks[word] >= least))) << word;
  return bits;
}

/// `output = bits ? input · scale : 0` for up to 64 columns.
INLINE void scale_kept(float *output, const float *input, int64_t count, uint64_t bits, float scale) {
  for (int64_t c = 0; c < count; c += LANES) {
    floats x = load_some(input + c, count - c);
    store_some(output + c, count - c, kept_where((uint32_t)(bits >> c), x * scale));
  }
}

static void dropout_kernel(const void *arguments, int32_t piece) {
  const train_dropout own = *(const train_dropout *)arguments, *s = &own;
  range part = range_of(s->rows, s->rows_per_piece, piece);
  const int64_t mask_row = (s->columns + 7) / 8;
  const uint64_t step = *s->step;
  const float scale = 1.0f / (1.0f - s->rate);
  for (int64_t r = part.begin; r < part.end; r++) {
    for (int64_t c = 0; c < s->columns; c += drawn) {
      words blocks[4];
      draw_words(blocks, s->seed, s->stream, step, s->first_row + r, c);
      int64_t count = smaller(drawn, s->columns - c);
      uint64_t bits = drawn_bits(blocks, s->rate);
      if (count < 64) bits &= ((uint64_t)1 << count) - 1;
      memcpy(s->mask + r * mask_row + c / 8, &bits, (size_t)(count + 7) / 8);
      scale_kept(s->output + r * s->columns + c, s->input + r * s->columns + c, count, bits, scale);
    }
  }
}

static void dropout_gradient_kernel(const void *arguments, int32_t piece) {
  const train_dropout_gradient own = *(const train_dropout_gradient *)arguments, *s = &own;
  range part = range_of(s->rows, s->rows_per_piece, piece);
  const int64_t mask_row = (s->columns + 7) / 8;
  const float scale = 1.0f / (1.0f - s->rate);
  for (int64_t r = part.begin; r < part.end; r++) {
    for (int64_t c = 0; c < s->columns; c += 64) {
      int64_t count = smaller(64, s->columns - c), at = r * s->columns + c;
      uint64_t bits = 0;
      memcpy(&bits, s->mask + r * mask_row + c / 8, (size_t)(count + 7) / 8);
      scale_kept(s->input_gradient + at, s->output_gradient + at, count, bits, scale);
    }
  }
}

// MARK: Noise

/// Normal numbers of pairs of words by Box and Muller's method: √(−2·ln u)·(cos, sin)(2πv), u in (0, 1].
INLINE void normals_of(words first, words second, floats *cosine, floats *sine) {
  floats radius = square_root(-2.0f * log_of(uniform_of(first) + 0x1p-24f));
  floats angle = 6.28318531f * uniform_of(second);
  *cosine = radius * sine_of(angle, 1);
  *sine = radius * sine_of(angle, 0);
}

static void random_rows_kernel(const void *arguments, int32_t piece) {
  const train_random_rows *s = arguments;
  range part = range_of(s->rows, s->rows_per_piece, piece);
  const uint64_t step = *s->step;
  for (int64_t r = part.begin; r < part.end; r++) {
    for (int64_t c = 0; c < s->columns; c += drawn) {
      words blocks[4];
      draw_words(blocks, s->seed, 0, step, r, c);
      floats numbers[4];
      if (s->distribution == TRAIN_NORMAL) {
        normals_of(blocks[0], blocks[1], &numbers[0], &numbers[1]);
        normals_of(blocks[2], blocks[3], &numbers[2], &numbers[3]);
      } else {
        for (int word = 0; word < 4; word++) numbers[word] = uniform_of(blocks[word]);
      }
      _Alignas(64) float ordered[drawn];
      for (int word = 0; word < 4; word++) {
        for (int lane = 0; lane < LANES; lane++) ordered[4 * lane + word] = numbers[word][lane];
      }
      memcpy(s->output + r * s->columns + c, ordered, (size_t)smaller(drawn, s->columns - c) * sizeof(float));
    }
  }
}
