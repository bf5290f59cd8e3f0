#pragma once
#include <stdint.h>
#include <string.h>

#include "../primitives/frame-stream/frame-stream.h"
#include "fixed.h"

namespace impulsekit {
namespace dsp {

/** Features q / 256 as q, in integers only. */
struct FixedCode {
  static uint8_t pack(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return static_cast<uint8_t>(bits == 0 ? 0 : (0x800000u | (bits & 0x7FFFFFu)) >> (142 - (bits >> 23)));
  }

  static float unpack(uint8_t kept) {
    uint32_t code = kept, exponent = 126;
    for (; code != 0 && code < 128; code *= 2) --exponent;
    const uint32_t bits = code == 0 ? 0 : (exponent << 23) | ((code & 127) << 16);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
  }
};

/** The rows of FixedMfe one by one. */
template <class P>
struct FixedMfeRows : RowSizes<P, P::kFilters, P::kEmphasisShift> {
  template <class In, class Row>
  static void row(In in, int32_t start, void* scratch, Row row) {
    int32_t* x = static_cast<int32_t*>(scratch);
    FixedMfe<P>::frame(x, fixed::emphasisedFrame<P>(in, start, x), row);
  }
};

/** FixedMfe of a sliding window, slice by slice. */
template <class P, int32_t kSlice, class Sample>
struct FixedMfeStream : ByteFrameStream<FixedMfeRows<P>, FixedCode, kSlice, Sample> {};

}  // namespace dsp
}  // namespace impulsekit
