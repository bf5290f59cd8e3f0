#pragma once
#include <stdint.h>

/* Integer arithmetic of TensorFlow Lite's reference kernels (gemmlowp, "double rounding"), bit for bit. */
namespace impulsekit {
namespace nn {

template <typename T>
inline T clamp(T value, T low, T high) {
  return value < low ? low : value > high ? high : value;
}

/** round(a * b / 2^31). Right shifts of negative numbers are arithmetic in every compiler we build with. */
inline int32_t multiplyHigh(int32_t a, int32_t b) {
  return static_cast<int32_t>((static_cast<int64_t>(a) * b + (static_cast<int32_t>(1) << 30)) >> 31);
}

/** x / 2^exponent, halves away from zero; exponent 0 to 31. */
inline int32_t roundingShift(int32_t x, int32_t exponent) {
  const int32_t mask = static_cast<int32_t>((static_cast<uint32_t>(1) << exponent) - 1u);
  const int32_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> exponent) + ((x & mask) > threshold ? 1 : 0);
}

/** x * 2^shift, kept within int32; shift 0 to 31. */
inline int32_t saturatingShift(int32_t x, int32_t shift) {
  const int64_t wide = static_cast<int64_t>(x) * (static_cast<int64_t>(1) << shift);
  return static_cast<int32_t>(clamp<int64_t>(wide, INT32_MIN, INT32_MAX));
}

/** x * multiplier * 2^(shift - 31); saturates where TensorFlow Lite leaves the result of an overflow open. */
inline int32_t requantize(int32_t x, int32_t multiplier, int32_t shift) {
  if (shift > 0) return multiplyHigh(saturatingShift(x, shift), multiplier);
  return roundingShift(multiplyHigh(x, multiplier), -shift);
}

}  // namespace nn
}  // namespace impulsekit
