#pragma once
#include "../../rescale.h"
#include "../../window.h"

namespace impulsekit {
namespace nn {

struct Conv2dF32 {
  Window window;
  const float* weights;
  const float* bias;
  float low, high;
};

struct Conv2dInt8 {
  Window window;
  const int8_t* weights;
  Rescale rescale;
};

/**
 * The products of one window as runs of neighbours in memory: without dilation a row of the window is one run,
 * so that a one-dimensional convolution is a single dot product.
 */
struct Runs {
  int32_t count, length, step;
};

inline Runs runsOf(const Window& w, const Span& columns) {
  const int32_t taps = columns.end - columns.first;
  const bool whole = w.columns.dilation == 1;
  const Runs runs = {whole ? 1 : taps, whole ? taps * w.inChannels : w.inChannels, w.columns.dilation * w.inChannels};
  return runs;
}

/** x [height, width, channel I], weights [channel O, height, width, channel I] -> y [height, width, channel O]. */
inline void conv2dF32(const Conv2dF32& c, const float* x, float* y) {
  const Window& w = c.window;
  for (int32_t row = 0; row < w.outHeight; ++row) {
    const Span rows = spanAt(w.rows, row, w.inHeight);
    for (int32_t column = 0; column < w.outWidth; ++column) {
      const Span columns = spanAt(w.columns, column, w.inWidth);
      const Runs runs = runsOf(w, columns);
      const int32_t left = columns.origin + columns.first * w.columns.dilation;
      for (int32_t channel = 0; channel < w.outChannels; ++channel) {
        float sum = c.bias[channel];
        for (int32_t i = rows.first; i < rows.end; ++i) {
          const float* a = x + ((rows.origin + i * w.rows.dilation) * w.inWidth + left) * w.inChannels;
          const float* b = c.weights + ((channel * w.rows.size + i) * w.columns.size + columns.first) * w.inChannels;
          for (int32_t run = 0; run < runs.count; ++run, a += runs.step, b += runs.length) {
            for (int32_t k = 0; k < runs.length; ++k) sum += a[k] * b[k];
          }
        }
        *y++ = clamp(sum, c.low, c.high);
      }
    }
  }
}

inline void conv2dInt8(const Conv2dInt8& c, const int8_t* x, int8_t* y) {
  const Window& w = c.window;
  const int32_t offset = c.rescale.inputOffset;
  for (int32_t row = 0; row < w.outHeight; ++row) {
    const Span rows = spanAt(w.rows, row, w.inHeight);
    for (int32_t column = 0; column < w.outWidth; ++column) {
      const Span columns = spanAt(w.columns, column, w.inWidth);
      const Runs runs = runsOf(w, columns);
      const int32_t left = columns.origin + columns.first * w.columns.dilation;
      for (int32_t channel = 0; channel < w.outChannels; ++channel) {
        int32_t sum = c.rescale.bias[channel];
        for (int32_t i = rows.first; i < rows.end; ++i) {
          const int8_t* a = x + ((rows.origin + i * w.rows.dilation) * w.inWidth + left) * w.inChannels;
          const int8_t* b = c.weights + ((channel * w.rows.size + i) * w.columns.size + columns.first) * w.inChannels;
          for (int32_t run = 0; run < runs.count; ++run, a += runs.step, b += runs.length) {
            for (int32_t k = 0; k < runs.length; ++k) sum += (a[k] + offset) * b[k];
          }
        }
        *y++ = rescale(c.rescale, sum, channel);
      }
    }
  }
}

}  // namespace nn
}  // namespace impulsekit
