#pragma once
#include "../../arithmetic/fixed-point.h"
#include "../common/window.h"

namespace impulsekit {
namespace nn {

struct AveragePool2dF32 {
  Window window;
  float low, high;
};

struct AveragePool2dInt8 {
  Window window;
  int32_t low, high;
};

/** Mean of the values under a window, per channel; padding does not count. x [height, width, channel] -> y likewise. */
inline void averagePool2dF32(const AveragePool2dF32& p, const float* x, float* y) {
  const Window& w = p.window;
  for (int32_t row = 0; row < w.outHeight; ++row) {
    const Span rows = spanAt(w.rows, row, w.inHeight);
    for (int32_t column = 0; column < w.outWidth; ++column) {
      const Span columns = spanAt(w.columns, column, w.inWidth);
      const int32_t count = (rows.end - rows.first) * (columns.end - columns.first);
      for (int32_t channel = 0; channel < w.inChannels; ++channel) {
        float sum = 0.0f;
        for (int32_t i = rows.first; i < rows.end; ++i) {
          const float* a = x + ((rows.origin + i) * w.inWidth + columns.origin) * w.inChannels + channel;
          for (int32_t j = columns.first; j < columns.end; ++j) sum += a[j * w.inChannels];
        }
        *y++ = clamp(sum / static_cast<float>(count), p.low, p.high);
      }
    }
  }
}

/** The mean of the stored values, halves away from zero. */
inline void averagePool2dInt8(const AveragePool2dInt8& p, const int8_t* x, int8_t* y) {
  const Window& w = p.window;
  for (int32_t row = 0; row < w.outHeight; ++row) {
    const Span rows = spanAt(w.rows, row, w.inHeight);
    for (int32_t column = 0; column < w.outWidth; ++column) {
      const Span columns = spanAt(w.columns, column, w.inWidth);
      const int32_t count = (rows.end - rows.first) * (columns.end - columns.first);
      for (int32_t channel = 0; channel < w.inChannels; ++channel) {
        int32_t sum = 0;
        for (int32_t i = rows.first; i < rows.end; ++i) {
          const int8_t* a = x + ((rows.origin + i) * w.inWidth + columns.origin) * w.inChannels + channel;
          for (int32_t j = columns.first; j < columns.end; ++j) sum += a[j * w.inChannels];
        }
        const int32_t mean = (sum > 0 ? sum + count / 2 : sum - count / 2) / count;
        *y++ = static_cast<int8_t>(clamp(mean, p.low, p.high));
      }
    }
  }
}

}  // namespace nn
}  // namespace impulsekit
