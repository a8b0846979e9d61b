#include <string.h>

#include "cimages.h"

// Four channels, wherever they lie.
typedef float floats4 __attribute__((vector_size(16), aligned(4)));

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
