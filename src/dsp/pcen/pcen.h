#pragma once
#include <stdint.h>

#include "../../square-root.h"
#include "../../exponential.h"
#include "../primitives/fft/fft.h"
#include "../../logarithm.h"
#include "../primitives/mel/mel.h"
#include "../primitives/window/window.h"

namespace impulsekit {
namespace dsp {

/** Mel energies, normalised against the recent energy of their own channel, or as logarithms. */
template <class P>
struct Pcen {
  /** Floats that `frame` works in. */
  static constexpr int32_t kFrameFloats = P::kFftLength;
  static constexpr int32_t kScratchBytes = 4 * kFrameFloats;

  template <class In>
  static void run(In in, float* out, void* scratch) {
    float* work = static_cast<float*>(scratch);
    for (int32_t k = 0; k < P::kFrames; ++k) {
      fill(in, k * P::kStride, work);
      frame(work, out + k * P::kFilters);
    }
    finish(out);
  }

  /** The windowed frame that starts at `start`, and zeros. */
  template <class In>
  static void fill(In in, int32_t start, float* x) {
    const From<In> samples = {in, start};
    windowFrame(samples, P::kFrameSamples, P::kWindow, P::kWindowCount, x);
    for (int32_t i = P::kFrameSamples; i < P::kFftLength; ++i) x[i] = 0.0f;
  }

  /** Turns a filled frame (destroyed) into one row of energies. */
  static void frame(float* x, float* row) {
    rawPowers<P::kFftLength>(x, P::kTwiddles);
    melEnergies(x, P::kBins, P::kFilters, row);
    for (int32_t i = 0; i < P::kFilters; ++i) {
      if (!(row[i] <= 3.4028235e38f)) row[i] = 3.4028235e38f;
    }
  }

  /** Turns the rows of a window into features, in place. */
  static void finish(float* rows) {
    for (int32_t i = 0; i < P::kFilters; ++i) {
      float* x = rows + i;
      float smooth = *x;
      for (int32_t k = 0; k < P::kFrames; ++k, x += P::kFilters) {
        if (!P::kPcen) {
          *x = logarithm(*x + P::kEpsilon);
          continue;
        }
        smooth = P::kKeep * smooth + P::kSmoothing * *x;
        const float level = *x * power(smooth + P::kEpsilon, P::kGain) + P::kBias;
        *x = (P::kRoot ? squareRoot(level) : power(level, P::kPower)) - P::kOffset;
      }
    }
  }
};

}  // namespace dsp
}  // namespace impulsekit
