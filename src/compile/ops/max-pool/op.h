#pragma once
#include "../../arithmetic/fixed-point.h"
#include "../common/window.h"

namespace impulsekit {
namespace nn {

/** Largest value under a window, per channel, then clamped; T is float or int8_t, with bounds of type B. */
template <typename T, typename B>
struct MaxPool2d {
  Window window;
  B low, high;
};

typedef MaxPool2d<float, float> MaxPool2dF32;
typedef MaxPool2d<int8_t, int32_t> MaxPool2dInt8;

/** x [height, width, channel] -> y [height, width, channel]. */
template <typename T, typename B>
void maxPool2d(const MaxPool2d<T, B>& p, const T* x, T* y) {
  const Window& w = p.window;
  const T low = static_cast<T>(p.low);
  const T high = static_cast<T>(p.high);
  for (int32_t row = 0; row < w.outHeight; ++row) {
    const Span rows = spanAt(w.rows, row, w.inHeight);
    for (int32_t column = 0; column < w.outWidth; ++column) {
      const Span columns = spanAt(w.columns, column, w.inWidth);
      for (int32_t channel = 0; channel < w.inChannels; ++channel) {
        T largest = low;
        for (int32_t i = rows.first; i < rows.end; ++i) {
          const T* a = x + ((rows.origin + i) * w.inWidth + columns.origin) * w.inChannels + channel;
          for (int32_t j = columns.first; j < columns.end; ++j) {
            const T value = a[j * w.inChannels];
            if (value > largest) largest = value;
          }
        }
        *y++ = largest < high ? largest : high;
      }
    }
  }
}

inline void maxPool2dF32(const MaxPool2dF32& p, const float* x, float* y) { maxPool2d(p, x, y); }
inline void maxPool2dInt8(const MaxPool2dInt8& p, const int8_t* x, int8_t* y) { maxPool2d(p, x, y); }

}  // namespace nn
}  // namespace impulsekit
