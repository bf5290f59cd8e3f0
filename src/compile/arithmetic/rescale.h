#pragma once
#include "fixed-point.h"

namespace impulsekit {
namespace nn {

/** How an int8 operator with weights turns the accumulator of an output channel into a stored value. */
struct Rescale {
  /** With the zero point of the input folded in: accumulators are sums of stored input values times weights. */
  const int32_t* bias;
  const int32_t* multipliers;
  const int8_t* shifts;
  /** 1, or 0 when all channels share one multiplier and shift. */
  int32_t perChannel;
  int32_t outputOffset;
  int32_t low, high;
};

/** `accumulator` includes the bias. */
inline int8_t rescale(const Rescale& r, int32_t accumulator, int32_t channel) {
  const int32_t at = channel * r.perChannel;
  const int32_t value = requantize(accumulator, r.multipliers[at], r.shifts[at]);
  return static_cast<int8_t>(clamp(value + r.outputOffset, r.low, r.high));
}

}  // namespace nn
}  // namespace impulsekit
