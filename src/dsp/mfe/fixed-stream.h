#pragma once
#include <stdint.h>

#include "../primitives/frame-stream/frame-stream.h"
#include "fixed.h"

namespace impulsekit {
namespace dsp {

/** The rows of FixedMfe one by one; 8-bit codes are kept as such. */
template <class P>
struct FixedMfeRows {
  typedef uint8_t Row;
  static constexpr int32_t kSamples = P::kSamples, kFrames = P::kFrames, kStride = P::kStride;
  static constexpr int32_t kFrameSamples = P::kFrameSamples, kColumns = P::kFilters;
  static constexpr int32_t kBack = P::kEmphasisShift;
  static constexpr bool kCircular = kBack > 0;

  template <class In>
  static void row(In in, int32_t start, void* scratch, float* out) {
    int32_t* x = static_cast<int32_t*>(scratch);
    const int32_t shift =
        fixed::emphasisedFrame<P::kEmphasisShift, P::kEmphasis, P::kEmphasisRest, P::kLog2FftLength>(
            in, P::kSamples, start, P::kFrameSamples, x);
    FixedMfe<P>::frame(x, shift, out);
  }
};

/** FixedMfe of a sliding window, slice by slice. */
template <class P, int32_t kSlice, class Sample>
struct FixedMfeStream {
  typedef FrameStream<FixedMfeRows<P>, kSlice, Sample> Rows;
  typedef typename Rows::State State;
  static constexpr int32_t kStateBytes = static_cast<int32_t>(sizeof(State));

  static void reset(void* state) { Rows::reset(static_cast<State*>(state)); }

  static bool push(const Sample* slice, float* out, void* state, void* scratch) {
    return Rows::push(slice, out, static_cast<State*>(state), scratch);
  }
};

}  // namespace dsp
}  // namespace impulsekit
