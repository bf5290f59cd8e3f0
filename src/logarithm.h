#pragma once
#include <stdint.h>
#include <string.h>

#include "inline.h"

namespace impulsekit {

/**
 * Natural logarithm of a positive number, within 1 unit in the last place; the same bits as in logarithm.ts.
 *
 * x = 2^e m with m in [sqrt(1/2), sqrt(2)); ln m = 2 atanh(s), s = (m - 1) / (m + 1), summed so that the large
 * term m - 1 is exact. Values below the smallest normal number count as that number, so 0 gives -87.3; infinity
 * and NaN count as the largest finite number, negative numbers as positive.
 */
IMPULSEKIT_ALWAYS_INLINE float logarithmHere(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  bits &= 0x7fffffffu;
  if (bits - 0x00800000u >= 0x7f000000u) bits = bits < 0x00800000u ? 0x00800000u : 0x7f7fffffu;
  const int32_t exponent = static_cast<int32_t>(bits - 0x3f3504f3u) >> 23;
  bits -= static_cast<uint32_t>(exponent) << 23;
  float m;
  memcpy(&m, &bits, sizeof m);
  const float e = static_cast<float>(exponent);
  const float f = m - 1.0f;
  const float s = f / (2.0f + f);
  const float z = s * s;
  const float series = z * (0.6666667f + z * (0.4f + z * (0.2857143f + z * 0.22222222f)));
  const float half = (0.5f * f) * f;
  // ln 2 in two parts: the first has few bits, so that its product with the exponent is exact.
  const float tail = s * (half + series) + e * 1.4286068e-6f;
  return e * 0.69314575f + (f - (half - tail));
}

/** The same as a call, for places where it does not stand in a loop of its own. */
inline float logarithm(float x) { return logarithmHere(x); }

}  // namespace impulsekit
