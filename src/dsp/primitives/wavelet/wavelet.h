#pragma once
#include <stdint.h>

#include "../compensated/compensated.h"
#include "../mirror/mirror.h"

namespace impulsekit {
namespace dsp {

/**
 * One half of one level of the wavelet transform: y[i] = sum over j of filter[j] x[2i + 1 - j]; returns the count of y,
 * (n + taps - 1) / 2. Needs n >= taps. The same bits as `analyse` in wavelet.ts.
 */
inline int32_t analyse(const float* x, int32_t n, const float* filter, int32_t taps, float* y) {
  const int32_t count = (n + taps - 1) / 2;
  for (int32_t i = 0; i < count; ++i) {
    const int32_t latest = 2 * i + 1;
    Sum sum;
    if (latest + 1 >= taps && latest < n) {
      for (int32_t j = 0; j < taps; ++j) sum.add(filter[j] * x[latest - j]);
    } else {
      for (int32_t j = 0; j < taps; ++j) sum.add(filter[j] * x[mirrored(latest - j, n)]);
    }
    y[i] = sum.value();
  }
  return count;
}

}  // namespace dsp
}  // namespace impulsekit
