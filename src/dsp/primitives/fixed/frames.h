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
  for (int32_t i = count; i < (static_cast<int32_t>(1) << log2Size); ++i) frame[i] = 0;
  const uint32_t most = static_cast<uint32_t>(1) << (kFrameBits - log2Size);
  int32_t shift = 0;
  for (sum += static_cast<uint32_t>(count); sum > most; sum = (sum + 1) >> 1) ++shift;
  for (; 2 * sum <= most; sum *= 2) --shift;
  if (shift < 0) {
    const int32_t factor = static_cast<int32_t>(1) << -shift;
    for (int32_t i = 0; i < count; ++i) frame[i] *= factor;
  }
  return shift;
}

/** What is known of a frame besides its values. */
struct Filled {
  /** Bits by which it is to be shifted right; negative where it has been shifted left already. */
  int32_t shift;
  /** The magnitude of its exact sum, 15 bits behind the point, if P::kLoneBin wants it. */
  uint64_t sum;
};

/** |S - c S'|, 15 bits behind the point, for sums S of samples and S' of those before them. */
template <class P>
inline uint64_t exactSum(int32_t sum, int32_t before) {
  const int64_t rest = (static_cast<int64_t>(before) * P::kEmphasisFine + 0x800000) >> 24;
  const int64_t all = static_cast<int64_t>(sum) * 32768 - static_cast<int64_t>(before) * P::kEmphasis - rest;
  return static_cast<uint64_t>(all < 0 ? -all : all);
}

/**
 * Copies P::kFrameSamples samples from `start` on into `frame`, 15 bits behind the point, through the circular high-pass
 * y[i] = x[i] - c x[i - P::kEmphasisShift], c = (P::kEmphasis + P::kEmphasisRest / 256) / 32768, and fills it up to
 * 2^P::kLog2FftLength with zeros. The same bits as `emphasisedFrame` in frames.ts.
 */
template <class P, class In>
inline Filled emphasisedFrame(In in, int32_t start, int32_t* frame) {
  uint32_t magnitudes = 0;
  int32_t sum = 0, before = 0, back = start - P::kEmphasisShift;
  if (back < 0) back += P::kSamples;
  int32_t latest = sampleOf(in[back]);
  for (int32_t i = 0; i < P::kFrameSamples; ++i) {
    const int32_t x = sampleOf(in[start + i]);
    const int32_t y = x * 32768 - P::kEmphasis * latest - P::kEmphasisRest * latest / 256;
    frame[i] = y;
    magnitudes += static_cast<uint32_t>(y ^ (y >> 31)) >> P::kLog2FftLength;
    if (P::kLoneBin) {
      sum += x;
      before += latest;
    }
    if (P::kEmphasisShift == 1) {
      latest = x;
    } else {
      if (++back == P::kSamples) back = 0;
      latest = sampleOf(in[back]);
    }
  }
  const int32_t shift = finishFrame(frame, P::kFrameSamples, P::kLog2FftLength, magnitudes);
  const Filled filled = {shift, P::kLoneBin ? exactSum<P>(sum, before) : 0};
  return filled;
}

/** Without a high-pass; returns the shift alone. The same bits as `plainFrame` in frames.ts. */
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
