#pragma once
#include "../../fixed-point.h"

namespace impulsekit {
namespace nn {

struct ReluF32 {
  int32_t size;
  float low, high;
};

struct ReluInt8 {
  int32_t size;
  int32_t inputOffset, multiplier, shift, outputOffset;
  int32_t low, high;
};

/** y = x clamped, element by element; y may be x. */
inline void reluF32(const ReluF32& d, const float* x, float* y) {
  for (int32_t i = 0; i < d.size; ++i) y[i] = clamp(x[i], d.low, d.high);
}

inline void reluInt8(const ReluInt8& d, const int8_t* x, int8_t* y) {
  for (int32_t i = 0; i < d.size; ++i) {
    const int32_t value = requantize(x[i] + d.inputOffset, d.multiplier, d.shift);
    y[i] = static_cast<int8_t>(clamp(value + d.outputOffset, d.low, d.high));
  }
}

}  // namespace nn
}  // namespace impulsekit
