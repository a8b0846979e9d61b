// Batch normalisation over rows of channels, and dropout.

static void batch_statistics_kernel(const void *arguments, int32_t piece) {
  const train_batch_statistics *s = arguments;
  range part = range_of(s->rows, s->rows_per_piece, piece);
  const float count = (float)(part.end - part.begin);
  float *means = s->partials + (int64_t)piece * 2 * s->channels, *squares = means + s->channels;
  for (int64_t c = 0; c < s->channels; c += LANES) {
    int64_t width = s->channels - c;
    const float *column = s->input + part.begin * s->channels + c;
    floats mean = column_sum(column, part.end - part.begin, s->channels, width) / count;
    floats square = 0;
    for (int64_t r = 0; r < part.end - part.begin; r++) {
      floats distance = load_some(column + r * s->channels, width) - mean;
      square = distance * distance + square;
    }
    store_some(means + c, width, mean);
    store_some(squares + c, width, square);
  }
}

/// Count, mean and sum of squared distances of a set of rows; two sets meet by the formula of Chan, Golub and LeVeque (1979).
typedef struct {
  double count, mean, square;
} moments;

static moments merged_moments(const train_merge_statistics *s, int64_t channel, int64_t first, int64_t blocks) {
  if (blocks == 1) {
    range part = range_of(s->rows, s->rows_per_piece, first);
    const float *partial = s->partials + first * 2 * s->channels + channel;
    return (moments){(double)(part.end - part.begin), (double)partial[0], (double)partial[s->channels]};
  }
  int64_t half = (blocks + 1) / 2;
  moments a = merged_moments(s, channel, first, half), b = merged_moments(s, channel, first + half, blocks - half);
  double count = a.count + b.count, distance = b.mean - a.mean;
  return (moments){
    count,
    a.mean + distance * (b.count / count),
    a.square + b.square + distance * distance * (a.count * b.count / count),
  };
}

/// moving·momentum + batch·(1 − momentum), the factors rounded to float first as Keras does.
static void move_average(float *moving, float batch, double momentum) {
  *moving = *moving * (float)momentum + batch * (float)(1.0 - momentum);
}

static void merge_statistics_kernel(const void *arguments, int32_t piece) {
  const train_merge_statistics *s = arguments;
  int64_t blocks = train_pieces(s->rows, s->rows_per_piece);
  if (piece != 0 || blocks == 0) return;
  for (int64_t c = 0; c < s->channels; c++) {
    moments all = merged_moments(s, c, 0, blocks);
    s->mean[c] = (float)all.mean;
    s->variance[c] = (float)(all.square / all.count);
    if (s->moving_mean != NULL) move_average(&s->moving_mean[c], s->mean[c], s->momentum);
    if (s->moving_variance != NULL) move_average(&s->moving_variance[c], s->variance[c], s->momentum);
  }
}

INLINE floats inverse_deviation(const float *variance, int64_t c, int64_t width, float epsilon) {
  return 1.0f / square_root(load_some_or(variance + c, width, 1.0f) + epsilon);
}

static void normalize_kernel(const void *arguments, int32_t piece) {
  const train_normalize *s = arguments;
  range part = range_of(s->rows, s->rows_per_piece, piece);
  for (int64_t c = 0; c < s->channels; c += LANES) {
    int64_t width = s->channels - c;
    floats scale = inverse_deviation(s->variance, c, width, s->epsilon);
    if (s->gamma != NULL) scale = scale * load_some(s->gamma + c, width);
    floats mean = load_some(s->mean + c, width);
    floats beta = s->beta == NULL ? splat(0.0f) : load_some(s->beta + c, width);
    for (int64_t r = part.begin; r < part.end; r++) {
      floats x = load_some(s->input + r * s->channels + c, width);
      store_some(s->output + r * s->channels + c, width, (x - mean) * scale + beta);
    }
  }
}

static void normalize_gradient_sums_kernel(const void *arguments, int32_t piece) {
  const train_normalize_gradient_sums *s = arguments;
  range part = range_of(s->rows, s->rows_per_piece, piece);
  float *betas = s->partials + (int64_t)piece * 2 * s->channels, *gammas = betas + s->channels;
  for (int64_t c = 0; c < s->channels; c += LANES) {
    int64_t width = s->channels - c;
    floats inverse = inverse_deviation(s->variance, c, width, s->epsilon);
    floats mean = load_some(s->mean + c, width);
    floats beta = 0, gamma = 0;
    for (int64_t r = part.begin; r < part.end;) {
      int64_t end = smaller(r + rows_per_block, part.end);
      floats block_beta = 0, block_gamma = 0;
      for (; r < end; r++) {
        floats dy = load_some(s->output_gradient + r * s->channels + c, width);
        floats distance = load_some(s->input + r * s->channels + c, width) - mean;
        block_beta = block_beta + dy;
        block_gamma = dy * distance + block_gamma;
      }
      beta = beta + block_beta;
      gamma = gamma + block_gamma;
    }
    store_some(betas + c, width, beta);
    store_some(gammas + c, width, gamma * inverse);
  }
}

static void normalize_gradient_kernel(const void *arguments, int32_t piece) {
  const train_normalize_gradient *s = arguments;
  range part = range_of(s->rows, s->rows_per_piece, piece);
  const float rows = (float)s->rows;
  for (int64_t c = 0; c < s->channels; c += LANES) {
    int64_t width = s->channels - c;
    floats inverse = inverse_deviation(s->variance, c, width, s->epsilon);
    floats mean = load_some(s->mean + c, width);
    floats scale = s->gamma == NULL ? inverse : inverse * load_some(s->gamma + c, width);
    floats mean_gradient = load_some(s->sums + c, width) / rows;
    floats slope = inverse * (load_some(s->sums + s->channels + c, width) / rows);
    for (int64_t r = part.begin; r < part.end; r++) {
      int64_t at = r * s->channels + c;
      floats dy = load_some(s->output_gradient + at, width);
      floats distance = load_some(s->input + at, width) - mean;
      store_some(s->input_gradient + at, width, scale * ((dy - mean_gradient) - distance * slope));
    }
  }
}

// MARK: Dropout

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

static void dropout_kernel(const void *arguments, int32_t piece) {
  const train_dropout *s = arguments;
  range part = range_of(s->rows, s->rows_per_piece, piece);
  const int64_t mask_row = (s->columns + 7) / 8;
  const uint64_t step = *s->step;
  const float scale = 1.0f / (1.0f - s->rate);
  const uint32_t stream = s->stream ^ (uint32_t)(step >> 32) * 0x9E3779B9u;
  enum { drawn = 4 * LANES };  // Columns that one round of LANES blocks decides; a multiple of 8.
  for (int64_t r = part.begin; r < part.end; r++) {
    for (int64_t c = 0; c < s->columns; c += drawn) {
      words blocks[4] = {
        (words)lane_numbers() + (uint32_t)(c / 4), (words)(uint32_t)(s->first_row + r), (words)(uint32_t)step, (words)stream};
      philox_lanes(blocks, s->seed);
      _Alignas(64) float uniform[drawn];
      for (int word = 0; word < 4; word++) {
        floats u = __builtin_convertvector(blocks[word] >> 8, floats) * 0x1p-24f;
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
