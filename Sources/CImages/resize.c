#include <string.h>

#include "cimages.h"

// Vectors are passed between functions that are compiled into one another alone.
#pragma clang diagnostic ignored "-Wpsabi"

// Four channels, wherever they lie, and eight.
typedef float floats4 __attribute__((vector_size(16), aligned(4)));
typedef float floats8 __attribute__((vector_size(32), aligned(4)));
typedef uint8_t bytes8 __attribute__((vector_size(8), aligned(1)));

// The same function for wider vectors too; which one runs is chosen when the program starts.
#if defined(__x86_64__)
#define FOR_EVERY_LEVEL __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define FOR_EVERY_LEVEL
#endif

// sums[x] = Σ weights[k] · pixels[k · stride + x]
FOR_EVERY_LEVEL static void mix_rows(const uint8_t *restrict pixels, size_t stride, const float *weights, int taps, size_t count,
                                     float *restrict sums) {
  const uint8_t *row[4] = {pixels, pixels + stride, pixels + 2 * stride, pixels + 3 * stride};
  if (taps == 1) {
    for (size_t x = 0; x < count; x++) sums[x] = weights[0] * (float)row[0][x];
  } else if (taps == 2) {
    for (size_t x = 0; x < count; x++) sums[x] = weights[0] * (float)row[0][x] + weights[1] * (float)row[1][x];
  } else if (taps == 4) {
    for (size_t x = 0; x < count; x++) {
      sums[x] = weights[0] * (float)row[0][x] + weights[1] * (float)row[1][x] + weights[2] * (float)row[2][x] +
                weights[3] * (float)row[3][x];
    }
  } else {
    for (size_t x = 0; x < count; x++) sums[x] = weights[0] * (float)row[0][x];
    for (int k = 1; k < taps; k++) {
      const uint8_t *next = pixels + (size_t)k * stride;
      for (size_t x = 0; x < count; x++) sums[x] += weights[k] * (float)next[x];
    }
  }
}

// One place of the result, its channels one by one.
static void mix_place(const float *sums, const float *weights, int taps, int channels, float *result) {
  for (int channel = 0; channel < channels; channel++) {
    float sum = 0;
    for (int k = 0; k < taps; k++) sum += weights[k] * sums[k * channels + channel];
    result[channel] = sum;
  }
}

// A row of the result. With three channels four are computed: the fourth is what the next place writes over.
static inline __attribute__((always_inline)) void mix_columns_of(const float *sums, struct image_axis columns, int channels,
                                                                 int taps, float *result) {
  int32_t x = 0;
  for (; channels >= 3 && x + (channels == 3) < columns.size; x++) {
    const float *place = sums + (size_t)columns.first[x] * (size_t)channels;
    const float *weights = columns.weights + (size_t)x * (size_t)taps;
    floats4 sum = weights[0] * *(const floats4 *)place;
    for (int k = 1; k < taps; k++) sum += weights[k] * *(const floats4 *)(place + k * channels);
    *(floats4 *)(result + (size_t)x * (size_t)channels) = sum;
  }
  for (; x < columns.size; x++) {
    mix_place(sums + (size_t)columns.first[x] * (size_t)channels, columns.weights + (size_t)x * (size_t)taps, taps, channels,
              result + (size_t)x * (size_t)channels);
  }
}

FOR_EVERY_LEVEL static void mix_columns(const float *sums, struct image_axis columns, int channels, float *result) {
  if (channels == 3 && columns.taps == 2)
    mix_columns_of(sums, columns, 3, 2, result);
  else if (channels == 3)
    mix_columns_of(sums, columns, 3, columns.taps, result);
  else
    mix_columns_of(sums, columns, channels, columns.taps, result);
}

void image_resize(const uint8_t *pixels, size_t stride, size_t width, int channels, struct image_axis rows,
                  struct image_axis columns, float *scratch, float *result, size_t result_stride) {
  size_t count = width * (size_t)channels;
  memset(scratch + count, 0, 4 * sizeof *scratch);  // what is read beside the last place
  for (int32_t y = 0; y < rows.size; y++) {
    const float *weights = rows.weights + (size_t)y * (size_t)rows.taps;
    mix_rows(pixels + (size_t)rows.first[y] * stride, stride, weights, rows.taps, count, scratch);
    mix_columns(scratch, columns, channels, result + (size_t)y * result_stride);
  }
}

// MARK: luma and chroma

// So many values of 16 bits are worked on at once.
enum { LANES = 32 };
typedef int16_t words __attribute__((vector_size(2 * LANES), aligned(2)));
typedef uint16_t counts __attribute__((vector_size(2 * LANES), aligned(2)));
typedef int32_t products __attribute__((vector_size(4 * LANES)));
typedef uint32_t colours __attribute__((vector_size(4 * LANES)));
typedef uint64_t pairs __attribute__((vector_size(8 * LANES), aligned(8)));

#define INLINE static inline __attribute__((always_inline))

// ⌊a · b / 2¹⁶⌋
INLINE words upper_half(words a, int16_t b) {
  return __builtin_convertvector((__builtin_convertvector(a, products) * (int32_t)b) >> 16, words);
}

INLINE words within_byte(words value) {
  return __builtin_elementwise_min(__builtin_elementwise_max(value, (words){0}), (words){0} + 255);
}

