// Updates of a table from the rows that a batch has looked up.

static void chain_rows_kernel(const void *arguments, int32_t piece) {
  const train_row_chains own = *(const train_row_chains *)arguments, *s = &own;
  (void)piece;
  memset(s->first, 0xff, (size_t)s->rows * sizeof(int32_t));
  for (int64_t i = s->count - 1; i >= 0; i--) {
    const int64_t row = s->indices[i];
    if (row < 0 || row >= s->rows) continue;
    s->next[i] = s->first[row];
    s->first[row] = (int32_t)i;
  }
}

/// Columns of a row whose gradient is added up at once.
enum { gradient_columns = 512 };

/// gradient = the columns from `column` on of all positions of a row, in their order.
INLINE void sum_positions(const train_update_rows *s, int64_t row, int64_t column, int64_t width, float *gradient) {
  memset(gradient, 0, gradient_columns * sizeof(float));
  for (int32_t i = s->chains.first[row]; i >= 0; i = s->chains.next[i]) {
    const float *values = s->values + i * s->columns + column;
    for (int64_t c = 0; c < width; c += LANES) store(gradient + c, load(gradient + c) + load_some(values + c, width - c));
  }
}

INLINE void update_rows(const train_update_rows *given, range part, update_rule rule) {
  const train_update_rows own = *given, *s = &own;
  const update_scalars k = scalars_of(&own.update);
  _Alignas(64) float gradient[gradient_columns];
  for (int64_t row = part.begin; row < part.end; row++) {
    for (int64_t column = 0; column < s->columns; column += gradient_columns) {
      const int64_t width = smaller(gradient_columns, s->columns - column), at = row * s->columns + column;
      sum_positions(s, row, column, width, gradient);
      int64_t c = 0;
      for (; c + LANES <= width; c += LANES) update_some(&own.update, k, rule, at + c, LANES, load(gradient + c));
      if (c < width) update_some(&own.update, k, rule, at + c, width - c, load(gradient + c));
    }
  }
}

static void update_rows_kernel(const void *arguments, int32_t piece) {
  const train_update_rows *s = arguments;
  const range part = range_of(s->chains.rows, s->rows_per_piece, piece);
  switch (rule_of(&s->update)) {
    case rule_plain: update_rows(s, part, rule_plain); break;
    case rule_momentum: update_rows(s, part, rule_momentum); break;
    case rule_nesterov: update_rows(s, part, rule_nesterov); break;
    case rule_adam: update_rows(s, part, rule_adam); break;
    case rule_amsgrad: update_rows(s, part, rule_amsgrad); break;
  }
}
