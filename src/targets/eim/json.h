// SPDX-License-Identifier: Apache-2.0
// A JSON reader for hostile text: one pass, no heap, no recursion, nothing but spans into the message.
#ifndef IMPULSEKIT_TARGETS_EIM_JSON_H
#define IMPULSEKIT_TARGETS_EIM_JSON_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"

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

/// Where the numbers of an array go.
struct Floats {
  float* values;
  /// How many are kept.
  int64_t capacity;
  /// How many there were; -1 when it was no array of numbers only.
  int64_t count;
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

  /// One value, of which the numbers are kept when it is an array of them.
  bool floats(Floats* out) {
    out->count = -1;
    space();
    if (!take('[')) return skip();
    space();
    int64_t count = 0;
    bool allNumbers = true;
    if (take(']')) {
      out->count = 0;
      return true;
    }
    do {
      if (at_ != end_ && *at_ <= ' ') space();
      float value = 0.0f;
      const char* const behind = startsNumber() ? takeFloat(at_, end_, &value) : nullptr;
      if (behind != nullptr) {
        at_ = behind;
      } else {
        allNumbers = false;
        if (!skip()) return false;
      }
      if (count < out->capacity) out->values[count] = value;
      ++count;
      if (at_ != end_ && *at_ <= ' ') space();
    } while (take(','));
    if (!take(']')) return false;
    if (allNumbers) out->count = count;
    return true;
  }

 private:
  bool startsNumber() const { return at_ != end_ && (*at_ == '-' || isDigit(*at_)); }

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

  bool number() {
    Decimal ignored;
    const char* const behind = takeDecimal(at_, end_, &ignored);
    if (behind == nullptr) return false;
    at_ = behind;
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
  /// Takes the numbers while the text is checked; may be null.
  Floats* floats;
};

/// Checks a whole text as one JSON object and finds members of it; of equal names the last one counts.
inline bool readObject(Span text, Member* members, int32_t count) {
  for (int32_t i = 0; i < count; ++i) members[i].value = Span{nullptr, nullptr};
  Cursor cursor(text);
  cursor.space();
  if (!cursor.take('{')) return false;
  cursor.space();
  if (cursor.take('}')) return cursor.done();
  do {
    Span name;
    if (!cursor.key(&name)) return false;
    Member* member = nullptr;
    for (int32_t i = 0; i < count; ++i) {
      if (spells(name, members[i].name)) member = &members[i];
    }
    cursor.space();
    Span value;
    value.begin = cursor.position();
    const bool valid = member != nullptr && member->floats != nullptr ? cursor.floats(member->floats) : cursor.value(&value);
    if (!valid) return false;
    value.end = cursor.position();
    if (member != nullptr) member->value = value;
    cursor.space();
  } while (cursor.take(','));
  return cursor.take('}') && cursor.done();
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

/// A number as a float.
inline bool readFloat(Span span, float* out) {
  return span.isNumber() && takeFloat(span.begin, span.end, out) != nullptr;
}

}  // namespace eim
}  // namespace impulsekit

#endif  // IMPULSEKIT_TARGETS_EIM_JSON_H
