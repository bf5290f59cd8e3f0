// SPDX-License-Identifier: Apache-2.0
// Text to and from the host. Lines end with CR LF; numbers are printed without the C library.
#ifndef IMPULSEKIT_TARGETS_FIRMWARE_CONSOLE_H
#define IMPULSEKIT_TARGETS_FIRMWARE_CONSOLE_H

#include <stdint.h>
#include <string.h>

#include "board.h"

namespace impulsekit {
namespace firmware {

inline void put(char c) { board::writeByte(static_cast<uint8_t>(c)); }

inline void print(const char* text) {
  for (; *text != '\0'; ++text) put(*text);
}

/// Text that may hold anything, such as a label: control characters would break lines.
inline void printPlain(const char* text) {
  for (; *text != '\0'; ++text) put(static_cast<unsigned char>(*text) < 0x20 || *text == 0x7f ? '?' : *text);
}

inline void newLine() { print("\r\n"); }

inline void printLine(const char* text) {
  print(text);
  newLine();
}

inline void printWhole(uint64_t value) {
  char digits[20];
  int32_t count = 0;
  do {
    digits[count++] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  while (count > 0) put(digits[--count]);
}

inline void printHex(uint64_t value, int32_t digits) {
  while (digits > 0) put("0123456789abcdef"[(value >> (4 * --digits)) & 15u]);
}

/// Digits behind the point of a float that is printed: those of int8 scores, multiples of 1/256, are all there.
constexpr int32_t kMaxDecimals = 9;

/// A float rounded to kMaxDecimals, without zeros at its end beyond `minDecimals`. Whole numbers above 2^63 are cut off.
inline void printNumber(float value, int32_t minDecimals) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  const int32_t exponent = static_cast<int32_t>((bits >> 23) & 255u);
  if (exponent == 255) return print((bits & 0x7fffffu) != 0 ? "nan" : (bits >> 31) != 0 ? "-inf" : "inf");
  // |value| = mantissa * 2^shift
  const uint64_t mantissa = (bits & 0x7fffffu) | (exponent == 0 ? 0u : 0x800000u);
  const int32_t shift = (exponent == 0 ? 1 : exponent) - 150;
  uint64_t whole = shift >= 0 ? (shift > 39 ? 0x7fffffffffffffffu : mantissa << shift) : shift > -24 ? mantissa >> -shift : 0;
  // The part behind the point in units of 2^-60; smaller bits cannot change the digits printed by more than one.
  uint64_t part = 0;
  if (shift < 0) {
    const uint64_t below = shift > -24 ? mantissa & ((uint64_t(1) << -shift) - 1) : mantissa;
    part = shift >= -60 ? below << (60 + shift) : shift > -84 ? below >> (-shift - 60) : 0;
  }
  uint32_t decimals = 0;
  for (int32_t i = 0; i < kMaxDecimals; ++i) {
    part *= 10;
    decimals = decimals * 10 + static_cast<uint32_t>(part >> 60);
    part &= (uint64_t(1) << 60) - 1;
  }
  if (part >> 59 != 0 && ++decimals == 1000000000u) {
    decimals = 0;
    ++whole;
  }
  if (bits >> 31 != 0 && (whole != 0 || decimals != 0)) put('-');
  printWhole(whole);
  int32_t count = kMaxDecimals;
  while (count > minDecimals && decimals % 10 == 0) {
    decimals /= 10;
    --count;
  }
  if (count == 0) return;
  put('.');
  char digits[kMaxDecimals];
  for (int32_t i = count; i > 0; --i) {
    digits[i - 1] = static_cast<char>('0' + decimals % 10);
    decimals /= 10;
  }
  for (int32_t i = 0; i < count; ++i) put(digits[i]);
}

/// Collects what the host types into lines, whatever it sends.
class LineEditor {
 public:
  enum class Event { kNone, kLine, kTooLong };

  /// Longest line, without its end.
  static constexpr uint32_t kMaxLength = 255;

  /// Takes a byte, and shows it to the host when `echo` is set. CR, LF and CR LF end a line.
  Event push(uint8_t byte, bool echo) {
    const bool afterReturn = lastWasReturn_;
    lastWasReturn_ = byte == '\r';
    if (byte == '\n' && afterReturn) return Event::kNone;
    if (byte == '\r' || byte == '\n') return end(echo);
    if (byte == 0x08 || byte == 0x7f) {
      erase(echo);
    } else if (byte >= 0x20 && byte < 0x7f) {
      add(static_cast<char>(byte), echo);
    }
    return Event::kNone;
  }

  /// The line, until the next byte.
  char* line() { return text_; }

 private:
  Event end(bool echo) {
    if (echo) newLine();
    const bool fits = length_ <= kMaxLength;
    text_[fits ? length_ : 0] = '\0';
    length_ = 0;
    return fits ? Event::kLine : Event::kTooLong;
  }

  void erase(bool echo) {
    if (length_ == 0 || length_ > kMaxLength) return;
    --length_;
    if (echo) print("\b \b");
  }

  /// What does not fit is dropped, and the line with it.
  void add(char c, bool echo) {
    if (length_ < kMaxLength) text_[length_] = c;
    if (length_ <= kMaxLength) ++length_;
    if (echo) put(c);
  }

  char text_[kMaxLength + 1];
  uint32_t length_;
  bool lastWasReturn_;
};

}  // namespace firmware
}  // namespace impulsekit

#endif  // IMPULSEKIT_TARGETS_FIRMWARE_CONSOLE_H
