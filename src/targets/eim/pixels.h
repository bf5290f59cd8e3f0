// SPDX-License-Identifier: Apache-2.0
// Pixels as clients send them, 0xRRGGBB, as the channels that an impulse takes.
#ifndef IMPULSEKIT_TARGETS_EIM_PIXELS_H
#define IMPULSEKIT_TARGETS_EIM_PIXELS_H

#include <stdint.h>

namespace impulsekit {
namespace eim {

/// Unpacks pixels into bytes of 1 channel (grey, by ITU-R BT.601) or 3; false when a value is no pixel.
template <int32_t kChannels>
inline bool unpack(const float* pixels, int32_t count, float* out) {
  for (int32_t i = 0; i < count; ++i) {
    if (!(pixels[i] >= 0.0f && pixels[i] < 16777216.0f)) return false;
    const uint32_t pixel = static_cast<uint32_t>(pixels[i]);
    const uint32_t red = pixel >> 16;
    const uint32_t green = (pixel >> 8) & 255u;
    const uint32_t blue = pixel & 255u;
    if (kChannels == 1) {
      *out++ = static_cast<float>((19595u * red + 38470u * green + 7471u * blue + 32768u) >> 16);
    } else {
      *out++ = static_cast<float>(red);
      *out++ = static_cast<float>(green);
      *out++ = static_cast<float>(blue);
    }
  }
  return true;
}

}  // namespace eim
}  // namespace impulsekit

#endif  // IMPULSEKIT_TARGETS_EIM_PIXELS_H
