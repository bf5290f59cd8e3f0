#pragma once
#include <stdint.h>

#include "../primitives/frame-stream/frame-pieces.h"
#include "fixed-stream.h"

namespace impulsekit {
namespace dsp {

/** FixedMfeStream for slices that come in pieces. */
template <class P, int32_t kSlice, int32_t kPiece, class Sample>
struct FixedMfePieces : FramePieces<FixedMfeRows<P>, KeptBytes<FixedMfeRows<P>, FixedCode>, kSlice, kPiece, Sample> {};

}  // namespace dsp
}  // namespace impulsekit
