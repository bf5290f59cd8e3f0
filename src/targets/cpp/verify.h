// SPDX-License-Identifier: Apache-2.0
// The self-check of an emitted library: real windows in, answers compared with those computed in TypeScript.
//
// `G` is the emitted struct of golden data. It offers
//   Result, Sample, kWindowCount, kInputSize, kDspSteps, kSteps, kLearners, kFeatureCount, kScoreCount,
//   kNames[kWindowCount], kWindows[kWindowCount][kInputSize], kFeatures[kWindowCount][kFeatureCount],
//   kScores[kWindowCount][kScoreCount], kFeatureSizes[kDspSteps], kScoreSizes[kLearners], kExact[kLearners],
//   feature(step, i), setFeature(step, i, value), step(index, window, result), run(window, result).
#ifndef IMPULSEKIT_TARGETS_CPP_VERIFY_H
#define IMPULSEKIT_TARGETS_CPP_VERIFY_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

namespace impulsekit {
namespace verify {

/// Relative to values above 1, absolute below.
constexpr float kFeatureTolerance = 1e-4f;
constexpr float kFloatScoreTolerance = 1e-5f;
/// For a whole chain whose features differ in their last bits: an int8 network may then round another way.
constexpr float kChainTolerance = 0.05f;

struct Difference {
  int32_t equal;
  float largest;
};

inline float distance(float got, float expected) {
  const float magnitude = expected < 0.0f ? -expected : expected;
  const float difference = got < expected ? expected - got : got - expected;
  return magnitude > 1.0f ? difference / magnitude : difference;
}

/// A value that is not a number counts as infinitely far away.
inline Difference compare(const float* got, const float* expected, int32_t count) {
  Difference result = {0, 0.0f};
  for (int32_t i = 0; i < count; ++i) {
    const float d = distance(got[i], expected[i]);
    if (got[i] == expected[i]) ++result.equal;
    if (!(d <= result.largest)) result.largest = d == d ? d : 3e38f;
  }
  return result;
}

/// Compares a Result, which is nothing but the scores of all learners in order.
template <class G>
bool scoresAgree(const typename G::Result& result, const float* expected, bool sameFeatures, Difference* all) {
  static_assert(sizeof(typename G::Result) == G::kScoreCount * sizeof(float), "a Result holds scores only");
  float got[G::kScoreCount];
  memcpy(got, &result, sizeof got);
  *all = compare(got, expected, G::kScoreCount);
  int32_t at = 0;
  for (int32_t i = 0; i < G::kLearners; ++i) {
    const float exact = G::kExact[i] ? 0.0f : kFloatScoreTolerance;
    const float tolerance = sameFeatures ? exact : kChainTolerance;
    if (compare(got + at, expected + at, G::kScoreSizes[i]).largest > tolerance) return false;
    at += G::kScoreSizes[i];
  }
  return true;
}

/// Compares the features that lie in the arena.
template <class G>
Difference compareFeatures(const float* expected) {
  Difference all = {0, 0.0f};
  for (int32_t i = 0; i < G::kDspSteps; ++i) {
    for (int32_t j = 0; j < G::kFeatureSizes[i]; ++j) {
      const float got = G::feature(i, j);
      const Difference one = compare(&got, expected++, 1);
      all.equal += one.equal;
      if (one.largest > all.largest) all.largest = one.largest;
    }
  }
  return all;
}

template <class G>
void loadFeatures(const float* values) {
  for (int32_t i = 0; i < G::kDspSteps; ++i) {
    for (int32_t j = 0; j < G::kFeatureSizes[i]; ++j) G::setFeature(i, j, *values++);
  }
}

/// Checks window `w` at three depths: its features, the learners on golden features, the whole chain.
template <class G>
bool checkWindow(int32_t w, const float* window) {
  static typename G::Result result;

  for (int32_t i = 0; i < G::kDspSteps; ++i) G::step(i, window, &result);
  const Difference features = compareFeatures<G>(G::kFeatures[w]);
  const bool featuresAgree = features.largest <= kFeatureTolerance;

  Difference scores;
  loadFeatures<G>(G::kFeatures[w]);
  for (int32_t i = G::kDspSteps; i < G::kSteps; ++i) G::step(i, window, &result);
  const bool learnersAgree = scoresAgree<G>(result, G::kScores[w], true, &scores);

  Difference chain;
  const bool ran = G::run(window, &result);
  const bool same = features.equal == G::kFeatureCount;
  const bool chainAgrees = scoresAgree<G>(result, G::kScores[w], same, &chain) && ran;

  const bool ok = featuresAgree && learnersAgree && chainAgrees;
  printf("%s %d/%d \"%s\": features equal %d/%d (largest difference %.3g), scores equal %d/%d (%.3g), chain equal %d/%d (%.3g)\n",
         ok ? "pass" : "FAIL", static_cast<int>(w + 1), static_cast<int>(G::kWindowCount), G::kNames[w],
         static_cast<int>(features.equal), static_cast<int>(G::kFeatureCount), static_cast<double>(features.largest),
         static_cast<int>(scores.equal), static_cast<int>(G::kScoreCount), static_cast<double>(scores.largest),
         static_cast<int>(chain.equal), static_cast<int>(G::kScoreCount), static_cast<double>(chain.largest));
  return ok;
}

/// Checks all golden windows, one line each. Returns the exit code: 0 when all agree, otherwise 1.
template <class G>
int checkAll() {
  static float window[G::kInputSize];
  int32_t passed = 0;
  for (int32_t w = 0; w < G::kWindowCount; ++w) {
    for (int32_t i = 0; i < G::kInputSize; ++i) window[i] = static_cast<float>(G::kWindows[w][i]);
    if (checkWindow<G>(w, window)) ++passed;
  }
  const bool ok = passed == G::kWindowCount;
  if (ok) {
    printf("OK\n");
  } else {
    printf("FAILED: %d of %d windows differ\n", static_cast<int>(G::kWindowCount - passed), static_cast<int>(G::kWindowCount));
  }
  return ok ? 0 : 1;
}

}  // namespace verify
}  // namespace impulsekit

#endif  // IMPULSEKIT_TARGETS_CPP_VERIFY_H
