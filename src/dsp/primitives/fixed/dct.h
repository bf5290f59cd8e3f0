#pragma once
#include <stdint.h>

namespace impulsekit {
namespace dsp {
namespace fixed {

/**
 * Coefficients 1..count of the orthonormal DCT-II of x, into out[1..count], in the units of `table`, which holds half of
 * each row times 2^tableShift. x is folded (in place: it is lost). Products are summed in two halves of the values,
 * so that none is longer than 32 bits; |x| < 2^23. The same bits as `dct` in dct.ts.
 */
inline void dct(int32_t* x, int32_t size, const int16_t* table, int32_t tableShift, int32_t count, int32_t* out) {
  const int32_t half = (size + 1) / 2;
  for (int32_t n = 0; n < size / 2; ++n) {
    const int32_t a = x[n], b = x[size - 1 - n];
    x[n] = a + b;
    x[size - 1 - n] = a - b;
  }
  for (int32_t j = 1; j <= count; ++j, table += half) {
    const bool even = (j & 1) == 0;
    const int32_t* value = even ? x : x + size - 1;
    const int32_t step = even ? 1 : -1, terms = even ? half : size / 2;
    int32_t high = 0, low = 0;
    for (int32_t n = 0; n < terms; ++n, value += step) {
      high += (*value >> 12) * table[n];
      low += (*value & 0xfff) * table[n];
    }
    out[j] = (high + (low >> 12)) >> (tableShift - 12);
  }
}

}  // namespace fixed
}  // namespace dsp
}  // namespace impulsekit
