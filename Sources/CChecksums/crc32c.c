#include <string.h>

#include "crc32c.h"
#include "crc_fold.h"

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

// x to the power of 8 · 2ⁿ.
static uint32_t power(int n) {
  static uint32_t powers[64];
  uint32_t known = __atomic_load_n(&powers[n], __ATOMIC_RELAXED);
  if (known) return known;
  uint32_t root = n > 0 ? power(n - 1) : 0;
  known = n > 0 ? product(root, root) : 1u << 23;  // x⁸
  // Two threads may both come here; they write the same number.
  __atomic_store_n(&powers[n], known, __ATOMIC_RELAXED);
  return known;
}

// The register after `count` zero bytes: times x to the power of 8 · count.
static uint32_t after_zeros(uint32_t crc, uint64_t count) {
  for (; count; count &= count - 1) crc = product(power(__builtin_ctzll(count)), crc);
  return crc;
}

#if defined(__x86_64__)
// So many bytes are worth the way to wider instructions, and back for what they leave.
enum { MANY = 1 << 11 };

// The next word, which is also put into the copy if there is to be one.
static inline uint64_t taken(const unsigned char *bytes, unsigned char *copy, size_t place) {
  uint64_t word;
  memcpy(&word, bytes + place, 8);
  if (copy) memcpy(copy + place, &word, 8);
  return word;
}

__attribute__((target("sse4.2"), always_inline)) static inline uint32_t by_instruction(
    uint32_t crc, const unsigned char *bytes, unsigned char *copy, size_t count) {
  size_t place = 0;
  // The instruction's result is there after three cycles, and another one can begin at each: three lanes at once, where joining them pays.
  // So many bytes as a power of two are one product of polynomials to join.
  for (size_t lane = 1 << 13; lane >= 1 << 11; lane /= 2) {
    for (; count - place >= 3 * lane; place += 3 * lane) {
      uint64_t first = crc, second = 0, third = 0;
      for (size_t word = place; word < place + lane; word += 8) {
        first = __builtin_ia32_crc32di(first, taken(bytes, copy, word));
        second = __builtin_ia32_crc32di(second, taken(bytes, copy, word + lane));
        third = __builtin_ia32_crc32di(third, taken(bytes, copy, word + 2 * lane));
      }
      crc = after_zeros(after_zeros((uint32_t)first, lane) ^ (uint32_t)second, lane) ^ (uint32_t)third;
    }
  }
  uint64_t wide = crc;
  for (; count - place >= 8; place += 8) wide = __builtin_ia32_crc32di(wide, taken(bytes, copy, place));
  crc = (uint32_t)wide;
  for (; place < count; place++) {
    if (copy) copy[place] = bytes[place];
    crc = __builtin_ia32_crc32qi(crc, bytes[place]);
  }
  return crc;
}

__attribute__((target("sse4.2"))) static uint32_t summed(uint32_t crc, const unsigned char *bytes, size_t count) {
  unsigned char rest[CRC_REST];
  size_t done = count >= MANY ? crc_fold(CRC_CASTAGNOLI, crc, bytes, NULL, count, rest) : 0;
  if (done) crc = by_instruction(0, rest, NULL, sizeof rest);
  return by_instruction(crc, bytes + done, NULL, count - done);
}

__attribute__((target("sse4.2"))) static uint32_t copied(
    uint32_t crc, const unsigned char *bytes, unsigned char *copy, size_t count) {
  unsigned char rest[CRC_REST];
  size_t done = count >= MANY ? crc_fold(CRC_CASTAGNOLI, crc, bytes, copy, count, rest) : 0;
  if (done) crc = by_instruction(0, rest, NULL, sizeof rest);
  return by_instruction(crc, bytes + done, copy + done, count - done);
}
#endif

uint32_t crc32c(uint32_t crc, const void *bytes, size_t count) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2")) return ~summed(~crc, bytes, count);
#endif
  return ~by_table(~crc, bytes, count);
}

uint32_t crc32c_copy(uint32_t crc, const void *bytes, void *copy, size_t count) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2")) return ~copied(~crc, bytes, copy, count);
#endif
  if (count) memcpy(copy, bytes, count);
  return ~by_table(~crc, bytes, count);
}

uint32_t crc32c_join(uint32_t first, uint32_t second, uint64_t count) { return after_zeros(first, count) ^ second; }
