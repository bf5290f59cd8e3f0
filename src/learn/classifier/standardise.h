#pragma once
#include <stdint.h>

namespace impulsekit {
namespace learn {

/** Brings each feature to zero mean and unit deviation, within kLimit. */
template <class P>
struct Standardise {
  static constexpr int32_t kScratchBytes = 0;

  static void run(const float* in, float* out, void*) {
    for (int32_t i = 0; i < P::kFeatures; ++i) {
      const float z = (in[i] - P::kMean[i]) * P::kInverseScale[i];
      out[i] = z > P::kLimit ? P::kLimit : z < -P::kLimit ? -P::kLimit : z;
    }
  }
};

/** One stage after the other; the values between them take the first kBetween bytes of the scratch memory. */
template <class First, class Second, int32_t kBetween>
struct Sequence {
  static void run(const float* in, float* out, void* scratch) {
    float* between = static_cast<float*>(scratch);
    First::run(in, between, nullptr);
    Second::run(between, out, static_cast<uint8_t*>(scratch) + kBetween);
  }
};

}  // namespace learn
}  // namespace impulsekit
