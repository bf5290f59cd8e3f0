#pragma once
#include "fixed-point.h"

namespace impulsekit {
namespace nn {

/** How an int8 operator with weights turns the accumulator of an output channel into a stored value. */
struct Rescale {
  const int32_t* bias;
  const int32_t* multipliers;
  const int8_t* shifts;
  int32_t inputOffset, outputOffset;
  int32_t low, high;
};

inline int8_t rescale(const Rescale& r, int32_t accumulator, int32_t channel) {
  const int32_t value = requantize(accumulator, r.multipliers[channel], r.shifts[channel]);
  return static_cast<int8_t>(clamp(value + r.outputOffset, r.low, r.high));
}

}  // namespace nn
}  // namespace impulsekit
