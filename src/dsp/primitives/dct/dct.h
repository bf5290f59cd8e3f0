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
  // Two rows at a time, an odd and an even one; without a last even one, the odd one stands in for it.
  for (int32_t j = 1; j <= count; j += 2) {
    const float* odd = table;
    const float* even = j < count ? table + half : table;
    const float *low = x, *high = x + size;
    float oddSum = 0.0f, evenSum = 0.0f;
    for (const float* const middle = x + size / 2; low < middle;) {
      oddSum += *--high * *odd++;
      evenSum += *low++ * *even++;
    }
    out[j] = oddSum;
    if (j == count) return;
    if (size % 2 == 1) evenSum += *low * *even;
    out[j + 1] = evenSum;
    table += 2 * half;
  }
}

}  // namespace dsp
}  // namespace impulsekit
