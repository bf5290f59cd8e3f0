// SPDX-License-Identifier: Apache-2.0
// Runs an emitted library step by step on every window of input.bin; prints ticks of each step.
#ifndef IMPULSEKIT_NODE_MEASURE_DEVICE_STEPS_H
#define IMPULSEKIT_NODE_MEASURE_DEVICE_STEPS_H

#include "semihosting.h"

namespace device {

template <class Result>
int steps(void (*step)(int32_t, const float*, Result*), int32_t count, float* window, int32_t size, Result* result) {
  const File in("input.bin", File::kRead);
  const File out("output.bin", File::kWrite);
  ticks();
  while (in.read(window, static_cast<uint32_t>(size) * sizeof(float))) {
    for (int32_t i = 0; i < count; ++i) {
      const uint32_t start = ticks();
      step(i, window, result);
      print("ticks", ticks() - start);
    }
    if (!out.write(result, sizeof(Result))) return 1;
  }
  return 0;
}

}  // namespace device

#endif  // IMPULSEKIT_NODE_MEASURE_DEVICE_STEPS_H
