/// Numbers of half the bits for products: bfloat16 is the upper half of a float32.
#pragma once

#include <stdint.h>

/// `output[i]` is `input[i]` rounded to bfloat16, halves to even; NaN stays NaN. A piece is `per_piece` elements.
typedef struct {
  uint16_t *output;
  const float *input;
  int64_t count, per_piece;
} train_to_bfloat16;

/// Whether this processor multiplies bfloat16.
int train_has_bfloat16(void);
