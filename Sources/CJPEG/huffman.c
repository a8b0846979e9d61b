#include "huffman.h"

#if __has_include(<jpegint.h>) && defined LIBJPEG_TURBO_VERSION
#include <stdlib.h>
#include <string.h>

#include <jpegint.h>

// Compiled into its caller, and for the caller's processor.
#define INLINE static inline __attribute__((always_inline))

// The same function with shifts that newer processors have; which one runs is chosen when the program starts.
#if defined(__x86_64__)
#define FOR_EVERY_LEVEL __attribute__((target_clones("default", "arch=x86-64-v3")))
#else
#define FOR_EVERY_LEVEL
#endif

// ITU-T T.81: codes in annex F.2.2, their tables in annex C, the order of coefficients in figure A.6.

// Codes of so many bits are found by one look. Others are rare: each has less than a thousandth of all symbols.
enum { LOOK = 10, LONGEST = 16 };
// What a difference of DC and a coefficient of AC have at most, in bits, in pictures of 8 bits.
enum { DC_BITS = 11, AC_BITS = 10 };
// A symbol and its bits take at most 27, so that two of them are there after a refill, which leaves at least 56.
_Static_assert(2 * (LONGEST + DC_BITS) <= 56, "two symbols between two refills");
// More than a block can take, so that it may be read before it is asked whether it was there: 64 symbols of 27 bits are 216 bytes.
enum { BEYOND = 256 };

// A symbol that was looked up: in the lowest byte the bits of its code and of the number behind it, then those of its code alone, then
// the symbol. 0 stands for a longer code, or none.
typedef uint32_t symbol;

typedef struct {
  symbol looked_up[1 << LOOK];
  int32_t end[LONGEST + 1];     // behind the last code of each length, −1 of a length that no code has
  int32_t offset[LONGEST + 1];  // from a code to the place of its symbol
  uint8_t symbols[256];
} table;

// Bits from the highest of `bits` on; `count` of them are known to be there.
typedef struct {
  uint64_t bits;
  unsigned count;
  const uint8_t *next;
} reader;

struct huffman {
  struct jpeg_entropy_decoder module;  // what the library calls, and where it finds the rest
  table dc[NUM_HUFF_TBLS], ac[NUM_HUFF_TBLS];
  int last[MAX_COMPS_IN_SCAN];  // DC of each component's last block
  reader reader;
  void (*give_up)(j_decompress_ptr info);
  const JOCTET *marker;  // behind the data in the file
  const uint8_t *end;    // of the data here
  size_t mcus_left;
  uint8_t data[];  // without the zeros that stand behind each 255 in a file, and BEYOND zeros
};

static const uint8_t natural_order[64] = {
  0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6,  7,  14, 21, 28,
  35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
};

static symbol symbol_of(unsigned value, unsigned length) { return value << 16 | length << 8 | (length + (value & 15)); }

// The library has found the table sound before: there are no more codes of a length than fit.
static void fill(table *table, const JHUFF_TBL *from) {
  memset(table->looked_up, 0, sizeof table->looked_up);
  memcpy(table->symbols, from->huffval, sizeof table->symbols);
  int32_t code = 0, place = 0;
  for (unsigned length = 1; length <= LONGEST; length++, code <<= 1) {
    table->offset[length] = place - code;
    for (int i = 0; i < from->bits[length]; i++, code++, place++) {
      if (length > LOOK) continue;
      symbol found = symbol_of(table->symbols[place & 255], length);
      unsigned same = 1u << (LOOK - length);  // patterns that begin with the code
      for (unsigned k = 0; k < same; k++) table->looked_up[(((unsigned)code << (LOOK - length)) + k) & ((1 << LOOK) - 1)] = found;
    }
    table->end[length] = from->bits[length] ? code : -1;
  }
}

// MARK: bits

INLINE void refill(reader *reader) {
  uint64_t next;
  memcpy(&next, reader->next, sizeof next);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  next = __builtin_bswap64(next);
#endif
  reader->bits |= next >> reader->count;
  reader->next += (63 - reader->count) >> 3;
  reader->count |= 56;
}

INLINE void skip(reader *reader, symbol symbol) {
  reader->bits <<= symbol & 63;
  reader->count -= symbol & 63;
}

static symbol __attribute__((noinline)) search(const table *table, uint64_t bits) {
  for (unsigned length = LOOK + 1; length <= LONGEST; length++) {
    int32_t code = (int32_t)(bits >> (64 - length));
    if (code < table->end[length]) return symbol_of(table->symbols[(code + table->offset[length]) & 255], length);
  }
  return 0;
}

INLINE symbol next_symbol(const table *table, uint64_t bits) {
  symbol found = table->looked_up[bits >> (64 - LOOK)];
  return __builtin_expect(found == 0, 0) ? search(table, bits) : found;
}

// The number of `size` bits, at least one, behind the symbol's code: one that begins with 0 is negative.
INLINE int number(uint64_t bits, symbol symbol, unsigned size) {
  uint64_t behind = bits << (symbol >> 8 & 63);
  int value = (int)(behind >> (64 - size)), below = (int)((int64_t)behind >> 63) + 1;  // 1 of a negative one
  return value - (below << size) + below;
}

// MARK: blocks

// How a block goes on behind a coefficient.
typedef enum { ON, ENDED, ODD } course;

