// Preloaded by scripts/crash-test: counts the calls that change files or print, notes them, and ends the process at one of them as a
// crash would.
//
//   CRASH_LOG=FILE    a line a call: "rename 0 a.partial a", its result and what it was of, when it is done
//   CRASH_AT=N        kill -9 in place of the N-th call
//   CRASH_HALF=1      … after half of its bytes, if it is a write
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_long count;
static long last;
static int halves;
static int notes = -1;

__attribute__((constructor)) static void begin(void) {
  const char *at = getenv("CRASH_AT"), *half = getenv("CRASH_HALF"), *path = getenv("CRASH_LOG");
  last = at ? atol(at) : 0;
  halves = half && *half == '1';
  // The system's own calls: these are not counted.
  if (path) notes = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
}

static void die(void) {
  syscall(SYS_kill, getpid(), SIGKILL);
  for (;;) pause();
}

/// Whether this is the call at which to die.
static int is_last(void) { return atomic_fetch_add(&count, 1) + 1 == last; }

static void note(const char *call, long result, const char *what, const char *more) {
  char line[2 * PATH_MAX + 64];
  if (notes < 0) return;
  int error = errno;
  int length = snprintf(line, sizeof line, "%s %ld %s%s%s\n", call, result, what, *more ? " " : "", more);
  syscall(SYS_write, notes, line, length);
  errno = error;
}

static void note_file(const char *call, long result, int descriptor) {
  char link[64], path[PATH_MAX] = "?";
  if (notes < 0) return;
  int error = errno;
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length >= 0) path[length] = 0;
  errno = error;
  note(call, result, path, "");
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int opened(const char *path, int flags, mode_t mode) {
  if (!(flags & O_CREAT)) return (int)REAL(open)(path, flags, mode);
  if (is_last()) die();
  int result = REAL(open)(path, flags, mode);
  note("open", result, path, "");
  return result;
}

int open(const char *path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
  va_end(more);
  return opened(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
  va_end(more);
  return opened(path, flags, mode);
}

ssize_t write(int descriptor, const void *bytes, size_t size) {
  if (is_last()) {
    size_t half = size / 2;
    // What goes past the system's cache goes in whole blocks.
    if (fcntl(descriptor, F_GETFL) & O_DIRECT) half -= half % 4096;
    if (halves) REAL(write)(descriptor, bytes, half);
    die();
  }
  ssize_t result = REAL(write)(descriptor, bytes, size);
  note_file("write", result, descriptor);
  return result;
}

int fsync(int descriptor) {
  if (is_last()) die();
  int result = REAL(fsync)(descriptor);
  note_file("fsync", result, descriptor);
  return result;
}

int fdatasync(int descriptor) {
  if (is_last()) die();
  int result = REAL(fdatasync)(descriptor);
  note_file("fdatasync", result, descriptor);
  return result;
}

int ftruncate(int descriptor, off_t length) {
  if (is_last()) die();
  int result = REAL(ftruncate)(descriptor, length);
  note_file("ftruncate", result, descriptor);
  return result;
}

int rename(const char *from, const char *to) {
  if (is_last()) die();
  int result = REAL(rename)(from, to);
  note("rename", result, from, to);
  return result;
}

int unlink(const char *path) {
  if (is_last()) die();
  // Noted before: a kill in between must not look like a file that is lost.
  note("unlink", 0, path, "");
  return REAL(unlink)(path);
}

int mkdir(const char *path, mode_t mode) {
  if (is_last()) die();
  int result = REAL(mkdir)(path, mode);
  note("mkdir", result, path, "");
  return result;
}
