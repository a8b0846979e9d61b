// The pool. The caller leads: for each step of several pieces it publishes a record on one cache line and everyone claims pieces.
//
// Each thread owns a contiguous share of a step's pieces and claims it first, so that the same data stays in the same
// cache from step to step; who has finished takes what others have not begun. A share's cursor is a word (epoch | next
// piece), so nothing has to be reset between steps and a thread that slept through a step can claim nothing of it: every piece of
// a finished step has been claimed, hence its cursor stands at that epoch's end or at a later epoch.
#define _GNU_SOURCE
#include "train_pool.h"

#include <immintrin.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
  cache_line = 64,
  /// Bits of a cursor that count pieces; a step of more pieces is published in several parts.
  piece_bits = 20,
  most_pieces = (1 << piece_bits) - 1,
  most_threads = 256,
  /// Bytes of a thread's stack, on which kernels keep what they work in: two megabytes at most.
  worker_stack = 4 << 20,
  /// How long a thread spins before it sleeps. Longer costs whoever shares the machine, shorter costs a wake-up (some 50 µs).
  spin_nanoseconds = 20000,
  /// How long the share of a thread that has not arrived is left to it.
  patience_nanoseconds = 1500,
};

/// Flush-to-zero and denormals-are-zero of the SSE control register.
static const unsigned denormals_are_zero = 0x8040;

/// The step everyone works on. `epoch` is 0 while the record is being written; a reader that finds the same epoch before and
/// after reading has a whole record.
typedef struct {
  _Alignas(cache_line) _Atomic uint64_t epoch;
  _Atomic(train_kernel) run;          ///< NULL tells the threads to leave
  _Atomic(const void *) arguments;
  _Atomic uint64_t target;            ///< value of `finished` when the step is done
  _Atomic int32_t first;
  _Atomic int32_t pieces;
} published_step;

typedef struct {
  uint64_t epoch, target;
  train_kernel run;
  const void *arguments;
  int32_t first, pieces;
} open_step;

typedef struct {
  _Alignas(cache_line) _Atomic uint64_t next;
} cursor;

struct train_pool {
  published_step step;
  _Alignas(cache_line) _Atomic uint64_t finished;  ///< pieces finished since the pool was made
  _Alignas(cache_line) _Atomic uint32_t bell;      ///< what sleepers wait on
  _Atomic int32_t sleepers;
  _Alignas(cache_line) uint64_t epoch;             ///< the caller's own count of steps
  uint64_t total;                                  ///< the caller's own count of pieces
  int32_t threads;
  cursor *cursors;
  pthread_t *workers;
};

typedef struct {
  train_pool *pool;
  int32_t thread;
} worker_start;

static int64_t nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

// MARK: Sleeping

