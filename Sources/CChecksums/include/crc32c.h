// CRC-32C (Castagnoli), the checksum of backups and of TensorBoard's events.
#pragma once
#include <stddef.h>
#include <stdint.h>

// The checksum of bytes that follow those whose checksum is `crc`; 0 to begin.
uint32_t crc32c(uint32_t crc, const void *bytes, size_t count);
// The same of bytes that are copied meanwhile, to a place that does not overlap theirs.
uint32_t crc32c_copy(uint32_t crc, const void *bytes, void *copy, size_t count);
// That of bytes whose checksum is `first` and the `count` bytes behind them, whose own is `second`.
uint32_t crc32c_join(uint32_t first, uint32_t second, uint64_t count);
