#pragma once
#include "../../rescale.h"

namespace impulsekit {
namespace nn {

struct DenseF32 {
  int32_t inputs, outputs;
  const float* weights;
  const float* bias;
  float low, high;
};

struct DenseInt8 {
  int32_t inputs, outputs;
  const int8_t* weights;
  Rescale rescale;
};

/** x [I], weights [O, I] -> y [O]. */
inline void denseF32(const DenseF32& d, const float* x, float* y) {
  const float* weights = d.weights;
  for (int32_t output = 0; output < d.outputs; ++output, weights += d.inputs) {
    float sum = d.bias[output];
    for (int32_t i = 0; i < d.inputs; ++i) sum += x[i] * weights[i];
    y[output] = clamp(sum, d.low, d.high);
  }
}

inline void denseInt8(const DenseInt8& d, const int8_t* x, int8_t* y) {
  const int8_t* weights = d.weights;
  const int32_t offset = d.rescale.inputOffset;
  for (int32_t output = 0; output < d.outputs; ++output, weights += d.inputs) {
    int32_t sum = d.rescale.bias[output];
    for (int32_t i = 0; i < d.inputs; ++i) sum += (x[i] + offset) * weights[i];
    y[output] = rescale(d.rescale, sum, output);
  }
}

}  // namespace nn
}  // namespace impulsekit
