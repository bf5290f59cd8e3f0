#pragma once
#include "../../fixed-point.h"

namespace impulsekit {
namespace nn {

struct AddF32 {
  int32_t size;
  float low, high;
};

struct AddInt8 {
  int32_t size;
  int32_t offsetA, multiplierA, shiftA;
  int32_t offsetB, multiplierB, shiftB;
  int32_t outputOffset, outputMultiplier, outputShift;
  int32_t low, high;
};

/** y = a + b, element by element; y may be a or b. */
inline void addF32(const AddF32& d, const float* a, const float* b, float* y) {
  for (int32_t i = 0; i < d.size; ++i) y[i] = clamp(a[i] + b[i], d.low, d.high);
}

/** Both inputs are brought to a common scale with 20 extra bits, added and rescaled. */
inline void addInt8(const AddInt8& d, const int8_t* a, const int8_t* b, int8_t* y) {
  const int32_t unit = static_cast<int32_t>(1) << 20;
  for (int32_t i = 0; i < d.size; ++i) {
    const int32_t left = requantize((a[i] + d.offsetA) * unit, d.multiplierA, d.shiftA);
    const int32_t right = requantize((b[i] + d.offsetB) * unit, d.multiplierB, d.shiftB);
    const int32_t sum = requantize(left + right, d.outputMultiplier, d.outputShift);
    y[i] = static_cast<int8_t>(clamp(sum + d.outputOffset, d.low, d.high));
  }
}

}  // namespace nn
}  // namespace impulsekit
