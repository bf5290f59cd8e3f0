#pragma once
#include <stdint.h>

namespace impulsekit {
namespace nn {

struct LeakyReluF32 {
  int32_t size;
  float alpha;
};

/** y = x > 0 ? x : alpha * x, element by element; y may be x. */
inline void leakyReluF32(const LeakyReluF32& d, const float* x, float* y) {
  for (int32_t i = 0; i < d.size; ++i) y[i] = x[i] > 0.0f ? x[i] : x[i] * d.alpha;
}

}  // namespace nn
}  // namespace impulsekit
