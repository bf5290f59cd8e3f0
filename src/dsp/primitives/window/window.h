#pragma once
#include <stdint.h>

namespace impulsekit {
namespace dsp {

/** Value n of a window function of `size` points from its first half; `count` is 1 for a constant. */
inline float windowAt(const float* table, int32_t count, int32_t n, int32_t size) {
  if (count == 1) return table[0];
  return table[2 * n <= size ? n : size - n];
}

}  // namespace dsp
}  // namespace impulsekit
