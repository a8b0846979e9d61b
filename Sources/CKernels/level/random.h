// Random numbers of a step: dropout and noise.

typedef uint64_t quads __attribute__((ext_vector_type(LANES)));

/// LANES blocks of Philox4x32-10 at once; see `random.c` for the rounds.
INLINE void philox_lanes(words counter[4], uint64_t seed) {
  words key0 = (words)(uint32_t)seed, key1 = (words)(uint32_t)(seed >> 32);
  for (int round = 0; round < 10; round++) {
    quads product0 = __builtin_convertvector(counter[0], quads) * 0xD2511F53u;
    quads product1 = __builtin_convertvector(counter[2], quads) * 0xCD9E8D57u;
    words high0 = __builtin_convertvector(product0 >> 32, words), low0 = __builtin_convertvector(product0, words);
    words high1 = __builtin_convertvector(product1 >> 32, words), low1 = __builtin_convertvector(product1, words);
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

static void dropout_kernel(const void *arguments, int32_t piece) {
  const train_dropout *s = arguments;
  range part = range_of(s->rows, s->rows_per_piece, piece);
  const int64_t mask_row = (s->columns + 7) / 8;
  const uint64_t step = *s->step;
  const float scale = 1.0f / (1.0f - s->rate);
  for (int64_t r = part.begin; r < part.end; r++) {
    for (int64_t c = 0; c < s->columns; c += drawn) {
      words blocks[4];
      draw_words(blocks, s->seed, s->stream, step, s->first_row + r, c);
      _Alignas(64) float uniform[drawn];
      for (int word = 0; word < 4; word++) {
        floats u = uniform_of(blocks[word]);
        for (int lane = 0; lane < LANES; lane++) uniform[4 * lane + word] = u[lane];
      }
      int64_t count = smaller(drawn, s->columns - c);
      const float *input = s->input + r * s->columns + c;
      float *output = s->output + r * s->columns + c;
      uint8_t *mask = s->mask + r * mask_row + c / 8;
      uint8_t bits = 0;
      for (int64_t i = 0; i < count; i++) {
        bool keeps = uniform[i] >= s->rate;
        bits |= (uint8_t)(keeps << (i % 8));
        output[i] = keeps ? input[i] * scale : 0.0f;
        if (i % 8 == 7 || i == count - 1) {
          mask[i / 8] = bits;
          bits = 0;
        }
      }
    }
  }
}

static void dropout_gradient_kernel(const void *arguments, int32_t piece) {
  const train_dropout_gradient *s = arguments;
  range part = range_of(s->rows, s->rows_per_piece, piece);
  const int64_t mask_row = (s->columns + 7) / 8;
  const float scale = 1.0f / (1.0f - s->rate);
  for (int64_t r = part.begin; r < part.end; r++) {
    const uint8_t *mask = s->mask + r * mask_row;
    const float *output_gradient = s->output_gradient + r * s->columns;
    float *input_gradient = s->input_gradient + r * s->columns;
    for (int64_t c = 0; c < s->columns; c++) {
      input_gradient[c] = mask[c / 8] >> (c % 8) & 1 ? output_gradient[c] * scale : 0.0f;
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
