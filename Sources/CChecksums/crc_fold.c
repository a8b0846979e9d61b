#include "crc_fold.h"

#if defined(__x86_64__)
#include <immintrin.h>

// After Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction" (Intel, 2009), over 512 bits: what stands 2048
// bits before others is multiplied by x²⁰⁸⁰ and x²⁰¹⁶ modulo the polynomial, its lower and its upper half, and added to them. Bits
// are reversed, so that the lowest is the highest power.
static const uint64_t powers[][2] = {
  [CRC_CASTAGNOLI] = {0xdcb17aa4, 0xb9e02b86},
  [CRC_ZIP] = {0x11542778a, 0x1322d1430},
};

#define WIDE __attribute__((target("avx512f,vpclmulqdq")))

WIDE static inline __attribute__((always_inline)) __m512i taken(const char *bytes, char *copy) {
  __m512i some = _mm512_loadu_si512(bytes);
  if (copy) _mm512_storeu_si512(copy, some);
  return some;
}

WIDE static inline __attribute__((always_inline)) __m512i folded(__m512i before, __m512i factors, __m512i some) {
  __m512i lower = _mm512_clmulepi64_epi128(before, factors, 0x00), upper = _mm512_clmulepi64_epi128(before, factors, 0x11);
  return _mm512_ternarylogic_epi64(lower, upper, some, 0x96);  // the sum of all three
}

WIDE static inline __attribute__((always_inline)) size_t fold(enum crc_polynomial polynomial, uint32_t value, const char *bytes,
                                                              char *copy, size_t count, unsigned char rest[CRC_REST]) {
  __m512i factors = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)powers[polynomial]));
  __m512i parts[4];
  size_t place = CRC_REST;
  for (int i = 0; i < 4; i++) parts[i] = taken(bytes + 64 * i, copy ? copy + 64 * i : NULL);
  parts[0] = _mm512_xor_si512(parts[0], _mm512_zextsi128_si512(_mm_cvtsi32_si128((int)value)));
  for (; count - place >= CRC_REST; place += CRC_REST) {
    for (int i = 0; i < 4; i++) {
      parts[i] = folded(parts[i], factors, taken(bytes + place + 64 * i, copy ? copy + place + 64 * i : NULL));
    }
  }
  for (int i = 0; i < 4; i++) _mm512_storeu_si512(rest + 64 * i, parts[i]);
  return place;
}

WIDE static size_t fold_only(enum crc_polynomial polynomial, uint32_t value, const char *bytes, size_t count,
                             unsigned char rest[CRC_REST]) {
  return fold(polynomial, value, bytes, NULL, count, rest);
}

WIDE static size_t fold_copying(enum crc_polynomial polynomial, uint32_t value, const char *bytes, char *copy, size_t count,
                                unsigned char rest[CRC_REST]) {
  return fold(polynomial, value, bytes, copy, count, rest);
}

size_t crc_fold(enum crc_polynomial polynomial, uint32_t value, const void *bytes, void *copy, size_t count,
                unsigned char rest[CRC_REST]) {
  if (count < CRC_REST || !__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("vpclmulqdq")) return 0;
  return copy ? fold_copying(polynomial, value, bytes, copy, count, rest) : fold_only(polynomial, value, bytes, count, rest);
}
#else
size_t crc_fold(enum crc_polynomial polynomial, uint32_t value, const void *bytes, void *copy, size_t count,
                unsigned char rest[CRC_REST]) {
  (void)polynomial, (void)value, (void)bytes, (void)copy, (void)count, (void)rest;
  return 0;
}
#endif
