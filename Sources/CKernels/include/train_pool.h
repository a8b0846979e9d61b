/// The pool: a few threads that walk a list of steps together.
#pragma once

#include <stdint.h>

/// Runs piece `piece` of a step. `arguments` is the kernel's own argument structure.
typedef void (*train_kernel)(const void *arguments, int32_t piece);

/// One entry of a Program: a kernel, its arguments, and how many pieces its work has. No pieces is allowed: nothing runs.
typedef struct {
  train_kernel run;
  const void *arguments;
  int32_t pieces;
  int32_t reserved;
} train_step;

typedef struct train_pool train_pool;

/// Makes a pool of `threads` threads, the thread that will call `train_pool_run` being one of them. Fewer are used if the
/// system refuses some; at least the caller always remains. Returns NULL only when memory is exhausted.
train_pool *train_pool_create(int threads);

/// Ends the pool's threads and frees it. No run may be under way.
void train_pool_destroy(train_pool *pool);

/// How many threads the pool has, the caller included.
int train_pool_threads(const train_pool *pool);

/// Executes the steps in order: all pieces of a step are finished before the next step begins. A step of one piece runs
/// on the calling thread and wakes nobody. One run at a time. While steps run, denormal numbers count as zero on every
/// thread (they would cost a hundred times more than others); the caller's setting is restored afterwards.
void train_pool_run(train_pool *pool, const train_step *steps, int32_t count);

/// How many pieces `count` things have when cut into pieces of `per_piece` (the last may be smaller).
static inline int32_t train_pieces(int64_t count, int64_t per_piece) {
  return count <= 0 ? 0 : (int32_t)((count + per_piece - 1) / per_piece);
}
