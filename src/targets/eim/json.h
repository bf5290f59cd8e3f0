// SPDX-License-Identifier: Apache-2.0
// A JSON reader for hostile text: no heap, no recursion, nothing but spans into the message.
#ifndef IMPULSEKIT_TARGETS_EIM_JSON_H
#define IMPULSEKIT_TARGETS_EIM_JSON_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

namespace impulsekit {
namespace eim {

/// Objects and arrays within one another; one bit of a word each.
constexpr int32_t kMaxDepth = 64;

/// A value inside a message, or nothing.
struct Span {
  const char* begin;
  const char* end;
  bool present() const { return begin != nullptr; }
  bool isObject() const { return present() && *begin == '{'; }
  bool isArray() const { return present() && *begin == '['; }
  bool isNumber() const { return present() && (*begin == '-' || (*begin >= '0' && *begin <= '9')); }
};

/// Walks over text that must be JSON. Every method returns false, and then the rest is undefined, when it is not.
class Cursor {
 public:
  explicit Cursor(Span text) : at_(text.begin), end_(text.end) {}

  const char* position() const { return at_; }

  void space() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\n' || *at_ == '\r')) ++at_;
  }

  bool done() {
    space();
    return at_ == end_;
  }

  bool take(char c) {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }

  /// A string and the colon behind it; `name` is the string with its quotes.
  bool key(Span* name) {
    space();
    name->begin = at_;
    if (!string()) return false;
    name->end = at_;
    space();
    return take(':');
  }

  /// One value of any kind, whole.
  bool value(Span* out) {
    space();
    out->begin = at_;
    if (!skip()) return false;
    out->end = at_;
    return true;
  }

 private:
  bool skip() {
    uint64_t objects = 0;  // bit n: whether the n-th enclosing bracket from the inside is an object
    int32_t depth = 0;
    do {
      space();
      const bool opens = at_ != end_ && (*at_ == '{' || *at_ == '[');
      if (opens) {
        if (depth == kMaxDepth) return false;
        objects = (objects << 1) | (*at_ == '{' ? 1u : 0u);
        ++depth;
        ++at_;
        space();
        if (!closesHere(objects)) {
          if (!keyIf(objects)) return false;
          continue;
        }
      } else if (!scalar()) {
        return false;
      }
      if (!afterValue(&objects, &depth)) return false;
    } while (depth > 0);
    return true;
  }

  /// Leaves closed brackets; stops before the next value, or outside all brackets.
  bool afterValue(uint64_t* objects, int32_t* depth) {
    while (*depth > 0) {
      space();
      if (take(',')) return keyIf(*objects);
      if (!closesHere(*objects)) return false;
      ++at_;
      *objects >>= 1;
      --*depth;
    }
    return true;
  }

  bool closesHere(uint64_t objects) const { return at_ != end_ && *at_ == ((objects & 1u) != 0 ? '}' : ']'); }

  bool keyIf(uint64_t objects) {
    Span ignored;
    return (objects & 1u) == 0 || key(&ignored);
  }

  bool scalar() {
    if (at_ == end_) return false;
    if (*at_ == '"') return string();
    if (*at_ == 't') return word("true");
    if (*at_ == 'f') return word("false");
    if (*at_ == 'n') return word("null");
    return number();
  }

  bool word(const char* text) {
    const size_t length = strlen(text);
    if (static_cast<size_t>(end_ - at_) < length || memcmp(at_, text, length) != 0) return false;
    at_ += length;
    return true;
  }

  bool digits() {
    const char* const start = at_;
    while (at_ != end_ && *at_ >= '0' && *at_ <= '9') ++at_;
    return at_ != start;
  }

  bool number() {
    take('-');
    if (!take('0') && !digits()) return false;
    if (take('.') && !digits()) return false;
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      return digits();
    }
    return true;
  }

  bool string() {
    if (!take('"')) return false;
    while (at_ != end_) {
      const char c = *at_++;
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c == '\\' && !escape()) return false;
    }
    return false;
  }

  bool escape() {
    if (at_ == end_) return false;
    const char c = *at_++;
    if (c != 'u') return strchr("\"\\/bfnrt", c) != nullptr && c != '\0';
    for (int32_t i = 0; i < 4; ++i) {
      if (at_ == end_ || *at_ == '\0' || strchr("0123456789abcdefABCDEF", *at_) == nullptr) return false;
      ++at_;
    }
    return true;
  }

  const char* at_;
  const char* end_;
};

/// Whether a checked JSON string spells `text`; `\uXXXX` is understood, the other escapes spell no member name.
inline bool spells(Span string, const char* text) {
  const char* at = string.begin + 1;
  const char* const end = string.end - 1;
  for (; at != end && *text != '\0'; ++text) {
    if (*at != '\\') {
      if (*at++ != *text) return false;
      continue;
    }
    if (at[1] != 'u') return false;
    const char hex[5] = {at[2], at[3], at[4], at[5], '\0'};
    if (strtol(hex, nullptr, 16) != *text) return false;
    at += 6;
  }
  return at == end && *text == '\0';
}

/// A member looked for in an object.
struct Member {
  const char* name;
  Span value;
};

/// Checks a whole text as one JSON object and finds members of it; of equal names the last one counts.
inline bool readObject(Span text, Member* members, int32_t count) {
  for (int32_t i = 0; i < count; ++i) members[i].value = Span{nullptr, nullptr};
  Span whole;
  Cursor check(text);
  if (!check.value(&whole) || !check.done() || !whole.isObject()) return false;

  Cursor cursor(whole);
  cursor.take('{');
  cursor.space();
  if (cursor.take('}')) return true;
  do {
    Span name;
    Span value;
    if (!cursor.key(&name) || !cursor.value(&value)) return false;
    for (int32_t i = 0; i < count; ++i) {
      if (spells(name, members[i].name)) members[i].value = value;
    }
    cursor.space();
  } while (cursor.take(','));
  return true;
}

/// A whole number of at most 18 digits, without fraction or exponent.
inline bool readInteger(Span span, int64_t* out) {
  if (!span.isNumber() || span.end - span.begin > 18) return false;
  for (const char* c = span.begin; c != span.end; ++c) {
    if (*c == '.' || *c == 'e' || *c == 'E') return false;
  }
  *out = strtoll(span.begin, nullptr, 10);
  return true;
}

/// Reads an array of numbers, of which the first `capacity` are kept. Returns their count, or -1 when one is none.
inline int64_t readFloats(Span array, float* out, int64_t capacity) {
  Cursor cursor(array);
  if (!cursor.take('[')) return -1;
  cursor.space();
  if (cursor.take(']')) return 0;
  int64_t count = 0;
  do {
    Span value;
    if (!cursor.value(&value) || !value.isNumber()) return -1;
    // The text goes on behind every number, at least with a bracket, so strtof cannot run over its end.
    if (count < capacity) out[count] = strtof(value.begin, nullptr);
    ++count;
    cursor.space();
  } while (cursor.take(','));
  return count;
}

}  // namespace eim
}  // namespace impulsekit

#endif  // IMPULSEKIT_TARGETS_EIM_JSON_H
