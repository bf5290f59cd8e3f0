#pragma once
#include <stdint.h>

namespace impulsekit {
namespace dsp {

/**
 * Butterworth filter in place: second-order sections in cascade from zero state, in transposed direct form II, three
 * floats each (gain and two feedback factors); `middle` is 2 for a low-pass and -2 for a high-pass. The same bits as `butterworth` in filter.ts.
 */
inline void butterworth(float* x, int32_t count, const float* sections, int32_t sectionCount, float middle) {
  for (const float* s = sections; s != sections + 3 * sectionCount; s += 3) {
    const float gain = s[0], gain1 = middle * gain;
    float z0 = 0.0f, z1 = 0.0f;
    for (int32_t i = 0; i < count; ++i) {
      const float in = x[i], out = gain * in + z0;
      z0 = (gain1 * in + s[1] * out) + z1;
      z1 = gain * in + s[2] * out;
      x[i] = out;
    }
  }
}

}  // namespace dsp
}  // namespace impulsekit
