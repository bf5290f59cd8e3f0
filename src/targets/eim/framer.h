// SPDX-License-Identifier: Apache-2.0
// Finds the ends of messages in a stream of bytes: JSON objects without any other framing.
#ifndef IMPULSEKIT_TARGETS_EIM_FRAMER_H
#define IMPULSEKIT_TARGETS_EIM_FRAMER_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "json.h"

namespace impulsekit {
namespace eim {

/// Longest message taken, in bytes.
constexpr size_t kMaxMessageBytes = 32u * 1024u * 1024u;

/// Collects bytes into messages by counting brackets outside of strings. Bytes between objects are dropped.
///
/// Bytes are read straight into its memory: `read(file, framer.room(), framer.roomBytes())`, then `fill(count)`, then
/// `next` until it gives kNone. Make it static; it is large.
class Framer {
 public:
  enum class Event { kNone, kMessage, kTooLong };

  /// Where bytes may be put; what `message` gave is no longer valid.
  char* room() {
    const size_t kept = end_ - start_;
    if (start_ > 0 && kept > 0) memmove(text_, text_ + start_, kept);
    at_ -= start_;
    start_ = 0;
    end_ = kept;
    if (kept == 0) giveBack();
    return text_ + end_;
  }

  /// Whether no part of a message is there.
  bool isEmpty() const { return end_ == start_; }

  size_t roomBytes() const { return sizeof text_ - end_; }

  void fill(size_t bytes) {
    end_ += bytes;
    if (end_ > used_) used_ = end_;
  }

  /// Looks for the end of the next message.
  Event next() {
    if (complete_) begin();
    if (depth_ == 0 && !findObject()) return Event::kNone;
    const bool found = findEnd();
    if (at_ - start_ > kMaxMessageBytes) return Event::kTooLong;
    complete_ = found;
    return found ? Event::kMessage : Event::kNone;
  }

  Span message() const { return Span{text_ + start_, text_ + at_}; }

  /// Forgets everything, as for another peer.
  void reset() {
    begin();
    start_ = at_ = end_ = 0;
    giveBack();
  }

 private:
  /// A message longer than this is not the rule, and its memory is given back.
  static constexpr size_t kKeptBytes = 1024u * 1024u;

  void begin() {
    start_ = at_;
    depth_ = 0;
    inString_ = false;
    escaped_ = false;
    complete_ = false;
  }

  bool findObject() {
    const void* const found = memchr(text_ + at_, '{', end_ - at_);
    start_ = at_ = found == nullptr ? end_ : static_cast<size_t>(static_cast<const char*>(found) - text_);
    return found != nullptr;
  }

  /// Goes on to the end of the message; false when that has not come yet.
  bool findEnd() {
    while (at_ != end_) {
      if (inString_) {
        if (endsInString(text_[at_++])) return true;
        continue;
      }
      while (end_ - at_ >= 8 && arePlain(text_ + at_)) at_ += 8;
      while (at_ != end_ && isPlain(text_[at_])) ++at_;
      if (at_ == end_) return false;
      const char c = text_[at_++];
      if (c == '"') inString_ = true;
      if (c == '{') ++depth_;
      if (c == '}' && --depth_ == 0) return true;
    }
    return false;
  }

  static bool isPlain(char c) { return c != '"' && c != '{' && c != '}'; }

  /// Whether 8 bytes are plain for sure: numbers and what stands between them are.
  static bool arePlain(const char* text) {
    constexpr uint64_t ones = 0x0101010101010101u;
    uint64_t bytes;
    memcpy(&bytes, text, sizeof bytes);
    const uint64_t quotes = bytes ^ (ones * '"');
    const uint64_t braces = (bytes | (ones * 6)) ^ (ones * 0x7f);  // both braces become 0, few other bytes do
    return (((quotes - ones) & ~quotes) | ((braces - ones) & ~braces)) & (ones * 0x80) ? false : true;
  }

  /// A string cannot hold a line break: the message is broken, and clients end messages with one. Going on would swallow
  /// the messages that follow.
  bool endsInString(char c) {
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

  /// Gives memory that only a huge message needed back to the system.
  void giveBack() {
#if defined(__linux__)
    if (used_ <= kKeptBytes) return;
    const uintptr_t page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
    char* const from = text_ + kKeptBytes;
    const size_t offset = (page - reinterpret_cast<uintptr_t>(from) % page) % page;
    madvise(from + offset, (sizeof text_ - kKeptBytes - offset) / page * page, MADV_DONTNEED);
#endif
    used_ = 0;
  }

  size_t start_, at_, end_, used_;
  size_t depth_;
  bool inString_, escaped_, complete_;
  char text_[kMaxMessageBytes + 65536];
};

}  // namespace eim
}  // namespace impulsekit

#endif  // IMPULSEKIT_TARGETS_EIM_FRAMER_H
