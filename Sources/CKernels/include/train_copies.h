/// Copying memory, which several threads do sooner than one.
#pragma once

#include <stdint.h>

/// So many bytes from one place to another; they do not overlap.
typedef struct {
  void *to;
  const void *from;
  uint64_t bytes;
  uint32_t *sum;  ///< takes the CRC-32C of the bytes; NULL where nobody wants it
} train_copy;

/// Piece n makes the n-th copy of those that are the arguments.
void train_make_copies(const void *arguments, int32_t piece);
