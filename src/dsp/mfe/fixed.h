#pragma once
#include <stdint.h>

#include "../primitives/fixed/fft.h"
#include "../primitives/fixed/frames.h"
#include "../primitives/fixed/mel.h"

namespace impulsekit {
namespace dsp {

/** Mel-filterbank energies in decibels as 8-bit codes, in integers. */
template <class P>
struct FixedMfe {
  static constexpr int32_t kScratchBytes = 4 * P::kScratchInts;

  template <class In, class Out>
  static void run(In in, Out out, void* scratch) {
    int32_t* x = static_cast<int32_t*>(scratch);
    for (int32_t k = 0; k < P::kFrames; ++k, out += P::kFilters) {
      frame(x, fixed::emphasisedFrame<P>(in, k * P::kStride, x), out);
    }
  }

  /** Turns a frame (destroyed; `filled` as `emphasisedFrame` gives it) into one row of features. */
  template <class Row>
  static void frame(int32_t* x, fixed::Filled filled, Row row) {
    int32_t* levels = x + kFftLength + 2;
    const fixed::SineTable sines = {P::kSine, P::kSineRest, kFftLength / 4};
    fixed::powerSpectrum(x, sines, filled.shift, P::kPowerShift);
    const fixed::MelFilters mel = {P::kFilters, P::kBins, P::kReciprocals, P::kReciprocalShift, P::kLog, P::kEmpty};
    fixed::melLogarithms(x, kFftLength, mel, P::kExponent + 2 * filled.shift, levels);
    if (P::kLoneBin) levels[0] = fixed::loneLogarithm(filled.sum, mel, P::kExponent - 2 * P::kPowerShift);
    for (int32_t i = 0; i < P::kFilters; ++i) row[i] = code(levels[i]);
  }

 private:
  static constexpr int32_t kFftLength = static_cast<int32_t>(1) << P::kLog2FftLength;

  /** Decibels between the noise floor and +12 dB as q / 256, q = 0..255. */
  static float code(int32_t level) {
    const int32_t above = level - P::kCodeFloor;
    if (above <= 0) return 0.0f;
    const int32_t q = (fixed::scaled(above, P::kCodeSlope) + (static_cast<int32_t>(1) << (P::kCodeBits - 1))) >> P::kCodeBits;
    return fixed::toFloat(q < 255 ? q : 255, 8);
  }
};

}  // namespace dsp
}  // namespace impulsekit
