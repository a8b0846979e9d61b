// The kernels of level v4 whose factors are bfloat16, for processors with AVX512_BF16.
#define LANES 16
#define PAIRS_OF_BFLOAT16 1

// What is included below must be seen before its functions are given this level's instructions.
#include <immintrin.h>
#include <math.h>
#include <string.h>

#include "ckernels.h"

#define LEVEL_INSTRUCTIONS \
  "avx2,bmi,bmi2,f16c,fma,lzcnt,movbe,popcnt," \
  "avx512f,avx512bf16,avx512bw,avx512cd,avx512dq,avx512vl"

#pragma clang attribute push(__attribute__((target(LEVEL_INSTRUCTIONS))), apply_to = function)
#include "level/vector.h"

#include "level/operands.h"
#include "level/tiles.h"

#include "level/pooled.h"

#include "level/convolution_rows.h"

#include "level/winograd.h"
#pragma clang attribute pop

const train_winograd_kernels train_winograd_v4_bfloat16 = WINOGRAD_KERNELS;
const train_rows_kernels train_rows_v4_bfloat16 = ROWS_KERNELS;
