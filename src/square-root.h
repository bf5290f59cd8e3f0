#pragma once
#include <stdint.h>
#include <string.h>

namespace impulsekit {

/**
 * The correctly rounded square root from integer operations, one bit at a time; 0 for what is not positive.
 * For cores without floating point: the C library's brings its error state with it, a hundred bytes of RAM.
 */
inline float squareRootByBits(float x) {
  if (!(x > 0.0f)) return 0.0f;
  if (x > 3.4028235e38f) return x;
  int32_t bits, shift = 0;
  if (x < 1.17549435e-38f) {
    x *= 16777216.0f;  // 2^24 makes it normal
    shift = 12;
  }
  memcpy(&bits, &x, sizeof bits);
  const int32_t exponent = (bits >> 23) - 127, odd = exponent & 1;
  uint32_t rest = (static_cast<uint32_t>(bits & 0x7fffff) | 0x800000u) << (odd + 1);
  uint32_t root = 0, sum = 0;
  // 24 bits and one to round by; a square root is never half-way between two floats.
  for (uint32_t bit = 0x1000000u; bit != 0; bit >>= 1) {
    const uint32_t trial = sum + bit;
    if (trial <= rest) {
      sum = trial + bit;
      rest -= trial;
      root += bit;
    }
    rest <<= 1;
  }
  root = (root + 1) >> 1;
  const int32_t result = static_cast<int32_t>(root - 0x800000u) + ((((exponent - odd) / 2) + 127 - shift) << 23);
  float y;
  memcpy(&y, &result, sizeof y);
  return y;
}

/** The correctly rounded square root of a number that is not negative; no library call, no errno. */
inline float squareRoot(float x) {
#if defined(__ARM_FP) && defined(__GNUC__) && defined(__arm__)
  float y;
  __asm__("vsqrt.f32 %0, %1" : "=t"(y) : "t"(x));
  return y;
#elif defined(__SSE__) || defined(__aarch64__) || defined(__wasm__)
  return __builtin_sqrtf(x);
#else
  return squareRootByBits(x);
#endif
}

}  // namespace impulsekit
