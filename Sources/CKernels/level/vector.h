// Vectors of the level being compiled: LANES floats, and what every kernel needs to do with them.
//
// Kernels are written on vectors of the machine's own width instead of leaving it to the compiler, so that the order of every sum
// is written in the source, and so that the last elements of an array go through the same code as the others. This file and all
// others of this folder are compiled once a level, included by `level_….c`, which defines LANES and the level's name.
#include <immintrin.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "ckernels.h"

// Every function that takes or returns a vector wider than the level's registers is inlined.
#pragma clang diagnostic ignored "-Wpsabi"

#define INLINE static inline __attribute__((always_inline))

typedef float floats __attribute__((ext_vector_type(LANES)));
typedef int32_t ints __attribute__((ext_vector_type(LANES)));
typedef uint32_t words __attribute__((ext_vector_type(LANES)));
typedef double doubles __attribute__((ext_vector_type(LANES)));
typedef floats loose_floats __attribute__((aligned(4)));
typedef ints loose_ints __attribute__((aligned(4)));

INLINE int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

/// The part [begin, end) of `count` things that a piece of `per_piece` has.
typedef struct {
  int64_t begin, end;
} range;

INLINE range range_of(int64_t count, int64_t per_piece, int64_t piece) {
  return (range){smaller(count, piece * per_piece), smaller(count, (piece + 1) * per_piece)};
}

/// The block of a grid of pieces, numbered along the row first.
typedef struct {
  range rows, columns;
} block;

INLINE block block_of(int64_t rows, int64_t rows_per_piece, int64_t columns, int64_t columns_per_piece, int64_t piece) {
  int64_t across = train_pieces(columns, columns_per_piece);
  return (block){range_of(rows, rows_per_piece, piece / across), range_of(columns, columns_per_piece, piece % across)};
}

/// The positions of three axes.
INLINE int64_t extent_of(const int64_t extents[3]) { return extents[0] * extents[1] * extents[2]; }

// MARK: Loading and storing

INLINE floats splat(float value) { return (floats)value; }
INLINE floats load(const float *from) { return *(const loose_floats *)from; }
INLINE void store(float *to, floats value) { *(loose_floats *)to = value; }

INLINE ints lane_numbers(void) {
#if LANES == 16
  return (ints){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
#elif LANES == 8
  return (ints){0, 1, 2, 3, 4, 5, 6, 7};
#else
  return (ints){0, 1, 2, 3};
#endif
}

/// Loads `count` < LANES values; the other lanes are zero.
INLINE floats load_part(const float *from, int64_t count) {
#if LANES == 16
  return (floats)_mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), from);
#elif LANES == 8
  return (floats)_mm256_maskload_ps(from, (__m256i)(lane_numbers() < (ints)(int32_t)count));
#else
  floats value = 0;
  for (int64_t lane = 0; lane < count; lane++) value[lane] = from[lane];
  return value;
#endif
}

/// Stores the first `count` < LANES lanes.
INLINE void store_part(float *to, int64_t count, floats value) {
#if LANES == 16
  _mm512_mask_storeu_ps(to, (__mmask16)((1u << count) - 1), (__m512)value);
#elif LANES == 8
  _mm256_maskstore_ps(to, (__m256i)(lane_numbers() < (ints)(int32_t)count), (__m256)value);
#else
  for (int64_t lane = 0; lane < count; lane++) to[lane] = value[lane];
#endif
}

/// Loads `count` values if there are fewer than LANES, else all lanes.
INLINE floats load_some(const float *from, int64_t count) { return count >= LANES ? load(from) : load_part(from, count); }

INLINE void store_some(float *to, int64_t count, floats value) {
  if (count >= LANES) {
    store(to, value);
  } else {
    store_part(to, count, value);
  }
}

/// As `load_some`, with `others` in the lanes past the end.
INLINE floats load_some_or(const float *from, int64_t count, float others) {
  if (count >= LANES) return load(from);
  return lane_numbers() < (ints)(int32_t)count ? load_part(from, count) : splat(others);
}

// MARK: Choosing

INLINE ints bits_of(floats x) { return (ints)x; }
INLINE floats floats_of(ints bits) { return (floats)bits; }
INLINE floats absolute(floats x) { return floats_of(bits_of(x) & 0x7fffffff); }
INLINE floats with_sign_of(floats magnitude, floats sign) {
  return floats_of((bits_of(magnitude) & 0x7fffffff) | (bits_of(sign) & (int32_t)0x80000000));
}

