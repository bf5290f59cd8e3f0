#pragma once
#include <stdint.h>

namespace impulsekit {
namespace learn {

/**
 * Mean squared distance between the standardised features and what a network makes of them, at most 1e30. The network
 * standardises them itself and cuts them off; here they are whole. Its output lies at the start of the scratch memory,
 * its own scratch memory at byte kBehind.
 */
template <class P, class Network, int32_t kBehind>
struct Autoencoder {
  static void run(const float* in, float* out, void* scratch) {
    float* copy = static_cast<float*>(scratch);
    Network::run(in, copy, static_cast<uint8_t*>(scratch) + kBehind);
    float sum = 0.0f;
    for (int32_t i = 0; i < P::kFeatures; ++i) {
      const float error = (in[i] - P::kMean[i]) * P::kInverseScale[i] - copy[i];
      sum += error * error;
    }
    *out = sum < 1e30f ? sum * (1.0f / static_cast<float>(P::kFeatures)) : 1e30f;
  }
};

}  // namespace learn
}  // namespace impulsekit
