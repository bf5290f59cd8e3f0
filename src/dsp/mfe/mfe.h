#pragma once
#include <stdint.h>

#include "../primitives/fft/fft.h"
#include "../primitives/frames/frames.h"
#include "../../logarithm.h"
#include "../primitives/mel/mel.h"
#include "../primitives/normalise/columns.h"

namespace impulsekit {
namespace dsp {

/** Versions 3 and 4: decibels between the noise floor and +12 dB as 8-bit codes. */
template <class P, bool kDecibels>
struct MfeScale {
  template <class Row>
  static void row(const float* energies, Row row) {
    for (int32_t i = 0; i < P::kFilters; ++i) row[i] = code(energies[i]);
  }

  template <class Matrix>
  static void finish(Matrix, float*) {}

 private:
  /** q / 256, q = 0..255, rounded half to even. */
  static IMPULSEKIT_ALWAYS_INLINE float code(float energy) {
    energy *= powerScale(P::kFftLength) * 9.3132257e-10f;  // 2^-30: samples count as fractions of 32768
    if (energy == 0.0f) energy = 1e-10f;
    if (energy < 1e-30f) energy = 1e-30f;
    float value = logarithmHere(energy) * P::kCodeSlope + P::kCodeOffset;
    if (!(value > 0.0f)) value = 0.0f;
    if (value > 255.0f) value = 255.0f;
    // Floats of this size are whole numbers.
    return ((value + 12582912.0f) - 12582912.0f) * (1.0f / 256.0f);
  }
};

/** Versions 1 and 2: less the sliding mean over time, then from the smallest value (0) to the largest (1). */
template <class P>
struct MfeScale<P, false> {
  static void row(const float* energies, float* row) {
    for (int32_t i = 0; i < P::kFilters; ++i) {
      const float energy = energies[i] * powerScale(P::kFftLength);
      row[i] = energy == 0.0f ? 1e-10f : energy;
    }
  }

  static void finish(float* matrix, float* scratch) {
    CentreColumns<P::kFrames, P::kNormalizationFrames>::run(matrix, P::kFilters, scratch);
    spread(matrix, P::kFrames * P::kFilters);
  }
};

/** Mel-filterbank energies; frame by frame from the window straight into the output. */
template <class P>
struct Mfe {
  typedef MfeScale<P, P::kDecibels> Scale;
  static constexpr int32_t kScratchBytes = P::kScratchFloats * 4;

  template <class In, class Out>
  static void run(In in, Out out, void* scratch) {
    float* work = static_cast<float*>(scratch);
    for (int32_t k = 0; k < P::kFrames; ++k) {
      const float sum = emphasisedFrame<P>(in, k * P::kStride, work);
      frame(work, sum, out + k * P::kFilters);
    }
    finish(out, work);
  }

  /**
   * Turns a frame as `emphasisedFrame` leaves it (destroyed) and its sum into one row of kFilters values. `x` is all of
   * the working memory: kScratchBytes.
   */
  template <class Row>
  static void frame(float* x, float sum, Row row) {
    rawPowers<P::kFftLength>(x, P::kTwiddles);
    if (P::kLoneBin) x[0] = sum * sum;
    float* energies = x + (P::kFftLength / 2 + 1);
    melEnergies(x, P::kBins, P::kFilters, energies);
    Scale::row(energies, row);
  }

  /** What is left to do when all kFrames rows are there, in place; `scratch` as for `run`. */
  template <class Matrix>
  static void finish(Matrix matrix, float* scratch) {
    Scale::finish(matrix, scratch);
  }
};

}  // namespace dsp
}  // namespace impulsekit
