#pragma once
#include <stdint.h>

#include "../../../inline.h"
#include "../../../square-root.h"
#include "../compensated/compensated.h"

namespace impulsekit {
namespace dsp {

/**
 * A mean in parts, `first + rest + tail`: a series of equal values deviates from it by exactly 0. The tail is what
 * rounding took from `rest`, which may be far larger than the mean.
 */
struct Mean {
  float first;
  float rest;
  float tail;

  float value() const { return (first + rest) + tail; }
  float deviation(float x) const { return (x - first) - rest; }
};

/** Biased standard deviation, skewness and excess kurtosis; 0, 0 and -3 for a constant series. */
struct Shape {
  float deviation;
  float skewness;
  float kurtosis;
};

/** Every `stride`-th value of `in`, from `start` on. */
template <class In>
struct Strided {
  In in;
  int32_t start;
  int32_t stride;

  IMPULSEKIT_ALWAYS_INLINE float operator[](int32_t i) const { return static_cast<float>(in[start + i * stride]); }
};

/** Sums of the first four powers. */
struct Powers {
  float one, two, three, four;
};

/** Values that are summed by themselves before their sum is added: keeps rounding errors from growing with the window. */
static constexpr int32_t kBlockOfSum = 16;

/** The mean of which `total` is the sum of `count` differences from `first`. */
inline Mean meanFrom(float first, const Sum& total, int32_t count) {
  const float n = static_cast<float>(count), rest = total.value() / n, product = rest * n;
  const Mean mean = {first, rest, (((total.high - product) - productError(rest, n, product)) + total.low) / n};
  return mean;
}

/**
 * Mean of `count` values. Differences from the first value are summed: those of a small motion on a
 * large constant are exact.
 */
template <class In>
inline Mean meanOf(In x, int32_t count) {
  const float first = x[0];
  Sum total;
  for (int32_t i = 0; i < count;) {
    const int32_t end = count - i < kBlockOfSum ? count : i + kBlockOfSum;
    float sum = 0.0f;
    for (; i < end; ++i) sum += x[i] - first;
    total.add(sum);
  }
  return meanFrom(first, total, count);
}

/** Sums of the powers of the deviations from `mean`, each times `unit`. */
template <class In>
inline Powers powersOf(In x, int32_t count, Mean mean, float unit) {
  Powers total = {0.0f, 0.0f, 0.0f, 0.0f};
  for (int32_t i = 0; i < count;) {
    const int32_t end = count - i < kBlockOfSum ? count : i + kBlockOfSum;
    Powers sum = {0.0f, 0.0f, 0.0f, 0.0f};
    for (; i < end; ++i) {
      const float z = mean.deviation(x[i]) * unit, square = z * z;
      sum.one += z;
      sum.two += square;
      sum.three += square * z;
      sum.four += square * square;
    }
    total.one += sum.one;
    total.two += sum.two;
    total.three += sum.three;
    total.four += sum.four;
  }
  return total;
}

/** The largest distance from `mean`. */
template <class In>
inline float largestDeviation(In x, int32_t count, Mean mean) {
  float largest = 0.0f;
  for (int32_t i = 0; i < count; ++i) {
    const float d = mean.deviation(x[i]), size = d < 0.0f ? -d : d;
    if (size > largest) largest = size;
  }
  return largest;
}

/** The same bits as `Statistics.shapeOf` in stats.ts. */
template <class In>
inline Shape shapeOf(In x, int32_t count, Mean mean) {
  float unit = 1.0f;
  Powers sums = powersOf(x, count, mean, unit);
  if (!(sums.two > 1e-12f && sums.two < 1e18f)) {
    // Fourth powers would leave the range of floats: measure in units of the largest deviation.
    const float largest = largestDeviation(x, count, mean);
    const Shape constant = {0.0f, 0.0f, -3.0f};
    if (!(largest > 1e-37f && largest < 1e37f)) return constant;
    unit = 1.0f / largest;
    sums = powersOf(x, count, mean, unit);
  }
  // What the mean lacks is small: its first power mends the third and fourth moments, its square would not count.
  const float n = static_cast<float>(count), lack = sums.one / n, two = sums.two / n;
  const float three = sums.three / n, four = sums.four / n, root = squareRoot(two);
  const Shape shape = {root / unit, (three - 3.0f * (lack * two)) / (two * root),
                       (four - 4.0f * (lack * three)) / (two * two) - 3.0f};
  return shape;
}

}  // namespace dsp
}  // namespace impulsekit
