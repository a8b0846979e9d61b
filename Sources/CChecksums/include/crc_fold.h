// The part of a long checksum that the widest instructions do.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Bytes that are left of any number of them.
#define CRC_REST 256

// Whose checksum: CRC-32C, or that of ZIP, gzip and PNG (ITU-T V.42).
enum crc_polynomial { CRC_CASTAGNOLI, CRC_ZIP };

// Folds bytes that follow a register (a checksum with all its bits flipped) into `rest`, which from a register of 0 on gives the register
// that they give, and returns how many: a multiple of CRC_REST, and 0 where they are fewer or the processor has no such instructions. Where
// `copy` is not NULL they are copied there meanwhile, to a place that does not overlap theirs.
size_t crc_fold(enum crc_polynomial polynomial, uint32_t value, const void *bytes, void *copy, size_t count,
                unsigned char rest[CRC_REST]);
