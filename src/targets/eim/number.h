// SPDX-License-Identifier: Apache-2.0
// JSON numbers as floats, correctly rounded and fast: windows of sensor values are most of what clients send.
#ifndef IMPULSEKIT_TARGETS_EIM_NUMBER_H
#define IMPULSEKIT_TARGETS_EIM_NUMBER_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

namespace impulsekit {
namespace eim {

inline bool isDigit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

/// A number cut into its parts: digits * 10^exponent.
struct Decimal {
  /// All digits as one number; only of use when `count` says that they fit.
  uint64_t digits;
  /// Digits behind the leading zeros.
  int64_t count;
  int64_t exponent;
  bool negative;
};

/// The most digits that always fit into 64 bits.
constexpr int64_t kMaxDigits = 19;

/// Takes digits; returns where they end.
inline const char* takeDigits(const char* at, const char* end, uint64_t* digits) {
  uint64_t value = *digits;
  for (; at != end && isDigit(*at); ++at) value = value * 10 + static_cast<uint64_t>(*at - '0');
  *digits = value;
  return at;
}

/// Takes what stands behind an e; null when it is no exponent. Huge ones are cut off where nothing changes any more.
inline const char* takeExponent(const char* at, const char* end, int64_t* exponent) {
  const bool negative = at != end && *at == '-';
  if (at != end && (*at == '-' || *at == '+')) ++at;
  const char* const start = at;
  int64_t value = 0;
  for (; at != end && isDigit(*at); ++at) {
    if (value < 100000000) value = value * 10 + (*at - '0');
  }
  *exponent += negative ? -value : value;
  return at == start ? nullptr : at;
}

/// Takes a number by the grammar of JSON; returns where it ends, or null when there is none.
inline const char* takeDecimal(const char* at, const char* end, Decimal* out) {
  Decimal number = {0, 0, 0, at != end && *at == '-'};
  if (number.negative) ++at;
  const char* const start = at;
  at = takeDigits(at, end, &number.digits);
  number.count = at - start;
  if (number.count == 0 || (number.count > 1 && *start == '0')) return nullptr;
  if (at != end && *at == '.') {
    const char* const point = ++at;
    at = takeDigits(at, end, &number.digits);
    if (at == point) return nullptr;
    number.exponent = point - at;
    number.count -= number.exponent;
  }
  if (number.count > kMaxDigits) {
    for (const char* c = start; *c == '0' || *c == '.'; ++c) number.count -= *c == '0' ? 1 : 0;
  }
  if (at != end && (*at == 'e' || *at == 'E')) at = takeExponent(at + 1, end, &number.exponent);
  *out = number;
  return at;
}

/// The nearest float, when a few operations in double precision can tell which one that is.
///
/// They are wrong by at most 2 units in the last place of a double. That decides which float is nearest unless the
/// result lies that near to the middle between two floats.
inline bool quickFloat(const Decimal& number, float* out) {
  static const double kPowers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                   1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  if (number.exponent == 0 && number.count <= 7) {
    const float value = static_cast<float>(static_cast<int32_t>(number.digits));
    *out = number.negative ? -value : value;
    return true;
  }
  if (number.count > kMaxDigits || number.exponent < -22 || number.exponent > 22) return false;
  const double digits = static_cast<double>(number.digits);
  const double value =
      number.exponent < 0 ? digits / kPowers[-number.exponent] : digits * kPowers[number.exponent];
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  const uint64_t below = bits & 0x1fffffffu;  // what a float has no place for
  if ((below >= 0x10000000u - 4 && below <= 0x10000000u + 4) || value > 3e38) return false;
  *out = static_cast<float>(number.negative ? -value : value);
  return true;
}

/// Takes a number by the grammar of JSON and gives the nearest float, infinite when there is none that large. Returns
/// where it ends, or null when there is none. The text must go on behind it with something that is no part of a number.
inline const char* takeFloat(const char* at, const char* end, float* out) {
  Decimal number;
  const char* const behind = takeDecimal(at, end, &number);
  if (behind != nullptr && !quickFloat(number, out)) *out = strtof(at, nullptr);
  return behind;
}

}  // namespace eim
}  // namespace impulsekit

#endif  // IMPULSEKIT_TARGETS_EIM_NUMBER_H
