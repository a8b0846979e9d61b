// Pools of 2×2 along with the convolution before them: what is pooled is never in memory, only which of the four was chosen.

enum { no_choice = 4 };

typedef uint8_t bytes __attribute__((ext_vector_type(LANES)));
typedef bytes loose_bytes __attribute__((aligned(1)));

INLINE ints load_choices(const uint8_t *from) { return __builtin_convertvector(*(const loose_bytes *)from, ints); }
INLINE void store_choices(uint8_t *to, ints choices) { *(loose_bytes *)to = __builtin_convertvector(choices, bytes); }

/// The largest of four positions, the first of equals, and which it is.
INLINE floats largest_of(const floats y[4], bool relu, ints *choice) {
  floats value = larger_of(larger_of(y[0], y[1]), larger_of(y[2], y[3]));
  *choice = (ints)(int32_t)no_choice;
#pragma unroll
  for (int i = 3; i >= 0; i--) *choice = is_chosen(y[i], value) ? (ints)(int32_t)i : *choice;
  if (!relu) return value;
  *choice = value > splat(0.0f) ? *choice : (ints)(int32_t)no_choice;
  return larger_of(value, splat(0.0f));
}

/// What position `i` of a window has of the window's gradient.
INLINE floats share_of(floats gradient, ints choice, int i) { return kept(choice == (ints)(int32_t)i, gradient); }

/// The extents of the pool behind a convolution's two last axes.
typedef struct {
  int64_t down, across;
} pooled_extents;

INLINE pooled_extents pooled_extents_of(const train_convolution *s) {
  return (pooled_extents){s->outputs[1] / 2, s->outputs[2] / 2};
}