/// The larger of two; NaN if either is.
INLINE floats larger_of(floats a, floats b) { return ((a > b) | (a != a)) ? a : b; }
INLINE floats smaller_of(floats a, floats b) { return ((a < b) | (a != a)) ? a : b; }

/// Clamps; NaN stays.
INLINE floats clamp(floats x, floats low, floats high) {
  x = x < low ? low : x;
  return x > high ? high : x;
}

/// 1 where the condition holds, else 0.
INLINE floats one_where(ints condition) { return floats_of(condition & 0x3f800000); }

/// The value where the condition holds, else 0.
INLINE floats kept(ints condition, floats value) { return floats_of(bits_of(value) & condition); }

/// The lanes in which an element is the one whose value a window has: that value, or NaN.
INLINE ints is_chosen(floats element, floats value) { return (element == value) | (element != element); }

// MARK: Across lanes, as balanced trees

#if LANES == 16
#define ACROSS(FUNCTION, TYPE, TYPE8, TYPE4, TYPE2, COMBINE)              \
  INLINE TYPE FUNCTION(TYPE##s x16) {                                     \
    TYPE8 x8 = COMBINE(x16.lo, x16.hi);                                   \
    TYPE4 x4 = COMBINE(x8.lo, x8.hi);                                     \
    TYPE2 x2 = COMBINE(x4.lo, x4.hi);                                     \
    return COMBINE(x2.x, x2.y);                                           \
  }
#elif LANES == 8
#define ACROSS(FUNCTION, TYPE, TYPE8, TYPE4, TYPE2, COMBINE)              \
  INLINE TYPE FUNCTION(TYPE##s x8) {                                      \
    TYPE4 x4 = COMBINE(x8.lo, x8.hi);                                     \
    TYPE2 x2 = COMBINE(x4.lo, x4.hi);                                     \
    return COMBINE(x2.x, x2.y);                                           \
  }
#else
#define ACROSS(FUNCTION, TYPE, TYPE8, TYPE4, TYPE2, COMBINE)              \
  INLINE TYPE FUNCTION(TYPE##s x4) {                                      \
    TYPE2 x2 = COMBINE(x4.lo, x4.hi);                                     \
    return COMBINE(x2.x, x2.y);                                           \
  }
#endif

typedef float float8 __attribute__((ext_vector_type(8)));
typedef float float4 __attribute__((ext_vector_type(4)));
typedef float float2 __attribute__((ext_vector_type(2)));
typedef double double8 __attribute__((ext_vector_type(8)));
typedef double double4 __attribute__((ext_vector_type(4)));
typedef double double2 __attribute__((ext_vector_type(2)));
#define SUM(a, b) ((a) + (b))
#define LARGER(a, b) ((((a) > (b)) | ((a) != (a))) ? (a) : (b))
#define SMALLER(a, b) ((((a) < (b)) | ((a) != (a))) ? (a) : (b))
#define TIMES(a, b) ((a) * (b))
ACROSS(sum_across, float, float8, float4, float2, SUM)
ACROSS(largest_across, float, float8, float4, float2, LARGER)
ACROSS(smallest_across, float, float8, float4, float2, SMALLER)
ACROSS(product_across, float, float8, float4, float2, TIMES)
ACROSS(double_sum_across, double, double8, double4, double2, SUM)

// MARK: Transposing

#if LANES == 16
#define INTERLEAVED_LOW(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define INTERLEAVED_HIGH(a, b) __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#elif LANES == 8
#define INTERLEAVED_LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define INTERLEAVED_HIGH(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#else
#define INTERLEAVED_LOW(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define INTERLEAVED_HIGH(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#endif

/// Transposes LANES vectors as a square. Interleaving its upper half with its lower moves the row number's highest bit to the
/// column number's lowest; after log₂ LANES times the two have changed places.
INLINE void transpose_square(floats rows[LANES]) {
#pragma unroll
  for (int bit = 1; bit < LANES; bit *= 2) {
    floats next[LANES];
#pragma unroll
    for (int r = 0; r < LANES / 2; r++) {
      next[2 * r] = INTERLEAVED_LOW(rows[r], rows[r + LANES / 2]);
      next[2 * r + 1] = INTERLEAVED_HIGH(rows[r], rows[r + LANES / 2]);
    }
#pragma unroll
    for (int r = 0; r < LANES; r++) rows[r] = next[r];
  }
}

INLINE doubles to_doubles(floats x) { return __builtin_convertvector(x, doubles); }
INLINE floats from_doubles(doubles x) { return __builtin_convertvector(x, floats); }
