#pragma once
#include <stdint.h>

#include "../../square-root.h"

namespace impulsekit {
namespace learn {

/**
 * Distance to the nearest cluster's border: over all clusters the least of |z - centre| - radius, where z are the
 * standardised axes of the input. Negative inside a cluster.
 */
template <class P>
struct KMeans {
  static constexpr int32_t kScratchBytes = (4 * P::kAxes + 15) / 16 * 16;

  static void run(const float* in, float* out, void* scratch) {
    float* z = static_cast<float*>(scratch);
    for (int32_t i = 0; i < P::kAxes; ++i) z[i] = (in[P::kAxis[i]] - P::kMean[i]) * P::kInverseScale[i];
    float score = 1000.0f;
    const float* centre = P::kCentres;
    for (int32_t k = 0; k < P::kClusters; ++k, centre += P::kAxes) {
      float sum = 0.0f;
      for (int32_t i = 0; i < P::kAxes; ++i) {
        const float difference = z[i] - centre[i];
        sum += difference * difference;
      }
      const float distance = squareRoot(sum) - P::kRadius[k];
      if (distance < score) score = distance;
    }
    *out = score;
  }
};

}  // namespace learn
}  // namespace impulsekit
