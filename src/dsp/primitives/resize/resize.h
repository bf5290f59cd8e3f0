#pragma once
#include <stdint.h>

namespace impulsekit {
namespace dsp {

/** Stretched; shorter side fits and the rest is cut off; longer side fits and the rest is black. */
enum class ResizeMode { kSquash, kFitShort, kFitLong };

/** Which part is kept when cutting off, and where the image lies when there is black around it. */
enum class CropAnchor {
  kTopLeft,
  kTopCenter,
  kTopRight,
  kMiddleLeft,
  kMiddleCenter,
  kMiddleRight,
  kBottomLeft,
  kBottomCenter,
  kBottomRight
};

namespace detail {

struct Box {
  int32_t left, top, width, height;
};

/** The largest part of `box` with the proportions of `like`. */
inline Box within(const Box& box, const Box& like, int32_t anchor) {
  Box part = box;
  if (box.width * like.height > box.height * like.width) {
    part.width = box.height * like.width / like.height;
    if (part.width < 1) part.width = 1;
  } else {
    part.height = box.width * like.height / like.width;
    if (part.height < 1) part.height = 1;
  }
  part.left = ((box.width - part.width) * (anchor % 3)) >> 1;
  part.top = ((box.height - part.height) * (anchor / 3)) >> 1;
  return part;
}

inline int32_t blend(int32_t a, int32_t b, int32_t fraction) { return ((a << 14) + (b - a) * fraction + 8192) >> 14; }

}  // namespace detail

/**
 * Brings an image of bytes, rows from the top left and channels last, to the size of an impulse: bilinear in fixed point
 * with 14 fraction bits, the same bytes as in training. Sizes are 1 to 16,384. `out` may be `in` when neither side
 * grows and the mode is not kFitLong.
 */
inline void resizeCrop(const uint8_t* in, int32_t width, int32_t height, int32_t channels, uint8_t* out,
                       int32_t outWidth, int32_t outHeight, ResizeMode mode = ResizeMode::kSquash,
                       CropAnchor anchor = CropAnchor::kMiddleCenter) {
  detail::Box from = {0, 0, width, height};
  detail::Box to = {0, 0, outWidth, outHeight};
  if (mode == ResizeMode::kFitShort) from = detail::within(from, to, static_cast<int32_t>(anchor));
  if (mode == ResizeMode::kFitLong) {
    to = detail::within(to, from, static_cast<int32_t>(anchor));
    for (int32_t i = 0; i < outWidth * outHeight * channels; ++i) out[i] = 0;
  }
  in += (from.top * width + from.left) * channels;
  out += (to.top * outWidth + to.left) * channels;
  const int32_t stepX = (from.width << 14) / to.width;
  const int32_t stepY = (from.height << 14) / to.height;
  for (int32_t y = 0; y < to.height; ++y, out += (outWidth - to.width) * channels) {
    const int32_t row = (y * stepY) >> 14;
    const int32_t below = row + 1 < from.height ? width * channels : 0;
    const int32_t fractionY = (y * stepY) & 16383;
    for (int32_t x = 0; x < to.width; ++x) {
      const int32_t column = (x * stepX) >> 14;
      const int32_t beside = column + 1 < from.width ? channels : 0;
      const int32_t fractionX = (x * stepX) & 16383;
      const uint8_t* p = in + (row * width + column) * channels;
      for (int32_t c = 0; c < channels; ++c, ++p) {
        const int32_t above = detail::blend(p[0], p[beside], fractionX);
        const int32_t under = detail::blend(p[below], p[below + beside], fractionX);
        *out++ = static_cast<uint8_t>(detail::blend(above, under, fractionY));
      }
    }
  }
}

/** Camera frames of YUV 4:2:2, bytes Y0 U Y1 V for two pixels, as bytes R G B; `pixels` is even. */
inline void yuv422ToRgb(const uint8_t* in, int32_t pixels, uint8_t* out) {
  for (int32_t i = 0; i < pixels; ++i, out += 3) {
    const uint8_t* pair = in + 4 * (i / 2);
    const int32_t y = 298 * (pair[2 * (i & 1)] - 16) + 128;
    const int32_t u = pair[1] - 128;
    const int32_t v = pair[3] - 128;
    const int32_t rgb[3] = {(y + 409 * v) >> 8, (y - 100 * u - 208 * v) >> 8, (y + 516 * u) >> 8};
    for (int32_t c = 0; c < 3; ++c) out[c] = static_cast<uint8_t>(rgb[c] < 0 ? 0 : (rgb[c] > 255 ? 255 : rgb[c]));
  }
}

}  // namespace dsp
}  // namespace impulsekit
