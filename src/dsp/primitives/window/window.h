#pragma once
#include <stdint.h>

namespace impulsekit {
namespace dsp {

/** Samples from a place on. */
template <class In>
struct From {
  In in;
  int32_t start;

  float operator[](int32_t i) const { return static_cast<float>(in[start + i]); }
};

/**
 * `size` samples times a window function, of which `table` holds the first half: value n equals value size - n. `count`
 * is 1 for a constant. The same bits as with `windowAt` in window.ts.
 */
template <class X>
inline void windowFrame(const X& x, int32_t size, const float* table, int32_t count, float* frame) {
  frame[0] = x[0] * table[0];
  for (int32_t i = 1, j = size - 1; i <= j; ++i, --j) {
    const float w = table[count == 1 ? 0 : i];
    frame[i] = x[i] * w;
    frame[j] = x[j] * w;
  }
}

}  // namespace dsp
}  // namespace impulsekit
