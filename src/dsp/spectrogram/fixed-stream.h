#pragma once
#include <stdint.h>

#include "../primitives/frame-stream/frame-stream.h"
#include "fixed.h"

namespace impulsekit {
namespace dsp {

/** The rows of FixedSpectrogram one by one. */
template <class P>
struct FixedSpectrogramRows {
  static constexpr int32_t kSamples = P::kSamples, kFrames = P::kFrames, kStride = P::kStride;
  static constexpr int32_t kFrameSamples = P::kFrameSamples, kColumns = FixedSpectrogram<P>::kBands;
  static constexpr int32_t kBack = 0;
  static constexpr bool kCircular = false;

  template <class In>
  static void row(In in, int32_t start, void* scratch, float* out) {
    int32_t* x = static_cast<int32_t*>(scratch);
    FixedSpectrogram<P>::frame(x, fixed::plainFrame<P::kLog2FftLength>(in, start, P::kFrameSamples, x), out);
  }
};

/** FixedSpectrogram of a sliding window, slice by slice. */
template <class P, int32_t kSlice, class Sample>
struct FixedSpectrogramStream {
  typedef FrameStream<FixedSpectrogramRows<P>, kSlice, Sample> Rows;
  typedef typename Rows::State State;
  static constexpr int32_t kStateBytes = static_cast<int32_t>(sizeof(State));

  static void reset(void* state) { Rows::reset(static_cast<State*>(state)); }

  static bool push(const Sample* slice, float* out, void* state, void* scratch) {
    return Rows::push(slice, out, static_cast<State*>(state), scratch);
  }
};

}  // namespace dsp
}  // namespace impulsekit
