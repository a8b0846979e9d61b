#include "train_copies.h"

#include <crc32c.h>
#include <string.h>

void train_make_copies(const void *arguments, int32_t piece) {
  const train_copy *copy = (const train_copy *)arguments + piece;
  if (copy->sum) {
    *copy->sum = crc32c_copy(0, copy->from, copy->to, copy->bytes);
  } else {
    memcpy(copy->to, copy->from, copy->bytes);
  }
}
