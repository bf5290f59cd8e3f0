#pragma once
#include "../../arithmetic/exp.h"

namespace impulsekit {
namespace nn {

struct LogisticF32 {
  int32_t size;
};

/** y = 1 / (1 + e^-x), element by element; y may be x. */
inline void logisticF32(const LogisticF32& d, const float* x, float* y) {
  for (int32_t i = 0; i < d.size; ++i) {
    const float e = expNonPositive(x[i] > 0.0f ? -x[i] : x[i]);
    y[i] = (x[i] > 0.0f ? 1.0f : e) / (1.0f + e);
  }
}

}  // namespace nn
}  // namespace impulsekit
