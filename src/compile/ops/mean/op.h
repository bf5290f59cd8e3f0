#pragma once
#include "../../arithmetic/fixed-point.h"

namespace impulsekit {
namespace nn {

struct MeanF32 {
  int32_t positions, channels;
};

struct MeanInt8 {
  int32_t positions, channels;
  int32_t inputOffset, multiplier, shift, outputOffset;
};

/** x [position, channel] -> y [channel]. */
inline void meanF32(const MeanF32& d, const float* x, float* y) {
  for (int32_t channel = 0; channel < d.channels; ++channel) {
    float sum = 0.0f;
    for (int32_t i = 0; i < d.positions; ++i) sum += x[i * d.channels + channel];
    y[channel] = sum / static_cast<float>(d.positions);
  }
}

/** The input offset counts for all positions together; the multiplier divides by their number. */
inline void meanInt8(const MeanInt8& d, const int8_t* x, int8_t* y) {
  for (int32_t channel = 0; channel < d.channels; ++channel) {
    int32_t sum = d.inputOffset;
    for (int32_t i = 0; i < d.positions; ++i) sum += x[i * d.channels + channel];
    const int32_t value = requantize(sum, d.multiplier, d.shift) + d.outputOffset;
    y[channel] = static_cast<int8_t>(clamp<int32_t>(value, -128, 127));
  }
}

}  // namespace nn
}  // namespace impulsekit
