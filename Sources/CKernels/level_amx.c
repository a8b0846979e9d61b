// The kernels for x86-64-v4 with matrix tiles (AMX) of bfloat16.
#define LANES 16
#define LEVEL_NAME "amx"
#define LEVEL_TABLE train_kernels_amx
#define HAS_MATRIX_TILES 1
#define PAIRS_OF_BFLOAT16 0
#define WINOGRAD_OF_BFLOAT16 NULL
#define ROWS_OF_BFLOAT16 NULL

// What is included below must be seen before its functions are given this level's instructions.
#include <immintrin.h>
#include <math.h>
#include <string.h>

#include "ckernels.h"

#define LEVEL_INSTRUCTIONS \
  "avx2,bmi,bmi2,f16c,fma,lzcnt,movbe,popcnt," \
  "avx512f,avx512bw,avx512cd,avx512dq,avx512vl,amx-tile,amx-bf16"

#pragma clang attribute push(__attribute__((target(LEVEL_INSTRUCTIONS))), apply_to = function)
#include "level/level.h"
#pragma clang attribute pop
