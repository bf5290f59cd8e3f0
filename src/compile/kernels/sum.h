#pragma once
#include "../arithmetic/fixed-point.h"

namespace impulsekit {
namespace nn {

/** a + b or, with sign -1, a - b: both are brought to a common scale with 20 extra bits, combined and rescaled. */
struct SumInt8 {
  int32_t sign;
  int32_t offsetA, multiplierA, shiftA;
  int32_t offsetB, multiplierB, shiftB;
  int32_t outputOffset, outputMultiplier, outputShift;
  int32_t low, high;

  int8_t operator()(int8_t a, int8_t b) const {
    const int32_t unit = static_cast<int32_t>(1) << 20;
    const int32_t left = requantize((a + offsetA) * unit, multiplierA, shiftA);
    const int32_t right = requantize((b + offsetB) * unit, multiplierB, shiftB);
    const int32_t sum = requantize(left + sign * right, outputMultiplier, outputShift);
    return static_cast<int8_t>(clamp(sum + outputOffset, low, high));
  }
};

/** Sums of neighbouring values; y may be a or b. */
struct PortableSums {
  static void sum(const SumInt8& s, const int8_t* a, const int8_t* b, int8_t* y, int32_t count) {
    for (int32_t i = 0; i < count; ++i) y[i] = s(a[i], b[i]);
  }
};

}  // namespace nn
}  // namespace impulsekit
