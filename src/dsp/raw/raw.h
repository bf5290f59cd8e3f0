#pragma once
#include <stdint.h>

namespace impulsekit {
namespace dsp {

/** The window times a factor. */
template <class P>
struct Raw {
  static constexpr int32_t kScratchBytes = 0;

  template <class In, class Out>
  static void run(In in, Out out, void*) {
    for (int32_t i = 0; i < P::kSize; ++i) out[i] = P::kScale * static_cast<float>(in[i]);
  }
};

}  // namespace dsp
}  // namespace impulsekit
