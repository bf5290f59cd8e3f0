#pragma once
#include <stdint.h>

#include "../primitives/frame-stream/frame-stream.h"
#include "fixed.h"

namespace impulsekit {
namespace dsp {

/** The rows of FixedSpectrogram one by one. */
template <class P>
struct FixedSpectrogramRows : RowSizes<P, FixedSpectrogram<P>::kBands, 0> {
  template <class In>
  static void row(In in, int32_t start, void* scratch, float* out) {
    int32_t* x = static_cast<int32_t*>(scratch);
    FixedSpectrogram<P>::frame(x, fixed::plainFrame<P::kLog2FftLength>(in, start, P::kFrameSamples, x), out);
  }

  static void finish(float*, void*) {}
};

/** FixedSpectrogram of a sliding window, slice by slice. */
template <class P, int32_t kSlice, class Sample>
struct FixedSpectrogramStream : RowStream<FixedSpectrogramRows<P>, kSlice, Sample> {};

}  // namespace dsp
}  // namespace impulsekit
