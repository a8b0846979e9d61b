#include "cpng.h"

#include <dlfcn.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

// The functions of libpng that are used, each a pointer filled in by open_library.
#define FUNCTIONS(X)                                                                                                     \
  X(png_create_read_struct) X(png_create_info_struct) X(png_destroy_read_struct) X(png_get_io_ptr) X(png_get_error_ptr)  \
  X(png_set_read_fn) X(png_set_keep_unknown_chunks) X(png_read_info) X(png_get_image_width) X(png_get_image_height)      \
  X(png_get_bit_depth) X(png_get_color_type) X(png_get_valid) X(png_set_tRNS_to_alpha) X(png_set_add_alpha)              \
  X(png_set_strip_alpha) X(png_set_strip_16) X(png_set_packing) X(png_set_interlace_handling) X(png_set_palette_to_rgb)  \
  X(png_set_expand_gray_1_2_4_to_8) X(png_set_rgb_to_gray) X(png_set_gray_to_rgb) X(png_read_update_info)                \
  X(png_get_rowbytes) X(png_read_row) X(png_read_end) X(png_create_write_struct) X(png_destroy_write_struct)             \
  X(png_set_write_fn) X(png_set_IHDR) X(png_write_info) X(png_write_row) X(png_write_end)

static struct {
#define FUNCTION(name) __typeof__(&name) name;
  FUNCTIONS(FUNCTION)
#undef FUNCTION
} png;

static int state = -1;

