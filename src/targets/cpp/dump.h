// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdint.h>
#include <string.h>

#include "../../observe.h"

namespace impulsekit {

/**
 * Observed values as lines of text: `@ step name f32 2x3 3f800000 ...`, values as the hexadecimal digits of their bits.
 * The text comes in small pieces.
 */
class DumpText {
 public:
  typedef void (*Write)(const char* text, void* context);
  DumpText(Write write, void* context) : write_(write), context_(context) {}

  static void observer(const Observed& observed, void* self) { static_cast<DumpText*>(self)->line(observed); }

 private:
  void line(const Observed& observed) {
    put("@ ");
    put(observed.step);
    put(" ");
    put(observed.name);
    const bool isFloat = observed.dtype == 'f';
    put(isFloat ? " f32 " : " int8 ");
    int32_t size = 1;
    for (int32_t i = 0; i < observed.rank; ++i) {
      if (i > 0) put("x");
      number(observed.shape[i]);
      size *= observed.shape[i];
    }
    const unsigned char* bytes = static_cast<const unsigned char*>(observed.values);
    for (int32_t i = 0; i < size; ++i) {
      uint32_t bits = bytes[i];
      if (isFloat) memcpy(&bits, bytes + 4 * i, sizeof bits);
      put(" ");
      hexadecimal(bits, isFloat ? 8 : 2);
    }
    put("\n");
  }

  void put(const char* text) { write_(text, context_); }

  void number(int32_t value) {
    char digits[12];
    int32_t at = 11;
    digits[at] = '\0';
    do {
      digits[--at] = static_cast<char>('0' + value % 10);
      value /= 10;
    } while (value > 0);
    put(digits + at);
  }

  void hexadecimal(uint32_t bits, int32_t count) {
    char digits[9];
    digits[count] = '\0';
    for (int32_t i = count - 1; i >= 0; --i, bits >>= 4) digits[i] = "0123456789abcdef"[bits & 15u];
    put(digits);
  }

  Write write_;
  void* context_;
};

}  // namespace impulsekit
