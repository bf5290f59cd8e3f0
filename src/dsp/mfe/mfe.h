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
  static constexpr int32_t kScratchBytes = 4 * P::kFftLength;

  static void run(const float* in, float* out, void* scratch) {
    float* frame = static_cast<float*>(scratch);
    const PreEmphasis emphasis = {P::kEmphasisShift, P::kEmphasisHigh, P::kEmphasisLow};
    for (int32_t k = 0; k < P::kFrames; ++k, out += P::kFilters) {
      emphasisedFrame(in, P::kSamples, k * P::kStride, P::kFrameSamples, emphasis, frame, P::kFftLength);
      powerSpectrum(frame, P::kFftLength, P::kSine);
      melEnergies(frame, P::kBins, P::kFilters, out);
      for (int32_t i = 0; i < P::kFilters; ++i) out[i] = code(out[i]);
    }
  }

 private:
  /** Decibels between the noise floor and +12 dB as q / 256, q = 0..255, rounded half to even. */
  static float code(float energy) {
    energy *= 9.3132257e-10f;  // 2^-30: samples count as fractions of 32768
    if (energy == 0.0f) energy = 1e-10f;
    if (energy < 1e-30f) energy = 1e-30f;
    const float value = logarithm(energy) * P::kCodeSlope + P::kCodeOffset;
    if (!(value > 0.0f)) return 0.0f;
    if (value >= 255.0f) return 255.0f / 256.0f;
    int32_t q = static_cast<int32_t>(value);
    const float rest = value - static_cast<float>(q);
    if (rest > 0.5f || (rest == 0.5f && (q & 1) == 1)) ++q;
    return static_cast<float>(q) * (1.0f / 256.0f);
  }
};

}  // namespace dsp
}  // namespace impulsekit
