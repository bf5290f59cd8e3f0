#pragma once
#include <stdint.h>

namespace impulsekit {
namespace dsp {

/** The first-order high-pass y[i] = x[i] - c x[i - kShift]; the samples before `in` are those at its end. */
template <class P, int32_t kShift>
struct PreEmphasis {
  template <class In>
  static float run(In in, int32_t start, float* frame) {
    float sum = 0.0f, before = 0.0f;
    for (int32_t i = 0; i < P::kFrameSamples; ++i) {
      const int32_t at = start + i, back = at - kShift;
      const float value = static_cast<float>(in[at]);
      const float previous = static_cast<float>(in[back < 0 ? back + P::kSamples : back]);
      frame[i] = of(value, previous);
      if (P::kLoneBin) {
        sum += value;
        before += previous;
      }
    }
    return P::kLoneBin ? sumOf(sum - before, before) : 0.0f;
  }

  /** The coefficient comes in two parts: the first has 8 bits, so that its product with an int16 sample is exact. */
  static float of(float value, float previous) {
    return (value - P::kEmphasisHigh * previous) - P::kEmphasisLow * previous;
  }

  /** The sum of a frame from that of the samples kShift before its own, and how much theirs is larger. */
  static float sumOf(float difference, float before) {
    return difference + ((1.0f - P::kEmphasisHigh) - P::kEmphasisLow) * before;
  }
};

/** The usual one reads every sample once. */
template <class P>
struct PreEmphasis<P, 1> {
  template <class In>
  static float run(In in, int32_t start, float* frame) {
    float previous = static_cast<float>(in[start > 0 ? start - 1 : P::kSamples - 1]);
    const float first = previous;
    float before = 0.0f;
    int32_t i = 0;
    for (; i + 1 < P::kFrameSamples; i += 2) {
      const float value = static_cast<float>(in[start + i]), next = static_cast<float>(in[start + i + 1]);
      frame[i] = PreEmphasis<P, 2>::of(value, previous);
      frame[i + 1] = PreEmphasis<P, 2>::of(next, value);
      if (P::kLoneBin) before = (before + previous) + value;
      previous = next;
    }
    if (P::kFrameSamples % 2 == 1) {
      const float value = static_cast<float>(in[start + i]);
      frame[i] = PreEmphasis<P, 2>::of(value, previous);
      if (P::kLoneBin) before += previous;
      previous = value;
    }
    return P::kLoneBin ? PreEmphasis<P, 2>::sumOf(previous - first, before) : 0.0f;
  }
};

/** None. */
template <class P>
struct PreEmphasis<P, 0> {
  template <class In>
  static float run(In in, int32_t start, float* frame) {
    for (int32_t i = 0; i < P::kFrameSamples; ++i) frame[i] = static_cast<float>(in[start + i]);
    return 0.0f;
  }
};

/**
 * Fills `frame` (P::kFftLength floats) with P::kFrameSamples samples of `in` from `start` on, through the high-pass,
 * and with zeros after them. `in` counts as circular over P::kSamples: sample -1 is the last one. No high-pass when
 * P::kEmphasisShift is 0. Returns the sum of the frame if there is a high-pass and P::kLoneBin wants it. The same bits
 * as `emphasisedFrame` in frames.ts.
 */
template <class P, class In>
inline float emphasisedFrame(In in, int32_t start, float* frame) {
  const float sum = PreEmphasis<P, P::kEmphasisShift>::run(in, start, frame);
  for (int32_t i = P::kFrameSamples; i < P::kFftLength; ++i) frame[i] = 0.0f;
  return sum;
}

}  // namespace dsp
}  // namespace impulsekit
