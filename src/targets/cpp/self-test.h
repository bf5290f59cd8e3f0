// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdint.h>

namespace impulsekit {
namespace selftest {

/** A whole number from -amplitude to amplitude - 1, a power of two, that looks random; twin of `testSample`. */
inline int32_t sample(int32_t i, int32_t amplitude) {
  uint32_t x = (static_cast<uint32_t>(i) + 1u) * 2654435761u;
  x ^= x >> 15;
  return static_cast<int32_t>((x * 2246822519u) >> 16 & static_cast<uint32_t>(2 * amplitude - 1)) - amplitude;
}

/** How far a checksum, the sum of values times 1 to 7, is from the expected one, relative to the size of the values. */
template <class Value>
float distance(const Value* values, int32_t count, float expected) {
  float sum = 0.0f, size = 1.0f;
  for (int32_t i = 0; i < count; ++i) {
    const float value = static_cast<float>(values[i]) * static_cast<float>(1 + i % 7);
    sum += value;
    size += value < 0.0f ? -value : value;
  }
  const float difference = sum < expected ? expected - sum : sum - expected;
  return difference / size;
}

}  // namespace selftest
}  // namespace impulsekit
