// The kernels for x86-64-v3: 256-bit vectors and fused multiply-add.
#define LANES 8
#define LEVEL_NAME "v3"
#define HAS_MATRIX_TILES 0
#define PAIRS_OF_BFLOAT16 0
#define WINOGRAD_OF_BFLOAT16 NULL
#define ROWS_OF_BFLOAT16 NULL
#define LEVEL_TABLE train_kernels_v3

// What is included below must be seen before its functions are given this level's instructions.
#include <immintrin.h>
#include <math.h>
#include <string.h>

#include "ckernels.h"

#define LEVEL_INSTRUCTIONS \
  "avx2,bmi,bmi2,f16c,fma,lzcnt,movbe,popcnt"

#pragma clang attribute push(__attribute__((target(LEVEL_INSTRUCTIONS))), apply_to = function)
#include "level/level.h"
#pragma clang attribute pop
