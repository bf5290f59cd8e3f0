#pragma once
#include <stdint.h>

#include "integers.h"

namespace impulsekit {
namespace dsp {
namespace fixed {

/**
 * log2(mantissa 2^exponent) with 16 bits behind the point, within 3e-5; mantissa > 0. Between the 64 steps of `table`
 * (see `logTable` in log.ts) it is a straight line. The same bits as `logarithm2` in log.ts.
 */
inline int32_t logarithm2(uint32_t mantissa, int32_t exponent, const uint16_t* table) {
  const int32_t zeros = leadingZeros(mantissa);
  const uint32_t fraction = (mantissa << zeros) & 0x7fffffffu;
  const uint16_t* entry = table + (fraction >> 25);
  const int32_t rest = static_cast<int32_t>((fraction >> 9) & 0xffffu);
  const int32_t bend = entry[0] + (((entry[1] - entry[0]) * rest) >> 16);
  return (31 - zeros + exponent) * 65536 + ((static_cast<int32_t>(fraction >> 12) + bend + 4) >> 3);
}

/** The same for a mantissa of 64 bits. */
inline int32_t longLogarithm2(uint64_t mantissa, int32_t exponent, const uint16_t* table) {
  uint32_t high = static_cast<uint32_t>(mantissa >> 32);
  if (high == 0) return logarithm2(static_cast<uint32_t>(mantissa), exponent, table);
  const int32_t zeros = leadingZeros(high);
  if (zeros > 0) high = (high << zeros) | (static_cast<uint32_t>(mantissa) >> (32 - zeros));
  return logarithm2(high, exponent + 32 - zeros, table);
}

}  // namespace fixed
}  // namespace dsp
}  // namespace impulsekit
