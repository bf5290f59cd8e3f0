#pragma once
#include "../../arithmetic/exp.h"

namespace impulsekit {
namespace nn {

struct TanhF32 {
  int32_t size;
};

/** y = (1 - e^-2x) / (1 + e^-2x), element by element; y may be x. */
inline void tanhF32(const TanhF32& d, const float* x, float* y) {
  for (int32_t i = 0; i < d.size; ++i) y[i] = tanhOf(x[i]);
}

}  // namespace nn
}  // namespace impulsekit
