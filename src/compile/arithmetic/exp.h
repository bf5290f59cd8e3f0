#pragma once
#include <stdint.h>
#include <string.h>

namespace impulsekit {
namespace nn {

/** e^x for x <= 0, relative error below 3e-7: 2^n * e^r with |r| <= ln(2) / 2. */
inline float expNonPositive(float x) {
  if (!(x > -87.0f)) return 0.0f;
  const int32_t n = static_cast<int32_t>(x * 1.44269504f - 0.5f);
  const float r = (x - static_cast<float>(n) * 0.693359375f) + static_cast<float>(n) * 2.12194440e-4f;
  const float series =
      1.0f + r * (1.0f + r * (0.5f + r * (1.6666667e-1f + r * (4.1666667e-2f + r * (8.3333333e-3f + r * 1.3888889e-3f)))));
  const uint32_t bits = static_cast<uint32_t>(n + 127) << 23;
  float power;
  memcpy(&power, &bits, sizeof power);
  return series * power;
}

/** 1 / (1 + e^-x). */
inline float logisticOf(float x) {
  const float e = expNonPositive(x > 0.0f ? -x : x);
  return (x > 0.0f ? 1.0f : e) / (1.0f + e);
}

/** (1 - e^-2x) / (1 + e^-2x). */
inline float tanhOf(float x) {
  const float e = expNonPositive(x > 0.0f ? -2.0f * x : 2.0f * x);
  const float size = (1.0f - e) / (1.0f + e);
  return x > 0.0f ? size : -size;
}

}  // namespace nn
}  // namespace impulsekit
