#include "cjpeg.h"

#include <dlfcn.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "huffman.h"

// The functions of libjpeg that are used, each a pointer filled in by open_library.
#define FUNCTIONS(X)                                                                                                  \
  X(jpeg_std_error) X(jpeg_CreateDecompress) X(jpeg_destroy_decompress) X(jpeg_read_header) X(jpeg_start_decompress)  \
  X(jpeg_read_scanlines) X(jpeg_read_raw_data) X(jpeg_finish_decompress) X(jpeg_resync_to_restart)

static struct {
#define FUNCTION(name) __typeof__(&name) name;
  FUNCTIONS(FUNCTION)
#undef FUNCTION
} jpeg;

static int state = -1;

static void open_library(void) {
  // The layout of the library's structures goes by the number in its name.
#if JPEG_LIB_VERSION >= 80
  static const char *const names[] = {"libjpeg.so.8", "libjpeg.so"};
#else
  static const char *const names[] = {"libjpeg.so.62", "libjpeg.so"};
#endif
  void *library = NULL;
  for (size_t i = 0; !library && i < sizeof names / sizeof *names; i++) library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
  if (!library) return;
#define FIND(name) \
  if (!(jpeg.name = (__typeof__(jpeg.name))dlsym(library, #name))) return;
  FUNCTIONS(FIND)
#undef FIND
  state = 0;
}

int cjpeg_load(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, open_library);
  return state;
}

// More scans than any encoder writes: each may cost as much time as the whole picture and take but a few bytes.
#define MOST_SCANS 100

// What `attempt` returns where the library should begin again by itself.
enum { AGAIN = 2 };

typedef struct {
  struct jpeg_decompress_struct info;
  struct jpeg_error_mgr errors;
  struct jpeg_source_mgr source;
  struct jpeg_progress_mgr progress;
  jmp_buf failure;  // 1 where it failed, AGAIN
  char *reason;
  char *warning;
  JSAMPLE *inks;  // a row of CMYK
  huffman *huffman;  // in place of the library's, or NULL
} decoder;

_Static_assert(CJPEG_TEXT >= JMSG_LENGTH_MAX, "a sentence of the library fits");

static decoder *decoder_of(j_common_ptr info) { return info->client_data; }

static void fail_with(j_decompress_ptr info, const char *reason) {
  decoder *decoder = decoder_of((j_common_ptr)info);
  snprintf(decoder->reason, CJPEG_TEXT, "%s", reason);
  longjmp(decoder->failure, 1);
}

static void fail(j_common_ptr info) {
  decoder *decoder = decoder_of(info);
  info->err->format_message(info, decoder->reason);
  longjmp(decoder->failure, 1);
}

// Keeps the first thing that was wrong and mended; nothing is printed.
static void note(j_common_ptr info, int level) {
  if (level >= 0) return;
  if (info->err->num_warnings++ == 0) info->err->format_message(info, decoder_of(info)->warning);
}

static void give_up(j_decompress_ptr info) { longjmp(decoder_of((j_common_ptr)info)->failure, AGAIN); }

static void be_silent(j_common_ptr info) { (void)info; }

// MARK: the bytes of the file, which lie in memory

static void begin_source(j_decompress_ptr info) { (void)info; }

static boolean end_early(j_decompress_ptr info) {
  fail_with(info, "it is cut short");
  return FALSE;
}

static void skip_bytes(j_decompress_ptr info, long count) {
  if (count <= 0) return;
  if ((size_t)count > info->src->bytes_in_buffer) end_early(info);
  info->src->next_input_byte += count;
  info->src->bytes_in_buffer -= (size_t)count;
}

static void count_scans(j_common_ptr info) {
  if (((j_decompress_ptr)info)->input_scan_number > MOST_SCANS) {
    fail_with((j_decompress_ptr)info, "it has more scans than any picture needs");
  }
}

// MARK: pixels

// A row of inks as red, green and blue. Adobe's programs store how much of an ink is missing.
static void mix_inks(const JSAMPLE *inks, uint32_t width, int are_missing, int channels, uint8_t *row) {
  for (uint32_t x = 0; x < width; x++, inks += 4, row += channels) {
    int flip = are_missing ? 0 : 255, black = inks[3] ^ flip;
    int red = black * (inks[0] ^ flip) / 255, green = black * (inks[1] ^ flip) / 255, blue = black * (inks[2] ^ flip) / 255;
    if (channels == 1) {
      row[0] = (uint8_t)((299 * red + 587 * green + 114 * blue + 500) / 1000);
      continue;
    }
    row[0] = (uint8_t)red, row[1] = (uint8_t)green, row[2] = (uint8_t)blue;
    if (channels == 4) row[3] = 255;
  }
}

static J_COLOR_SPACE colors_for(j_decompress_ptr info, int channels) {
  if (info->jpeg_color_space == JCS_CMYK || info->jpeg_color_space == JCS_YCCK) return JCS_CMYK;
  return channels == 1 ? JCS_GRAYSCALE : channels == 3 ? JCS_RGB : JCS_EXT_RGBA;
}

static void read_rows(decoder *decoder, const struct cjpeg_target *target) {
  j_decompress_ptr info = &decoder->info;
  size_t row_bytes = (size_t)target->width * (size_t)target->channels;
  while (info->output_scanline < info->output_height) {
    JSAMPROW rows[8];
    uint32_t first = info->output_scanline, count = info->output_height - first;
    if (decoder->inks) {
      rows[0] = decoder->inks;
      jpeg.jpeg_read_scanlines(info, rows, 1);
      mix_inks(decoder->inks, target->width, info->saw_Adobe_marker, target->channels, target->pixels + first * row_bytes);
      continue;
    }
    if (count > 8) count = 8;
    for (uint32_t i = 0; i < count; i++) rows[i] = target->pixels + (first + i) * row_bytes;
    jpeg.jpeg_read_scanlines(info, rows, count);
  }
}

// Whether chroma has half the width and height of luma, and is interpolated: the library repeats that of two columns and fewer.
static int has_quartered_chroma(const struct jpeg_decompress_struct *info) {
  if (info->jpeg_color_space != JCS_YCbCr || info->num_components != 3) return 0;
  const jpeg_component_info *parts = info->comp_info;
  for (int i = 1; i < 3; i++) {
    if (parts[i].h_samp_factor != 1 || parts[i].v_samp_factor != 1) return 0;
  }
  return parts[0].h_samp_factor == 2 && parts[0].v_samp_factor == 2 && info->image_width > 4;
}

static void read_planes(decoder *decoder, const struct cjpeg_target *target) {
  j_decompress_ptr info = &decoder->info;
  size_t stride = cjpeg_luma_stride(target->width);
  uint8_t *luma = target->pixels, *blue = luma + cjpeg_luma_size(target->width, target->height);
  uint8_t *red = blue + cjpeg_luma_size(target->width, target->height) / 4;
  JSAMPROW luma_rows[16], blue_rows[8], red_rows[8];
  JSAMPARRAY rows[3] = {luma_rows, blue_rows, red_rows};
  while (info->output_scanline < info->output_height) {
    size_t first = info->output_scanline;  // a multiple of 16
    for (size_t i = 0; i < 16; i++) luma_rows[i] = luma + (first + i) * stride;
    for (size_t i = 0; i < 8; i++) {
      blue_rows[i] = blue + (first / 2 + i) * (stride / 2);
      red_rows[i] = red + (first / 2 + i) * (stride / 2);
    }
    jpeg.jpeg_read_raw_data(info, rows, 16);
  }
}

// What pixels become: of all colours, or as they stand in the file.
typedef enum { MIXED, PLANES } form;

// Returns 0 or CJPEG_OTHER_KIND.
static int decode(decoder *decoder, const void *bytes, size_t count, const struct cjpeg_target *target, form form, int alone) {
  j_decompress_ptr info = &decoder->info;
  // Its macro asks for the version and the size of what the header describes: another library's is told.
  jpeg.jpeg_CreateDecompress(info, JPEG_LIB_VERSION, sizeof *info);
  decoder->source = (struct jpeg_source_mgr){
    .next_input_byte = bytes,
    .bytes_in_buffer = count,
    .init_source = begin_source,
    .fill_input_buffer = end_early,
    .skip_input_data = skip_bytes,
    .resync_to_restart = jpeg.jpeg_resync_to_restart,
    .term_source = begin_source,
  };
  info->src = &decoder->source;
  decoder->progress.progress_monitor = count_scans;
  info->progress = &decoder->progress;
  jpeg.jpeg_read_header(info, TRUE);
  if (info->image_width != target->width || info->image_height != target->height) {
    fail_with(info, "it says two sizes");
  }
  if (form == PLANES && !has_quartered_chroma(info)) return CJPEG_OTHER_KIND;
  info->raw_data_out = form == PLANES;
  info->out_color_space = colors_for(info, target->channels);
  info->dct_method = JDCT_IFAST;
  info->do_fancy_upsampling = TRUE;
  if (info->out_color_space == JCS_CMYK) {
    decoder->inks = malloc((size_t)target->width * 4);
    if (!decoder->inks) fail_with(info, "there is not enough memory");
  }
  jpeg.jpeg_start_decompress(info);
  if (!alone) huffman_take_over(info, give_up, &decoder->huffman);
  if (form == PLANES)
    read_planes(decoder, target);
  else
    read_rows(decoder, target);
  if (decoder->huffman) huffman_finish(info, decoder->huffman);
  jpeg.jpeg_finish_decompress(info);
  return 0;
}

// Decodes once; `alone`, by the library's own Huffman decoder. Returns AGAIN where that should be tried, else what decode_as returns.
static int attempt(form form, const void *bytes, size_t count, const struct cjpeg_target *target, int alone, char *reason,
                   char *warning) {
  // Nothing local changes between setjmp and longjmp: all of it is in the decoder.
  decoder *decoder = calloc(1, sizeof *decoder);
  reason[0] = warning[0] = 0;
  if (!decoder) {
    snprintf(reason, CJPEG_TEXT, "there is not enough memory");
    return -1;
  }
  decoder->reason = reason;
  decoder->warning = warning;
  decoder->info.err = jpeg.jpeg_std_error(&decoder->errors);
  decoder->info.client_data = decoder;
  decoder->errors.error_exit = fail;
  decoder->errors.emit_message = note;
  decoder->errors.output_message = be_silent;
  int status;
  switch (setjmp(decoder->failure)) {
  case 0: status = decode(decoder, bytes, count, target, form, alone); break;
  case 1: status = -1; break;
  default: status = AGAIN;
  }
  jpeg.jpeg_destroy_decompress(&decoder->info);
  free(decoder->huffman);
  free(decoder->inks);
  free(decoder);
  return status;
}

static int decode_as(form form, const void *bytes, size_t count, const struct cjpeg_target *target, char *reason, char *warning) {
  int status = attempt(form, bytes, count, target, target->by_library, reason, warning);
  return status == AGAIN ? attempt(form, bytes, count, target, 1, reason, warning) : status;
}

int cjpeg_decode(const void *bytes, size_t count, const struct cjpeg_target *target, char reason[CJPEG_TEXT],
                 char warning[CJPEG_TEXT]) {
  return decode_as(MIXED, bytes, count, target, reason, warning);
}

int cjpeg_decode_planes(const void *bytes, size_t count, const struct cjpeg_target *target, char reason[CJPEG_TEXT],
                        char warning[CJPEG_TEXT]) {
  return decode_as(PLANES, bytes, count, target, reason, warning);
}
