// The kernels for any x86-64: 128-bit vectors, no fused multiply-add.
#define LANES 4
#define LEVEL_NAME "baseline"
#define HAS_MATRIX_TILES 0
#define PAIRS_OF_BFLOAT16 0
#define WINOGRAD_OF_BFLOAT16 NULL
#define ROWS_OF_BFLOAT16 NULL
#define LEVEL_TABLE train_kernels_baseline

#include "level/level.h"
