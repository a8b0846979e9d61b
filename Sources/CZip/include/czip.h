// Zip archives through libzip.
//
// Functions that return an int give 0, or a code that czip_reason puts into words.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct zip czip_archive;

typedef struct {
  const char *name;  // valid while the archive is open
  uint64_t size;     // uncompressed, as the archive claims
  uint64_t stored_size;
} czip_member;

// The code of a member that ends before the size it claims.
extern const int czip_code_of_early_end;
// Puts a code into words; valid until the thread's next call.
const char *czip_reason(int code);

// Opens an archive to read.
int czip_open(const char *path, czip_archive **archive);
void czip_close(czip_archive *archive);
uint64_t czip_count(czip_archive *archive);
int czip_describe(czip_archive *archive, uint64_t index, czip_member *member);
// A member open to be read from its beginning to its end, unpacked on the way.
typedef struct zip_file czip_stream;
int czip_open_member(czip_archive *archive, uint64_t index, czip_stream **stream);
void czip_close_member(czip_stream *stream);
// Reads the next `size` bytes; returns how many there were, fewer only at the end, or the negated code.
int64_t czip_read(czip_stream *stream, void *bytes, uint64_t size);
// Checks that nothing follows what was read, and the checksum of it all.
int czip_finish(czip_stream *stream);

// CRC-32, zip's own, of bytes that follow those whose checksum is `crc`; 0 to begin.
uint32_t czip_crc32(uint32_t crc, const void *bytes, size_t count);
