#pragma once
#include <stdint.h>

namespace impulsekit {
namespace nn {

/** Three nested loops that read x with these steps, from element `first`. */
struct Gather {
  int32_t sizes[3];
  int32_t steps[3];
  int32_t first;
};

/** Values of x in another order or only some of them -> y, written in order. */
template <typename T>
void gather(const Gather& d, const T* x, T* y) {
  const int32_t step = d.steps[2];
  x += d.first;
  for (int32_t i = 0; i < d.sizes[0]; ++i) {
    for (int32_t j = 0; j < d.sizes[1]; ++j) {
      const T* p = x + i * d.steps[0] + j * d.steps[1];
      for (int32_t k = 0; k < d.sizes[2]; ++k, p += step) *y++ = *p;
    }
  }
}

inline void gatherF32(const Gather& d, const float* x, float* y) { gather(d, x, y); }
inline void gatherInt8(const Gather& d, const int8_t* x, int8_t* y) { gather(d, x, y); }

}  // namespace nn
}  // namespace impulsekit
