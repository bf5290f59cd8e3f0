#pragma once
#include <stdint.h>
#include <string.h>

#include "../primitives/frame-stream/frame-stream.h"
#include "fixed.h"

namespace impulsekit {
namespace dsp {

/** The rows of FixedMfcc one by one: integers in the places of floats, not normalised. */
template <class P>
struct FixedMfccFrames : RowSizes<P, P::kCoefficients, P::kEmphasisShift> {
  template <class In>
  static void row(In in, int32_t start, void* scratch, float* out) {
    int32_t* x = static_cast<int32_t*>(scratch);
    FixedMfcc<P>::frame(x, fixed::emphasisedFrame<P>(in, start, x));
    memcpy(out, x, sizeof(int32_t) * P::kCoefficients);
  }

  static void finish(float* matrix, void* scratch) {
    FixedMfccRows<P, P::kNormalizationFrames != 0>::run(matrix, static_cast<int32_t*>(scratch));
  }
};

/** FixedMfcc of a sliding window, slice by slice; the normalisation takes in the whole window each time. */
template <class P, int32_t kSlice, class Sample>
struct FixedMfccStream : RowStream<FixedMfccFrames<P>, kSlice, Sample> {};

}  // namespace dsp
}  // namespace impulsekit
