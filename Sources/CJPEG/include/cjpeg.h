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
  int by_library;          // 1: libjpeg's own Huffman decoder is used, too, to hold ours against it
};

// Opens the library if it is not yet open; 0, or -1 where there is none.
int cjpeg_load(void);

// Decodes a picture as TensorFlow does: the fast integer transform, chroma interpolated, CMYK and YCCK as the light that passes
// all four inks. Returns 0, or -1 with the reason; `warning` is then, or where the data was mended, what was wrong first, and
// empty otherwise.
int cjpeg_decode(const void *bytes, size_t count, const struct cjpeg_target *target, char reason[CJPEG_TEXT],
                 char warning[CJPEG_TEXT]);

// Where the planes of a picture lie whose chroma has half its width and half its height, one behind the other: luma, blueness and
// redness. Rows are as long as whole blocks of 16×16 pixels (8×8 of chroma) make them.
static inline size_t cjpeg_luma_stride(uint32_t width) { return ((size_t)width + 15) / 16 * 16; }
static inline size_t cjpeg_luma_size(uint32_t width, uint32_t height) {
  return cjpeg_luma_stride(width) * (((size_t)height + 15) / 16 * 16);
}
static inline size_t cjpeg_planes_size(uint32_t width, uint32_t height) { return cjpeg_luma_size(width, height) / 2 * 3; }

// What cjpeg_decode_planes returns of a picture of another kind.
#define CJPEG_OTHER_KIND 1

// Decodes the planes of a picture into target->pixels, `cjpeg_planes_size` bytes, and leaves it to the caller to interpolate the chroma
// and to mix colours. Returns what cjpeg_decode returns, or CJPEG_OTHER_KIND, and nothing is written, where the file is none of
// luma and such chroma.
int cjpeg_decode_planes(const void *bytes, size_t count, const struct cjpeg_target *target, char reason[CJPEG_TEXT],
                        char warning[CJPEG_TEXT]);
