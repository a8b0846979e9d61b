// The kernels for x86-64-v4: 512-bit vectors and fused multiply-add.
#define LANES 16
#define LEVEL_NAME "v4"
#define HAS_MATRIX_TILES 0
#define PAIRS_OF_BFLOAT16 0
#define WINOGRAD_OF_BFLOAT16 &train_winograd_v4_bfloat16
#define ROWS_OF_BFLOAT16 &train_rows_v4_bfloat16
#define LEVEL_TABLE train_kernels_v4

// What is included below must be seen before its functions are given this level's instructions.
#include <immintrin.h>
#include <math.h>
#include <string.h>

#include "ckernels.h"

/// `level_v4_bfloat16.c`
extern const train_winograd_kernels train_winograd_v4_bfloat16;
extern const train_rows_kernels train_rows_v4_bfloat16;

#define LEVEL_INSTRUCTIONS \
  "avx2,bmi,bmi2,f16c,fma,lzcnt,movbe,popcnt," \
  "avx512f,avx512bw,avx512cd,avx512dq,avx512vl"

#pragma clang attribute push(__attribute__((target(LEVEL_INSTRUCTIONS))), apply_to = function)
#include "level/level.h"
#pragma clang attribute pop
