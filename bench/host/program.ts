/** A `main` that runs a model on all inputs from stdin, writes the outputs, and then times one inference after another. */
export function timingProgram(inputs: number, milliseconds: number): string {
  return `#include <stdio.h>
#include <time.h>
#include <algorithm>
#include <type_traits>
#include <vector>
#include "impulsekit/compile/kernels/kernels.h"
#include "model.h"

typedef std::remove_reference<decltype(*model::input())>::type Value;

/** Processor time of this process, which others on the machine do not share. */
static double microseconds() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return 1e6 * static_cast<double>(now.tv_sec) + 1e-3 * static_cast<double>(now.tv_nsec);
}

static const char* isa() {
#if defined(IMPULSEKIT_KERNELS_X86)
  return impulsekit::nn::X86::hasAvx512() ? "avx512-vnni" : impulsekit::nn::X86::hasAvx2() ? "avx2" : "portable";
#elif defined(IMPULSEKIT_KERNELS_NEON)
  return "neon";
#else
  return "portable";
#endif
}

int main() {
  static Value inputs[${inputs}][model::kInputSize];
  static Value output[model::kOutputSize];
  if (fread(inputs, sizeof inputs, 1, stdin) != 1) return 1;
  for (int i = 0; i < ${inputs}; ++i) {
    model::invoke(inputs[i], output);
    fwrite(output, sizeof output, 1, stdout);
  }
  std::vector<double> times;
  const double start = microseconds();
  for (int i = 0; times.size() < 5 || microseconds() < start + 1000.0 * ${milliseconds}; ++i) {
    const double before = microseconds();
    model::invoke(inputs[i % ${inputs}], output);
    times.push_back(microseconds() - before);
  }
  std::nth_element(times.begin(), times.begin() + times.size() / 2, times.end());
  fprintf(stderr, "%s %.3f\\n", isa(), times[times.size() / 2]);
  return 0;
}
`;
}
