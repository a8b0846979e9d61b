// JPEG pictures through libjpeg-turbo, opened when it is first needed. Any number of threads at once.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Room for a sentence of the library, its end included.
#define CJPEG_TEXT 256

// What the pixels of a picture become.
struct cjpeg_target {
  uint32_t width, height;  // of the picture, as its header says
  int channels;            // 1 grey, 3 red, green and blue, 4 with an opacity of 255
  uint8_t *pixels;         // rows from the top, width · channels bytes each
};

// Opens the library if it is not yet open; 0, or -1 where there is none.
int cjpeg_load(void);

// Decodes a picture as TensorFlow does: the fast integer transform, chroma interpolated, CMYK and YCCK as the light that passes
// all four inks. Returns 0, or -1 with the reason; `warning` is then, or where the data was mended, what was wrong first, and
// empty otherwise.
int cjpeg_decode(const void *bytes, size_t count, const struct cjpeg_target *target, char reason[CJPEG_TEXT],
                 char warning[CJPEG_TEXT]);
