#pragma once
#include <stdint.h>

namespace impulsekit {
namespace nn {

/** One dimension of a sliding window: `size` taps, `dilation` apart, moved by `stride`. */
struct Taps {
  int32_t size, stride, dilation, padding;
};

/** The geometry of a window over `[height, width, channel]`. */
struct Window {
  int32_t inHeight, inWidth, inChannels;
  int32_t outHeight, outWidth, outChannels;
  Taps rows, columns;
};

/** The taps of one window position that lie inside of the input. */
struct Span {
  int32_t origin, first, end;
};

inline Span spanAt(const Taps& taps, int32_t position, int32_t inputSize) {
  Span span = {position * taps.stride - taps.padding, 0, taps.size};
  while (span.first < taps.size && span.origin + span.first * taps.dilation < 0) ++span.first;
  while (span.end > span.first && span.origin + (span.end - 1) * taps.dilation >= inputSize) --span.end;
  return span;
}

}  // namespace nn
}  // namespace impulsekit
