#pragma once
#include <stdint.h>

#include "../primitives/fft/fft.h"
#include "front.h"

namespace impulsekit {
namespace dsp {

/** RMS, spectral peaks and power between edges: version 1. */
template <class P>
struct Peaks {
  static void describe(float* x, int32_t count, float* out) {
    const Mean none = {0.0f, 0.0f, 0.0f};
    float* power = x + P::kSamples;
    *out++ = shapeOfAxis(x, count).deviation;
    spectrum(x, count, none, power);
    peaks(power, out);
    out += 2 * P::kPeaks;
    // A window longer than the transform has another mean where the transform looks.
    if (count > P::kFftLength) {
      const float* start = x;
      spectrum(x, count, meanOf(start, P::kFftLength), power);
    }
    powers(power, out);
  }

 private:
  static void spectrum(const float* x, int32_t count, Mean mean, float* power) {
    for (int32_t i = 0; i < P::kFftLength; ++i) power[i] = i < count ? mean.deviation(x[i]) : 0.0f;
    powerSpectrum<P::kFftLength>(power, P::kTwiddles);
  }

  /** Frequency and height of the highest maxima; a flat top counts in its middle, the ends do not count. */
  static void peaks(const float* power, float* out) {
    for (int32_t i = 0; i < 2 * P::kPeaks; ++i) out[i] = 0.0f;
    const int32_t points = P::kFftLength / 2;
    for (int32_t k = 1, last; k < points - 1; k = last + 1) {
      last = k;
      if (!(power[k] > power[k - 1])) continue;
      while (last + 1 < points && power[last + 1] == power[k]) ++last;
      if (last + 1 == points || !(power[last + 1] < power[k])) continue;
      const float height = 2.0f * squareRoot(power[k] * (1.0f / static_cast<float>(P::kFftLength)));
      if (height >= P::kThreshold) insert(static_cast<float>((k + last) / 2) * P::kPointHz, height, out);
    }
  }

  static void insert(float hz, float height, float* out) {
    for (int32_t i = P::kPeaks - 1; i >= 0 && height > out[2 * i + 1]; --i) {
      if (i + 1 < P::kPeaks) {
        out[2 * i + 2] = out[2 * i];
        out[2 * i + 3] = out[2 * i + 1];
      }
      out[2 * i] = hz;
      out[2 * i + 1] = height;
    }
  }

  /** Mean density between each pair of edges; the first and the last bin stand for themselves, the others for two. */
  static void powers(const float* power, float* out) {
    for (int32_t e = 0; e + 1 < P::kEdgeCount; ++e) {
      const int32_t first = P::kEdges[e], end = P::kEdges[e + 1];
      float sum = 0.0f;
      for (int32_t b = first; b < end; ++b) sum += b == 0 || b == P::kFftLength / 2 ? 0.5f * power[b] : power[b];
      *out++ = end > first ? (sum / static_cast<float>(end - first)) * P::kDensity : 0.0f;
    }
  }
};

}  // namespace dsp
}  // namespace impulsekit
