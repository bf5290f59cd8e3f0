#pragma once
#include <stdint.h>

#include "../../logarithm.h"
#include "../primitives/welch/welch.h"
#include "front.h"

namespace impulsekit {
namespace dsp {

/** The spectrum of an axis, behind the axis and one frame. */
template <class P, int32_t kFftLength>
struct Frames {
  static float* run(float* x, int32_t count) {
    float* frame = x + P::kSamples;
    float* power = frame + kFftLength;
    maxHoldSpectrum<kFftLength>(x, count, P::kStep, P::kTwiddles, frame, power);
    return power;
  }
};

template <class P>
struct Frames<P, 16> {
  static float* run(float* x, int32_t count) {
    float* power = x + P::kSamples + 16;
    maxHoldSpectrumOf16(x, count, P::kStep, power);
    return power;
  }
};

/** Statistics and bins of versions 2 to 4. */
template <class P>
struct Spectrum {
  template <class Out>
  static void describe(float* x, int32_t count, Out out) {
    band(x, count, P::kFirstBin, P::kEndBin, out);
  }

  template <class Out>
  static void band(float* x, int32_t count, int32_t firstBin, int32_t endBin, Out out) {
    const Shape shape = shapeOfAxis(x, count);
    out[0] = shape.deviation;
    out[1] = shape.skewness;
    out[2] = shape.kurtosis;
    out += 3;
    const float* power = Frames<P, P::kFftLength>::run(x, count);
    if (P::kSpectralStatistics) {
      const int32_t bins = P::kFftLength / 2 + 1;
      const Shape spectral = shapeOf(power, bins, meanOf(power, bins));
      out[0] = spectral.skewness;
      out[1] = spectral.kurtosis;
      out += 2;
    }
    for (int32_t b = firstBin; b < endBin; ++b) out[b - firstBin] = P::kLog ? decades(power[b]) : power[b];
  }

 private:
  static float decades(float power) { return logarithm(power == 0.0f ? 1e-10f : power) * 0.4342945f; }
};

}  // namespace dsp
}  // namespace impulsekit
