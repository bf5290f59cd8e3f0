#pragma once
#include <stdint.h>

#include "../primitives/frame-stream/frame-pieces.h"
#include "stream.h"

namespace impulsekit {
namespace dsp {

/** MfeStream for slices that come in pieces. */
template <class P, int32_t kSlice, int32_t kPiece, class Sample, bool kDecibels = P::kDecibels>
struct MfePieces : FramePieces<MfeRows<P>, KeptBytes<MfeRows<P>, ByteCode>, kSlice, kPiece, Sample> {};

template <class P, int32_t kSlice, int32_t kPiece, class Sample>
struct MfePieces<P, kSlice, kPiece, Sample, false>
    : FramePieces<MfeRows<P>, KeptFloats<MfeRows<P>>, kSlice, kPiece, Sample> {};

}  // namespace dsp
}  // namespace impulsekit
