#include "coefficients.h"

#include <stdlib.h>
#include <string.h>

// Shifts by a number of bits are cheaper on newer processors; which function runs is chosen when the program starts.
#if defined(__x86_64__)
#define FOR_EVERY_LEVEL __attribute__((target_clones("default", "arch=x86-64-v3")))
#else
#define FOR_EVERY_LEVEL
#endif

#define INLINE static inline __attribute__((always_inline))

// Bytes that one block takes at most, and the word that is read at once: room behind a stretch, so that its end need be looked
// for only between blocks.
enum { MOST_BLOCK_BYTES = DCTSIZE2 * 4, ROOM = 2 * MOST_BLOCK_BYTES + 8 };

// Where a coefficient stands in its block, by its number in the file. A run of zeros may lead beyond the last: it is written
// over.
static const uint8_t places[64 + 16] = {
  0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13,
  6,  7,  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31,
  39, 46, 53, 60, 61, 54, 47, 55, 62, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63,
};

// MARK: tables

// What a code means, as one number: how many bits it and the value behind it have (bits 0 to 7), how many it has alone (16 to
// 20), the zeros before the coefficient (8 to 11) and how many bits its value has (12 to 15).
static uint32_t entry_of(int symbol, int length) {
  int run = symbol >> 4, size = symbol & 15;
  return (uint32_t)(length + size) | (uint32_t)run << 8 | (uint32_t)size << 12 | (uint32_t)length << 16;
}

static int make_table(struct code_table *table, const JHUFF_TBL *lengths, int is_direct) {
  if (!lengths) return 0;
  uint32_t code = 0;
  int count = 0;
  for (int length = 1; length <= 16; length++, code <<= 1) {
    table->offsets[length] = count - (int32_t)code;
    for (int i = 0; i < lengths->bits[length]; i++, code++, count++) {
      if (count == 256 || code >= 1u << length || (is_direct && lengths->huffval[count] > 15)) return 0;
      table->symbols[count] = lengths->huffval[count];
      if (length > PEEKED_BITS) continue;
      uint32_t entry = entry_of(lengths->huffval[count], length), followers = 1u << (PEEKED_BITS - length);
      for (uint32_t i = 0; i < followers; i++) table->entries[code * followers + i] = entry;
    }
    table->ends[length] = (int32_t)code;
  }
  return 1;
}

static int make_tables(struct coefficients *coefficients, j_decompress_ptr info) {
  unsigned made = 0;
  for (int i = 0; i < info->comps_in_scan; i++) {
    int direct = info->cur_comp_info[i]->dc_tbl_no, alternating = info->cur_comp_info[i]->ac_tbl_no;
    if (direct < 0 || direct >= NUM_HUFF_TBLS || alternating < 0 || alternating >= NUM_HUFF_TBLS) return 0;
    if (!(made & 1u << direct) && !make_table(&coefficients->direct[direct], info->dc_huff_tbl_ptrs[direct], 1)) return 0;
    if (!(made & 16u << alternating) &&
        !make_table(&coefficients->alternating[alternating], info->ac_huff_tbl_ptrs[alternating], 0)) {
      return 0;
    }
    made |= 1u << direct | 16u << alternating;
  }
  return 1;
}

// MARK: stretches

// Takes what stands in the file before its next marker; 0 if there is none.
static int take_stretch(struct coefficients *coefficients) {
  const uint8_t *from = coefficients->marker;
  uint8_t *to = coefficients->stretch;
  for (;;) {
    size_t left = (size_t)(coefficients->file_end - from);
    const uint8_t *found = left > 1 ? memchr(from, 0xFF, left - 1) : NULL;
    if (!found) return 0;
    size_t count = (size_t)(found - from);
    memcpy(to, from, count);
    to += count;
    from = found;
    if (found[1] != 0) break;
    *to++ = 0xFF;
    from += 2;
  }
  memset(to, 0, ROOM);
  coefficients->marker = from;
  coefficients->stretch_end = to;
  coefficients->next = coefficients->stretch;
  coefficients->bits = 0;
  coefficients->bit_count = 0;
  memset(coefficients->last_direct, 0, sizeof coefficients->last_direct);
  return 1;
}

// Whether fewer than 8 bits of a stretch are left, and none was taken that it does not have.
static int is_spent(const struct coefficients *coefficients) {
  ptrdiff_t bits_left = 8 * (coefficients->stretch_end - coefficients->next) + coefficients->bit_count;
  return bits_left >= 0 && bits_left < 8;
}

static int pass_restart(struct coefficients *coefficients, j_decompress_ptr info) {
  if (!is_spent(coefficients) || coefficients->marker[1] != JPEG_RST0 + coefficients->next_restart) return 0;
  coefficients->marker += 2;
  coefficients->units_until_restart = info->restart_interval;
  coefficients->next_restart = (coefficients->next_restart + 1) & 7;
  return take_stretch(coefficients);
}

