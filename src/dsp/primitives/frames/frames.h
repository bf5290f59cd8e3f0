#pragma once
#include <stdint.h>

namespace impulsekit {
namespace dsp {

/** First-order high-pass y[i] = x[i] - c x[i - shift], circular over the window. */
struct PreEmphasis {
  int32_t shift;
  /** The coefficient in two parts: the first has 8 bits, so that its product with an int16 sample is exact. */
  float high;
  float low;
};

/**
 * Copies `count` pre-emphasised samples from `start` on into `frame` and fills it up to `size` with zeros. The same
 * bits as `emphasisedFrame` in frames.ts.
 */
inline void emphasisedFrame(const float* in, int32_t samples, int32_t start, int32_t count, PreEmphasis emphasis,
                            float* frame, int32_t size) {
  for (int32_t i = 0; i < count; ++i) {
    const int32_t at = start + i, back = at - emphasis.shift;
    const float previous = in[back < 0 ? back + samples : back];
    frame[i] = (in[at] - emphasis.high * previous) - emphasis.low * previous;
  }
  for (int32_t i = count; i < size; ++i) frame[i] = 0.0f;
}

}  // namespace dsp
}  // namespace impulsekit
