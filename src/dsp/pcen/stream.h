#pragma once
#include <stdint.h>

#include "../primitives/frame-stream/frame-stream.h"
#include "pcen.h"

namespace impulsekit {
namespace dsp {

/** The energies of Pcen row by row. */
template <class P>
struct PcenRows {
  static constexpr int32_t kSamples = P::kSamples, kFrames = P::kFrames, kStride = P::kStride;
  static constexpr int32_t kFrameSamples = P::kFrameSamples, kColumns = P::kFilters;
  static constexpr int32_t kBack = 0;
  static constexpr bool kCircular = false;

  template <class In>
  static void row(In in, int32_t start, void* scratch, float* out) {
    float* x = static_cast<float*>(scratch);
    Pcen<P>::fill(in, start, x);
    Pcen<P>::frame(x, out);
  }
};

/** Pcen of a sliding window, slice by slice: the smoothing starts anew with every window, as in the batch. */
template <class P, int32_t kSlice, class Sample>
struct PcenStream {
  typedef FrameStream<PcenRows<P>, kSlice, Sample> Rows;
  typedef typename Rows::State State;
  static constexpr int32_t kStateBytes = static_cast<int32_t>(sizeof(State));

  static void reset(void* state) { Rows::reset(static_cast<State*>(state)); }

  static bool push(const Sample* slice, float* out, void* state, void* scratch) {
    if (!Rows::push(slice, out, static_cast<State*>(state), scratch)) return false;
    Pcen<P>::finish(out);
    return true;
  }
};

}  // namespace dsp
}  // namespace impulsekit
