#pragma once
#include <stdint.h>

#include "../primitives/fft/fft.h"
#include "../primitives/frames/frames.h"
#include "../primitives/log/log.h"
#include "../primitives/mel/mel.h"

namespace impulsekit {
namespace dsp {

/** Mel-filterbank energies in decibels as 8-bit codes; frame by frame from the window straight into the output. */
template <class P>
struct Mfe {
  /** Floats that `frame` works in. */
  static constexpr int32_t kFrameFloats = P::kFftLength;
  static constexpr int32_t kScratchBytes = 4 * kFrameFloats;

  template <class In>
  static void run(In in, float* out, void* scratch) {
    float* work = static_cast<float*>(scratch);
    for (int32_t k = 0; k < P::kFrames; ++k) {
      emphasisedFrame<P>(in, k * P::kStride, work);
      frame(work, out + k * P::kFilters);
    }
    finish(out, work);
  }

  /** Turns a frame as `emphasisedFrame` leaves it (destroyed) into one row of kFilters features. */
  static void frame(float* x, float* row) {
    rawPowers<P::kFftLength>(x, P::kTwiddles);
    melEnergies(x, P::kBins, P::kFilters, row);
    for (int32_t i = 0; i < P::kFilters; ++i) row[i] = code(row[i]);
  }

  /** What is left to do when all kFrames rows are there, in place; `scratch` as for `run`. */
  static void finish(float*, float*) {}

 private:
  /** Decibels between the noise floor and +12 dB as q / 256, q = 0..255, rounded half to even. */
  static IMPULSEKIT_ALWAYS_INLINE float code(float energy) {
    energy *= (1.0f / static_cast<float>(P::kFftLength)) * 9.3132257e-10f;  // 2^-30: samples count as fractions of 32768
    if (energy == 0.0f) energy = 1e-10f;
    if (energy < 1e-30f) energy = 1e-30f;
    float value = logarithmHere(energy) * P::kCodeSlope + P::kCodeOffset;
    if (!(value > 0.0f)) value = 0.0f;
    if (value > 255.0f) value = 255.0f;
    // Floats of this size are whole numbers.
    return ((value + 12582912.0f) - 12582912.0f) * (1.0f / 256.0f);
  }
};

}  // namespace dsp
}  // namespace impulsekit
