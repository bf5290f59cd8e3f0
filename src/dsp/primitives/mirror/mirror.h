#pragma once
#include <stdint.h>

namespace impulsekit {
namespace dsp {

/** Where `size` values that go on as their own mirror image, ends repeated, have value i. Needs -size <= i < 2 size. */
inline int32_t mirrored(int32_t i, int32_t size) { return i < 0 ? -1 - i : i < size ? i : 2 * size - 1 - i; }

}  // namespace dsp
}  // namespace impulsekit
