/// Counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011). A number is
/// a function of its counter and key, so nothing is carried from draw to draw and any piece can be drawn by anyone.
#pragma once

#include <stdint.h>

/// Four words from a 128-bit counter and a 64-bit key.
void train_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t output[4]);

/// A word as a float in 0 ..< 1: its upper 24 bits times 2⁻²⁴.
static inline float train_uniform(uint32_t word) { return (float)(word >> 8) * 0x1p-24f; }

/// Element `index` of a filled array uses word `index % 4` of the block with key (seed low, seed high) and counter
/// (index/4 low, index/4 high, attempt, stream). What is drawn anew each step uses word `column % 4` of the block with the same key and counter
/// (column/4, row, step low, stream ^ step high·0x9E3779B9).
typedef enum {
  TRAIN_UNIFORM,              ///< a + (b − a)·u, attempt 0
  TRAIN_NORMAL,               ///< mean a, deviation b: Box-Muller on words (0, 1) and (2, 3), in double, attempt 0
  TRAIN_TRUNCATED_NORMAL      ///< as normal, attempts 0, 1, … until within two deviations of the mean
} train_distribution;

/// `output[i]` = draw number `first + i` of the stream. A piece is `per_piece` elements. The same bits at every kernel level.
typedef struct {
  float *output;
  int64_t count, per_piece;
  uint64_t first;
  uint64_t seed;
  uint32_t stream;
  int32_t distribution;       ///< `train_distribution`
  double a, b;
} train_random_fill;

/// The kernel for `train_random_fill`.
void train_random_fill_run(const void *arguments, int32_t piece);

/// Writes the permutation of 0 ..< count that belongs to (seed, stream, pass): Fisher-Yates from the end, with an unbiased draw
/// (Lemire's multiplication and rejection) from the words of counters (block low, block high, pass, stream).
void train_random_permutation(int32_t *output, int32_t count, uint64_t seed, uint32_t stream, uint32_t pass);

/// Inverted dropout: keeps an element where its random number u ≥ rate, scaled by 1/(1 − rate), and records the choice.
/// The number belongs to (seed, stream, *step, first_row + row in the batch, column), see `train_distribution`; pieces and threads do
/// not matter. The mask has a bit an element, the lowest first, each row beginning a new byte. A piece is `rows_per_piece` rows.
typedef struct {
  float *output;              ///< may be input
  const float *input;         ///< [rows, columns]
  uint8_t *mask;              ///< [rows, (columns + 7) / 8]
  const uint64_t *step;       ///< read when the kernel runs
  uint64_t seed;
  uint32_t stream;            ///< which call site draws
  float rate;                 ///< in 0 ..< 1
  int64_t rows, columns;
  int64_t rows_per_piece;
  int64_t first_row;          ///< row of the batch that row 0 is
} train_dropout;

/// `input_gradient = mask ? output_gradient / (1 − rate) : 0`. A piece is `rows_per_piece` rows.
typedef struct {
  float *input_gradient;      ///< may be output_gradient
  const float *output_gradient;
  const uint8_t *mask;
  float rate;
  int64_t rows, columns;
  int64_t rows_per_piece;
} train_dropout_gradient;

/// Noise: the number of (seed, *step, row in the batch, column), uniform in 0 ..< 1 or normal with mean 0 and deviation 1 (Box-Muller on
/// words (0, 1) and (2, 3)). A piece is `rows_per_piece` rows.
typedef struct {
  float *output;              ///< [rows, columns]
  const uint64_t *step;       ///< read when the kernel runs
  uint64_t seed;
  int64_t rows, columns;
  int64_t rows_per_piece;
  int32_t distribution;       ///< `TRAIN_UNIFORM` or `TRAIN_NORMAL`
} train_random_rows;