/// Wakes whoever sleeps. To be called after the store that they wait for.
static void ring(train_pool *pool) {
  atomic_thread_fence(memory_order_seq_cst);
  if (atomic_load_explicit(&pool->sleepers, memory_order_relaxed) == 0) return;
  atomic_fetch_add(&pool->bell, 1);
  syscall(SYS_futex, &pool->bell, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
}

/// Sleeps until the bell rings, unless `value` has already left the range below `wanted`.
static void sleep_until_bell(train_pool *pool, _Atomic uint64_t *value, uint64_t wanted) {
  atomic_fetch_add(&pool->sleepers, 1);
  uint32_t bell = atomic_load(&pool->bell);
  atomic_thread_fence(memory_order_seq_cst);
  if (atomic_load(value) < wanted) syscall(SYS_futex, &pool->bell, FUTEX_WAIT_PRIVATE, bell, NULL, NULL, 0);
  atomic_fetch_sub(&pool->sleepers, 1);
}

// MARK: Claiming

/// First piece of a thread's share; the share of thread t ends where that of t + 1 begins.
static int32_t share_begin(const train_pool *pool, const open_step *step, int32_t thread) {
  return (int32_t)(((int64_t)step->pieces * thread + pool->threads - 1) / pool->threads);
}

/// Claims the next piece of `owner`'s share, or returns −1. A thief `may_begin` a share or only continue one its owner has begun.
static int32_t claim(train_pool *pool, const open_step *step, int32_t owner, bool may_begin) {
  _Atomic uint64_t *next = &pool->cursors[owner].next;
  int32_t end = share_begin(pool, step, owner + 1);
  uint64_t seen = atomic_load_explicit(next, memory_order_relaxed);
  for (;;) {
    uint64_t epoch = seen >> piece_bits;
    if (epoch > step->epoch || (epoch < step->epoch && !may_begin)) return -1;
    int32_t piece = epoch == step->epoch ? (int32_t)(seen & most_pieces) : share_begin(pool, step, owner);
    if (piece >= end) return -1;
    uint64_t claimed = step->epoch << piece_bits | (uint64_t)(piece + 1);
    if (atomic_compare_exchange_weak_explicit(next, &seen, claimed, memory_order_relaxed, memory_order_relaxed)) return piece;
  }
}

/// Runs what can be claimed of `owner`'s share and tells the others.
static void run_share(train_pool *pool, const open_step *step, int32_t owner, bool may_begin) {
  uint64_t done = 0;
  for (int32_t piece; (piece = claim(pool, step, owner, may_begin)) >= 0; done++) {
    step->run(step->arguments, step->first + piece);
  }
  if (done == 0) return;
  uint64_t before = atomic_fetch_add_explicit(&pool->finished, done, memory_order_acq_rel);
  if (before + done == step->target) ring(pool);
}

static void run_other_shares(train_pool *pool, const open_step *step, int32_t thread, bool may_begin) {
  for (int32_t distance = 1; distance < pool->threads; distance++) {
    run_share(pool, step, (thread + distance) % pool->threads, may_begin);
  }
}

/// Waits until `value` reaches `wanted`, meanwhile running pieces of `step` that others leave.
static void wait_and_help(
    train_pool *pool, const open_step *step, int32_t thread, _Atomic uint64_t *value, uint64_t wanted) {
  bool helping = step != NULL, patient = true;
  int64_t start = 0;
  for (int64_t turn = 0; atomic_load_explicit(value, memory_order_acquire) < wanted; turn++) {
    if (helping) {
      run_other_shares(pool, step, thread, !patient);
      helping = patient;
    }
    _mm_pause();
    if (turn == 0) {
      start = nanoseconds();
    } else if (turn % 16 == 0) {
      int64_t waited = nanoseconds() - start;
      if (waited > patience_nanoseconds) patient = false;
      if (waited > spin_nanoseconds && !helping) sleep_until_bell(pool, value, wanted);
    }
  }
}

// MARK: Threads

/// Reads the published step if it is `wanted` or a later one.
static bool read_step(train_pool *pool, uint64_t wanted, open_step *step) {
  published_step *from = &pool->step;
  step->epoch = atomic_load_explicit(&from->epoch, memory_order_acquire);
  step->run = atomic_load_explicit(&from->run, memory_order_relaxed);
  step->arguments = atomic_load_explicit(&from->arguments, memory_order_relaxed);
  step->target = atomic_load_explicit(&from->target, memory_order_relaxed);
  step->first = atomic_load_explicit(&from->first, memory_order_relaxed);
  step->pieces = atomic_load_explicit(&from->pieces, memory_order_relaxed);
  atomic_thread_fence(memory_order_acquire);
  return step->epoch >= wanted && atomic_load_explicit(&from->epoch, memory_order_relaxed) == step->epoch;
}

static void publish_step(train_pool *pool, const open_step *step) {
  published_step *to = &pool->step;
  atomic_store_explicit(&to->epoch, 0, memory_order_relaxed);
  atomic_thread_fence(memory_order_release);
  atomic_store_explicit(&to->run, step->run, memory_order_relaxed);
  atomic_store_explicit(&to->arguments, step->arguments, memory_order_relaxed);
  atomic_store_explicit(&to->target, step->target, memory_order_relaxed);
  atomic_store_explicit(&to->first, step->first, memory_order_relaxed);
  atomic_store_explicit(&to->pieces, step->pieces, memory_order_relaxed);
  atomic_store_explicit(&to->epoch, step->epoch, memory_order_release);
  ring(pool);
}

static void *work(void *start) {
  worker_start own = *(worker_start *)start;
  free(start);
  _mm_setcsr(_mm_getcsr() | denormals_are_zero);
  open_step step = {0}, next;
  for (;;) {
    wait_and_help(own.pool, step.epoch == 0 ? NULL : &step, own.thread, &own.pool->step.epoch, step.epoch + 1);
    if (!read_step(own.pool, step.epoch + 1, &next)) continue;
    if (next.run == NULL) return NULL;
    step = next;
    run_share(own.pool, &step, own.thread, true);
  }
}

static bool start_worker(train_pool *pool, int32_t thread) {
  worker_start *start = malloc(sizeof *start);
  if (start == NULL) return false;
  *start = (worker_start){pool, thread};
  pthread_attr_t attributes;
  bool started = pthread_attr_init(&attributes) == 0;
  if (started) {
    started = pthread_attr_setstacksize(&attributes, worker_stack) == 0
      && pthread_create(&pool->workers[thread], &attributes, work, start) == 0;
    pthread_attr_destroy(&attributes);
  }
  if (!started) free(start);
  return started;
}

train_pool *train_pool_create(int threads) {
  threads = threads < 1 ? 1 : threads > most_threads ? most_threads : threads;
  train_pool *pool = aligned_alloc(cache_line, sizeof *pool);
  cursor *cursors = aligned_alloc(cache_line, (size_t)threads * sizeof *cursors);
  pthread_t *workers = malloc((size_t)threads * sizeof *workers);
  if (pool == NULL || cursors == NULL || workers == NULL) {
    free(pool);
    free(cursors);
    free(workers);
    return NULL;
  }
  *pool = (train_pool){.threads = 1, .cursors = cursors, .workers = workers};
  for (int thread = 0; thread < threads; thread++) atomic_init(&cursors[thread].next, 0);

  // Signals are the business of the program's own threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int started = 1;
  while (started < threads && start_worker(pool, started)) started++;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pool->threads = started;  // Read by the workers only after the first step is published.
  return pool;
}

void train_pool_destroy(train_pool *pool) {
  if (pool == NULL) return;
  publish_step(pool, &(open_step){.epoch = ++pool->epoch});
  for (int32_t thread = 1; thread < pool->threads; thread++) pthread_join(pool->workers[thread], NULL);
  free(pool->cursors);
  free(pool->workers);
  free(pool);
}

int train_pool_threads(const train_pool *pool) { return pool->threads; }

// MARK: Running

static void run_together(train_pool *pool, const train_step *step) {
  for (int32_t first = 0; first < step->pieces; first += most_pieces) {
    int32_t pieces = step->pieces - first < most_pieces ? step->pieces - first : most_pieces;
    pool->total += (uint64_t)pieces;
    open_step open = {++pool->epoch, pool->total, step->run, step->arguments, first, pieces};
    publish_step(pool, &open);
    run_share(pool, &open, 0, true);
    wait_and_help(pool, &open, 0, &pool->finished, open.target);
  }
}

void train_pool_run(train_pool *pool, const train_step *steps, int32_t count) {
  unsigned control = _mm_getcsr();
  _mm_setcsr(control | denormals_are_zero);
  for (int32_t index = 0; index < count; index++) {
    const train_step *step = &steps[index];
    if (pool->threads > 1 && step->pieces > 1) {
      run_together(pool, step);
    } else {
      for (int32_t piece = 0; piece < step->pieces; piece++) step->run(step->arguments, piece);
    }
  }
  _mm_setcsr(control);
}
