#pragma once
#include <stdint.h>

#include "../primitives/frame-stream/frame-stream.h"
#include "spectrogram.h"

namespace impulsekit {
namespace dsp {

/** The rows of Spectrogram one by one: levels, not yet scaled. */
template <class P>
struct SpectrogramRows : RowSizes<P, Spectrogram<P>::kBands, 0> {
  template <class In>
  static void row(In in, int32_t start, void* scratch, float* out) {
    float* x = static_cast<float*>(scratch);
    emphasisedFrame<P>(in, start, x);
    Spectrogram<P>::frame(x, out);
  }
};

/** Spectrogram of a sliding window, slice by slice; the scale takes in the whole window each time. */
template <class P, int32_t kSlice, class Sample>
struct SpectrogramStream {
  typedef FrameStream<SpectrogramRows<P>, kSlice, Sample> Rows;
  struct State {
    /** Samples since the last one outside -1..1, up to a window. */
    int32_t quiet;
    typename Rows::State rows;
  };
  static constexpr int32_t kStateBytes = static_cast<int32_t>(sizeof(State));

  static void reset(void* state) {
    static_cast<State*>(state)->quiet = P::kSamples;
    Rows::reset(&static_cast<State*>(state)->rows);
  }

  static bool push(const Sample* slice, float* out, void* state, void* scratch) {
    State& s = *static_cast<State*>(state);
    s.quiet = Loudness<P::kRescales>::since(slice, kSlice, s.quiet);
    if (s.quiet > P::kSamples) s.quiet = P::kSamples;
    if (!Rows::push(slice, out, &s.rows, scratch)) return false;
    Spectrogram<P>::finish(out, s.quiet < P::kSamples);
    return true;
  }
};

}  // namespace dsp
}  // namespace impulsekit
