#pragma once
#include "../../arithmetic/fixed-point.h"

namespace impulsekit {
namespace nn {

struct HardSwishF32 {
  int32_t size;
};

/** y = x * clamp(x + 3, 0, 6) / 6, element by element; y may be x. */
inline void hardSwishF32(const HardSwishF32& d, const float* x, float* y) {
  for (int32_t i = 0; i < d.size; ++i) y[i] = x[i] * clamp(x[i] + 3.0f, 0.0f, 6.0f) / 6.0f;
}

}  // namespace nn
}  // namespace impulsekit
