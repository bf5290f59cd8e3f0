#pragma once
#include "../../kernels/float.h"
#include "../../kernels/kernels.h"

namespace impulsekit {
namespace nn {

struct Conv2dF32 {
  Window window;
  ProductF32 product;
  int32_t reverse;
};

struct Conv2dInt8 {
  Window window;
  Product product;
  /** The input's zero point. */
  int32_t zero;
  /** Positions from the last to the first. */
  int32_t reverse;
};

/** Whether the window of an output position is one position of the input. */
inline bool isPointwise(const Window& w) {
  return w.rows.size * w.columns.size == 1 && w.rows.padding == 0 && w.columns.padding == 0;
}

/** x [height, width, channel I], weights [channel O, height, width, channel I] -> y [height, width, channel O]. */
template <class Policy>
void conv2dInt8(const Conv2dInt8& c, const int8_t* x, int8_t* y, void* columns) {
  const Window& w = c.window;
  const bool pointwise = isPointwise(w);
  const int32_t positions = w.outHeight * w.outWidth;
  const int32_t step = c.reverse ? -1 : 1;
  int32_t row = c.reverse ? w.outHeight - 1 : 0;
  int32_t column = c.reverse ? w.outWidth - 1 : 0;
  int8_t* to = y + (c.reverse ? positions - 1 : 0) * w.outChannels;
  for (int32_t left = positions; left > 0; left -= Policy::kPixels) {
    const int32_t pixels = left < Policy::kPixels ? left : static_cast<int32_t>(Policy::kPixels);
    for (int32_t pixel = 0; pixel < pixels; ++pixel) {
      if (pointwise) {
        const int32_t at = (row * w.rows.stride * w.inWidth + column * w.columns.stride) * w.inChannels;
        Policy::load(x + at, w.inChannels, columns, pixel);
      } else {
        Policy::gather(w, x, row, column, static_cast<int8_t>(c.zero), columns, pixel);
      }
      column += step;
      if (column < 0 || column == w.outWidth) {
        column = c.reverse ? w.outWidth - 1 : 0;
        row += step;
      }
    }
    Policy::product(c.product, columns, pixels, to, step * w.outChannels);
    to += step * pixels * w.outChannels;
  }
}

inline void conv2dF32(const Conv2dF32& c, const float* x, float* y, void* scratch) {
  const Window& w = c.window;
  float* columns = static_cast<float*>(scratch);
  const int32_t positions = w.outHeight * w.outWidth;
  const int32_t step = c.reverse ? -1 : 1;
  int32_t row = c.reverse ? w.outHeight - 1 : 0;
  int32_t column = c.reverse ? w.outWidth - 1 : 0;
  float* to = y + (c.reverse ? positions - 1 : 0) * w.outChannels;
  for (int32_t left = positions; left > 0; left -= 4) {
    const int32_t pixels = left < 4 ? left : 4;
    for (int32_t pixel = 0; pixel < pixels; ++pixel) {
      gatherF32(w, x, row, column, columns + pixel);
      column += step;
      if (column < 0 || column == w.outWidth) {
        column = c.reverse ? w.outWidth - 1 : 0;
        row += step;
      }
    }
    productF32(c.product, columns, pixels, to, step * w.outChannels);
    to += step * pixels * w.outChannels;
  }
}

}  // namespace nn
}  // namespace impulsekit
