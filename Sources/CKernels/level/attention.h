// Attention, a block of queries at a time.

/// What stands for a hidden score: far below any other, and still a number when two are subtracted.
#define HIDDEN_SCORE (-0x1p126f)

enum { most_block_rows = 256 };

/// Queries `begin` … of one head of one example.
typedef struct {
  int64_t batch, head, begin, rows;
  /// How many keys any of them sees, from the first on.
  int64_t keys;
} attention_block;

INLINE attention_block attention_block_of(const train_attention_operands *s, int64_t item, int64_t index) {
  const int64_t begin = index * s->block_rows, end = smaller(begin + s->block_rows, s->queries);
  // A masked query may see nothing, and then takes all keys alike.
  const int64_t keys = s->causal && s->mask == NULL ? smaller(end, s->keys) : s->keys;
  return (attention_block){item / s->heads, item % s->heads, begin, end - begin, keys};
}

INLINE int64_t query_place(const train_attention_operands *s, const attention_block *b, int64_t size) {
  return ((b->batch * s->queries + b->begin) * s->heads + b->head) * size;
}

INLINE int64_t key_place(const train_attention_operands *s, const attention_block *b, int64_t size) {
  return (b->batch * s->keys * s->key_heads + b->head / (s->heads / s->key_heads)) * size;
}

/// One product of the block, all of it.
INLINE void attention_product(
    float *c, int64_t c_row, const float *a, int64_t a_row, int64_t a_inner, const float *b, int64_t b_inner, int64_t b_column,
    int64_t m, int64_t n, int64_t k, bool accumulate) {
  const train_product product = {
    .c = c, .a = a, .b = b, .m = m, .n = n, .k = k, .a_row = a_row, .a_inner = a_inner, .b_inner = b_inner,
    .b_column = b_column, .c_row = c_row, .rows_per_piece = m, .columns_per_piece = n, .activation = TRAIN_LINEAR,
    .accumulate = accumulate,
  };
  product_kernel(&product, 0);
}

/// How a row of scores goes into the exponential: `exp(score · factor − largest)`.
typedef struct {
  float factor, largest;
} score_scale;

/// Scales a row of scores and hides what the query may not see.
INLINE score_scale hide_scores(const train_attention_operands *s, const attention_block *b, float *row, int64_t query) {
  const float *mask = s->mask == NULL
    ? NULL
    : s->mask + b->batch * s->mask_batch + b->head * s->mask_head + query * s->mask_query;
  const int64_t seen = s->causal ? smaller(query + 1, b->keys) : b->keys;
  floats largest = splat(HIDDEN_SCORE);
  for (int64_t c = 0; c < b->keys; c += LANES) {
    const int64_t width = b->keys - c;
    floats x = load_some(row + c, width) * s->scale;
    if (mask != NULL) x = load_some(mask + c, width) != 0.0f ? x : splat(HIDDEN_SCORE);
    if (c + LANES > seen) x = lane_numbers() < (ints)(int32_t)(seen - c) ? x : splat(HIDDEN_SCORE);
    store_some(row + c, width, x);
    x = width >= LANES ? x : load_some_or(row + c, width, HIDDEN_SCORE);
    largest = x > largest ? x : largest;
  }
  return (score_scale){1.0f, largest_across(largest)};
}

/// The largest of a row. A NaN may be passed over: it comes back in the sum of the exponentials.
INLINE float largest_score(const float *row, int64_t count) {
  floats even = splat(HIDDEN_SCORE), odd = even;
  int64_t c = 0;
  for (; c + 2 * LANES <= count; c += 2 * LANES) {
    floats a = load(row + c), b = load(row + c + LANES);
    even = a > even ? a : even;
    odd = b > odd ? b : odd;
  }
  for (; c < count; c += LANES) {
    floats a = load_some_or(row + c, count - c, HIDDEN_SCORE);
    even = a > even ? a : even;
  }
  return largest_across(even > odd ? even : odd);
}

INLINE score_scale score_scale_of(const train_attention_operands *s, const attention_block *b, float *row, int64_t query) {
  if (s->mask != NULL || s->causal || s->scale <= 0.0f) return hide_scores(s, b, row, query);
  return (score_scale){s->scale, largest_score(row, b->keys) * s->scale};
}

/// eˣ for x of at most 0, or as little more as rounding makes it; 0 below −87.
INLINE floats exp_of_share(floats x) {
  reduced e = reduce_exponent(x < -87.0f ? splat(-87.0f) : x);
  floats value = ((e.r * e.r) * exp_tail(e.r) + e.r + 1.0f) * power_of_two(e.n);
  return x < -87.0f ? splat(0.0f) : value;
}

