#pragma once
#include <stdint.h>
#include <string.h>

namespace impulsekit {
namespace nn {

/** Values of type T at a byte offset of a network's arena. */
template <typename T>
inline T* at(void* arena, uint32_t offset) {
  return static_cast<T*>(static_cast<void*>(static_cast<uint8_t*>(arena) + offset));
}

/** Working memory at a byte offset of a network's arena. */
inline void* at(void* arena, uint32_t offset) { return static_cast<uint8_t*>(arena) + offset; }

}  // namespace nn
}  // namespace impulsekit
