#pragma once
#include <stdint.h>

#include "../primitives/dct/dct.h"
#include "../primitives/fft/fft.h"
#include "../primitives/frames/frames.h"
#include "../../logarithm.h"
#include "../primitives/mel/mel.h"
#include "../primitives/normalise/columns.h"

namespace impulsekit {
namespace dsp {

/** Mel-frequency cepstral coefficients; frame by frame from the window straight into the output. */
template <class P>
struct Mfcc {
  static constexpr int32_t kScratchBytes = P::kScratchFloats * 4;

  template <class In>
  static void run(In in, float* out, void* scratch) {
    float* work = static_cast<float*>(scratch);
    for (int32_t k = 0; k < P::kFrames; ++k) {
      const float sum = emphasisedFrame<P>(in, k * P::kStride, work);
      frame(work, sum, out + k * P::kCoefficients);
    }
    finish(out, work);
  }

  /**
   * Turns a frame as `emphasisedFrame` leaves it (destroyed) and its sum into one row of kCoefficients features, not normalised.
   * `x` is all of the working memory: kScratchBytes.
   */
  static void frame(float* x, float sum, float* row) {
    constexpr int32_t kBins = P::kFftLength / 2 + 1;
    rawPowers<P::kFftLength>(x, P::kTwiddles);
    if (P::kLoneBin) x[0] = sum * sum;
    float* energies = x + kBins;
    float total = melEnergies(x, P::kBins, P::kFilters, energies);
    for (int32_t b = 0; b <= P::kBins[0]; ++b) total += x[b];
    for (int32_t b = P::kBins[P::kFilters + 1] + 1; b < kBins; ++b) total += x[b];
    energies[P::kFilters] = total;
    for (int32_t i = 0; i <= P::kFilters; ++i) {
      const float energy = energies[i] * powerScale(P::kFftLength);
      energies[i] = logarithmHere(energy == 0.0f ? 1e-10f : energy);
    }
    row[0] = energies[P::kFilters];
    dct(energies, P::kFilters, P::kDct, P::kCoefficients - 1, row);
  }

  /** Normalises the matrix of all kFrames rows in place; `scratch` as for `run`. */
  static void finish(float* matrix, float* scratch) {
    NormaliseColumns<P::kFrames, P::kNormalizationFrames>::run(matrix, P::kCoefficients, P::kSilence, scratch);
  }
};

}  // namespace dsp
}  // namespace impulsekit