/// The exponentials of a row in place; their sum.
INLINE float exponentials(float *row, int64_t count, score_scale scale) {
  floats sum = 0;
  int64_t c = 0;
  for (; c + LANES <= count; c += LANES) {
    floats e = exp_of_share(load(row + c) * scale.factor - scale.largest);
    store(row + c, e);
    sum = sum + e;
  }
  if (c < count) {
    floats e = exp_of_share(load_some(row + c, count - c) * scale.factor - scale.largest);
    e = lane_numbers() < (ints)(int32_t)(count - c) ? e : splat(0.0f);
    store_some(row + c, count - c, e);
    sum = sum + e;
  }
  return sum_across(sum);
}

/// Rows of an operand that the next block reads. They are asked for a few after each row of this one: they lie far apart, so that
/// nothing else fetches them in time.
typedef struct {
  const float *first;
  int64_t count, row, size;   // floats
} expected_rows;

enum { most_expected = 4 };

INLINE void ask_for_rows(const expected_rows *s, int64_t r, int64_t rows) {
  const range part = {r * s->count / rows, (r + 1) * s->count / rows};
  for (int64_t i = part.begin; i < part.end; i++) {
    for (int64_t c = 0; c < s->size; c += LANES) _mm_prefetch(s->first + i * s->row + c, _MM_HINT_T0);
  }
}

/// What the block after `index` reads; the last reads nothing more.
INLINE void expect_block(
    const train_attention_operands *s, int64_t index, const float *gradient, expected_rows expected[most_expected]) {
  const int64_t blocks = train_pieces(s->queries, s->block_rows);
  const int64_t next = smaller(index + 1, s->batch * s->heads * blocks - 1);
  const attention_block b = attention_block_of(s, next / blocks, next % blocks);
  const int64_t query_row = s->heads * s->size, key_row = s->key_heads * s->size;
  expected[0] = (expected_rows){s->query + query_place(s, &b, s->size), b.rows, query_row, s->size};
  expected[1] = (expected_rows){s->key + key_place(s, &b, s->size), b.keys, key_row, s->size};
  expected[2] = (expected_rows){s->value + key_place(s, &b, s->width), b.keys, s->key_heads * s->width, s->width};
  expected[3] = (expected_rows){NULL, 0, 0, 0};
  if (gradient != NULL) {
    expected[3] = (expected_rows){gradient + query_place(s, &b, s->width), b.rows, s->heads * s->width, s->width};
  }
}

/// Every row's exponentials, `b->keys` apart; `inverse[r]` is what makes them shares, `sees[r]` whether the query sees anything.
INLINE void attention_exponentials(
    const train_attention_operands *s, const attention_block *b, const expected_rows *expected, float *scores, float *inverse,
    bool *sees) {
  attention_product(
      scores, b->keys, s->query + query_place(s, b, s->size), s->heads * s->size, 1, s->key + key_place(s, b, s->size), 1,
      s->key_heads * s->size, b->rows, b->keys, s->size, false);
  // Row by row in two rounds: what one row waits for, others do not.
  score_scale scales[most_block_rows];
  for (int64_t r = 0; r < b->rows; r++) {
    scales[r] = score_scale_of(s, b, scores + r * b->keys, b->begin + r);
    sees[r] = scales[r].largest > HIDDEN_SCORE;
  }
  for (int64_t r = 0; r < b->rows; r++) {
    for (int e = 0; e < most_expected; e++) ask_for_rows(&expected[e], r, b->rows);
    inverse[r] = 1.0f / exponentials(scores + r * b->keys, b->keys, scales[r]);
  }
}

INLINE void scale_row(float *row, int64_t count, float factor) {
  for (int64_t c = 0; c < count; c += LANES) {
    const int64_t width = count - c;
    store_some(row + c, width, load_some(row + c, width) * factor);
  }
}

static void attention_kernel(const void *arguments, int32_t piece) {
  _Alignas(64) float scores[train_attention_scores];
  float inverse[most_block_rows];
  bool sees[most_block_rows];
  const train_attention *given = arguments;
  const train_attention_operands *s = &given->operands;
  const int64_t blocks = train_pieces(s->queries, s->block_rows);
  const range part = range_of(s->batch * s->heads * blocks, given->blocks_per_piece, piece);
  for (int64_t index = part.begin; index < part.end; index++) {
    const attention_block b = attention_block_of(s, index / blocks, index % blocks);
    expected_rows expected[most_expected];
    expect_block(s, index, NULL, expected);
    attention_exponentials(s, &b, expected, scores, inverse, sees);
    float *output = given->output + query_place(s, &b, s->width);
    const int64_t output_row = s->heads * s->width;
    attention_product(
        output, output_row, scores, b.keys, 1, s->value + key_place(s, &b, s->width), s->key_heads * s->width, 1, b.rows,
        s->width, b.keys, false);
    for (int64_t r = 0; r < b.rows; r++) scale_row(output + r * output_row, s->width, inverse[r]);
  }
}

