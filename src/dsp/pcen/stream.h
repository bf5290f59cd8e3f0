#pragma once
#include <stdint.h>

#include "../primitives/frame-stream/frame-stream.h"
#include "pcen.h"

namespace impulsekit {
namespace dsp {

/** The energies of Pcen row by row. */
template <class P>
struct PcenRows : RowSizes<P, P::kFilters, 0> {
  template <class In>
  static void row(In in, int32_t start, void* scratch, float* out) {
    float* x = static_cast<float*>(scratch);
    Pcen<P>::fill(in, start, x);
    Pcen<P>::frame(x, out);
  }

  static void finish(float* matrix, void*) { Pcen<P>::finish(matrix); }
};

/** Pcen of a sliding window, slice by slice: the smoothing starts anew with every window, as in the batch. */
template <class P, int32_t kSlice, class Sample>
struct PcenStream : RowStream<PcenRows<P>, kSlice, Sample> {};

}  // namespace dsp
}  // namespace impulsekit
