#pragma once
#include <stdint.h>

#include "../primitives/decimate/decimate.h"
#include "../primitives/filter/filter.h"
#include "../primitives/stats/stats.h"

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

/** Takes the mean off. */
inline void centre(float* x, int32_t count) {
  const Mean mean = meanOf(static_cast<const float*>(x), count);
  for (int32_t i = 0; i < count; ++i) x[i] = mean.deviation(x[i]);
}

/** One axis of the window, scaled, decimated, filtered, without its mean; returns its count. */
template <class P, class In>
inline int32_t axisOf(In in, int32_t axis, float* x) {
  for (int32_t i = 0; i < P::kSamples; ++i) x[i] = P::kScale * static_cast<float>(in[axis + i * P::kAxes]);
  int32_t count = DecimateBy3<P, P::kTimes3 != 0>::run(x, P::kSamples);
  count = DecimateBy10<P, P::kTimes10 != 0>::run(x, count, P::kTimes10);
  FilterAxis<P, P::kSectionCount != 0>::run(x, count);
  centre(x, count);
  return count;
}

/** Of an axis without its mean; the deviation is the RMS. */
inline Shape shapeOfAxis(const float* x, int32_t count) {
  const Mean none = {0.0f, 0.0f, 0.0f};
  return shapeOf(x, count, none);
}

}  // namespace dsp
}  // namespace impulsekit
