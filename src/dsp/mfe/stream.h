#pragma once
#include <stdint.h>

#include "../primitives/frame-stream/frame-stream.h"
#include "mfe.h"

namespace impulsekit {
namespace dsp {

/** The rows of Mfe one by one. */
template <class P>
struct MfeRows : RowSizes<P, P::kFilters, P::kEmphasisShift> {
  template <class In, class Row>
  static void row(In in, int32_t start, void* scratch, Row row) {
    float* x = static_cast<float*>(scratch);
    const float sum = emphasisedFrame<P>(in, start, x);
    Mfe<P>::frame(x, sum, row);
  }

  static void finish(float* matrix, void* scratch) { Mfe<P>::finish(matrix, static_cast<float*>(scratch)); }
};

/** Mfe of a sliding window, slice by slice. Versions 3 and 4 keep their 8-bit codes as such. */
template <class P, int32_t kSlice, class Sample, bool kDecibels = P::kDecibels>
struct MfeStream : ByteFrameStream<MfeRows<P>, ByteCode, kSlice, Sample> {};

/** Versions 1 and 2 scale the rows of the whole window. */
template <class P, int32_t kSlice, class Sample>
struct MfeStream<P, kSlice, Sample, false> : RowStream<MfeRows<P>, kSlice, Sample> {};

}  // namespace dsp
}  // namespace impulsekit
