#pragma once
#include "../../arithmetic/fixed-point.h"

namespace impulsekit {
namespace nn {

struct ReluF32 {
  int32_t size;
  float low, high;
};

/** y = x clamped, element by element; y may be x. */
inline void reluF32(const ReluF32& d, const float* x, float* y) {
  for (int32_t i = 0; i < d.size; ++i) y[i] = clamp(x[i], d.low, d.high);
}

}  // namespace nn
}  // namespace impulsekit
