// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdint.h>

namespace impulsekit {

/**
 * Detections from the scores of one window after another: a moving average, a threshold, and quiet after a detection.
 * Zero-initialised memory (a static) is ready; elsewhere call `reset` first.
 *
 * `P` has kLabels, kMostResults (room for as many), averageResults(), suppressResults(), threshold() and listens(label);
 * call `reset` when the first of these functions begins to give another value. The same bits as `postprocessor` in
 * postprocess.ts.
 */
template <class P>
class Postprocess {
 public:
  /** Forgets all results. */
  void reset() {
    seen_ = 0;
    next_ = 0;
    quiet_ = 0;
  }

  /** Takes kLabels scores; gives the index of the label that is detected now, or -1. */
  int32_t push(const float* scores) {
    for (int32_t i = 0; i < P::kLabels; ++i) results_[next_][i] = scores[i];
    next_ = (next_ + 1) % P::averageResults();
    if (seen_ < P::averageResults()) ++seen_;
    int32_t best = -1;
    for (int32_t i = 0; i < P::kLabels; ++i) {
      average_[i] = averageOf(i);
      if (P::listens(i) && (best < 0 || average_[i] > average_[best])) best = i;
    }
    if (quiet_ > 0) {
      --quiet_;
      return -1;
    }
    if (best < 0 || !(average_[best] >= P::threshold())) return -1;
    quiet_ = P::suppressResults();
    return best;
  }

  /** Mean scores of the latest averageResults() results, or of those there are. */
  const float* average() const { return average_; }

 private:
  /** From the oldest to the latest. */
  float averageOf(int32_t label) const {
    float sum = 0.0f;
    int32_t at = seen_ < P::averageResults() ? 0 : next_;
    for (int32_t i = 0; i < seen_; ++i) {
      sum += results_[at][label];
      at = (at + 1) % P::averageResults();
    }
    return sum / static_cast<float>(seen_);
  }

  int32_t seen_;
  int32_t next_;
  int32_t quiet_;
  float average_[P::kLabels];
  float results_[P::kMostResults][P::kLabels];
};

}  // namespace impulsekit