/// Σ a · b
INLINE float inner_product(const float *a, const float *b, int64_t count) {
  floats even = 0, odd = 0;
  int64_t c = 0;
  for (; c + 2 * LANES <= count; c += 2 * LANES) {
    even = load(a + c) * load(b + c) + even;
    odd = load(a + c + LANES) * load(b + c + LANES) + odd;
  }
  for (; c < count; c += LANES) even = load_some(a + c, count - c) * load_some(b + c, count - c) + even;
  return sum_across(even + odd);
}

/// Makes exponentials shares, and of the slopes of shares those of scores: `share · (slope − mean) · scale`.
INLINE void softmax_slopes(float *row, float *slopes, int64_t count, float inverse, float mean, float scale) {
  for (int64_t c = 0; c < count; c += LANES) {
    const int64_t width = count - c;
    floats share = load_some(row + c, width) * inverse;
    store_some(row + c, width, share);
    store_some(slopes + c, width, share * ((load_some(slopes + c, width) - mean) * scale));
  }
}

/// What one block adds to the derivatives of its key head, or begins them with, and the derivative of its queries.
static void attention_block_gradient(
    const train_attention_gradient *given, const attention_block *b, const expected_rows *expected, bool begins, float *scores,
    float *slopes) {
  float inverse[most_block_rows];
  bool sees[most_block_rows];
  const train_attention_operands *s = &given->operands;
  const int64_t query_row = s->heads * s->size, output_row = s->heads * s->width;
  const int64_t key_row = s->key_heads * s->size, value_row = s->key_heads * s->width;
  const int64_t query = query_place(s, b, s->size), key = key_place(s, b, s->size), value = key_place(s, b, s->width);
  const float *gradient = given->output_gradient + query_place(s, b, s->width);
  attention_exponentials(s, b, expected, scores, inverse, sees);
  attention_product(
      slopes, b->keys, gradient, output_row, 1, s->value + value, 1, value_row, b->rows, b->keys, s->width, false);
  float means[most_block_rows];
  for (int64_t r = 0; r < b->rows; r++) {
    means[r] = inner_product(scores + r * b->keys, slopes + r * b->keys, b->keys) * inverse[r];
  }
  for (int64_t r = 0; r < b->rows; r++) {
    const float scale = sees[r] ? s->scale : 0.0f;
    softmax_slopes(scores + r * b->keys, slopes + r * b->keys, b->keys, inverse[r], means[r], scale);
  }
  attention_product(
      given->value_gradient + value, value_row, scores, 1, b->keys, gradient, output_row, 1, b->keys, s->width, b->rows, !begins);
  attention_product(
      given->query_gradient + query, query_row, slopes, b->keys, 1, s->key + key, key_row, 1, b->rows, s->size, b->keys, false);
  attention_product(
      given->key_gradient + key, key_row, slopes, 1, b->keys, s->query + query, query_row, 1, b->keys, s->size, b->rows, !begins);
}

static void attention_gradient_kernel(const void *arguments, int32_t piece) {
  _Alignas(64) float scores[train_attention_scores];
  _Alignas(64) float slopes[train_attention_scores];
  const train_attention_gradient *given = arguments;
  const train_attention_operands *s = &given->operands;
  const int64_t group = s->heads / s->key_heads, blocks = train_pieces(s->queries, s->block_rows);
  const range part = range_of(s->batch * s->key_heads, given->items_per_piece, piece);
  for (int64_t item = part.begin; item < part.end; item++) {
    const int64_t batch = item / s->key_heads, key_head = item % s->key_heads;
    const int64_t first = batch * s->heads + key_head * group;
    // What the first block does not reach.
    for (int64_t key = attention_block_of(s, first, 0).keys; key < s->keys; key++) {
      const int64_t row = (batch * s->keys + key) * s->key_heads + key_head;
      memset(given->key_gradient + row * s->size, 0, (size_t)s->size * sizeof(float));
      memset(given->value_gradient + row * s->width, 0, (size_t)s->width * sizeof(float));
    }
    for (int64_t head = first; head < first + group; head++) {
      for (int64_t index = 0; index < blocks; index++) {
        const attention_block b = attention_block_of(s, head, index);
        expected_rows expected[most_expected];
        expect_block(s, head * blocks + index, given->output_gradient, expected);
        attention_block_gradient(given, &b, expected, head == first && index == 0, scores, slopes);
      }
    }
  }
}
