#pragma once
#include "../../arithmetic/fixed-point.h"

namespace impulsekit {
namespace nn {

/** real = scale * (stored - zeroPoint), for `size` values. */
struct Quantization {
  int32_t size;
  float scale;
  int32_t zeroPoint;
};

/** Nearest whole number, halves away from zero; NaN becomes the smallest value. */
inline int32_t roundToInt(float x) {
  const float bounded = x > -1024.0f ? (x < 1024.0f ? x : 1024.0f) : -1024.0f;
  const int32_t whole = static_cast<int32_t>(bounded);
  const float rest = bounded - static_cast<float>(whole);
  return whole + (rest >= 0.5f ? 1 : 0) - (rest <= -0.5f ? 1 : 0);
}

inline int8_t quantized(float x, float scale, int32_t zeroPoint) {
  return static_cast<int8_t>(clamp<int32_t>(zeroPoint + roundToInt(x / scale), -128, 127));
}

inline void quantize(const Quantization& q, const float* x, int8_t* y) {
  for (int32_t i = 0; i < q.size; ++i) y[i] = quantized(x[i], q.scale, q.zeroPoint);
}

inline void dequantize(const Quantization& q, const int8_t* x, float* y) {
  for (int32_t i = 0; i < q.size; ++i) y[i] = static_cast<float>(x[i] - q.zeroPoint) * q.scale;
}

}  // namespace nn
}  // namespace impulsekit
