#pragma once
#include <stdint.h>

namespace impulsekit {
namespace dsp {

/**
 * Energies of `filters` triangles with corners at `bins[0..filters + 1]`: filter i rises from bins[i], is 1 at
 * bins[i + 1] and falls to 0 at bins[i + 2]. Every bin feeds the two filters it lies between, so the weights are
 * counted from the corners and no filter matrix exists; the falling ones are sums of sums. Returns the sum of all
 * powers after the first corner up to the last. The same bits as `melEnergies` in mel.ts.
 */
inline float melEnergies(const float* power, const uint16_t* bins, int32_t filters, float* energies) {
  float risen = 0.0f, total = 0.0f;
  const float* at = power + bins[0];
  for (int32_t i = 0; i <= filters; ++i) {
    const int32_t width = bins[i + 1] - bins[i];
    float rise = 0.0f, fall = 0.0f;
    if (width > 0) {
      float sum = 0.0f, weight = 0.0f;
      for (const float* const corner = at + width; ++at < corner;) {
        weight += 1.0f;
        rise += weight * *at;
        sum += *at;
        fall += sum;
      }
      const float share = 1.0f / (weight + 1.0f);
      rise *= share;
      fall *= share;
      total += sum + *at;
    }
    if (i > 0) energies[i - 1] = risen + fall;
    risen = rise + *at;
  }
  return total;
}

}  // namespace dsp
}  // namespace impulsekit
