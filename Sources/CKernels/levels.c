// The choice of a level, made once.
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ckernels.h"

extern const train_kernel_table train_kernels_baseline, train_kernels_v3, train_kernels_v4, train_kernels_amx;

static int supports_v3(void) { return __builtin_cpu_supports("x86-64-v3"); }

static int supports_v4(void) { return __builtin_cpu_supports("x86-64-v4"); }

/// Matrix tiles are Linux's to give, once a process: their state makes what a signal saves larger.
static int supports_amx(void) {
  enum { request_permission = 0x1023, tile_data = 18 };  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  return supports_v4() && __builtin_cpu_supports("amx-tile") && __builtin_cpu_supports("amx-bf16")
    && syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
}

const train_kernel_table *train_kernels_level(const char *name) {
  if (strcmp(name, train_kernels_baseline.level) == 0) return &train_kernels_baseline;
  if (strcmp(name, train_kernels_v3.level) == 0 && supports_v3()) return &train_kernels_v3;
  if (strcmp(name, train_kernels_v4.level) == 0 && supports_v4()) return &train_kernels_v4;
  if (strcmp(name, train_kernels_amx.level) == 0 && supports_amx()) return &train_kernels_amx;
  return NULL;
}

static const train_kernel_table *chosen;

static void choose(void) {
  const char *forced = getenv("TRAIN_KERNELS");
  if (forced != NULL) chosen = train_kernels_level(forced);
  if (chosen == NULL && supports_amx()) chosen = &train_kernels_amx;
  if (chosen == NULL) chosen = supports_v4() ? &train_kernels_v4 : supports_v3() ? &train_kernels_v3 : &train_kernels_baseline;
}

const train_kernel_table *train_kernels(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, choose);
  return chosen;
}

int train_has_bfloat16(void) { return __builtin_cpu_supports("avx512bf16") != 0; }

int train_has_matrix_tiles(const train_kernel_table *table) { return table == &train_kernels_amx; }
