// Random numbers from counters. Everything here is the same on every machine: no fused multiply-add, no function of the C library
// whose last bit may differ.
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "train_pool.h"
#include "train_random.h"

#pragma STDC FP_CONTRACT OFF

void train_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t output[4]) {
  uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
  uint32_t k0 = key[0], k1 = key[1];
  for (int round = 0; round < 10; round++) {
    uint64_t product0 = (uint64_t)0xD2511F53u * c0, product1 = (uint64_t)0xCD9E8D57u * c2;
    uint32_t next0 = (uint32_t)(product1 >> 32) ^ c1 ^ k0, next2 = (uint32_t)(product0 >> 32) ^ c3 ^ k1;
    c1 = (uint32_t)product1;
    c3 = (uint32_t)product0;
    c0 = next0;
    c2 = next2;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  output[0] = c0;
  output[1] = c1;
  output[2] = c2;
  output[3] = c3;
}

// MARK: Double functions for the normal distribution

/// ln x for a normal x > 0: with x = 2ᵉ·m and s = (m − 1)/(m + 1), ln m = 2·artanh s as its series.
static double natural_logarithm(double x) {
  int64_t bits;
  memcpy(&bits, &x, sizeof bits);
  int64_t exponent = (bits >> 52) - 1023;
  bits = (bits & 0xfffffffffffff) | 0x3ff0000000000000;
  double m;
  memcpy(&m, &bits, sizeof m);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    exponent += 1;
  }
  double s = (m - 1) / (m + 1), square = s * s, series = 0;
  for (int power = 21; power >= 1; power -= 2) series = series * square + 1.0 / power;
  return 2 * s * series + (double)exponent * 0.69314718055994531;
}

/// cos and sin of 2π·u for u in 0 ..< 1, by their series on the nearest eighth turn.
static void circle_point(double u, double *cosine, double *sine) {
  int quarter = (int)(u * 4 + 0.5);
  double x = (u - quarter * 0.25) * 6.283185307179586, square = x * x;
  double c = 0, s = 0;
  for (int n = 16; n >= 2; n -= 2) c = (1 + c) * (-square / (n * (n - 1)));
  for (int n = 17; n >= 3; n -= 2) s = (1 + s) * (-square / (n * (n - 1)));
  c = 1 + c;
  s = x * (1 + s);
  switch (quarter % 4) {
    case 0: *cosine = c, *sine = s; break;
    case 1: *cosine = -s, *sine = c; break;
    case 2: *cosine = -c, *sine = -s; break;
    default: *cosine = s, *sine = -c; break;
  }
}

/// Four draws from the standard normal distribution by Box and Muller's method: √(−2·ln u)·(cos, sin)(2πv), u in (0, 1].
static void normals(const uint32_t block[4], double output[4]) {
  for (int pair = 0; pair < 4; pair += 2) {
    double u = (double)((block[pair] >> 8) + 1) * 0x1p-24, v = (double)(block[pair + 1] >> 8) * 0x1p-24;
    double radius = sqrt(-2 * natural_logarithm(u)), cosine, sine;
    circle_point(v, &cosine, &sine);
    output[pair] = radius * cosine;
    output[pair + 1] = radius * sine;
  }
}

// MARK: Filling

/// The block that element `index` takes a word of.
static void block_at(const train_random_fill *s, uint64_t index, uint32_t attempt, uint32_t block[4]) {
  uint64_t number = index / 4;
  const uint32_t counter[4] = {(uint32_t)number, (uint32_t)(number >> 32), attempt, s->stream};
  const uint32_t key[2] = {(uint32_t)s->seed, (uint32_t)(s->seed >> 32)};
  train_philox(counter, key, block);
}

/// The first attempt within two deviations: 95 of 100 are, so that 64 attempts do not fail.
static double truncated_normal(const train_random_fill *s, uint64_t index) {
  for (uint32_t attempt = 0; attempt < 64; attempt++) {
    uint32_t block[4];
    double draws[4];
    block_at(s, index, attempt, block);
    normals(block, draws);
    double draw = draws[index % 4];
    if (draw >= -2 && draw <= 2) return draw;
  }
  return 0;
}

void train_random_fill_run(const void *arguments, int32_t piece) {
  const train_random_fill *s = arguments;
  int64_t begin = piece * s->per_piece, end = begin + s->per_piece;
  if (end > s->count) end = s->count;
  uint32_t block[4];
  double draws[4];
  bool fresh = true;
  for (int64_t i = begin; i < end; i++) {
    uint64_t index = s->first + (uint64_t)i;
    if (s->distribution == TRAIN_TRUNCATED_NORMAL) {
      s->output[i] = (float)(s->a + s->b * truncated_normal(s, index));
      continue;
    }
    if (fresh || index % 4 == 0) {
      block_at(s, index, 0, block);
      if (s->distribution == TRAIN_NORMAL) normals(block, draws);
      fresh = false;
    }
    if (s->distribution == TRAIN_NORMAL) {
      s->output[i] = (float)(s->a + s->b * draws[index % 4]);
    } else {
      s->output[i] = (float)(s->a + (s->b - s->a) * (double)train_uniform(block[index % 4]));
    }
  }
}

// MARK: Permutations

/// Words of consecutive blocks.
typedef struct {
  uint32_t key[2], counter[4], block[4];
  int used;
} word_sequence;

static uint32_t next_word(word_sequence *words) {
  if (words->used == 4) {
    train_philox(words->counter, words->key, words->block);
    if (++words->counter[0] == 0) words->counter[1]++;
    words->used = 0;
  }
  return words->block[words->used++];
}

/// A number in 0 ..< bound without bias (Lemire, "Fast random integer generation in an interval", 2019).
static uint32_t next_below(word_sequence *words, uint32_t bound) {
  uint64_t product = (uint64_t)next_word(words) * bound;
  if ((uint32_t)product < bound) {
    uint32_t threshold = -bound % bound;
    while ((uint32_t)product < threshold) product = (uint64_t)next_word(words) * bound;
  }
  return (uint32_t)(product >> 32);
}

void train_random_permutation(int32_t *output, int32_t count, uint64_t seed, uint32_t stream, uint32_t pass) {
  word_sequence words = {.key = {(uint32_t)seed, (uint32_t)(seed >> 32)}, .counter = {0, 0, pass, stream}, .used = 4};
  for (int32_t i = 0; i < count; i++) output[i] = i;
  for (int32_t i = count - 1; i > 0; i--) {
    uint32_t other = next_below(&words, (uint32_t)i + 1);
    int32_t value = output[i];
    output[i] = output[other];
    output[other] = value;
  }
}
