#pragma once
#include <stdint.h>

#include "../primitives/log/log.h"
#include "../primitives/stats/stats.h"

namespace impulsekit {
namespace dsp {

/** A few statistics of every axis; the factor is applied to the statistics, which loses nothing. */
template <class P>
struct Flatten {
  static constexpr int32_t kScratchBytes = 0;

  static void run(const float* in, float* out, void*) {
    for (int32_t axis = 0; axis < P::kAxes; ++axis) {
      const Series s = {in + axis, P::kSamples, P::kAxes};
      out = statistics(s, out);
    }
  }

 private:
  static constexpr bool kNeedsShape = P::kSkewness || P::kKurtosis;
  static constexpr bool kNeedsVariance = P::kStdev || kNeedsShape;
  static constexpr float kSize = P::kScale < 0.0f ? -P::kScale : P::kScale;
  static constexpr float kSign = P::kScale < 0.0f ? -1.0f : 1.0f;

  static float* statistics(Series s, float* out) {
    Mean mean = {0.0f, 0.0f};
    float variance = 0.0f;
    if (P::kAverage || kNeedsVariance) mean = meanOf(s);
    if (P::kAverage) *out++ = P::kScale * mean.high;
    if (P::kMinimum) *out++ = P::kScale * extreme(s, kSign);
    if (P::kMaximum) *out++ = P::kScale * extreme(s, -kSign);
    if (P::kRms) *out++ = level(kSize * rootMeanSquare(s));
    if (kNeedsVariance) variance = meanSquare(s, mean);
    if (P::kStdev) *out++ = level(kSize * squareRoot(variance));
    if (kNeedsShape) {
      const Shape shape = shapeOf(s, mean, kSize > 0.0f ? variance : 0.0f);
      if (P::kSkewness) *out++ = kSign * shape.skewness;
      if (P::kKurtosis) *out++ = shape.kurtosis;
    }
    return out;
  }

  static float level(float value) { return P::kLog ? logarithm(value < 1e-6f ? 1e-6f : value) : value; }

  /** The smallest value for sign 1, the largest for -1. */
  static float extreme(Series s, float sign) {
    float best = s[0];
    for (int32_t i = 1; i < s.count; ++i) {
      if (sign * s[i] < sign * best) best = s[i];
    }
    return best;
  }
};

}  // namespace dsp
}  // namespace impulsekit
