// Loops that do nothing but what bounds the others: multiply-adds, and moving memory.

#define CHAINS 12  // enough of them to hide how long one takes, few enough for the registers of every level

enum { operations_of_round = CHAINS * LANES * 2 };

static void multiply_adds_kernel(const void *arguments, int32_t piece) {
  const train_multiply_adds *a = arguments;
  floats sums[CHAINS], factor = splat(0.999f), term = splat(0.001f);
#pragma unroll
  for (int c = 0; c < CHAINS; c++) sums[c] = splat((float)c);
  for (int64_t round = 0; round < a->rounds; round++) {
#pragma unroll
    for (int c = 0; c < CHAINS; c++) sums[c] = sums[c] * factor + term;
  }
  floats all = sums[0];
#pragma unroll
  for (int c = 1; c < CHAINS; c++) all += sums[c];
  a->sink[piece * 16] = sum_across(all);
}

static void stream_kernel(const void *arguments, int32_t piece) {
  const train_stream *a = arguments;
  range part = range_of(a->count, a->per_piece, piece);
  for (int64_t i = part.begin; i + LANES <= part.end; i += LANES) {
    __builtin_nontemporal_store(load(a->input + i), (floats *)(a->output + i));
  }
  _mm_sfence();
}
