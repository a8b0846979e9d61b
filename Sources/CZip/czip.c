#include "czip.h"

#include <crc_fold.h>

#include <stdlib.h>
#include <string.h>
#include <zip.h>
#include <zlib.h>

const int czip_code_of_early_end = ZIP_ER_EOF;

const char *czip_reason(int code) {
  static __thread char text[256];
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  strncpy(text, zip_error_strerror(&error), sizeof text - 1);
  zip_error_fini(&error);
  return text;
}

static int code_of(zip_error_t *error) {
  int code = zip_error_code_zip(error);
  return code ? code : ZIP_ER_INTERNAL;
}

int czip_open(const char *path, czip_archive **archive) {
  zip_error_t error;
  zip_error_init(&error);
  *archive = NULL;
  zip_source_t *source = zip_source_file_create(path, 0, -1, &error);
  if (source) *archive = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error);
  int code = *archive ? 0 : code_of(&error);
  if (source && !*archive) zip_source_free(source);
  zip_error_fini(&error);
  return code;
}

void czip_close(czip_archive *archive) { zip_discard(archive); }

uint64_t czip_count(czip_archive *archive) {
  zip_int64_t count = zip_get_num_entries(archive, 0);
  return count < 0 ? 0 : (uint64_t)count;
}

int czip_describe(czip_archive *archive, uint64_t index, czip_member *member) {
  zip_stat_t status;
  if (zip_stat_index(archive, index, 0, &status) < 0) return code_of(zip_get_error(archive));
  zip_uint64_t needed = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE;
  if ((status.valid & needed) != needed) return ZIP_ER_INCONS;
  *member = (czip_member){status.name, status.size, status.comp_size};
  return 0;
}

int czip_open_member(czip_archive *archive, uint64_t index, czip_stream **stream) {
  *stream = zip_fopen_index(archive, index, 0);
  return *stream ? 0 : code_of(zip_get_error(archive));
}

void czip_close_member(czip_stream *stream) { zip_fclose(stream); }

int64_t czip_read(czip_stream *stream, void *bytes, uint64_t size) {
  uint64_t filled = 0;
  while (filled < size) {
    zip_int64_t count = zip_fread(stream, (char *)bytes + filled, size - filled);
    if (count < 0) return -code_of(zip_file_get_error(stream));
    if (count == 0) break;
    filled += (uint64_t)count;
  }
  return (int64_t)filled;
}

int czip_finish(czip_stream *stream) {
  // The read that finds the end is the one that checks the checksum.
  char beyond;
  int64_t count = czip_read(stream, &beyond, 1);
  return count < 0 ? (int)-count : count > 0 ? ZIP_ER_INCONS : 0;
}

uint32_t czip_crc32(uint32_t crc, const void *bytes, size_t count) {
  if (count == 0) return crc;  // NULL would begin anew
  unsigned char rest[CRC_REST];
  size_t done = crc_fold(CRC_ZIP, ~crc, bytes, NULL, count, rest);
  if (done) crc = (uint32_t)crc32_z(~0u, rest, sizeof rest);  // from a register of 0 on
  return (uint32_t)crc32_z(crc, (const unsigned char *)bytes + done, count - done);
}
