#pragma once
#include <stdint.h>

#include "../primitives/frame-stream/frame-pieces.h"
#include "stream.h"

namespace impulsekit {
namespace dsp {

/** MfccStream for slices that come in pieces. */
template <class P, int32_t kSlice, int32_t kPiece, class Sample>
struct MfccPieces : FramePieces<MfccRows<P>, KeptFloats<MfccRows<P>>, kSlice, kPiece, Sample> {};

}  // namespace dsp
}  // namespace impulsekit