// One coefficient of AC behind place k, or sixteen zeros, or the end of the block.
INLINE course decode_coefficient(reader *reader, const table *ac, unsigned *k, JCOEF *block) {
  symbol symbol = next_symbol(ac, reader->bits);
  unsigned size = symbol >> 16 & 15, zeros = symbol >> 20;
  *k += zeros + 1;
  if (__builtin_expect(size != 0, 1)) {
    if (size > AC_BITS || *k > 63) return ODD;
    block[natural_order[*k]] = (JCOEF)number(reader->bits, symbol, size);
    skip(reader, symbol);
    return *k == 63 ? ENDED : ON;
  }
  skip(reader, symbol);
  if (zeros == 15) return *k >= 63 ? ENDED : ON;
  return symbol && !zeros ? ENDED : ODD;
}

// Whether all was as it should be.
INLINE int decode_block(reader *reader, const table *dc, const table *ac, int *last, JCOEF *block) {
  refill(reader);
  symbol symbol = next_symbol(dc, reader->bits);
  unsigned size = symbol >> 16;
  if (!symbol || size > DC_BITS) return 0;
  if (size) *last += number(reader->bits, symbol, size);
  skip(reader, symbol);
  block[0] = (JCOEF)*last;
  if (block[0] != *last) return 0;
  unsigned k = 0;
  course course = decode_coefficient(reader, ac, &k, block);
  while (course == ON) {
    refill(reader);
    course = decode_coefficient(reader, ac, &k, block);
    if (course == ON) course = decode_coefficient(reader, ac, &k, block);
  }
  return course == ENDED;
}

// In place of the library's function. An MCU is as many blocks as stand for one piece of the picture.
FOR_EVERY_LEVEL static boolean decode_mcu(j_decompress_ptr info, JBLOCKROW *blocks) {
  huffman *decoder = (huffman *)info->entropy;
  reader reader = decoder->reader;
  for (int i = 0; i < info->blocks_in_MCU; i++) {
    int part = info->MCU_membership[i];
    const jpeg_component_info *component = info->cur_comp_info[part];
    const table *dc = &decoder->dc[component->dc_tbl_no], *ac = &decoder->ac[component->ac_tbl_no];
    int is_sound = decode_block(&reader, dc, ac, &decoder->last[part], *blocks[i]);
    if (!is_sound || reader.next - reader.count / 8 > decoder->end) decoder->give_up(info);
  }
  decoder->reader = reader;
  decoder->mcus_left--;
  return TRUE;
}

// MARK: pictures

static int is_plain(j_decompress_ptr info) {
  if (info->progressive_mode || info->arith_code || info->restart_interval || info->unread_marker) return 0;
  if (info->data_precision != 8 || info->comps_in_scan != info->num_components || info->inputctl->has_multiple_scans) return 0;
  if (info->Ss != 0 || info->Se != 63 || info->Ah != 0 || info->Al != 0) return 0;
  for (int i = 0; i < info->comps_in_scan; i++) {
    const jpeg_component_info *component = info->cur_comp_info[i];
    if (!info->dc_huff_tbl_ptrs[component->dc_tbl_no] || !info->ac_huff_tbl_ptrs[component->ac_tbl_no]) return 0;
  }
  return 1;
}

// Copies the data up to the next marker, without the zeros behind each 255; whether that marker is the end of the picture.
static int take_data(huffman *decoder, const JOCTET *from, size_t count) {
  uint8_t *to = decoder->data;
  const JOCTET *end = from + count;
  while (1) {
    const JOCTET *mark = memchr(from, 0xFF, (size_t)(end - from));
    if (!mark || end - mark < 2) return 0;
    memcpy(to, from, (size_t)(mark - from));
    to += mark - from;
    if (mark[1] != 0) {
      decoder->marker = mark;
      decoder->end = to;
      memset(to, 0, BEYOND);
      return mark[1] == JPEG_EOI;
    }
    *to++ = 0xFF;
    from = mark + 2;
  }
}

void huffman_take_over(j_decompress_ptr info, void (*give_up)(j_decompress_ptr info), huffman **taken) {
  *taken = NULL;
  if (!is_plain(info)) return;
  size_t count = info->src->bytes_in_buffer;
  huffman *decoder = malloc(sizeof *decoder + count + BEYOND);
  if (!decoder) return;
  *taken = decoder;
  if (!take_data(decoder, info->src->next_input_byte, count)) {
    free(decoder);
    *taken = NULL;
    return;
  }
  for (int i = 0; i < info->comps_in_scan; i++) {
    const jpeg_component_info *component = info->cur_comp_info[i];
    fill(&decoder->dc[component->dc_tbl_no], info->dc_huff_tbl_ptrs[component->dc_tbl_no]);
    fill(&decoder->ac[component->ac_tbl_no], info->ac_huff_tbl_ptrs[component->ac_tbl_no]);
    decoder->last[i] = 0;
  }
  decoder->reader = (reader){.next = decoder->data};
  decoder->mcus_left = (size_t)info->MCUs_per_row * info->MCU_rows_in_scan;
  decoder->give_up = give_up;
  decoder->module = *info->entropy;
  decoder->module.decode_mcu = decode_mcu;
  info->entropy = &decoder->module;
}

void huffman_finish(j_decompress_ptr info, huffman *decoder) {
  const uint8_t *read = decoder->reader.next - decoder->reader.count / 8;
  if (decoder->mcus_left || read != decoder->end) decoder->give_up(info);
  info->src->bytes_in_buffer -= (size_t)(decoder->marker - info->src->next_input_byte);
  info->src->next_input_byte = decoder->marker;
}

#else

void huffman_take_over(j_decompress_ptr info, void (*give_up)(j_decompress_ptr info), huffman **decoder) {
  (void)info, (void)give_up;
  *decoder = NULL;
}

void huffman_finish(j_decompress_ptr info, huffman *decoder) { (void)info, (void)decoder; }

#endif
