// SPDX-License-Identifier: Apache-2.0
// Finds the ends of messages in a stream of bytes: JSON objects without any other framing.
#ifndef IMPULSEKIT_TARGETS_EIM_FRAMER_H
#define IMPULSEKIT_TARGETS_EIM_FRAMER_H

#include <stddef.h>
#include <stdint.h>

#include "json.h"

namespace impulsekit {
namespace eim {

/// Longest message taken, in bytes.
constexpr size_t kMaxMessageBytes = 32u * 1024u * 1024u;

/// Collects bytes into messages by counting brackets outside of strings. Bytes between objects are dropped.
class Framer {
 public:
  enum class Event { kNone, kMessage, kTooLong };

  /// Takes one byte. After kMessage, `message` holds until the next byte.
  Event push(char c) {
    if (complete_) reset();
    if (length_ == 0 && c != '{') return Event::kNone;
    if (length_ == kMaxMessageBytes) return Event::kTooLong;
    text_[length_++] = c;
    // A string cannot hold a line break: the message is broken, and clients end messages with one. Going on would
    // swallow the messages that follow.
    complete_ = inString_ ? inString(c) : outside(c);
    if (!complete_) return Event::kNone;
    text_[length_] = '\0';
    return Event::kMessage;
  }

  Span message() const { return Span{text_, text_ + length_}; }

 private:
  bool inString(char c) {
    if (c == '\n') return true;
    if (escaped_) {
      escaped_ = false;
    } else if (c == '\\') {
      escaped_ = true;
    } else if (c == '"') {
      inString_ = false;
    }
    return false;
  }

  bool outside(char c) {
    if (c == '"') inString_ = true;
    if (c == '{') ++depth_;
    if (c == '}') --depth_;
    return depth_ == 0;
  }

  void reset() {
    length_ = 0;
    depth_ = 0;
    inString_ = false;
    escaped_ = false;
    complete_ = false;
  }

  size_t length_;
  size_t depth_;
  bool inString_;
  bool escaped_;
  bool complete_;
  char text_[kMaxMessageBytes + 1];
};

}  // namespace eim
}  // namespace impulsekit

#endif  // IMPULSEKIT_TARGETS_EIM_FRAMER_H
