#pragma once
#include <stdint.h>
#include <string.h>

#include "logarithm.h"

namespace impulsekit {

/**
 * e^x, relative error below 3e-7; x counts as -87 below that and as 88 above. The same bits as in
 * exponential.ts.
 *
 * 2^n e^r with |r| <= ln(2) / 2; ln 2 in two parts, the first with so few bits that its product with n is exact.
 */
inline float exponential(float x) {
  if (!(x > -87.0f)) x = -87.0f;
  if (x > 88.0f) x = 88.0f;
  const float turns = x * 1.44269504f;
  const int32_t n = static_cast<int32_t>(turns < 0.0f ? turns - 0.5f : turns + 0.5f);
  const float whole = static_cast<float>(n);
  const float r = (x - whole * 0.693359375f) + whole * 2.1219444e-4f;
  const float high = 0.16666667f + r * (0.041666667f + r * (0.0083333333f + r * 0.0013888889f));
  const float series = 1.0f + r * (1.0f + r * (0.5f + r * high));
  const int32_t bits = (n + 127) * (static_cast<int32_t>(1) << 23);
  float scale;
  memcpy(&scale, &bits, sizeof scale);
  return series * scale;
}

/** x^y of a positive number, as e^(y ln x): the error grows with the result's exponent, to 1e-5 at its ends. */
inline float power(float x, float y) { return exponential(y * logarithm(x)); }

}  // namespace impulsekit
