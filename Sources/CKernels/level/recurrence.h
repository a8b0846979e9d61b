// The gates of recurrent cells.

static void lstm_kernel(const void *arguments, int32_t piece) {
  const train_lstm s = *(const train_lstm *)arguments;
  range part = range_of(s.rows, s.rows_per_piece, piece);
  const int64_t units = s.units;
  for (int64_t r = part.begin; r < part.end; r++) {
    const float *x = s.input + r * 4 * units, *y = s.recurrent + r * 4 * units, *before = s.before + r * units;
    float *gates = s.gates + r * 4 * units, *cell = s.cell + r * units, *hidden = s.hidden + r * units;
    for (int64_t c = 0; c < units; c += LANES) {
      const int64_t width = units - c;
      floats i = sigmoid_of(load_some(x + c, width) + load_some(y + c, width));
      floats f = sigmoid_of(load_some(x + units + c, width) + load_some(y + units + c, width));
      floats g = tanh_of(load_some(x + 2 * units + c, width) + load_some(y + 2 * units + c, width));
      floats o = sigmoid_of(load_some(x + 3 * units + c, width) + load_some(y + 3 * units + c, width));
      floats after = f * load_some(before + c, width) + i * g;
      store_some(gates + c, width, i);
      store_some(gates + units + c, width, f);
      store_some(gates + 2 * units + c, width, g);
      store_some(gates + 3 * units + c, width, o);
      store_some(cell + c, width, after);
      store_some(hidden + c, width, o * tanh_of(after));
    }
  }
}

static void lstm_gradient_kernel(const void *arguments, int32_t piece) {
  const train_lstm_gradient s = *(const train_lstm_gradient *)arguments;
  range part = range_of(s.rows, s.rows_per_piece, piece);
  const int64_t units = s.units;
  for (int64_t r = part.begin; r < part.end; r++) {
    const float *gates = s.gates + r * 4 * units;
    float *dz = s.z_gradient + r * 4 * units;
    for (int64_t c = 0; c < units; c += LANES) {
      const int64_t width = units - c, at = r * units + c;
      floats i = load_some(gates + c, width), f = load_some(gates + units + c, width);
      floats g = load_some(gates + 2 * units + c, width), o = load_some(gates + 3 * units + c, width);
      floats dh = load_some(s.hidden_gradient + at, width), squashed = tanh_of(load_some(s.cell + at, width));
      floats dc = load_some(s.cell_gradient + at, width) + dh * o * (1.0f - squashed * squashed);
      store_some(dz + c, width, dc * g * i * (1.0f - i));
      store_some(dz + units + c, width, dc * load_some(s.before + at, width) * f * (1.0f - f));
      store_some(dz + 2 * units + c, width, dc * i * (1.0f - g * g));
      store_some(dz + 3 * units + c, width, dh * squashed * o * (1.0f - o));
      store_some(s.before_gradient + at, width, dc * f);
    }
  }
}

static void gru_kernel(const void *arguments, int32_t piece) {
  const train_gru s = *(const train_gru *)arguments;
  range part = range_of(s.rows, s.rows_per_piece, piece);
  const int64_t units = s.units;
  for (int64_t row = part.begin; row < part.end; row++) {
    const float *x = s.input + row * 3 * units, *y = s.recurrent + row * 3 * units;
    float *gates = s.gates + row * 3 * units;
    for (int64_t c = 0; c < units; c += LANES) {
      const int64_t width = units - c, at = row * units + c;
      floats z = sigmoid_of(load_some(x + c, width) + load_some(y + c, width));
      floats r = sigmoid_of(load_some(x + units + c, width) + load_some(y + units + c, width));
      floats g = tanh_of(load_some(x + 2 * units + c, width) + r * load_some(y + 2 * units + c, width));
      store_some(gates + c, width, z);
      store_some(gates + units + c, width, r);
      store_some(gates + 2 * units + c, width, g);
      store_some(s.hidden + at, width, z * load_some(s.before + at, width) + (1.0f - z) * g);
    }
  }
}

static void gru_gradient_kernel(const void *arguments, int32_t piece) {
  const train_gru_gradient s = *(const train_gru_gradient *)arguments;
  range part = range_of(s.rows, s.rows_per_piece, piece);
  const int64_t units = s.units;
  for (int64_t row = part.begin; row < part.end; row++) {
    const int64_t first = row * 3 * units;
    for (int64_t c = 0; c < units; c += LANES) {
      const int64_t width = units - c, at = row * units + c;
      const int64_t at_z = first + c, at_r = at_z + units, at_g = at_r + units;
      floats z = load_some(s.gates + at_z, width), r = load_some(s.gates + at_r, width), g = load_some(s.gates + at_g, width);
      floats dh = load_some(s.hidden_gradient + at, width);
      floats dz = dh * (load_some(s.before + at, width) - g) * z * (1.0f - z);
      floats dg = dh * (1.0f - z) * (1.0f - g * g);
      floats dr = dg * load_some(s.recurrent + at_g, width) * r * (1.0f - r);
      store_some(s.input_gradient + at_z, width, dz);
      store_some(s.input_gradient + at_r, width, dr);
      store_some(s.input_gradient + at_g, width, dg);
      store_some(s.recurrent_gradient + at_z, width, dz);
      store_some(s.recurrent_gradient + at_r, width, dr);
      store_some(s.recurrent_gradient + at_g, width, dg * r);
      store_some(s.before_gradient + at, width, dh * z);
    }
  }
}