// Red, green, blue and 0 in the bytes of a number, of Y and of Cb and Cr less 128. As libjpeg rounds them:
// R = Y + ⌊1.402 Cr + ½⌋, B = Y + ⌊1.772 Cb + ½⌋, G = Y + ⌊½ − 0.34414 Cb − 0.71414 Cr⌋, factors in 65536ths. In 16 bits a factor is a
// whole number and a rest, and ⌊rest · c + ½⌋ is (⌊2 · rest · c⌋ + 1) / 2.
INLINE colours mixed(words luma, words blue, words red) {
  words r = within_byte(luma + red + ((upper_half(2 * red, 26345) + 1) >> 1));
  words b = within_byte(luma + 2 * blue + ((upper_half(2 * blue, -14942) + 1) >> 1));
  // The lower halves of two products and a half, whose sum carries.
  counts low = (counts)(blue * (int16_t)-22554), sum = low + (counts)(red * (int16_t)18734);
  words carry = (words)(sum >> 15) - (words)(sum < low);
  words g = within_byte(luma - red + upper_half(blue, -22554) + upper_half(red, 18734) + carry);
  return __builtin_convertvector((counts)(r | g << 8), colours) | __builtin_convertvector((counts)b, colours) << 16;
}

// Chroma less 128 of every other place, ¾ of the nearer column and ¼ of the one before (−1) or after (1); `sums` are four times its rows'.
INLINE words interpolated(const uint16_t *sums, int other) {
  counts sum = 3 * *(const counts *)sums + *(const counts *)(sums + other) + (uint16_t)(other < 0 ? 8 : 7);
  return (words)(sum >> 4) - 128;
}

// ¾ of the nearer row and ¼ of the farther, times four.
FOR_EVERY_LEVEL static void mix_chroma(const uint8_t *restrict nearer, const uint8_t *restrict farther, size_t count,
                                       uint16_t *restrict sums) {
  for (size_t x = 0; x < count; x++) sums[x] = (uint16_t)(3 * nearer[x] + farther[x]);
}

// A row of pixels, two for each place of chroma.
FOR_EVERY_LEVEL static void mix_colours(const uint8_t *luma, const uint16_t *blue, const uint16_t *red, size_t count,
                                        uint64_t *pixels) {
  for (size_t x = 0; x < count; x += LANES) {
    counts two = *(const counts *)(luma + 2 * x);
    colours even = mixed((words)(two & 255), interpolated(blue + x, -1), interpolated(red + x, -1));
    colours odd = mixed((words)(two >> 8), interpolated(blue + x, 1), interpolated(red + x, 1));
    *(pairs *)(pixels + x) = __builtin_convertvector(odd, pairs) << 32 | __builtin_convertvector(even, pairs);
  }
}

INLINE floats8 floats_of(const uint32_t *pixels) { return __builtin_convertvector(*(const bytes8 *)pixels, floats8); }

// A row of the result, of two rows of pixels.
FOR_EVERY_LEVEL static void mix_two_rows(const uint32_t *upper, const uint32_t *lower, const float *weights,
                                         struct image_axis columns, float *result) {
  for (int32_t x = 0; x < columns.size; x++) {
    float left = columns.weights[2 * x], right = columns.weights[2 * x + 1];
    floats8 sums = weights[0] * floats_of(upper + columns.first[x]) + weights[1] * floats_of(lower + columns.first[x]);
    floats4 place =
      left * __builtin_shufflevector(sums, sums, 0, 1, 2, 3) + right * __builtin_shufflevector(sums, sums, 4, 5, 6, 7);
    // Four are written: the fourth is what the next place writes over.
    if (x + 1 < columns.size)
      *(floats4 *)(result + 3 * (size_t)x) = place;
    else
      memcpy(result + 3 * (size_t)x, &place, 3 * sizeof *result);
  }
}

// What image_resize_planes works in.
struct bench {
  uint64_t *rows[2];   // two rows of pixels, by the last bit of their numbers
  uint16_t *sums[2];   // a row of blueness and one of redness, with a place before and room behind
};

static void mix_row(struct image_planes planes, size_t y, struct bench bench) {
  size_t count = ((size_t)planes.width + 1) / 2, last = ((size_t)planes.height + 1) / 2 - 1, nearer = y / 2;
  size_t farther = y % 2 ? (nearer < last ? nearer + 1 : last) : (nearer > 0 ? nearer - 1 : 0);
  const uint8_t *chroma[2] = {planes.blue, planes.red};
  for (int part = 0; part < 2; part++) {
    uint16_t *sums = bench.sums[part];
    mix_chroma(chroma[part] + nearer * planes.chroma_stride, chroma[part] + farther * planes.chroma_stride, count, sums);
    sums[-1] = sums[0], sums[count] = sums[count - 1];
  }
  mix_colours(planes.luma + y * planes.luma_stride, bench.sums[0], bench.sums[1], count, bench.rows[y % 2]);
}

void image_resize_planes(struct image_planes planes, size_t left, size_t top, struct image_axis rows, struct image_axis columns,
                         void *scratch, float *result, size_t result_stride) {
  size_t room = ((size_t)planes.width / 2 / LANES + 2) * LANES;  // pairs of a row, and what is worked on beside them
  memset(scratch, 0, image_planes_scratch(planes.width));
  uint64_t *pixels = scratch;
  uint16_t *sums = (uint16_t *)(pixels + 2 * room) + LANES;
  struct bench bench = {{pixels, pixels + room}, {sums, sums + room + LANES}};
  size_t made[2] = {SIZE_MAX, SIZE_MAX};
  for (int32_t y = 0; y < rows.size; y++) {
    size_t first = (size_t)rows.first[y] + top;
    for (size_t row = first; row < first + 2; row++) {
      if (made[row % 2] == row) continue;
      mix_row(planes, row, bench);
      made[row % 2] = row;
    }
    mix_two_rows((const uint32_t *)bench.rows[first % 2] + left, (const uint32_t *)bench.rows[(first + 1) % 2] + left,
                 rows.weights + 2 * (size_t)y, columns, result + (size_t)y * result_stride);
  }
}
