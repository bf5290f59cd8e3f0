#pragma once
#include <stdint.h>

namespace impulsekit {
namespace nn {

/** For each row and column of the output the one of the input that it takes. */
struct ResizeNearest {
  int32_t inWidth, channels;
  int32_t outHeight, outWidth;
  const uint16_t* rows;
  const uint16_t* columns;
};

/** x [height, width, channel] -> y [height, width, channel]. */
template <typename T>
void resizeNearest(const ResizeNearest& d, const T* x, T* y) {
  for (int32_t i = 0; i < d.outHeight; ++i) {
    for (int32_t j = 0; j < d.outWidth; ++j) {
      const T* p = x + (d.rows[i] * d.inWidth + d.columns[j]) * d.channels;
      for (int32_t k = 0; k < d.channels; ++k) *y++ = *p++;
    }
  }
}

inline void resizeNearestF32(const ResizeNearest& d, const float* x, float* y) { resizeNearest(d, x, y); }
inline void resizeNearestInt8(const ResizeNearest& d, const int8_t* x, int8_t* y) { resizeNearest(d, x, y); }

}  // namespace nn
}  // namespace impulsekit
