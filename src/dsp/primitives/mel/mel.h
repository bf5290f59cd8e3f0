#pragma once
#include <stdint.h>

namespace impulsekit {
namespace dsp {

/**
 * Energies of `filters` triangles with corners at `bins[0..filters + 1]`: filter i rises from bins[i], is 1 at
 * bins[i + 1] and falls to 0 at bins[i + 2]. Every bin feeds the two filters it lies between, so the weights are
 * computed from the corners and no filter matrix exists. The same bits as `melEnergies` in mel.ts.
 */
inline void melEnergies(const float* power, const uint16_t* bins, int32_t filters, float* energies) {
  float risen = 0.0f;
  for (int32_t i = 0; i <= filters; ++i) {
    const int32_t left = bins[i], width = bins[i + 1] - left;
    const float total = static_cast<float>(width);
    float rise = 0.0f, fall = 0.0f, weight = 1.0f;
    for (int32_t b = 1; b < width; ++b, weight += 1.0f) {
      rise += weight * power[left + b];
      fall += (total - weight) * power[left + b];
    }
    if (width > 1) {
      rise /= total;
      fall /= total;
    }
    if (i > 0) energies[i - 1] = risen + fall;
    risen = rise + power[bins[i + 1]];
  }
}

}  // namespace dsp
}  // namespace impulsekit
