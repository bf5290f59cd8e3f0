// SPDX-License-Identifier: Apache-2.0
// What every emitted library shares: the version gate and the few operations its wiring needs.
#ifndef IMPULSEKIT_TARGETS_CPP_LIBRARY_H
#define IMPULSEKIT_TARGETS_CPP_LIBRARY_H

#include <stdint.h>
#include <string.h>

namespace impulsekit {

/// Rises when emitted code and shipped headers no longer match; emitted code asserts the one it was made for.
constexpr int32_t kRuntimeVersion = 1;

/// False when a value is infinite or not a number. Looks at bits, because comparisons are expensive without an FPU, and
/// at several values at a time, because a copy is a call on cores that cannot load unaligned words.
inline bool allFinite(const float* values, int32_t count) {
  uint32_t bits[16];
  for (int32_t at = 0; at < count; at += 16) {
    const int32_t size = count - at < 16 ? count - at : 16;
    memcpy(bits, values + at, static_cast<uint32_t>(size) * sizeof(float));
    for (int32_t i = 0; i < size; ++i) {
      if ((bits[i] & 0x7f800000u) == 0x7f800000u) return false;
    }
  }
  return true;
}

/// Whole numbers are always finite.
inline bool allFinite(const int16_t*, int32_t) { return true; }
inline bool allFinite(const uint8_t*, int32_t) { return true; }

/// Index of the highest value; the first of equals.
inline int32_t argmax(const float* values, int32_t count) {
  int32_t best = 0;
  for (int32_t i = 1; i < count; ++i) {
    if (values[i] > values[best]) best = i;
  }
  return best;
}

/// Puts the features of one block beside those of another. Source and destination do not overlap.
inline void copy(const float* from, float* to, int32_t count) {
  memcpy(to, from, static_cast<uint32_t>(count) * sizeof(float));
}

/// Writes features in the form their learner takes.
template <class Features>
inline void store(const float* from, Features to, int32_t count) {
  for (int32_t i = 0; i < count; ++i) to[i] = from[i];
}

}  // namespace impulsekit

#endif  // IMPULSEKIT_TARGETS_CPP_LIBRARY_H
