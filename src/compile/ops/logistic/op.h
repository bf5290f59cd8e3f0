#pragma once
#include "../../arithmetic/exp.h"

namespace impulsekit {
namespace nn {

struct LogisticF32 {
  int32_t size;
};

/** y = 1 / (1 + e^-x), element by element; y may be x. */
inline void logisticF32(const LogisticF32& d, const float* x, float* y) {
  for (int32_t i = 0; i < d.size; ++i) y[i] = logisticOf(x[i]);
}

}  // namespace nn
}  // namespace impulsekit
