/* For engines without bulk memory instructions; with them nothing here is linked. */
#include "string.h"

#include <stdint.h>

namespace {

/** As a loop of this file, lest the compiler makes it a call of the function it stands in. */
#define IMPULSEKIT_NO_CALLS __attribute__((no_builtin("memcpy", "memmove", "memset")))

typedef uint32_t __attribute__((may_alias)) Word;

bool wordsFit(const void* a, const void* b, size_t count) {
  return ((reinterpret_cast<uintptr_t>(a) | reinterpret_cast<uintptr_t>(b) | count) & 3u) == 0;
}

template <class T>
IMPULSEKIT_NO_CALLS inline void forwards(T* to, const T* from, size_t count) {
  for (size_t i = 0; i < count; ++i) to[i] = from[i];
}

template <class T>
IMPULSEKIT_NO_CALLS inline void backwards(T* to, const T* from, size_t count) {
  for (size_t i = count; i > 0; --i) to[i - 1] = from[i - 1];
}

}  // namespace

extern "C" {

IMPULSEKIT_NO_CALLS void* memcpy(void* to, const void* from, size_t count) {
  if (wordsFit(to, from, count)) {
    forwards(static_cast<Word*>(to), static_cast<const Word*>(from), count / 4);
  } else {
    forwards(static_cast<uint8_t*>(to), static_cast<const uint8_t*>(from), count);
  }
  return to;
}

IMPULSEKIT_NO_CALLS void* memmove(void* to, const void* from, size_t count) {
  if (to <= from) return memcpy(to, from, count);
  if (wordsFit(to, from, count)) {
    backwards(static_cast<Word*>(to), static_cast<const Word*>(from), count / 4);
  } else {
    backwards(static_cast<uint8_t*>(to), static_cast<const uint8_t*>(from), count);
  }
  return to;
}

IMPULSEKIT_NO_CALLS void* memset(void* to, int value, size_t count) {
  const uint8_t byte = static_cast<uint8_t>(value);
  for (size_t i = 0; i < count; ++i) static_cast<uint8_t*>(to)[i] = byte;
  return to;
}

}  // extern "C"
