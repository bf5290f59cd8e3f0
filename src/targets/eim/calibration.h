// SPDX-License-Identifier: Apache-2.0
// Detections in continuous mode, with settings that a client can change.
#ifndef IMPULSEKIT_TARGETS_EIM_CALIBRATION_H
#define IMPULSEKIT_TARGETS_EIM_CALIBRATION_H

#include <stddef.h>
#include <stdint.h>

#include "../cpp/postprocess.h"
#include "json.h"

namespace impulsekit {
namespace eim {

/// Most results that can be averaged, and most that can be suppressed.
constexpr int32_t kMostAveraged = 1000;
constexpr int32_t kMostSuppressed = 100000;

struct Detection {
  int32_t averageResults, suppressResults;
  float threshold;
  /// A bit per label that can be detected; 0 means all of them.
  uint32_t labels;
};

/// A number from 0 to 1; an absent one changes nothing.
inline bool readShare(Span value, float* out) {
  float share = *out;
  if (value.present() && !(readFloat(value, &share) && share >= 0.0f && share <= 1.0f)) return false;
  *out = share;
  return true;
}

/// Of `L`: kLabelCount, kCalibrationId (-1 for none), detection() (the settings it was built with) and sliceMs().
template <class L>
struct CalibrationTraits {
  static constexpr int32_t kLabels = L::kCalibrationId < 0 ? 1 : L::kLabelCount;
  static constexpr int32_t kMostResults = L::kCalibrationId < 0 ? 1 : kMostAveraged;
  static Detection settings;

  static int32_t averageResults() { return settings.averageResults; }
  static int32_t suppressResults() { return settings.suppressResults; }
  static float threshold() { return settings.threshold; }
  static bool listens(int32_t label) {
    return settings.labels == 0 || (label < 32 && (settings.labels >> label & 1u) != 0);
  }
};

template <class L>
Detection CalibrationTraits<L>::settings;

template <class L>
class Calibration {
 public:
  /// Back to what it was built with.
  void reset() {
    Traits::settings = L::detection();
    events_.reset();
  }

  /// Scores become 1 for the label that is detected now, and 0 for all others.
  void apply(float* scores) {
    const int32_t detected = events_.push(scores);
    for (int32_t i = 0; i < Traits::kLabels; ++i) scores[i] = i == detected ? 1.0f : 0.0f;
  }

  /// Takes the members of a set_threshold and starts anew; null, or what is wrong.
  const char* set(Span value) {
    Member members[] = {{"average_window_duration_ms", {}, nullptr},
                        {"detection_threshold", {}, nullptr},
                        {"suppression_ms", {}, nullptr},
                        {"suppression_flags", {}, nullptr}};
    if (!readObject(value, members, 4)) return "set_threshold: should be an object";
    Detection next = Traits::settings;
    int64_t flags = static_cast<int64_t>(next.labels);
    if (!readResults(members[0].value, kMostAveraged, &next.averageResults)) {
      return "set_threshold: average_window_duration_ms should be the time of at most 1000 slices";
    }
    if (next.averageResults < 1) next.averageResults = 1;
    if (!readShare(members[1].value, &next.threshold)) {
      return "set_threshold: detection_threshold should be a number from 0 to 1";
    }
    if (!readResults(members[2].value, kMostSuppressed, &next.suppressResults)) {
      return "set_threshold: suppression_ms should be the time of at most 100000 slices";
    }
    if (members[3].value.present() && !(readInteger(members[3].value, &flags) && flags >= 0 && flags <= 0xffffffff)) {
      return "set_threshold: suppression_flags should be a bit per label";
    }
    next.labels = static_cast<uint32_t>(flags);
    Traits::settings = next;
    events_.reset();
    return nullptr;
  }

 private:
  typedef CalibrationTraits<L> Traits;

  /// Milliseconds as whole slices; absent ones change nothing.
  static bool readResults(Span value, int32_t most, int32_t* out) {
    float ms = 0.0f;
    if (!value.present()) return true;
    if (!readFloat(value, &ms) || !(ms >= 0.0f)) return false;
    // Settings are told as milliseconds, and must come back as the number of slices they were.
    const float slices = ms / L::sliceMs() * 1.000001f + 0.001f;
    if (!(slices < static_cast<float>(most) + 1.0f)) return false;
    *out = static_cast<int32_t>(slices);
    return true;
  }

  Postprocess<Traits> events_;
};

}  // namespace eim
}  // namespace impulsekit

#endif  // IMPULSEKIT_TARGETS_EIM_CALIBRATION_H
