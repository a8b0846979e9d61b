// Rounding to bfloat16.

typedef uint16_t halves __attribute__((ext_vector_type(LANES)));
typedef halves loose_halves __attribute__((aligned(2)));

/// The upper half of each word is the nearest bfloat16.
INLINE words round_to_bfloat16(floats x) {
  words bits = (words)x;
  words rounded = bits + 0x7fff + (bits >> 16 & 1);
  // A NaN must not be rounded to infinity: it keeps its upper half, made quiet.
  words not_a_number = bits | 0x400000;
  ints odd = x != x;
  return (rounded & ~(words)odd) | (not_a_number & (words)odd);
}

INLINE halves to_bfloat16(floats x) { return __builtin_convertvector(round_to_bfloat16(x) >> 16, halves); }

static void to_bfloat16_kernel(const void *arguments, int32_t piece) {
  const train_to_bfloat16 *a = arguments;
  range part = range_of(a->count, a->per_piece, piece);
  int64_t i = part.begin;
  for (; i + LANES <= part.end; i += LANES) *(loose_halves *)(a->output + i) = to_bfloat16(load(a->input + i));
  if (i < part.end) {
    halves last = to_bfloat16(load_part(a->input + i, part.end - i));
    for (int64_t lane = 0; i + lane < part.end; lane++) a->output[i + lane] = last[lane];
  }
}
