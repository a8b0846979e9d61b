// PNG pictures through libpng, opened when it is first needed. Any number of threads at once.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Room for a sentence of the library, its end included.
#define CPNG_TEXT 256

// What the pixels of a picture become.
struct cpng_target {
  uint32_t width, height;  // of the picture, as its header says
  int channels;            // 1 grey, 3 red, green and blue, 4 with opacity
  uint8_t *pixels;         // rows from the top, width · channels bytes each
};

// Opens the library if it is not yet open; 0, or -1 where there is none.
int cpng_load(void);

// Decodes a picture, of an animated one its first: 16 bits become their upper 8, colours grey by BT.601, opacity is left out
// where it is not asked for. Returns 0, or -1 with the reason.
int cpng_decode(const void *bytes, size_t count, const struct cpng_target *target, char reason[CPNG_TEXT]);

// Encodes a picture, 8 bits a channel. Returns 0, with the file's bytes in memory that the caller frees; or -1 with the reason.
int cpng_encode(const struct cpng_target *source, uint8_t **bytes, size_t *count, char reason[CPNG_TEXT]);
