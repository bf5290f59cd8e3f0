// SPDX-License-Identifier: Apache-2.0
// Text of bounded length, as an answer is built from.
#ifndef IMPULSEKIT_TARGETS_EIM_RESPONSE_H
#define IMPULSEKIT_TARGETS_EIM_RESPONSE_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "json.h"

namespace impulsekit {
namespace eim {

/// Text that does not fit is cut and `complete` turns false.
template <int32_t kBytes>
class Response {
 public:
  void clear() {
    length_ = 0;
    complete_ = true;
    text_[0] = '\0';
  }

  __attribute__((format(printf, 2, 3))) void add(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int room = kBytes - length_;
    const int wanted = vsnprintf(text_ + length_, static_cast<size_t>(room), format, arguments);
    va_end(arguments);
    if (wanted < 0 || wanted >= room) {
      complete_ = false;
      length_ = kBytes - 1;
    } else {
      length_ += wanted;
    }
  }

  bool complete() const { return complete_; }
  const char* text() const { return text_; }

  /// The text with up to kEndingBytes behind it, which do not count as text.
  Span with(Span ending) const {
    char* const behind = text_ + length_;
    const ptrdiff_t count = ending.end - ending.begin;
    memcpy(behind, ending.begin, static_cast<size_t>(count));
    return Span{text_, behind + count};
  }

 private:
  static constexpr int32_t kEndingBytes = 2;

  int length_;
  bool complete_;
  mutable char text_[kBytes + kEndingBytes];
};

}  // namespace eim
}  // namespace impulsekit

#endif  // IMPULSEKIT_TARGETS_EIM_RESPONSE_H
