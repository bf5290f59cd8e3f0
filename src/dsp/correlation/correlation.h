#pragma once
#include <stdint.h>

#include "../../logarithm.h"
#include "../primitives/stats/stats.h"

namespace impulsekit {
namespace dsp {

/** Correlation coefficient of every pair of axes, or its Fisher transform. Axes that do not change count as unrelated. */
template <class P>
struct Correlation {
  struct Axis {
    Mean mean;
    float unit;
  };
  static constexpr int32_t kScratchBytes = 16 * P::kAxes;

  template <class In, class Out>
  static void run(In in, Out out, void* scratch) {
    Axis* axes = static_cast<Axis*>(scratch);
    for (int32_t a = 0; a < P::kAxes; ++a) {
      const Strided<In> x = {in, a, P::kAxes};
      axes[a].mean = meanOf(x, P::kSamples);
      const float deviation = shapeOf(x, P::kSamples, axes[a].mean).deviation;
      axes[a].unit = deviation > 1e-30f && deviation < 1e30f ? 1.0f / deviation : 0.0f;
    }
    int32_t at = 0;
    for (int32_t a = 0; a < P::kAxes; ++a) {
      for (int32_t b = a + 1; b < P::kAxes; ++b) out[at++] = transformed(coefficient(in, a, b, axes));
    }
  }

 private:
  template <class In>
  static float coefficient(In in, int32_t a, int32_t b, const Axis* axes) {
    float sum = 0.0f;
    for (int32_t t = 0; t < P::kSamples; ++t) {
      const float x = axes[a].mean.deviation(static_cast<float>(in[t * P::kAxes + a])) * axes[a].unit;
      const float y = axes[b].mean.deviation(static_cast<float>(in[t * P::kAxes + b])) * axes[b].unit;
      sum += x * y;
    }
    const float r = sum / static_cast<float>(P::kSamples);
    const float limit = P::kFisher ? 0.999f : 1.0f;
    return r > limit ? limit : r < -limit ? -limit : r;
  }

  static float transformed(float r) { return P::kFisher ? 0.5f * (logarithm(1.0f + r) - logarithm(1.0f - r)) : r; }
};

}  // namespace dsp
}  // namespace impulsekit