static void open_library(void) {
  static const char *const names[] = {"libpng16.so.16", "libpng16.so"};
  void *library = NULL;
  for (size_t i = 0; !library && i < sizeof names / sizeof *names; i++) library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
  if (!library) return;
#define FIND(name) \
  if (!(png.name = (__typeof__(png.name))dlsym(library, #name))) return;
  FUNCTIONS(FIND)
#undef FIND
  state = 0;
}

int cpng_load(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, open_library);
  return state;
}

typedef struct {
  png_structp read;
  png_infop info;
  const uint8_t *next;
  size_t left;
  jmp_buf failure;
  char *reason;
} decoder;

static void fail_with(decoder *decoder, const char *reason) {
  snprintf(decoder->reason, CPNG_TEXT, "%s", reason);
  longjmp(decoder->failure, 1);
}

static void fail(png_structp read, png_const_charp reason) { fail_with(png.png_get_error_ptr(read), reason); }

static void pass_over(png_structp read, png_const_charp warning) { (void)read, (void)warning; }

static void give_bytes(png_structp read, png_bytep bytes, size_t count) {
  decoder *decoder = png.png_get_io_ptr(read);
  if (count > decoder->left) fail_with(decoder, "it is cut short");
  memcpy(bytes, decoder->next, count);
  decoder->next += count;
  decoder->left -= count;
}

// Says how rows become those that are asked for.
static void choose_transforms(decoder *decoder, int channels) {
  png_structp read = decoder->read;
  int depth = png.png_get_bit_depth(read, decoder->info), color = png.png_get_color_type(read, decoder->info);
  int has_alpha = color & PNG_COLOR_MASK_ALPHA, is_grey = !(color & PNG_COLOR_MASK_COLOR);
  int has_transparent_color = png.png_get_valid(read, decoder->info, PNG_INFO_tRNS) != 0;
  // Grey of fewer than 8 bits comes first: where it has a transparent level, that is lost with the level otherwise.
  if (depth > 8) png.png_set_strip_16(read);
  png.png_set_packing(read);
  if (color == PNG_COLOR_TYPE_PALETTE) png.png_set_palette_to_rgb(read);
  if (is_grey && depth < 8) png.png_set_expand_gray_1_2_4_to_8(read);
  if (channels == 4 && !has_alpha) {
    if (has_transparent_color)
      png.png_set_tRNS_to_alpha(read);
    else
      png.png_set_add_alpha(read, 255, PNG_FILLER_AFTER);
  }
  if (channels != 4 && (has_alpha || has_transparent_color)) png.png_set_strip_alpha(read);
  if (channels == 1 && !is_grey) png.png_set_rgb_to_gray(read, 1, 0.299, 0.587);
  if (channels != 1 && is_grey) png.png_set_gray_to_rgb(read);
}

static void decode(decoder *decoder, const struct cpng_target *target) {
  decoder->read = png.png_create_read_struct(PNG_LIBPNG_VER_STRING, decoder, fail, pass_over);
  if (decoder->read) decoder->info = png.png_create_info_struct(decoder->read);
  if (!decoder->info) fail_with(decoder, "there is not enough memory, or libpng is another one than it was built for");
  png.png_set_read_fn(decoder->read, decoder, give_bytes);
  // What says nothing about pixels is not unpacked: text can be far larger than it looks.
  static const png_byte passed_over[] = "tEXt\0zTXt\0iTXt\0eXIf\0hIST\0sPLT\0tIME\0pHYs";
  png.png_set_keep_unknown_chunks(decoder->read, PNG_HANDLE_CHUNK_NEVER, passed_over, (int)(sizeof passed_over / 5));
  png.png_read_info(decoder->read, decoder->info);
  if (png.png_get_image_width(decoder->read, decoder->info) != target->width ||
      png.png_get_image_height(decoder->read, decoder->info) != target->height) {
    fail_with(decoder, "it says two sizes");
  }
  choose_transforms(decoder, target->channels);
  int passes = png.png_set_interlace_handling(decoder->read);
  png.png_read_update_info(decoder->read, decoder->info);
  size_t row_bytes = (size_t)target->width * (size_t)target->channels;
  if (png.png_get_rowbytes(decoder->read, decoder->info) != row_bytes) fail_with(decoder, "its pixels are of an unknown kind");
  for (int pass = 0; pass < passes; pass++) {
    for (uint32_t y = 0; y < target->height; y++) png.png_read_row(decoder->read, target->pixels + y * row_bytes, NULL);
  }
  png.png_read_end(decoder->read, decoder->info);
}

int cpng_decode(const void *bytes, size_t count, const struct cpng_target *target, char reason[CPNG_TEXT]) {
  // Nothing local changes between setjmp and longjmp: all of it is in the decoder.
  decoder *decoder = calloc(1, sizeof *decoder);
  reason[0] = 0;
  if (!decoder) {
    snprintf(reason, CPNG_TEXT, "there is not enough memory");
    return -1;
  }
  decoder->next = bytes;
  decoder->left = count;
  decoder->reason = reason;
  int status = -1;
  if (setjmp(decoder->failure) == 0) {
    decode(decoder, target);
    status = 0;
  }
  if (decoder->read) png.png_destroy_read_struct(&decoder->read, decoder->info ? &decoder->info : NULL, NULL);
  free(decoder);
  return status;
}

typedef struct {
  png_structp write;
  png_infop info;
  uint8_t *bytes;
  size_t count, room;
  jmp_buf failure;
  char *reason;
} encoder;

static void fail_encoding(encoder *encoder, const char *reason) {
  snprintf(encoder->reason, CPNG_TEXT, "%s", reason);
  longjmp(encoder->failure, 1);
}

static void fail_writing(png_structp write, png_const_charp reason) { fail_encoding(png.png_get_error_ptr(write), reason); }

static void take_bytes(png_structp write, png_bytep bytes, size_t count) {
  encoder *encoder = png.png_get_io_ptr(write);
  if (count > encoder->room - encoder->count) {
    size_t room = encoder->room * 2 + count;
    uint8_t *larger = realloc(encoder->bytes, room);
    if (!larger) fail_encoding(encoder, "there is not enough memory");
    encoder->bytes = larger;
    encoder->room = room;
  }
  memcpy(encoder->bytes + encoder->count, bytes, count);
  encoder->count += count;
}

static void flush_nothing(png_structp write) { (void)write; }

static void encode(encoder *encoder, const struct cpng_target *source) {
  static const int colors[] = {0, PNG_COLOR_TYPE_GRAY, 0, PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_RGB_ALPHA};
  encoder->write = png.png_create_write_struct(PNG_LIBPNG_VER_STRING, encoder, fail_writing, pass_over);
  if (encoder->write) encoder->info = png.png_create_info_struct(encoder->write);
  if (!encoder->info) fail_encoding(encoder, "there is not enough memory, or libpng is another one than it was built for");
  png.png_set_write_fn(encoder->write, encoder, take_bytes, flush_nothing);
  png.png_set_IHDR(encoder->write, encoder->info, source->width, source->height, 8, colors[source->channels],
                   PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png.png_write_info(encoder->write, encoder->info);
  size_t row_bytes = (size_t)source->width * (size_t)source->channels;
  for (uint32_t y = 0; y < source->height; y++) png.png_write_row(encoder->write, source->pixels + y * row_bytes);
  png.png_write_end(encoder->write, encoder->info);
}

int cpng_encode(const struct cpng_target *source, uint8_t **bytes, size_t *count, char reason[CPNG_TEXT]) {
  // As in cpng_decode, nothing local changes between setjmp and longjmp.
  encoder *encoder = calloc(1, sizeof *encoder);
  reason[0] = 0;
  if (!encoder) {
    snprintf(reason, CPNG_TEXT, "there is not enough memory");
    return -1;
  }
  encoder->reason = reason;
  int status = -1;
  if (setjmp(encoder->failure) == 0) {
    encode(encoder, source);
    *bytes = encoder->bytes;
    *count = encoder->count;
    encoder->bytes = NULL;
    status = 0;
  }
  if (encoder->write) png.png_destroy_write_struct(&encoder->write, encoder->info ? &encoder->info : NULL);
  free(encoder->bytes);
  free(encoder);
  return status;
}
