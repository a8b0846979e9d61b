#include "czip.h"

#include <stdlib.h>
#include <string.h>
#include <zip.h>

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

static int add_members(zip_t *archive, const czip_content *members, size_t count) {
  for (size_t i = 0; i < count; i++) {
    zip_source_t *content = zip_source_buffer(archive, members[i].bytes, members[i].size, 0);
    if (!content) return code_of(zip_get_error(archive));
    zip_int64_t index = zip_file_add(archive, members[i].name, content, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
      int code = code_of(zip_get_error(archive));
      zip_source_free(content);
      return code;
    }
    const zip_uint16_t time = 0, date = 1 << 5 | 1;  // midnight, 1980-01-01
    if (zip_set_file_compression(archive, (zip_uint64_t)index, ZIP_CM_STORE, 0) < 0 ||
        zip_file_set_dostime(archive, (zip_uint64_t)index, time, date, 0) < 0)
      return code_of(zip_get_error(archive));
  }
  return 0;
}

// An archive of nothing: libzip would rather delete it. The record that ends every archive, and no more.
static int write_nothing(void **bytes, size_t *size) {
  static const char end[22] = {'P', 'K', 5, 6};
  *bytes = malloc(sizeof end);
  if (!*bytes) return ZIP_ER_MEMORY;
  memcpy(*bytes, end, *size = sizeof end);
  return 0;
}

int czip_write(const czip_content *members, size_t count, void **bytes, size_t *size) {
  if (count == 0) return write_nothing(bytes, size);
  *bytes = NULL;
  *size = 0;
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t *target = zip_source_buffer_create(NULL, 0, 0, &error);
  if (!target) return code_of(&error);
  zip_source_keep(target);  // read back after the archive is closed
  zip_t *archive = zip_open_from_source(target, ZIP_CREATE | ZIP_TRUNCATE, &error);
  int code = archive ? add_members(archive, members, count) : code_of(&error);
  if (!archive) {
    zip_source_free(target);
  } else if (code) {
    zip_discard(archive);
  } else if (zip_close(archive) < 0) {
    code = code_of(zip_get_error(archive));
    zip_discard(archive);
  }
  if (!code) {
    zip_stat_t status;
    if (zip_source_stat(target, &status) < 0 || zip_source_open(target) < 0) {
      code = code_of(zip_source_error(target));
    } else {
      *size = status.size;
      *bytes = malloc(*size ? *size : 1);
      if (!*bytes || zip_source_read(target, *bytes, *size) != (zip_int64_t)*size) code = ZIP_ER_MEMORY;
      zip_source_close(target);
    }
  }
  if (code) {
    free(*bytes);
    *bytes = NULL;
  }
  zip_source_free(target);
  zip_error_fini(&error);
  return code;
}
