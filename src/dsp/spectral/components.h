#pragma once
#include <stdint.h>

#include "../../logarithm.h"
#include "../primitives/wavelet/wavelet.h"
#include "front.h"

namespace impulsekit {
namespace dsp {

/** Sorts in place, smallest first (Shell). */
inline void sortValues(float* x, int32_t count) {
  int32_t gap = 1;
  while (gap < count / 3) gap = 3 * gap + 1;
  for (; gap > 0; gap /= 3) {
    for (int32_t i = gap; i < count; ++i) {
      const float value = x[i];
      int32_t at = i;
      for (; at >= gap && value < x[at - gap]; at -= gap) x[at] = x[at - gap];
      x[at] = value;
    }
  }
}

/** Share of steps on which the values change sides of `level`. */
inline float crossings(const float* x, int32_t count, Mean level) {
  int32_t changes = 0;
  bool wasAbove = level.deviation(x[0]) > 0.0f;
  for (int32_t i = 1; i < count; ++i) {
    const bool isAbove = level.deviation(x[i]) > 0.0f;
    if (isAbove != wasAbove) ++changes;
    wasAbove = isAbove;
  }
  return static_cast<float>(changes) / static_cast<float>(count);
}

/** Entropy of the histogram of sorted values with 100 equal bins, in nats. */
inline float entropyOfSorted(const float* x, int32_t count) {
  const float lowest = x[0], width = (x[count - 1] - lowest) / 100.0f;
  if (!(width > 0.0f)) return 0.0f;
  float sum = 0.0f;
  for (int32_t i = 0, bin = 1; i < count; ++bin) {
    const int32_t start = i;
    const float end = lowest + static_cast<float>(bin) * width;
    while (i < count && (bin == 100 || x[i] < end)) ++i;
    const float inside = static_cast<float>(i - start);
    if (i - start > 1) sum += inside * logarithm(inside);
  }
  const float all = static_cast<float>(count);
  return logarithm(all) - sum / all;
}

/** The value that `percent` of the sorted values lie below. */
inline float percentile(const float* x, int32_t count, int32_t percent) {
  return x[((count - 1) * percent + 50) / 100];
}

/** Fourteen numbers of one component, which is sorted afterwards. */
template <class Out>
inline void describeComponent(float* x, int32_t count, Out out) {
  const float* values = x;
  const Mean none = {0.0f, 0.0f, 0.0f}, mean = meanOf(values, count);
  const Shape shape = shapeOf(values, count, mean);
  const float average = mean.value(), variance = shape.deviation * shape.deviation;
  const float rms = squareRoot(variance + average * average), n = static_cast<float>(count);
  out[1] = crossings(x, count, none);
  out[2] = crossings(x, count, mean);
  sortValues(x, count);
  out[0] = entropyOfSorted(x, count);
  out[3] = percentile(x, count, 5);
  out[4] = percentile(x, count, 25);
  out[5] = percentile(x, count, 75);
  out[6] = percentile(x, count, 95);
  out[7] = percentile(x, count, 50);
  out[8] = average;
  out[9] = shape.deviation;
  out[10] = variance * (n / (n - 1.0f));
  out[11] = rms;
  out[12] = shape.skewness;
  out[13] = rms == 0.0f ? 0.0f : shape.kurtosis;
}

/** Statistics of the components of a wavelet decomposition: the approximation, then details from coarse to fine. */
template <class P>
struct Components {
  template <class Out>
  static void describe(float* x, int32_t count, Out out) {
    float* y = x + P::kSamples;
    for (int32_t component = P::kLevel; component > 0; --component) {
      describeComponent(y, analyse(x, count, P::kHigh, P::kTaps, y), out + 14 * component);
      count = analyse(x, count, P::kLow, P::kTaps, y);
      float* half = y;
      y = x;
      x = half;
    }
    describeComponent(x, count, out);
  }
};

}  // namespace dsp
}  // namespace impulsekit
