/// What the machine can do at most, to hold what a Program does against.
#pragma once

#include <stdint.h>

/// `rounds` rounds of multiply-adds on vectors in registers; a piece does all of them. `operations` tells how many
/// operations on numbers a round is.
typedef struct {
  float *sink;                ///< [pieces, 16]: so that nothing is left out
  int64_t rounds;
} train_multiply_adds;

/// `output[i] = input[i]` past the caches, for sizes beyond them. A piece is `per_piece` elements, whole cache lines at addresses of such.
typedef struct {
  float *output;
  const float *input;
  int64_t count, per_piece;
} train_stream;
