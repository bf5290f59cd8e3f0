#pragma once
#include <stdint.h>

namespace impulsekit {
namespace dsp {

/** Some axes of a signal, in the order asked for. */
template <class P>
struct Select {
  static constexpr int32_t kScratchBytes = 0;

  template <class In>
  static void run(In in, float* out, void*) {
    for (int32_t t = 0; t < P::kSamples; ++t) {
      for (int32_t a = 0; a < P::kSelected; ++a) *out++ = static_cast<float>(in[t * P::kAxes + P::kIndex[a]]);
    }
  }
};

}  // namespace dsp
}  // namespace impulsekit
