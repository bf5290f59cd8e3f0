#pragma once
#include <stdint.h>

namespace impulsekit {
namespace dsp {

/** Takes the mean from every value and divides by the deviation; kCount of each, repeated along the values. */
template <class P>
struct Scaler {
  static constexpr int32_t kScratchBytes = 0;

  template <class In>
  static void run(In in, float* out, void*) {
    for (int32_t i = 0, at = 0; i < P::kSize; ++i) {
      out[i] = (static_cast<float>(in[i]) - P::kMean[at]) * P::kScale[at];
      if (++at == P::kCount) at = 0;
    }
  }
};

}  // namespace dsp
}  // namespace impulsekit
