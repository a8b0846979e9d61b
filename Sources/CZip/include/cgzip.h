// Gzipped files through zlib; a file that is not packed is read as it is.
#pragma once
#include <stdint.h>

typedef struct cgzip cgzip_file;

// Reads from a descriptor, which then belongs to the file; null if there is no memory (the descriptor is still the caller's).
cgzip_file *cgzip_open(int descriptor);
// Reads up to `count` bytes; fewer only at the end; negative if the file is damaged or ends in the middle.
int64_t cgzip_read(cgzip_file *file, void *bytes, uint64_t count);
// Why the last read failed; valid until the next call.
const char *cgzip_reason(cgzip_file *file);
void cgzip_close(cgzip_file *file);

// How many bytes `count` bytes may take packed.
uint64_t cgzip_bound(uint64_t count);
// Packs bytes into zlib's format; returns how many they are then, 0 if there is no room or memory.
uint64_t cgzip_pack(const void *bytes, uint64_t count, void *packed, uint64_t room);
// CRC-32, as zip, gzip and PNG files have it.
uint32_t cgzip_checksum(const void *bytes, uint64_t count);
