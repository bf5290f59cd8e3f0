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

/**
 * One stage after the other. In the scratch memory the values between them start at byte kBetween, the scratch memory
 * of the second stage at kScratch; they overlap as far as the second stage allows. The input of the first may lie
 * where the values between lie, or above.
 */
template <class First, class Second, int32_t kBetween, int32_t kScratch>
struct Sequence {
  static void run(const float* in, float* out, void* scratch) {
    uint8_t* const bytes = static_cast<uint8_t*>(scratch);
    float* between = static_cast<float*>(static_cast<void*>(bytes + kBetween));
    First::run(in, between, nullptr);
    Second::run(between, out, bytes + kScratch);
  }
};

}  // namespace learn
}  // namespace impulsekit
