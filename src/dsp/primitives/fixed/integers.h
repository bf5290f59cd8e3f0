#pragma once
#include <stdint.h>
#include <string.h>

// Also at -Os: as calls, the multiplications of every transform would move their operands through registers for nothing.
#if defined(__GNUC__)
#define IMPULSEKIT_FIXED_INLINE inline __attribute__((always_inline))
#else
#define IMPULSEKIT_FIXED_INLINE inline
#endif

// Cores that multiply 32 bits by 32 into 32 only: long products are put together from halves, to the same bits.
#if defined(__ARM_ARCH_6M__) || defined(__ARM_ARCH_8M_BASE__)
#define IMPULSEKIT_SHORT_MULTIPLY 1
#endif

namespace impulsekit {
namespace dsp {
namespace fixed {

/** A sample as 16 bits: to the nearest, halves away from zero, saturated; NaN is 0. By bits: no floating point. */
IMPULSEKIT_FIXED_INLINE int32_t sampleOf(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  const uint32_t doubled = bits << 1;  // without the sign
  const int32_t sign = static_cast<int32_t>(bits) >> 31, most = 32767 - sign;
  int32_t magnitude = 0;
  if (doubled - 0x7e000000u < 0x10000000u) {  // 0.5 <= |value| < 32768
    magnitude = static_cast<int32_t>((((bits << 8) | 0x80000000u) >> (157 - (doubled >> 24))) + 1) >> 1;
    if (magnitude > most) magnitude = most;
  } else if (doubled >= 0x8e000000u && doubled <= 0xff000000u) {
    magnitude = most;
  }
  return (magnitude ^ sign) - sign;
}

inline int32_t sampleOf(int16_t value) { return value; }

template <class T>
inline int32_t sampleOf(T value) {
  return sampleOf(static_cast<float>(value));
}

/** x factor / 65536, rounded down; factor 0..65535. */
IMPULSEKIT_FIXED_INLINE int32_t scaled(int32_t x, uint32_t factor) {
#if defined(IMPULSEKIT_SHORT_MULTIPLY)
  const uint32_t low = (static_cast<uint32_t>(x) & 0xffffu) * factor;
  return (x >> 16) * static_cast<int32_t>(factor) + static_cast<int32_t>(low >> 16);
#else
  return static_cast<int32_t>((static_cast<int64_t>(x) * static_cast<int64_t>(factor)) >> 16);
#endif
}

/** The square of a number below 2^31. */
IMPULSEKIT_FIXED_INLINE uint64_t squared(uint32_t v) {
#if defined(IMPULSEKIT_SHORT_MULTIPLY)
  const uint32_t a = v & 0xffffu, b = v >> 16, cross = a * b;
  return ((static_cast<uint64_t>(b * b + (cross >> 15)) << 32) | (a * a)) + (cross << 17);
#else
  return static_cast<uint64_t>(v) * v;
#endif
}

/** The magnitude of a number above -2^31. */
IMPULSEKIT_FIXED_INLINE uint32_t magnitudeOf(int32_t x) { return static_cast<uint32_t>(x < 0 ? -x : x); }

/** Zero bits above the highest one of a number that is not 0. */
inline int32_t leadingZeros(uint32_t x) {
#if defined(__GNUC__) && !defined(IMPULSEKIT_SHORT_MULTIPLY)
  return __builtin_clz(x);
#else
  int32_t zeros = 0;
  if ((x >> 16) == 0) x <<= 16, zeros = 16;
  if ((x >> 24) == 0) x <<= 8, zeros += 8;
  if ((x >> 28) == 0) x <<= 4, zeros += 4;
  if ((x >> 30) == 0) x <<= 2, zeros += 2;
  return (x >> 31) == 0 ? zeros + 1 : zeros;
#endif
}

/** value / 2^fractionBits as a float, exact; |value| < 2^24. */
inline float toFloat(int32_t value, int32_t fractionBits) {
  if (value == 0) return 0.0f;
  uint32_t magnitude = magnitudeOf(value);
  const int32_t zeros = leadingZeros(magnitude);
  magnitude = (magnitude << zeros) >> 8;
  const uint32_t exponent = static_cast<uint32_t>(127 + 31 - zeros - fractionBits);
  const uint32_t bits = (value < 0 ? 0x80000000u : 0u) | ((exponent - 1) << 23);
  const uint32_t all = bits + magnitude;
  float result;
  memcpy(&result, &all, sizeof result);
  return result;
}

}  // namespace fixed
}  // namespace dsp
}  // namespace impulsekit
