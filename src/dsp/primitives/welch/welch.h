#pragma once
#include <stdint.h>

#include "../fft/fft.h"

namespace impulsekit {
namespace dsp {

/**
 * Largest power of every bin over frames of `size` samples, `step` apart, the last ones padded with zeros.
 * `frame` holds `size` floats of working memory. The same bits as `maxHoldSpectrum` in welch.ts.
 */
inline void maxHoldSpectrum(const float* x, int32_t count, int32_t size, int32_t step, const float* sine, float* frame,
                            float* power) {
  for (int32_t b = 0; b <= size / 2; ++b) power[b] = 0.0f;
  for (int32_t start = 0; start < count; start += step) {
    for (int32_t i = 0; i < size; ++i) frame[i] = start + i < count ? x[start + i] : 0.0f;
    powerSpectrum(frame, size, sine);
    for (int32_t b = 0; b <= size / 2; ++b) {
      if (frame[b] > power[b]) power[b] = frame[b];
    }
  }
}

}  // namespace dsp
}  // namespace impulsekit
