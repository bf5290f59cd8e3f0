#pragma once
#include <stdint.h>

#include "../primitives/frame-stream/frame-stream.h"
#include "mfcc.h"

namespace impulsekit {
namespace dsp {

/** The rows of Mfcc one by one, not normalised. */
template <class P>
struct MfccRows {
  static constexpr int32_t kSamples = P::kSamples, kFrames = P::kFrames, kStride = P::kStride;
  static constexpr int32_t kFrameSamples = P::kFrameSamples, kColumns = P::kCoefficients;
  static constexpr int32_t kBack = P::kEmphasisShift;
  static constexpr bool kCircular = kBack > 0;

  template <class In>
  static void row(In in, int32_t start, void* scratch, float* out) {
    float* x = static_cast<float*>(scratch);
    const float sum = emphasisedFrame<P>(in, start, x);
    Mfcc<P>::frame(x, sum, out);
  }
};

/** Mfcc of a sliding window, slice by slice; the normalisation takes in the whole window each time. */
template <class P, int32_t kSlice, class Sample>
struct MfccStream {
  typedef FrameStream<MfccRows<P>, kSlice, Sample> Rows;
  typedef typename Rows::State State;
  static constexpr int32_t kStateBytes = static_cast<int32_t>(sizeof(State));

  static void reset(void* state) { Rows::reset(static_cast<State*>(state)); }

  static bool push(const Sample* slice, float* out, void* state, void* scratch) {
    if (!Rows::push(slice, out, static_cast<State*>(state), scratch)) return false;
    Mfcc<P>::finish(out, static_cast<float*>(scratch));
    return true;
  }
};

}  // namespace dsp
}  // namespace impulsekit
