#pragma once
#include <stdint.h>
#include <string.h>

#include "../primitives/frame-stream/frame-stream.h"
#include "fixed.h"

namespace impulsekit {
namespace dsp {

/** A feature q / 256 as the byte q. */
struct FixedCode {
  uint8_t value;
};

/** Integers only, for processors without floating point. */
template <>
struct Packing<FixedCode> {
  static void pack(const float* values, FixedCode* kept, int32_t size) {
    for (int32_t i = 0; i < size; ++i) {
      uint32_t bits;
      memcpy(&bits, values + i, sizeof bits);
      const uint32_t code = bits == 0 ? 0 : (0x800000u | (bits & 0x7FFFFFu)) >> (142 - (bits >> 23));
      kept[i].value = static_cast<uint8_t>(code);
    }
  }

  static void unpack(const FixedCode* kept, float* values, int32_t size) {
    for (int32_t i = 0; i < size; ++i) {
      uint32_t code = kept[i].value, exponent = 126;
      for (; code != 0 && code < 128; code *= 2) --exponent;
      const uint32_t bits = code == 0 ? 0 : (exponent << 23) | ((code & 127) << 16);
      memcpy(values + i, &bits, sizeof bits);
    }
  }
};

/** The rows of FixedMfe one by one. */
template <class P>
struct FixedMfeRows {
  typedef FixedCode Row;
  static constexpr int32_t kSamples = P::kSamples, kFrames = P::kFrames, kStride = P::kStride;
  static constexpr int32_t kFrameSamples = P::kFrameSamples, kColumns = P::kFilters;
  static constexpr int32_t kBack = P::kEmphasisShift;
  static constexpr bool kCircular = kBack > 0;

  template <class In>
  static void row(In in, int32_t start, void* scratch, float* out) {
    int32_t* x = static_cast<int32_t*>(scratch);
    const int32_t shift =
        fixed::emphasisedFrame<P::kEmphasisShift, P::kEmphasis, P::kEmphasisRest, P::kLog2FftLength>(
            in, P::kSamples, start, P::kFrameSamples, x);
    FixedMfe<P>::frame(x, shift, out);
  }
};

/** FixedMfe of a sliding window, slice by slice. */
template <class P, int32_t kSlice, class Sample>
struct FixedMfeStream {
  typedef FrameStream<FixedMfeRows<P>, kSlice, Sample> Rows;
  typedef typename Rows::State State;
  static constexpr int32_t kStateBytes = static_cast<int32_t>(sizeof(State));

  static void reset(void* state) { Rows::reset(static_cast<State*>(state)); }

  static bool push(const Sample* slice, float* out, void* state, void* scratch) {
    return Rows::push(slice, out, static_cast<State*>(state), scratch);
  }
};

}  // namespace dsp
}  // namespace impulsekit
