// SPDX-License-Identifier: Apache-2.0
// Runs the first golden window of an emitted library step by step; prints instructions and scores.
#ifndef DEVICE_COUNT_H
#define DEVICE_COUNT_H

#include <string.h>

#include "semihosting.h"

namespace device {

/// `G` is the library's golden data, as in impulsekit/targets/cpp/verify.h.
template <class G>
int count() {
  static float window[G::kInputSize];
  static typename G::Result result;
  for (int32_t i = 0; i < G::kInputSize; ++i) window[i] = static_cast<float>(G::kWindows[0][i]);
  ticks();
  for (int32_t i = 0; i < G::kSteps; ++i) {
    const uint32_t start = ticks();
    G::step(i, window, &result);
    print("ticks", ticks() - start);
  }
  uint32_t bits[G::kScoreCount];
  memcpy(bits, &result, sizeof bits);
  for (int32_t i = 0; i < G::kScoreCount; ++i) print("score", bits[i]);
  return 0;
}

}  // namespace device

#endif  // DEVICE_COUNT_H
