#pragma once
#include <stdint.h>

#include "../../../inline.h"

namespace impulsekit {
namespace dsp {

/**
 * One second-order section in transposed direct form II: c holds b0, b1, b2 and the feedback factors d1, d2; for a
 * steady start two more, the states per unit of a constant that has lasted for ever.
 */
struct Section {
  const float* c;
  float z0, z1;

  IMPULSEKIT_ALWAYS_INLINE float step(float in) {
    const float out = c[0] * in + z0;
    z0 = (c[1] * in + c[3] * out) + z1;
    z1 = c[2] * in + c[4] * out;
    return out;
  }
};

/** One section over every `axes`-th value from `axis` on, from the given state. `in` may be `out`. */
template <class In>
inline void filterAxis(In in, float* out, int32_t size, int32_t axis, int32_t axes, Section s) {
  for (int32_t i = axis; i < size; i += axes) out[i] = s.step(static_cast<float>(in[i]));
}

/**
 * Filters a window of `size` values of `axes` interleaved axes, from zero state or, where a section has 7 floats
 * instead of 5, as if the first value had lasted for ever. `in` may be `out`. The same bits as `filterWindow` in
 * butterworth.ts.
 */
template <int32_t kFloats, class In>
inline void filterWindow(In in, float* out, int32_t size, int32_t axes, const float* sections, int32_t count) {
  for (int32_t a = 0; a < axes; ++a) {
    const float first = kFloats == 7 ? static_cast<float>(in[a]) : 0.0f;
    const float* c = sections;
    for (int32_t k = 0; k < count; ++k, c += kFloats) {
      const Section s = {c, kFloats == 7 ? first * c[kFloats - 2] : 0.0f, kFloats == 7 ? first * c[kFloats - 1] : 0.0f};
      if (k == 0) {
        filterAxis(in, out, size, a, axes, s);
      } else {
        filterAxis(static_cast<const float*>(out), out, size, a, axes, s);
      }
    }
  }
}

/** States of sections of 7 floats each, two per section, as if `first` had lasted for ever. */
inline void startSteady(float first, const float* sections, int32_t count, float* z) {
  for (int32_t k = 0; k < count; ++k, sections += 7, z += 2) {
    z[0] = first * sections[5];
    z[1] = first * sections[6];
  }
}

/** One sample through all sections of `floats` floats each; `z` keeps two states per section. */
inline float filterSample(float value, const float* sections, int32_t floats, int32_t count, float* z) {
  for (int32_t k = 0; k < count; ++k, sections += floats, z += 2) {
    Section s = {sections, z[0], z[1]};
    value = s.step(value);
    z[0] = s.z0;
    z[1] = s.z1;
  }
  return value;
}

}  // namespace dsp
}  // namespace impulsekit
