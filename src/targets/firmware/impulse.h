// SPDX-License-Identifier: Apache-2.0
// What firmware is told of the impulse it runs, and how answers are printed.
#ifndef IMPULSEKIT_TARGETS_FIRMWARE_IMPULSE_H
#define IMPULSEKIT_TARGETS_FIRMWARE_IMPULSE_H

#include <stdint.h>

#include "console.h"

namespace impulsekit {
namespace firmware {

/// Where a learner answers in a result, which is an array of floats.
struct Learner {
  const char* name;
  /// One for each value; null for an anomaly score.
  const char* const* labels;
  int32_t at;
  int32_t size;
};

/// Milliseconds of the parts of one inference.
struct Timing {
  uint32_t dspMs;
  uint32_t classificationMs;
  uint32_t anomalyMs;
};

inline void printMs(const char* what, uint32_t ms) {
  print(what);
  printWhole(ms);
  print(" ms.");
}

inline void printTiming(const Timing& timing) {
  printMs("Predictions (DSP: ", timing.dspMs);
  printMs(", Classification: ", timing.classificationMs);
  printMs(", Anomaly: ", timing.anomalyMs);
  printLine("): ");
}

inline void printAnswer(const Learner& learner, const float* result) {
  for (int32_t i = 0; i < learner.size; ++i) {
    print("    ");
    printPlain(learner.labels == nullptr ? "anomaly score" : learner.labels[i]);
    print(": ");
    printNumber(result[learner.at + i], 5);
    newLine();
  }
}

/// A sensor value as the impulse takes it.
inline void store(float value, float* to) { *to = value; }
inline void store(float value, int16_t* to) {
  // What is no number becomes the lowest value.
  const float limited = value > 32767.0f ? 32767.0f : value >= -32768.0f ? value : -32768.0f;
  *to = static_cast<int16_t>(limited < 0.0f ? limited - 0.5f : limited + 0.5f);
}

}  // namespace firmware
}  // namespace impulsekit

#endif  // IMPULSEKIT_TARGETS_FIRMWARE_IMPULSE_H
