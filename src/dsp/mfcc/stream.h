#pragma once
#include <stdint.h>

#include "../primitives/frame-stream/frame-stream.h"
#include "mfcc.h"

namespace impulsekit {
namespace dsp {

/** The rows of Mfcc one by one, not normalised. */
template <class P>
struct MfccRows : RowSizes<P, P::kCoefficients, P::kEmphasisShift> {
  template <class In>
  static void row(In in, int32_t start, void* scratch, float* out) {
    float* x = static_cast<float*>(scratch);
    const float sum = emphasisedFrame<P>(in, start, x);
    Mfcc<P>::frame(x, sum, out);
  }

  static void finish(float* matrix, void* scratch) { Mfcc<P>::finish(matrix, static_cast<float*>(scratch)); }
};

/** Mfcc of a sliding window, slice by slice; the normalisation takes in the whole window each time. */
template <class P, int32_t kSlice, class Sample>
struct MfccStream : RowStream<MfccRows<P>, kSlice, Sample> {};

}  // namespace dsp
}  // namespace impulsekit
