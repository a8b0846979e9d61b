// Pictures of bytes in other sizes.
#pragma once
#include <stddef.h>
#include <stdint.h>

// What one axis of a resized picture is made of: its place i is the sum of `taps` neighbouring places of the picture, from
// `first[i]` on, each times its weight, weights[i · taps + k]. Weights of 0 fill up; all places lie in the picture.
struct image_axis {
  int32_t size;  // how many places the result has
  int32_t taps;
  const int32_t *first;
  const float *weights;
};

// Floats that a resize needs beside its result, for a picture of this width.
static inline size_t image_resize_scratch(size_t width, size_t channels) { return width * channels + 4; }

// Writes a resized picture: [rows.size, columns.size, channels], with `result_stride` floats from row to row. `pixels` has
// `stride` bytes from row to row, of which `width` · `channels` are looked at; channels are 1, 3 or 4.
void image_resize(const uint8_t *pixels, size_t stride, size_t width, int channels, struct image_axis rows,
                  struct image_axis columns, float *scratch, float *result, size_t result_stride);

// A picture of luma and of chroma that has half its width and height, as JPEGs hold it. 64 bytes behind the luma can be read.
struct image_planes {
  uint32_t width, height;
  const uint8_t *luma, *blue, *red;  // Y, Cb and Cr
  size_t luma_stride, chroma_stride;
};

// Bytes that image_resize_planes needs beside its result.
static inline size_t image_planes_scratch(size_t width) { return 12 * (width + 256); }

// What image_resize writes of the picture that libjpeg would make of these planes, bit for bit: chroma interpolated, then mixed to red,
// green and blue (JFIF 1.02). Both axes have two taps; `left` and `top` are added to their places. Only rows that are needed are mixed.
void image_resize_planes(struct image_planes planes, size_t left, size_t top, struct image_axis rows, struct image_axis columns,
                         void *scratch, float *result, size_t result_stride);
