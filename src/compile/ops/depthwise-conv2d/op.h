#pragma once
#include "../../rescale.h"
#include "../../window.h"

namespace impulsekit {
namespace nn {

struct DepthwiseConv2dF32 {
  Window window;
  const float* weights;
  const float* bias;
  float low, high;
};

struct DepthwiseConv2dInt8 {
  Window window;
  const int8_t* weights;
  Rescale rescale;
};

/** x [height, width, channel I], weights [height, width, channel O], O = I * multiplier -> y [height, width, channel O]. */
inline void depthwiseConv2dF32(const DepthwiseConv2dF32& c, const float* x, float* y) {
  const Window& w = c.window;
  const int32_t multiplier = w.outChannels / w.inChannels;
  for (int32_t row = 0; row < w.outHeight; ++row) {
    const Span rows = spanAt(w.rows, row, w.inHeight);
    for (int32_t column = 0; column < w.outWidth; ++column) {
      const Span columns = spanAt(w.columns, column, w.inWidth);
      for (int32_t channel = 0; channel < w.outChannels; ++channel) {
        float sum = c.bias[channel];
        for (int32_t i = rows.first; i < rows.end; ++i) {
          const int32_t left = (rows.origin + i * w.rows.dilation) * w.inWidth + columns.origin;
          const float* a = x + left * w.inChannels + channel / multiplier;
          const float* b = c.weights + i * w.columns.size * w.outChannels + channel;
          for (int32_t j = columns.first; j < columns.end; ++j) {
            sum += a[j * w.columns.dilation * w.inChannels] * b[j * w.outChannels];
          }
        }
        *y++ = clamp(sum, c.low, c.high);
      }
    }
  }
}

inline void depthwiseConv2dInt8(const DepthwiseConv2dInt8& c, const int8_t* x, int8_t* y) {
  const Window& w = c.window;
  const int32_t multiplier = w.outChannels / w.inChannels;
  const int32_t offset = c.rescale.inputOffset;
  for (int32_t row = 0; row < w.outHeight; ++row) {
    const Span rows = spanAt(w.rows, row, w.inHeight);
    for (int32_t column = 0; column < w.outWidth; ++column) {
      const Span columns = spanAt(w.columns, column, w.inWidth);
      for (int32_t channel = 0; channel < w.outChannels; ++channel) {
        int32_t sum = c.rescale.bias[channel];
        for (int32_t i = rows.first; i < rows.end; ++i) {
          const int32_t left = (rows.origin + i * w.rows.dilation) * w.inWidth + columns.origin;
          const int8_t* a = x + left * w.inChannels + channel / multiplier;
          const int8_t* b = c.weights + i * w.columns.size * w.outChannels + channel;
          for (int32_t j = columns.first; j < columns.end; ++j) {
            sum += (a[j * w.columns.dilation * w.inChannels] + offset) * b[j * w.outChannels];
          }
        }
        *y++ = rescale(c.rescale, sum, channel);
      }
    }
  }
}

}  // namespace nn
}  // namespace impulsekit
