// Batch normalisation over rows of channels.

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
