#pragma once
#include <stdint.h>

#include "../../../square-root.h"
#include "../compensated/compensated.h"

namespace impulsekit {
namespace dsp {

/** `count` values, `stride` apart. */
struct Series {
  const float* x;
  int32_t count;
  int32_t stride;

  float operator[](int32_t i) const { return x[i * stride]; }
};

/** A mean in two parts, exact enough that a constant series deviates from it by exactly 0. */
struct Mean {
  float high;
  float low;
};

struct Shape {
  float skewness;
  float kurtosis;
};

/** Divides a compensated sum; the remainder of the division goes into the low part. */
inline Mean divide(const Sum& sum, float count) {
  const float quotient = sum.value() / count;
  const float product = quotient * count;
  const float rest = (((sum.high - product) - productError(quotient, count, product)) + sum.low) / count;
  const Mean mean = {quotient, rest};
  return mean;
}

inline Mean meanOf(Series s) {
  Sum sum;
  for (int32_t i = 0; i < s.count; ++i) sum.add(s[i]);
  return divide(sum, static_cast<float>(s.count));
}

inline float deviation(float value, Mean mean) { return (value - mean.high) - mean.low; }

/** Mean of the squared deviations from `mean`; from 0 when `mean` is 0, so that its root is the RMS. */
inline float meanSquare(Series s, Mean mean) {
  Sum sum;
  for (int32_t i = 0; i < s.count; ++i) {
    const float d = deviation(s[i], mean);
    sum.add(d * d);
  }
  return sum.value() / static_cast<float>(s.count);
}

inline float rootMeanSquare(Series s) {
  const Mean zero = {0.0f, 0.0f};
  return squareRoot(meanSquare(s, zero));
}

/** Biased skewness and excess kurtosis; 0 and -3 for a constant series (variance 0). */
inline Shape shapeOf(Series s, Mean mean, float variance) {
  if (!(variance > 0.0f)) {
    const Shape constant = {0.0f, -3.0f};
    return constant;
  }
  // Dividing by the deviation keeps fourth powers in range; its rounding cancels in the ratios below.
  const float unit = 1.0f / squareRoot(variance), count = static_cast<float>(s.count);
  Sum sum2, sum3, sum4;
  for (int32_t i = 0; i < s.count; ++i) {
    const float z = deviation(s[i], mean) * unit, z2 = z * z;
    sum2.add(z2);
    sum3.add(z2 * z);
    sum4.add(z2 * z2);
  }
  const float m2 = sum2.value() / count;
  const Shape shape = {(sum3.value() / count) / (m2 * squareRoot(m2)), (sum4.value() / count) / (m2 * m2) - 3.0f};
  return shape;
}

}  // namespace dsp
}  // namespace impulsekit
