#pragma once
#include <stdint.h>

#include "integers.h"

namespace impulsekit {
namespace dsp {
namespace fixed {

/** Magnitudes of a frame stay below 2^kFrameBits in sum, and so does every value inside its transform. */
constexpr int32_t kFrameBits = 29;

/**
 * Fills a frame up with zeros and returns the bits by which it is then to be shifted right; negative where it has been
 * shifted left already. `sum` is that of the magnitudes / 2^log2Size, each rounded down.
 */
inline int32_t finishFrame(int32_t* frame, int32_t count, int32_t log2Size, uint32_t sum) {
  for (int32_t i = count; i < (1 << log2Size); ++i) frame[i] = 0;
  const uint32_t most = 1u << (kFrameBits - log2Size);
  int32_t shift = 0;
  for (sum += static_cast<uint32_t>(count); sum > most; sum = (sum + 1) >> 1) ++shift;
  for (; 2 * sum <= most; sum *= 2) --shift;
  if (shift < 0) {
    const int32_t factor = 1 << -shift;
    for (int32_t i = 0; i < count; ++i) frame[i] *= factor;
  }
  return shift;
}

/**
 * Copies `count` samples from `start` on into `frame`, 15 bits behind the point, through the circular high-pass
 * y[i] = x[i] - c x[i - kShift], c = (kCoefficient + kRest / 256) / 32768, and fills it up to 2^kLog2Size with zeros. Returns the bits
 * by which the frame is to be shifted right, negative where it has been shifted left already. The same bits as `emphasisedFrame` in frames.ts.
 */
template <int32_t kShift, int32_t kCoefficient, int32_t kRest, int32_t kLog2Size, class In>
inline int32_t emphasisedFrame(In in, int32_t samples, int32_t start, int32_t count, int32_t* frame) {
  uint32_t sum = 0;
  int32_t back = start - kShift;
  if (back < 0) back += samples;
  int32_t latest = sampleOf(in[back]);
  for (int32_t i = 0; i < count; ++i) {
    const int32_t x = sampleOf(in[start + i]);
    const int32_t y = x * 32768 - kCoefficient * latest - kRest * latest / 256;
    frame[i] = y;
    sum += static_cast<uint32_t>(y ^ (y >> 31)) >> kLog2Size;
    if (kShift == 1) {
      latest = x;
    } else {
      if (++back == samples) back = 0;
      latest = sampleOf(in[back]);
    }
  }
  return finishFrame(frame, count, kLog2Size, sum);
}

/** The same without the high-pass. The same bits as `plainFrame` in frames.ts. */
template <int32_t kLog2Size, class In>
inline int32_t plainFrame(In in, int32_t start, int32_t count, int32_t* frame) {
  uint32_t sum = 0;
  for (int32_t i = 0; i < count; ++i) {
    const int32_t y = sampleOf(in[start + i]) * 32768;
    frame[i] = y;
    sum += static_cast<uint32_t>(y ^ (y >> 31)) >> kLog2Size;
  }
  return finishFrame(frame, count, kLog2Size, sum);
}

}  // namespace fixed
}  // namespace dsp
}  // namespace impulsekit