int coefficients_prepare(struct coefficients *coefficients, j_decompress_ptr info) {
  if (info->progressive_mode || info->arith_code || info->data_precision != 8 || info->comps_in_scan != info->num_components ||
      info->Ss != 0 || info->Se != DCTSIZE2 - 1 || !make_tables(coefficients, info)) {
    return 0;
  }
  coefficients->marker = info->src->next_input_byte;
  coefficients->file_end = coefficients->marker + info->src->bytes_in_buffer;
  coefficients->stretch = malloc(info->src->bytes_in_buffer + ROOM);
  coefficients->units_left = info->MCUs_per_row * info->MCU_rows_in_scan;
  coefficients->units_until_restart = info->restart_interval;
  return coefficients->stretch && take_stretch(coefficients);
}

void coefficients_free(struct coefficients *coefficients) { free(coefficients->stretch); }

// MARK: blocks

// What is read, in registers: the bits that wait, and the word behind them, which is read before it is needed so that nobody
// waits for it.
struct bit_reader {
  const uint8_t *next;
  uint64_t word;
  uint64_t bits;
  int count;
};

INLINE uint64_t word_at(const uint8_t *bytes) {
  uint64_t word;
  memcpy(&word, bytes, sizeof word);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  word = __builtin_bswap64(word);
#endif
  return word;
}

// Makes sure of 56 bits. Behind `count` stand the bits that follow, or 0.
INLINE void refill(struct bit_reader *reader) {
  reader->bits |= reader->word >> reader->count;
  reader->next += (63 - reader->count) >> 3;
  reader->count |= 56;
  reader->word = word_at(reader->next);
}

INLINE void drop(struct bit_reader *reader, int count) {
  reader->bits <<= count;
  reader->count -= count;
}

// The value of `size` bits, at least 1, behind a code of some length: those that begin with 0 are negative.
INLINE int value_behind(uint64_t bits, int length, int size) {
  uint64_t value = bits << length;
  int is_negative = (int)(value >> 63) ^ 1;
  return (int)(value >> (64 - size)) - (((1 << size) - 1) & -is_negative);
}

// What stands for a code that is longer than what is looked up; 0 for none.
static uint32_t long_entry(uint64_t bits, const struct code_table *table) {
  for (int length = PEEKED_BITS + 1; length <= 16; length++) {
    int32_t code = (int32_t)(bits >> (64 - length));
    if (code < table->ends[length]) return entry_of(table->symbols[(code + table->offsets[length]) & 255], length);
  }
  return 0;
}

// Reads one block; 0 for what is no code.
INLINE int read_block(struct bit_reader *reader, const struct code_table *direct, const struct code_table *alternating,
                      int *last_direct, JCOEF *block) {
  refill(reader);
  uint32_t entry = direct->entries[reader->bits >> (64 - PEEKED_BITS)];
  if (entry == 0 && (entry = long_entry(reader->bits, direct)) == 0) return 0;
  int size = entry >> 12 & 15;
  if (size > 0) *last_direct += value_behind(reader->bits, entry >> 16, size);
  if (*last_direct != (JCOEF)*last_direct) return 0;
  block[0] = (JCOEF)*last_direct;
  drop(reader, entry & 255);

  for (int place = 1; place < DCTSIZE2; place++) {
    refill(reader);
    entry = alternating->entries[reader->bits >> (64 - PEEKED_BITS)];
    if (__builtin_expect(entry == 0, 0) && (entry = long_entry(reader->bits, alternating)) == 0) return 0;
    uint64_t bits = reader->bits;
    drop(reader, entry & 255);
    int run = entry >> 8 & 15;
    place += run;
    size = entry >> 12 & 15;
    if (size > 0)
      block[places[place]] = (JCOEF)value_behind(bits, entry >> 16, size);
    else if (run != 15)
      break;  // the rest is 0
  }
  return 1;
}

FOR_EVERY_LEVEL int coefficients_read(struct coefficients *coefficients, j_decompress_ptr info, JBLOCKROW *blocks) {
  if (coefficients->units_left == 0) return 0;
  if (info->restart_interval) {
    if (coefficients->units_until_restart == 0 && !pass_restart(coefficients, info)) return 0;
    coefficients->units_until_restart--;
  }
  struct bit_reader reader = {coefficients->next, word_at(coefficients->next), coefficients->bits, coefficients->bit_count};
  for (int i = 0; i < info->blocks_in_MCU; i++) {
    int component = info->MCU_membership[i];
    const jpeg_component_info *description = info->cur_comp_info[component];
    const struct code_table *direct = &coefficients->direct[description->dc_tbl_no];
    const struct code_table *alternating = &coefficients->alternating[description->ac_tbl_no];
    if (!read_block(&reader, direct, alternating, &coefficients->last_direct[component], *blocks[i])) return 0;
    if (reader.next - coefficients->stretch_end > MOST_BLOCK_BYTES) return 0;
  }
  coefficients->next = reader.next;
  coefficients->bits = reader.bits;
  coefficients->bit_count = reader.count;
  if (--coefficients->units_left == 0) {
    if (!is_spent(coefficients)) return 0;
    info->src->next_input_byte = coefficients->marker;
    info->src->bytes_in_buffer = (size_t)(coefficients->file_end - coefficients->marker);
  }
  return 1;
}
