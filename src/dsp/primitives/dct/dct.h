#pragma once
#include <stdint.h>

namespace impulsekit {
namespace dsp {

/**
 * Coefficients 1..count of the orthonormal DCT-II of x, into out[1..count]. Even rows are symmetric and odd ones
 * antisymmetric, so x is folded (in place: it is lost) and `table` holds half of each row, row 1 first. The same
 * bits as `dct` in dct.ts.
 */
inline void dct(float* x, int32_t size, const float* table, int32_t count, float* out) {
  const int32_t half = (size + 1) / 2;
  for (int32_t n = 0; n < size / 2; ++n) {
    const float a = x[n], b = x[size - 1 - n];
    x[n] = a + b;
    x[size - 1 - n] = a - b;
  }
  for (int32_t j = 1; j <= count; ++j, table += half) {
    float sum = 0.0f;
    if ((j & 1) == 0) {
      for (int32_t n = 0; n < half; ++n) sum += x[n] * table[n];
    } else {
      for (int32_t n = 0; n < size / 2; ++n) sum += x[size - 1 - n] * table[n];
    }
    out[j] = sum;
  }
}

}  // namespace dsp
}  // namespace impulsekit
