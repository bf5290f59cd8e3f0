#pragma once
#include <stdint.h>

#include "../primitives/frame-stream/frame-stream.h"
#include "mfe.h"

namespace impulsekit {
namespace dsp {

/** How rows are kept: 8-bit codes as such. */
template <bool kDecibels>
struct MfeRow {
  typedef uint8_t Type;
};

template <>
struct MfeRow<false> {
  typedef float Type;
};

/** The rows of Mfe one by one. */
template <class P>
struct MfeRows {
  typedef typename MfeRow<P::kDecibels>::Type Row;
  static constexpr int32_t kSamples = P::kSamples, kFrames = P::kFrames, kStride = P::kStride;
  static constexpr int32_t kFrameSamples = P::kFrameSamples, kColumns = P::kFilters;
  static constexpr int32_t kBack = P::kEmphasisShift;
  static constexpr bool kCircular = kBack > 0;

  template <class In>
  static void row(In in, int32_t start, void* scratch, float* out) {
    float* x = static_cast<float*>(scratch);
    emphasisedFrame<P>(in, start, x);
    Mfe<P>::frame(x, out);
  }
};

/** Mfe of a sliding window, slice by slice. */
template <class P, int32_t kSlice, class Sample>
struct MfeStream {
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
