// SPDX-License-Identifier: Apache-2.0
// Runs a function on every row of input.bin and writes output.bin; prints ticks of each run and the stack it needed.
#ifndef IMPULSEKIT_NODE_MEASURE_DEVICE_RUN_H
#define IMPULSEKIT_NODE_MEASURE_DEVICE_RUN_H

#include "semihosting.h"

// From the linker script.
extern "C" uint32_t stackLow[];

namespace device {

constexpr uint32_t kPaint = 0xA5C3A5C3u;

struct Cost {
  uint32_t ticks;
  uint32_t stackBytes;
};

/// Paints the free stack, runs, and looks how far down the paint is gone.
template <class Input, class Output>
__attribute__((noinline)) Cost measure(void (*invoke)(const Input*, Output*), const Input* input, Output* output) {
  volatile uint32_t* top;
  __asm volatile("mov %0, sp" : "=r"(top));
  for (volatile uint32_t* word = stackLow; word != top; ++word) *word = kPaint;
  const uint32_t start = ticks();
  invoke(input, output);
  const uint32_t end = ticks();
  volatile uint32_t* low = stackLow;
  while (low != top && *low == kPaint) ++low;
  const Cost cost = {end - start, static_cast<uint32_t>(top - low) * 4u};
  return cost;
}

/// The input is written in place, as an application would; the output goes to a buffer that nobody counts.
template <class Input, class Output>
int run(void (*invoke)(const Input*, Output*), Input* input, Output* output, int32_t inputs, int32_t outputs) {
  const File in("input.bin", File::kRead);
  const File out("output.bin", File::kWrite);
  while (in.read(input, static_cast<uint32_t>(inputs) * sizeof(Input))) {
    const Cost cost = measure(invoke, input, output);
    print("ticks", cost.ticks);
    print("stack", cost.stackBytes);
    if (!out.write(output, static_cast<uint32_t>(outputs) * sizeof(Output))) return 1;
  }
  return 0;
}

}  // namespace device

#endif  // IMPULSEKIT_NODE_MEASURE_DEVICE_RUN_H
