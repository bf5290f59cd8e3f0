#pragma once
#include <stdint.h>

#include "../../exponential.h"

namespace impulsekit {
namespace learn {

/** The leaf that an input falls into, from node `node` on: values above a threshold go right. */
template <class P>
inline int32_t leafOf(const float* in, int32_t node) {
  while (node >= 0) node = P::kChild[2 * node + (in[P::kFeature[node]] > P::kThreshold[node] ? 1 : 0)];
  return -1 - node;
}

/** A forest whose trees vote for classes: the mean of their shares, which are whole numbers. */
template <class P>
struct TreeVotes {
  static constexpr int32_t kScratchBytes = (4 * P::kOutputs + 15) / 16 * 16;

  static void run(const float* in, float* out, void* scratch) {
    int32_t* const votes = static_cast<int32_t*>(scratch);
    for (int32_t i = 0; i < P::kOutputs; ++i) votes[i] = 0;
    for (int32_t t = 0; t < P::kTrees; ++t) {
      const uint8_t* leaf = P::kValues + P::kOutputs * leafOf<P>(in, P::kRoot[t]);
      for (int32_t i = 0; i < P::kOutputs; ++i) votes[i] += leaf[i];
    }
    for (int32_t i = 0; i < P::kOutputs; ++i) out[i] = static_cast<float>(votes[i]) * P::kScale;
  }
};

/** The sum of one value of every tree, times a factor, and a constant. */
template <class P>
struct TreeSum {
  static constexpr int32_t kScratchBytes = 0;

  static void run(const float* in, float* out, void*) {
    float sum = 0.0f;
    for (int32_t t = 0; t < P::kTrees; ++t) sum += P::kValues[leafOf<P>(in, P::kRoot[t])];
    *out = sum * P::kScale + P::kOffset;
  }
};

/** e^x / sum(e^x), in place. */
inline void softmaxTo(float* values, int32_t count) {
  float largest = values[0];
  for (int32_t i = 1; i < count; ++i) {
    if (values[i] > largest) largest = values[i];
  }
  float sum = 0.0f;
  for (int32_t i = 0; i < count; ++i) {
    values[i] = exponential(values[i] - largest);
    sum += values[i];
  }
  for (int32_t i = 0; i < count; ++i) values[i] = values[i] / sum;
}

/** Softmax of sums over the trees, which take turns: one for each class, or for all but the first of two. */
template <class P>
struct TreeSoftmax {
  static constexpr int32_t kScratchBytes = 0;

  static void run(const float* in, float* out, void*) {
    for (int32_t i = 0; i < P::kOutputs; ++i) out[i] = P::kBase[i];
    int32_t output = P::kFirst;
    for (int32_t t = 0; t < P::kTrees; ++t) {
      out[output] += P::kValues[leafOf<P>(in, P::kRoot[t])];
      if (++output == P::kOutputs) output = P::kFirst;
    }
    softmaxTo(out, P::kOutputs);
  }
};

}  // namespace learn
}  // namespace impulsekit
