#pragma once
#include "../../arithmetic/exp.h"
#include "../../arithmetic/fixed-point.h"

namespace impulsekit {
namespace nn {

struct SoftmaxF32 {
  int32_t rows, columns;
};

struct SoftmaxInt8 {
  int32_t rows, columns;
  int32_t multiplier, shift, smallestDifference;
};

/** x [rows, columns] -> y with rows that add up to 1; y may be x. */
inline void softmaxF32(const SoftmaxF32& d, const float* x, float* y) {
  for (int32_t row = 0; row < d.rows; ++row, x += d.columns, y += d.columns) {
    float largest = x[0];
    for (int32_t i = 1; i < d.columns; ++i) largest = x[i] > largest ? x[i] : largest;
    float sum = 0.0f;
    for (int32_t i = 0; i < d.columns; ++i) sum += y[i] = expNonPositive(x[i] - largest);
    for (int32_t i = 0; i < d.columns; ++i) y[i] /= sum;
  }
}

/** e^a as a fraction of 2^31, for a <= 0 with 5 integer bits: the series of gemmlowp's exp_on_negative_values. */
inline int32_t expFixed(int32_t a) {
  static const int32_t kFactors[] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
  if (a == 0) return INT32_MAX;
  const int32_t quarter = static_cast<int32_t>(1) << 24;
  const int32_t rest = (a & (quarter - 1)) - quarter;
  const int32_t x = rest * 32 + (static_cast<int32_t>(1) << 28);
  const int32_t x2 = multiplyHigh(x, x);
  const int32_t x3 = multiplyHigh(x2, x);
  const int32_t x4 = multiplyHigh(x2, x2);
  const int32_t tail = roundingShift(multiplyHigh(roundingShift(x4, 2) + x3, 715827883) + x2, 1);
  int32_t result = 1895147668 + multiplyHigh(1895147668, x + tail);
  for (int32_t bit = 0; bit < 7; ++bit) {
    if ((rest - a) & (quarter << bit)) result = multiplyHigh(result, kFactors[bit]);
  }
  return result;
}

/** 1 / (1 + a) as a fraction of 2^31, for a in [0, 1): three Newton steps. */
inline int32_t reciprocalFixed(int32_t a) {
  const int32_t half = static_cast<int32_t>((static_cast<int64_t>(a) + INT32_MAX + 1) / 2);
  int32_t x = 1515870810 + multiplyHigh(half, -1010580540);
  for (int32_t step = 0; step < 3; ++step) {
    const int32_t error = (static_cast<int32_t>(1) << 29) - multiplyHigh(half, x);
    x += saturatingShift(multiplyHigh(x, error), 2);
  }
  return saturatingShift(x, 1);
}

/** Output scale 1/256, zero point -128; y may be x. */
inline void softmaxInt8(const SoftmaxInt8& d, const int8_t* x, int8_t* y) {
  for (int32_t row = 0; row < d.rows; ++row, x += d.columns, y += d.columns) {
    int32_t largest = -128;
    for (int32_t i = 0; i < d.columns; ++i) largest = x[i] > largest ? x[i] : largest;
    int32_t sum = 0;
    for (int32_t i = 0; i < d.columns; ++i) {
      const int32_t difference = x[i] - largest;
      if (difference < d.smallestDifference) continue;
      sum += roundingShift(expFixed(requantize(difference, d.multiplier, d.shift)), 12);
    }
    int32_t headroom = 0;
    while (((static_cast<uint32_t>(sum) << headroom) & 0x80000000u) == 0) ++headroom;
    const uint32_t fraction = (static_cast<uint32_t>(sum) << headroom) & 0x7fffffffu;
    const int32_t scale = reciprocalFixed(static_cast<int32_t>(fraction));
    const int32_t exponent = 35 - headroom < 31 ? 35 - headroom : 31;
    for (int32_t i = 0; i < d.columns; ++i) {
      const int32_t difference = x[i] - largest;
      int32_t share = 0;
      if (difference >= d.smallestDifference) {
        const int32_t exponential = expFixed(requantize(difference, d.multiplier, d.shift));
        share = roundingShift(multiplyHigh(scale, exponential), exponent);
      }
      y[i] = static_cast<int8_t>(clamp<int32_t>(share - 128, -128, 127));
    }
  }
}

}  // namespace nn
}  // namespace impulsekit
