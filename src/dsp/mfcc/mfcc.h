#pragma once
#include <stdint.h>

#include "../primitives/dct/dct.h"
#include "../primitives/fft/fft.h"
#include "../primitives/frames/frames.h"
#include "../primitives/log/log.h"
#include "../primitives/mel/mel.h"
#include "../primitives/normalise/normalise.h"

namespace impulsekit {
namespace dsp {

/** Normalises every column; nothing of it is linked when the window size is 0. */
template <int32_t kWindow>
struct NormaliseColumns {
  static void run(float* x, int32_t rows, int32_t columns, float silence, float* scratch) {
    for (int32_t j = 0; j < columns; ++j) normalise(x + j, rows, columns, kWindow, j == 0 ? silence : 0.0f, scratch);
  }
};

template <>
struct NormaliseColumns<0> {
  static void run(float*, int32_t, int32_t, float, float*) {}
};

/** Mel-frequency cepstral coefficients; frame by frame from the window straight into the output. */
template <class P>
struct Mfcc {
  static constexpr int32_t kScratchBytes = P::kScratchFloats * 4;

  static void run(const float* in, float* out, void* scratch) {
    float* frame = static_cast<float*>(scratch);
    float* row = out;
    for (int32_t k = 0; k < P::kFrames; ++k, row += P::kCoefficients) cepstrum(in, k * P::kStride, frame, row);
    NormaliseColumns<P::kNormalizationFrames>::run(out, P::kFrames, P::kCoefficients, P::kSilence, frame);
  }

 private:
  static void cepstrum(const float* in, int32_t start, float* frame, float* out) {
    const PreEmphasis emphasis = {P::kEmphasisShift, P::kEmphasisHigh, P::kEmphasisLow};
    emphasisedFrame(in, P::kSamples, start, P::kFrameSamples, emphasis, frame, P::kFftLength);
    powerSpectrum(frame, P::kFftLength, P::kSine);
    float total = 0.0f;
    for (int32_t b = 0; b <= P::kFftLength / 2; ++b) total += frame[b];
    float* energies = frame + P::kFftLength / 2 + 1;
    melEnergies(frame, P::kBins, P::kFilters, energies);
    for (int32_t i = 0; i < P::kFilters; ++i) energies[i] = logOrFloor(energies[i]);
    out[0] = logOrFloor(total);
    dct(energies, P::kFilters, P::kDct, P::kCoefficients - 1, out);
  }

  static float logOrFloor(float energy) { return logarithm(energy == 0.0f ? 1e-10f : energy); }
};

}  // namespace dsp
}  // namespace impulsekit
