#pragma once
#include <stdint.h>

#include "../primitives/frame-stream/frame-stream.h"
#include "mfe.h"

namespace impulsekit {
namespace dsp {

/** The rows of Mfe one by one; 8-bit codes are kept as such. */
template <class P>
struct MfeRows {
  typedef uint8_t Row;
  static constexpr int32_t kSamples = P::kSamples, kFrames = P::kFrames, kStride = P::kStride;
  static constexpr int32_t kFrameSamples = P::kFrameSamples, kColumns = P::kFilters;
  static constexpr int32_t kBack = P::kEmphasisShift;
  static constexpr bool kCircular = kBack > 0;

  template <class In>
  static void fill(In in, int32_t start, float* x) {
    emphasisedFrame<P>(in, start, x);
  }
  static void frame(float* x, float* row) { Mfe<P>::frame(x, row); }
};

/** Mfe of a sliding window, slice by slice. */
template <class P, int32_t kSlice, class Sample>
struct MfeStream {
  typedef FrameStream<MfeRows<P>, kSlice, Sample> Rows;
  typedef typename Rows::State State;
  static constexpr int32_t kStateBytes = static_cast<int32_t>(sizeof(State));

  static void reset(void* state) { Rows::reset(static_cast<State*>(state)); }

  static bool push(const Sample* slice, float* out, void* state, void* scratch) {
    float* work = static_cast<float*>(scratch);
    if (!Rows::push(slice, out, static_cast<State*>(state), work)) return false;
    Mfe<P>::finish(out, work);
    return true;
  }
};

}  // namespace dsp
}  // namespace impulsekit
