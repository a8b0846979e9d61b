#include <string.h>

#include "czip.h"

#define POLYNOMIAL 0x82F63B78u  // Castagnoli's, bits reversed

static uint32_t by_table(uint32_t crc, const unsigned char *bytes, size_t count) {
  static uint32_t table[256];
  static int is_made;
  if (!__atomic_load_n(&is_made, __ATOMIC_ACQUIRE)) {
    // Two threads may both come here; they write the same numbers.
    for (uint32_t byte = 0; byte < 256; byte++) {
      uint32_t value = byte;
      for (int bit = 0; bit < 8; bit++) value = value >> 1 ^ (value & 1 ? POLYNOMIAL : 0);
      __atomic_store_n(&table[byte], value, __ATOMIC_RELAXED);
    }
    __atomic_store_n(&is_made, 1, __ATOMIC_RELEASE);
  }
  for (size_t i = 0; i < count; i++) crc = crc >> 8 ^ table[(crc ^ bytes[i]) & 0xFF];
  return crc;
}

// The product of two polynomials modulo Castagnoli's, their bits reversed: the highest bit is the constant.
static uint32_t product(uint32_t a, uint32_t b) {
  uint32_t sum = 0;
  for (; a; a <<= 1) {
    if (a & 1u << 31) sum ^= b;
    b = b >> 1 ^ (b & 1 ? POLYNOMIAL : 0);
  }
  return sum;
}

// The register after `count` zero bytes: times x to the power of 8 · count.
static uint32_t after_zeros(uint32_t crc, uint64_t count) {
  uint32_t square = 1u << 23;  // x⁸
  for (; count; count >>= 1) {
    if (count & 1) crc = product(square, crc);
    square = product(square, square);
  }
  return crc;
}

uint32_t crc32c_joined(uint32_t first, uint32_t second, uint64_t second_count) {
  return after_zeros(first, second_count) ^ second;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t by_instruction(uint32_t crc, const unsigned char *bytes, size_t count) {
  // The instruction's result is there after three cycles, and another one can begin at each: three lanes at once, where joining them pays.
  if (count >= 1 << 14) {
    size_t words = count / 24;
    const unsigned char *lanes[3] = {bytes, bytes + 8 * words, bytes + 16 * words};
    uint64_t sums[3] = {crc, 0, 0};
    for (size_t i = 0; i < words; i++)
      for (int lane = 0; lane < 3; lane++) {
        uint64_t word;
        memcpy(&word, lanes[lane] + 8 * i, 8);
        sums[lane] = __builtin_ia32_crc32di(sums[lane], word);
      }
    crc = after_zeros(after_zeros((uint32_t)sums[0], 8 * words) ^ (uint32_t)sums[1], 8 * words) ^ (uint32_t)sums[2];
    bytes += 24 * words;
    count -= 24 * words;
  }
  uint64_t wide = crc;
  for (; count >= 8; bytes += 8, count -= 8) {
    uint64_t word;
    memcpy(&word, bytes, 8);
    wide = __builtin_ia32_crc32di(wide, word);
  }
  crc = (uint32_t)wide;
  for (; count > 0; bytes++, count--) crc = __builtin_ia32_crc32qi(crc, *bytes);
  return crc;
}
#endif

uint32_t crc32c(uint32_t crc, const void *bytes, size_t count) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2")) return ~by_instruction(~crc, bytes, count);
#endif
  return ~by_table(~crc, bytes, count);
}
