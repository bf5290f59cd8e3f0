#pragma once
#include <stdint.h>

#include "../primitives/decimate/decimate.h"
#include "../primitives/filter/filter.h"
#include "../primitives/log/log.h"
#include "../primitives/stats/stats.h"
#include "../primitives/welch/welch.h"

namespace impulsekit {
namespace dsp {

// Optional steps are specialised away, so that an unused one needs no table and is not linked.

template <class P, bool kUsed>
struct DecimateBy3 {
  static int32_t run(float*, int32_t count) { return count; }
};

template <class P>
struct DecimateBy3<P, true> {
  static int32_t run(float* x, int32_t count) { return decimate(x, count, 3, P::kDecimation3); }
};

template <class P, bool kUsed>
struct DecimateBy10 {
  static int32_t run(float*, int32_t count, int32_t) { return count; }
};

template <class P>
struct DecimateBy10<P, true> {
  static int32_t run(float* x, int32_t count, int32_t times) {
    for (int32_t i = 0; i < times; ++i) count = decimate(x, count, 10, P::kDecimation10);
    return count;
  }
};

template <class P, bool kUsed>
struct FilterAxis {
  static void run(float*, int32_t) {}
};

template <class P>
struct FilterAxis<P, true> {
  static void run(float* x, int32_t count) { butterworth(x, count, P::kSections, P::kSectionCount, P::kFilterMiddle); }
};

/** Statistics and spectrum of every axis. */
template <class P>
struct Spectral {
  static constexpr int32_t kScratchBytes = P::kScratchFloats * 4;

  static void run(const float* in, float* out, void* scratch) {
    float* x = static_cast<float*>(scratch);
    float* low = out + P::kAxes * (kStatistics + P::kEndBin - P::kFirstBin);
    for (int32_t axis = 0; axis < P::kAxes; ++axis) {
      for (int32_t i = 0; i < P::kSamples; ++i) x[i] = P::kScale * in[axis + i * P::kAxes];
      int32_t count = DecimateBy3<P, P::kTimes3 != 0>::run(x, P::kSamples);
      count = DecimateBy10<P, P::kTimes10 != 0>::run(x, count, P::kTimes10);
      FilterAxis<P, P::kSectionCount != 0>::run(x, count);
      removeMean(x, count);
      out = describe(x, count, P::kFirstBin, P::kEndBin, out);
      if (!P::kExtraLowFrequency) continue;
      count = DecimateBy10<P, P::kExtraLowFrequency>::run(x, count, 1);
      removeMean(x, count);
      low = describe(x, count, P::kLowFirstBin, P::kLowEndBin, low);
    }
  }

 private:
  static constexpr int32_t kStatistics = 5;

  static void removeMean(float* x, int32_t count) {
    const Series s = {x, count, 1};
    const Mean mean = meanOf(s);
    for (int32_t i = 0; i < count; ++i) x[i] = deviation(x[i], mean);
  }

  static float* describe(float* x, int32_t count, int32_t firstBin, int32_t endBin, float* out) {
    float* frame = x + P::kSamples;
    float* power = frame + P::kFftLength;
    const Series s = {x, count, 1};
    *out++ = rootMeanSquare(s);
    out = shape(s, out);
    maxHoldSpectrum(x, count, P::kFftLength, P::kStep, P::kSine, frame, power);
    const Series spectrum = {power, P::kFftLength / 2 + 1, 1};
    out = shape(spectrum, out);
    for (int32_t b = firstBin; b < endBin; ++b) *out++ = P::kLog ? decades(power[b]) : power[b];
    return out;
  }

  static float* shape(Series s, float* out) {
    const Mean mean = meanOf(s);
    const Shape shape = shapeOf(s, mean, meanSquare(s, mean));
    *out++ = shape.skewness;
    *out++ = shape.kurtosis;
    return out;
  }

  static float decades(float power) { return logarithm(power == 0.0f ? 1e-10f : power) * 0.4342945f; }
};

}  // namespace dsp
}  // namespace impulsekit
