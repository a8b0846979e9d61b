// Reads the coefficients of a JPEG of one Huffman-coded pass (ITU-T T.81, F.2.2) faster than libjpeg does, which does all the
// rest. It takes what is as it should be alone: at anything else it gives up, and the picture is decoded anew by libjpeg, which
// says what is wrong or mends it.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jpeglib.h>

// How many bits are looked up at once.
#define PEEKED_BITS 10

// The codes of one table.
struct code_table {
  // What the next bits begin with, if its code is no longer than they are: see `entry_of`. 0 for a longer code.
  uint32_t entries[1 << PEEKED_BITS];
  uint8_t symbols[256];
  // For each length the code behind the last one of it, and what added to a code of it gives its place among the symbols.
  int32_t ends[17];
  int32_t offsets[17];
};

struct coefficients {
  struct code_table direct[NUM_HUFF_TBLS], alternating[NUM_HUFF_TBLS];
  int last_direct[MAX_COMPS_IN_SCAN];
  // The file from the next marker on.
  const uint8_t *marker, *file_end;
  // The bytes before that marker, without what only says that a 255 is none, and room behind them.
  uint8_t *stretch;
  const uint8_t *stretch_end;
  // What was read of them, and the bits that wait, from the highest on.
  const uint8_t *next;
  uint64_t bits;
  int bit_count;
  // Units left of the scan, and before the next restart.
  uint32_t units_left, units_until_restart;
  int next_restart;
};

// Makes ready to read the only scan of a picture, after jpeg_start_decompress; 0 if it is not of a form that is read here.
int coefficients_prepare(struct coefficients *coefficients, j_decompress_ptr info);
// Reads the blocks of one unit, which are all 0; 0 to give up.
int coefficients_read(struct coefficients *coefficients, j_decompress_ptr info, JBLOCKROW *blocks);
// Gives back the memory.
void coefficients_free(struct coefficients *coefficients);
