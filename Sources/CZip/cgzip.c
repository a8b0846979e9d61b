#include "cgzip.h"

#include <errno.h>
#include <string.h>
#include <zlib.h>

cgzip_file *cgzip_open(int descriptor) {
  gzFile file = gzdopen(descriptor, "rb");
  if (file) gzbuffer(file, 1 << 17);
  return (cgzip_file *)file;
}

int64_t cgzip_read(cgzip_file *file, void *bytes, uint64_t count) {
  uint64_t filled = 0;
  while (filled < count) {
    uint64_t rest = count - filled;
    int read = gzread((gzFile)file, (char *)bytes + filled, rest > (1 << 30) ? 1 << 30 : (unsigned)rest);
    if (read < 0) return -1;
    if (read == 0) break;
    filled += (uint64_t)read;
  }
  if (filled == count) return (int64_t)filled;
  int code;
  gzerror((gzFile)file, &code);  // an end in the middle of the packed stream is told here
  return code == Z_OK || code == Z_STREAM_END ? (int64_t)filled : -1;
}

const char *cgzip_reason(cgzip_file *file) {
  int code;
  const char *text = gzerror((gzFile)file, &code);
  switch (code) {
    case Z_ERRNO: return strerror(errno);
    case Z_BUF_ERROR: return "it is cut short";
    case Z_DATA_ERROR: return "its packed data is damaged";
    default: return text;
  }
}

void cgzip_close(cgzip_file *file) { gzclose((gzFile)file); }

uint64_t cgzip_bound(uint64_t count) { return compressBound(count); }

uint64_t cgzip_pack(const void *bytes, uint64_t count, void *packed, uint64_t room) {
  uLongf size = room;
  return compress(packed, &size, bytes, count) == Z_OK ? size : 0;
}

uint32_t cgzip_checksum(const void *bytes, uint64_t count) { return (uint32_t)crc32_z(0, bytes, count); }
