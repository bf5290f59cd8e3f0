#pragma once
#include <stdint.h>

#include "../../exponential.h"
#include "../../logarithm.h"

namespace impulsekit {
namespace learn {

/**
 * Negative log-likelihood -log sum_k w_k N(z; mean_k, covariance_k) of the standardised axes z of the input, at most
 * 1e30.
 *
 * Each component has the inverse of its covariance's Cholesky factor, rows of a lower triangle one after the other, and
 * the logarithm of its weight and normalisation. The sum goes on from component to component, relative to its largest
 * term so far.
 */
template <class P>
struct GaussianMixture {
  static constexpr int32_t kScratchBytes = (8 * P::kAxes + 15) / 16 * 16;

  static void run(const float* in, float* out, void* scratch) {
    float* z = static_cast<float*>(scratch);
    float* offset = z + P::kAxes;
    for (int32_t i = 0; i < P::kAxes; ++i) z[i] = (in[P::kAxis[i]] - P::kMean[i]) * P::kInverseScale[i];
    float largest = -1e30f, sum = 0.0f;
    const float* mean = P::kMeans;
    const float* factor = P::kFactors;
    for (int32_t k = 0; k < P::kComponents; ++k, mean += P::kAxes) {
      for (int32_t i = 0; i < P::kAxes; ++i) offset[i] = z[i] - mean[i];
      float squares = 0.0f;
      for (int32_t i = 0; i < P::kAxes; ++i) {
        float y = 0.0f;
        for (int32_t j = 0; j <= i; ++j) y += *factor++ * offset[j];
        squares += y * y;
      }
      const float term = P::kConstants[k] - 0.5f * squares;
      if (term > largest) {
        sum = sum * exponential(largest - term) + 1.0f;
        largest = term;
      } else {
        sum += exponential(term - largest);
      }
    }
    *out = -(largest + logarithm(sum));
  }
};

}  // namespace learn
}  // namespace impulsekit
