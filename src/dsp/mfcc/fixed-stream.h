#pragma once
#include <stdint.h>
#include <string.h>

#include "../primitives/frame-stream/frame-stream.h"
#include "fixed.h"

namespace impulsekit {
namespace dsp {

/** The rows of FixedMfcc one by one: integers in the places of floats, not normalised. */
template <class P>
struct FixedMfccFrames {
  static constexpr int32_t kSamples = P::kSamples, kFrames = P::kFrames, kStride = P::kStride;
  static constexpr int32_t kFrameSamples = P::kFrameSamples, kColumns = P::kCoefficients;
  static constexpr int32_t kBack = P::kEmphasisShift;
  static constexpr bool kCircular = kBack > 0;

  template <class In>
  static void row(In in, int32_t start, void* scratch, float* out) {
    int32_t* x = static_cast<int32_t*>(scratch);
    FixedMfcc<P>::frame(x, fixed::emphasisedFrame<P>(in, start, x));
    memcpy(out, x, sizeof(int32_t) * P::kCoefficients);
  }
};

/** FixedMfcc of a sliding window, slice by slice; the normalisation takes in the whole window each time. */
template <class P, int32_t kSlice, class Sample>
struct FixedMfccStream {
  typedef FrameStream<FixedMfccFrames<P>, kSlice, Sample> Rows;
  typedef typename Rows::State State;
  static constexpr int32_t kStateBytes = static_cast<int32_t>(sizeof(State));

  static void reset(void* state) { Rows::reset(static_cast<State*>(state)); }

  static bool push(const Sample* slice, float* out, void* state, void* scratch) {
    if (!Rows::push(slice, out, static_cast<State*>(state), scratch)) return false;
    FixedMfccRows<P, P::kNormalizationFrames != 0>::run(out, static_cast<int32_t*>(scratch));
    return true;
  }
};

}  // namespace dsp
}  // namespace impulsekit
