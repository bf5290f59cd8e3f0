#pragma once
#include <stdint.h>

#include "../compensated/compensated.h"

namespace impulsekit {
namespace dsp {

/**
 * Chebyshev low-pass of order 8, then every `ratio`-th sample, in place; returns the new count. `table` holds the
 * design as pairs of floats: the gain, then a1, a2 and the steady state z0, z1 of four sections. The same bits as
 * `decimate` in decimate.ts.
 */
inline int32_t decimate(float* x, int32_t count, int32_t ratio, const float* table) {
  Wide z0[4], z1[4];
  for (int32_t s = 0; s < 4; ++s) {
    const float* c = table + 2 + 8 * s;
    const Wide first = {-x[0], 0.0f}, zero = {0.0f, 0.0f};
    z0[s] = z1[s] = zero;
    z0[s].subtractProduct(c[4], c[5], first);
    z1[s].subtractProduct(c[6], c[7], first);
  }
  int32_t kept = 0;
  for (int32_t t = 0; t < count; ++t) {
    const Wide sample = {-x[t], 0.0f};
    Wide in = {0.0f, 0.0f};
    in.subtractProduct(table[0], table[1], sample);
    for (int32_t s = 0; s < 4; ++s) {
      const float* c = table + 2 + 8 * s;
      Wide y = in;
      y.add(z0[s].high, z0[s].low);
      z0[s] = z1[s];
      z0[s].add(2.0f * in.high, 2.0f * in.low);
      z0[s].subtractProduct(c[0], c[1], y);
      z1[s] = in;
      z1[s].subtractProduct(c[2], c[3], y);
      in = y;
    }
    if (t % ratio == 0) x[kept++] = in.high;
  }
  return kept;
}

}  // namespace dsp
}  // namespace impulsekit
