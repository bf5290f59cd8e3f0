#pragma once
#include "../../arithmetic/exp.h"

namespace impulsekit {
namespace nn {

struct TanhF32 {
  int32_t size;
};

/** y = (1 - e^-2x) / (1 + e^-2x), element by element; y may be x. */
inline void tanhF32(const TanhF32& d, const float* x, float* y) {
  for (int32_t i = 0; i < d.size; ++i) {
    const float e = expNonPositive(x[i] > 0.0f ? -2.0f * x[i] : 2.0f * x[i]);
    const float size = (1.0f - e) / (1.0f + e);
    y[i] = x[i] > 0.0f ? size : -size;
  }
}

}  // namespace nn
}  // namespace impulsekit
