#pragma once
#include <stdint.h>

#include "../primitives/frame-stream/frame-stream.h"
#include "mfe.h"

namespace impulsekit {
namespace dsp {

/** The rows of Mfe one by one. */
template <class P>
struct MfeRows {
  static constexpr int32_t kSamples = P::kSamples, kFrames = P::kFrames, kStride = P::kStride;
  static constexpr int32_t kFrameSamples = P::kFrameSamples, kColumns = P::kFilters;
  static constexpr int32_t kBack = P::kEmphasisShift;
  static constexpr bool kCircular = kBack > 0;

  template <class In, class Row>
  static void row(In in, int32_t start, void* scratch, Row row) {
    float* x = static_cast<float*>(scratch);
    const float sum = emphasisedFrame<P>(in, start, x);
    Mfe<P>::frame(x, sum, row);
  }
};

/** Mfe of a sliding window, slice by slice. Versions 3 and 4 keep their 8-bit codes as such. */
template <class P, int32_t kSlice, class Sample, bool kDecibels = P::kDecibels>
struct MfeStream : ByteFrameStream<MfeRows<P>, ByteCode, kSlice, Sample> {};

/** Versions 1 and 2 scale the rows of the whole window. */
template <class P, int32_t kSlice, class Sample>
struct MfeStream<P, kSlice, Sample, false> {
  typedef FrameStream<MfeRows<P>, kSlice, Sample> Rows;
  typedef typename Rows::State State;
  static constexpr int32_t kStateBytes = static_cast<int32_t>(sizeof(State));

  static void reset(void* state) { Rows::reset(static_cast<State*>(state)); }

  static bool push(const Sample* slice, float* out, void* state, void* scratch) {
    if (!Rows::push(slice, out, static_cast<State*>(state), scratch)) return false;
    Mfe<P>::finish(out, static_cast<float*>(scratch));
    return true;
  }
};

}  // namespace dsp
}  // namespace impulsekit
