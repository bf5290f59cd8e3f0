#pragma once
#include <string.h>
#include "../../kernels/float.h"
#include "../../kernels/kernels.h"

namespace impulsekit {
namespace nn {

struct DepthwiseConv2dF32 {
  Window window;
  int32_t multiplier;
  const float* weights;
  const float* bias;
  float low, high;
  int32_t reverse;
};

struct DepthwiseConv2dInt8 {
  Window window;
  DepthwiseProduct product;
  /** The input's zero point. */
  int32_t zero;
  /** Positions from the last to the first. */
  int32_t reverse;
};

/** Pointers to the input under every tap at one output position; to `outside` where the window leaves the input. */
template <typename T>
inline void pointTaps(const Window& w, const T* x, int32_t row, int32_t column, const T* outside, const T** taps) {
  const int32_t right = w.columns.dilation * w.inChannels;
  const int32_t down = w.rows.dilation * w.inWidth * w.inChannels;
  const int32_t left = column * w.columns.stride - w.columns.padding;
  const bool inner = left >= 0 && left + (w.columns.size - 1) * w.columns.dilation < w.inWidth;
  int32_t inRow = row * w.rows.stride - w.rows.padding;
  int32_t start = (inRow * w.inWidth + left) * w.inChannels;
  for (int32_t i = 0; i < w.rows.size; ++i, inRow += w.rows.dilation, start += down) {
    const bool inside = inRow >= 0 && inRow < w.inHeight;
    int32_t at = start;
    if (inside && inner) {
      for (int32_t j = 0; j < w.columns.size; ++j, at += right) *taps++ = x + at;
      continue;
    }
    int32_t inColumn = left;
    for (int32_t j = 0; j < w.columns.size; ++j, at += right, inColumn += w.columns.dilation) {
      *taps++ = inside && inColumn >= 0 && inColumn < w.inWidth ? x + at : outside;
    }
  }
}

/** Output positions from `first` to before `end` whose windows lie inside of the input. */
struct Inner {
  int32_t first, end;
};

inline Inner innerOf(const Taps& taps, int32_t inputs, int32_t outputs) {
  const int32_t room = inputs - 1 - (taps.size - 1) * taps.dilation + taps.padding;
  const Inner inner = {(taps.padding + taps.stride - 1) / taps.stride, room < 0 ? 0 : room / taps.stride + 1};
  const Inner within = {inner.first, inner.end < outputs ? inner.end : outputs};
  return within;
}

/** x [height, width, channel I], weights [height, width, channel O], O = I * multiplier -> y [height, width, channel O]. */
template <class Policy>
void depthwiseConv2dInt8(const DepthwiseConv2dInt8& c, const int8_t* x, int8_t* y, void* scratch) {
  const Window& w = c.window;
  const int8_t** taps = static_cast<const int8_t**>(scratch);
  int8_t* outside = static_cast<int8_t*>(static_cast<void*>(taps + c.product.taps));
  memset(outside, c.zero, static_cast<size_t>(w.inChannels));
  const int32_t step = c.reverse ? -1 : 1;
  const Inner rows = innerOf(w.rows, w.inHeight, w.outHeight), columns = innerOf(w.columns, w.inWidth, w.outWidth);
  for (int32_t i = 0; i < w.outHeight; ++i) {
    const int32_t row = c.reverse ? w.outHeight - 1 - i : i;
    const bool inner = row >= rows.first && row < rows.end && columns.first < columns.end;
    const int32_t start = c.reverse ? columns.end - 1 : columns.first;
    int32_t count = 1;
    for (int32_t j = 0; j < w.outWidth; j += count) {
      const int32_t column = c.reverse ? w.outWidth - 1 - j : j;
      pointTaps(w, x, row, column, outside, taps);
      // An odd number of taps is made even by one of weight zero.
      if (w.rows.size * w.columns.size < c.product.taps) taps[c.product.taps - 1] = taps[0];
      count = inner && column == start ? columns.end - columns.first : 1;
      int8_t* to = y + (row * w.outWidth + column) * w.outChannels;
      depthwiseRun(static_cast<Policy*>(nullptr), c.product, taps, to, count, step * w.columns.stride * w.inChannels,
                   step * w.outChannels);
    }
  }
}

inline void depthwiseConv2dF32(const DepthwiseConv2dF32& c, const float* x, float* y, void* scratch) {
  const Window& w = c.window;
  const float** taps = static_cast<const float**>(scratch);
  const int32_t count = w.rows.size * w.columns.size;
  float* outside = static_cast<float*>(static_cast<void*>(taps + count));
  for (int32_t i = 0; i < w.inChannels; ++i) outside[i] = 0.0f;
  const int32_t positions = w.outHeight * w.outWidth;
  for (int32_t i = 0; i < positions; ++i) {
    const int32_t at = c.reverse ? positions - 1 - i : i;
    pointTaps(w, x, at / w.outWidth, at % w.outWidth, outside, taps);
    float* to = y + at * w.outChannels;
    for (int32_t channel = 0; channel < w.outChannels; ++channel) {
      float sum = c.bias[channel];
      const float* weight = c.weights + channel;
      const int32_t from = channel / c.multiplier;
      for (int32_t tap = 0; tap < count; ++tap, weight += w.outChannels) sum = multiplyAdd(taps[tap][from], *weight, sum);
      to[channel] = clamp(sum, c.low, c.high);
    }
  }
}

}  // namespace nn
}  // namespace impulsekit
