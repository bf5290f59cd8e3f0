#pragma once
#include <stdint.h>

#include "fft.h"
#include "log.h"

namespace impulsekit {
namespace dsp {
namespace fixed {

/** A mel filterbank: corner bins, and for each distance of two corners 2^(16 + shift) / distance. */
struct MelFilters {
  int32_t filters;
  const uint16_t* bins;
  const uint16_t* reciprocals;
  int32_t reciprocalShift;
  const uint16_t* logTable;
  /** log2 that stands for an energy of 0, 16 bits behind the point. */
  int32_t empty;
};

/** value / 2^shift of a number that fits then into 32 bits. */
inline uint32_t shifted(uint64_t value, int32_t shift) {
  const uint32_t high = static_cast<uint32_t>(value >> 32), low = static_cast<uint32_t>(value);
  if (shift == 0) return low;
  if (shift >= 32) return high >> (shift - 32);
  return (high << (32 - shift)) | (low >> shift);
}

/** A product with a small number, by adding. */
inline uint64_t times(uint64_t x, int32_t factor) {
  uint64_t product = 0;
  for (; factor != 0; factor >>= 1, x += x) {
    if ((factor & 1) != 0) product += x;
  }
  return product;
}

/** x factor / 65536, rounded down; x < 2^30, factor < 65536. */
IMPULSEKIT_FIXED_INLINE uint32_t part(uint32_t x, uint32_t factor) {
  return static_cast<uint32_t>(scaled(static_cast<int32_t>(x), factor));
}

/**
 * log2 of the energies of all triangles on a spectrum of `powerSpectrum`, times 2^exponent, 16 bits behind the point.
 *
 * Weights count bins, so sums of sums stand for the products, exactly: going down from a corner, `sum` adds up powers
 * and `rise` adds up sums. The same bits as `melLogarithms` in mel.ts.
 */
inline void melLogarithms(const int32_t* x, int32_t size, const MelFilters& mel, int32_t exponent, int32_t* out) {
  uint64_t risen = 0, peak = 0;
  uint32_t risenFactor = 0;
  for (int32_t i = 0; i <= mel.filters; ++i) {
    const int32_t left = mel.bins[i], right = mel.bins[i + 1];
    uint64_t sum = 0, rise = 0;
    for (int32_t b = right - 1; b > left; --b) {
      sum += powerOf(x, size, b);
      rise += sum;
    }
    const uint32_t factor = mel.reciprocals[i];
    if (i > 0) {
      const uint64_t fall = times(sum, right - left) - rise;
      const uint64_t all = risen | fall | peak;
      const uint32_t high = static_cast<uint32_t>(all >> 32), low = static_cast<uint32_t>(all);
      const int32_t bits = high != 0 ? 64 - leadingZeros(high) : low != 0 ? 32 - leadingZeros(low) : 0;
      const int32_t shift = bits > 30 ? bits - 30 : 0;
      uint32_t energy = shifted(peak, shift);
      if ((risen | fall) != 0) {
        const uint32_t slopes = part(shifted(risen, shift), risenFactor) + part(shifted(fall, shift), factor);
        energy += slopes >> mel.reciprocalShift;
      }
      out[i - 1] = energy == 0 ? mel.empty : logarithm2(energy, exponent + shift, mel.logTable);
    }
    risen = rise;
    risenFactor = factor;
    peak = powerOf(x, size, right);
  }
}

/**
 * log2 of the energy of a filter that is bin 0 alone, 16 bits behind the point: of sum^2 2^exponent, `sum` as in `Filled`.
 * The same bits as `loneLogarithm` in mel.ts.
 */
inline int32_t loneLogarithm(uint64_t sum, const MelFilters& mel, int32_t exponent) {
  return sum == 0 ? mel.empty : 2 * longLogarithm2(sum, 0, mel.logTable) + exponent * 65536;
}

}  // namespace fixed
}  // namespace dsp
}  // namespace impulsekit
