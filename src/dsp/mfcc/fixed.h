#pragma once
#include <stdint.h>
#include <string.h>

#include "../primitives/fixed/dct.h"
#include "../primitives/fixed/fft.h"
#include "../primitives/fixed/frames.h"
#include "../primitives/fixed/mel.h"
#include "../primitives/fixed/normalise.h"

namespace impulsekit {
namespace dsp {

/** Rows of integers, 16 bits behind the point, become features; nothing of the normalisation is linked without one. */
template <class P, bool kNormalises>
struct FixedMfccRows {
  static void run(float* x, int32_t* column) {
    for (int32_t j = 0; j < P::kCoefficients; ++j) {
      for (int32_t k = 0; k < P::kFrames; ++k) memcpy(column + k, x + j + k * P::kCoefficients, sizeof *column);
      fixed::normalise(column, P::kFrames, P::kNormalizationFrames, P::kMeanShift, P::kNormalizationBits, x + j,
                       P::kCoefficients);
    }
  }
};

template <class P>
struct FixedMfccRows<P, false> {
  static void run(float* x, int32_t*) {
    for (int32_t i = 0; i < P::kFrames * P::kCoefficients; ++i) {
      int32_t value;
      memcpy(&value, x + i, sizeof value);
      x[i] = fixed::toFloat(value, 16);
    }
  }
};

/** Mel-frequency cepstral coefficients in integers. */
template <class P>
struct FixedMfcc {
  static constexpr int32_t kScratchBytes = 4 * P::kScratchInts;

  template <class In>
  static void run(In in, float* out, void* scratch) {
    int32_t* x = static_cast<int32_t*>(scratch);
    for (int32_t k = 0; k < P::kFrames; ++k) {
      frame(x, fixed::emphasisedFrame<P>(in, k * P::kStride, x));
      // Until all rows are there, the output holds integers.
      memcpy(out + k * P::kCoefficients, x, sizeof(int32_t) * P::kCoefficients);
    }
    FixedMfccRows<P, P::kNormalizationFrames != 0>::run(out, x);
  }

  /** Turns a frame (`filled` as `emphasisedFrame` gives it) into kCoefficients integers, 16 bits behind the point. */
  static void frame(int32_t* x, fixed::Filled filled) {
    int32_t* levels = x + kFftLength + 2;
    const fixed::SineTable sines = {P::kSine, P::kSineRest, kFftLength / 4};
    const uint64_t total = fixed::powerSpectrum(x, sines, filled.shift, P::kPowerShift);
    const int32_t exponent = P::kExponent + 2 * filled.shift;
    const fixed::MelFilters mel = {P::kFilters, P::kBins, P::kReciprocals, P::kReciprocalShift, P::kLog, P::kEmpty};
    fixed::melLogarithms(x, kFftLength, mel, exponent, levels);
    if (P::kLoneBin) levels[0] = fixed::loneLogarithm(filled.sum, mel, P::kExponent - 2 * P::kPowerShift);
    x[0] = fixed::scaled(total == 0 ? P::kEmpty : fixed::longLogarithm2(total, exponent, P::kLog), kLn2);
    fixed::dct(levels, P::kFilters, P::kDct, P::kDctShift, P::kCoefficients - 1, x);
  }

 private:
  static constexpr int32_t kFftLength = static_cast<int32_t>(1) << P::kLog2FftLength;
  /** ln 2 as 16 bits. */
  static constexpr uint32_t kLn2 = 45426;
};

}  // namespace dsp
}  // namespace impulsekit
