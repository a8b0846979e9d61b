// Zip archives through libzip, and the checksum of backups.
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

// Puts a code into words; valid until the thread's next call.
const char *czip_reason(int code);

// Opens an archive to read.
int czip_open(const char *path, czip_archive **archive);
void czip_close(czip_archive *archive);
uint64_t czip_count(czip_archive *archive);
int czip_describe(czip_archive *archive, uint64_t index, czip_member *member);
// Reads a member whole into a buffer of exactly the size it claims; checks its checksum and that nothing follows.
int czip_read(czip_archive *archive, uint64_t index, void *bytes, uint64_t size);
// Reads at most `size` bytes from a member's beginning; returns how many, or the negated code.
int64_t czip_read_beginning(czip_archive *archive, uint64_t index, void *bytes, uint64_t size);

// One member of an archive to be written.
typedef struct {
  const char *name;
  const void *bytes;
  uint64_t size;
} czip_content;

// Makes an archive of stored members, all dated 1980-01-01 (equal contents make equal bytes). `bytes` is malloc'd.
int czip_write(const czip_content *members, size_t count, void **bytes, size_t *size);

// CRC-32C (Castagnoli) of bytes that follow those whose checksum is `crc`; 0 to begin.
uint32_t crc32c(uint32_t crc, const void *bytes, size_t count);
