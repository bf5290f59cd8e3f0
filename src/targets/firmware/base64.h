// SPDX-License-Identifier: Apache-2.0
#ifndef IMPULSEKIT_TARGETS_FIRMWARE_BASE64_H
#define IMPULSEKIT_TARGETS_FIRMWARE_BASE64_H

#include <stdint.h>

#include "console.h"

namespace impulsekit {
namespace firmware {

inline void printBase64(const uint8_t* bytes, uint32_t count) {
  static const char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (uint32_t at = 0; at < count; at += 3) {
    const uint32_t left = count - at;
    uint32_t bits = static_cast<uint32_t>(bytes[at]) << 16;
    if (left > 1) bits |= static_cast<uint32_t>(bytes[at + 1]) << 8;
    if (left > 2) bits |= bytes[at + 2];
    put(kDigits[bits >> 18]);
    put(kDigits[(bits >> 12) & 63u]);
    put(left > 1 ? kDigits[(bits >> 6) & 63u] : '=');
    put(left > 2 ? kDigits[bits & 63u] : '=');
  }
}

/// Decodes digit by digit. Padding ends a run of digits, and another may follow: hosts encode in pieces or as a whole.
class Base64Decoder {
 public:
  Base64Decoder() : bits_(0), count_(0) {}

  /// Takes a digit; true when a byte became whole. Anything that is no digit is passed over.
  bool push(uint8_t c, uint8_t* byte) {
    const int32_t value = valueOf(c);
    if (value < 0) {
      if (c == '=') count_ = 0;
      return false;
    }
    bits_ = (bits_ << 6) | static_cast<uint32_t>(value);
    count_ += 6;
    if (count_ < 8) return false;
    count_ -= 8;
    *byte = static_cast<uint8_t>((bits_ >> count_) & 255u);
    return true;
  }

 private:
  static int32_t valueOf(uint8_t c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
  }

  uint32_t bits_;
  uint32_t count_;
};

}  // namespace firmware
}  // namespace impulsekit

#endif  // IMPULSEKIT_TARGETS_FIRMWARE_BASE64_H
