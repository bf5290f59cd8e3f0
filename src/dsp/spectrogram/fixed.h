#pragma once
#include <stdint.h>

#include "../primitives/fixed/fft.h"
#include "../primitives/fixed/frames.h"
#include "../primitives/fixed/log.h"

namespace impulsekit {
namespace dsp {

/** Power of every FFT bin between the noise floor (0) and +12 dB (1), in integers. */
template <class P>
struct FixedSpectrogram {
  static constexpr int32_t kFftLength = static_cast<int32_t>(1) << P::kLog2FftLength;
  static constexpr int32_t kBands = kFftLength / 2 + 1;
  static constexpr int32_t kScratchBytes = 4 * (kFftLength + 4);

  template <class In, class Out>
  static void run(In in, Out out, void* scratch) {
    int32_t* x = static_cast<int32_t*>(scratch);
    for (int32_t k = 0; k < P::kFrames; ++k, out += kBands) {
      frame(x, fixed::plainFrame<P::kLog2FftLength>(in, k * P::kStride, P::kFrameSamples, x), out);
    }
  }

  /** Turns a frame (destroyed; `shift` as `plainFrame` gives it) into one row of features. */
  template <class Row>
  static void frame(int32_t* x, int32_t shift, Row row) {
    const fixed::SineTable sines = {P::kSine, P::kSineRest, kFftLength / 4};
    fixed::powerSpectrum(x, sines, shift, P::kPowerShift);
    for (int32_t b = 0; b < kBands; ++b) row[b] = level(fixed::powerOf(x, kFftLength, b), P::kExponent + 2 * shift);
  }

 private:
  static float level(uint64_t power, int32_t exponent) {
    if (power == 0) return 0.0f;
    const int32_t above = fixed::longLogarithm2(power, exponent, P::kLog) - P::kFloor;
    return above <= 0 ? 0.0f : fixed::toFloat(fixed::scaled(above, P::kSlope), P::kBits);
  }
};

}  // namespace dsp
}  // namespace impulsekit
