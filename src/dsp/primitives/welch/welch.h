#pragma once
#include <stdint.h>

#include "../fft/fft.h"
#include "sixteen.h"

namespace impulsekit {
namespace dsp {

/**
 * Largest power of every bin over frames of kSize samples, `step` apart, the last ones padded with zeros.
 * `frame` holds kSize floats of working memory. The same bits as `maxHoldSpectrum` in welch.ts.
 */
template <int32_t kSize>
inline void maxHoldSpectrum(const float* x, int32_t count, int32_t step, const float* twiddles, float* frame,
                            float* power) {
  for (int32_t b = 0; b <= kSize / 2; ++b) power[b] = 0.0f;
  for (int32_t start = 0; start < count; start += step) {
    const int32_t there = count - start < kSize ? count - start : kSize;
    for (int32_t i = 0; i < there; ++i) frame[i] = x[start + i];
    for (int32_t i = there; i < kSize; ++i) frame[i] = 0.0f;
    powerSpectrum<kSize>(frame, twiddles);
    for (int32_t b = 0; b <= kSize / 2; ++b) keepLargest(frame[b], power + b);
  }
}

/** The same for 16 points, without a frame to copy to: `x` has room for 16 zeros behind its samples. */
inline void maxHoldSpectrumOf16(float* x, int32_t count, int32_t step, float* power) {
  for (int32_t i = 0; i < 16; ++i) x[count + i] = 0.0f;
  for (int32_t b = 0; b <= 8; ++b) power[b] = 0.0f;
  for (int32_t start = 0; start < count; start += step) holdSixteen(x + start, power);
  for (int32_t b = 0; b <= 8; ++b) power[b] *= 0.0625f;
}

}  // namespace dsp
}  // namespace impulsekit
