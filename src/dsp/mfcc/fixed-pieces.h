#pragma once
#include <stdint.h>

#include "../primitives/frame-stream/frame-pieces.h"
#include "fixed-stream.h"

namespace impulsekit {
namespace dsp {

/** FixedMfccStream for slices that come in pieces. */
template <class P, int32_t kSlice, int32_t kPiece, class Sample>
struct FixedMfccPieces : FramePieces<FixedMfccFrames<P>, KeptFloats<FixedMfccFrames<P>>, kSlice, kPiece, Sample> {};

}  // namespace dsp
}  // namespace impulsekit
