#pragma once
#include <stdint.h>

namespace impulsekit {
namespace nn {

/** Runs of elements: padding, then each row of the input followed by padding. V is the type of `zero` in the descriptor. */
template <typename V>
struct Pad {
  int32_t rows, rowLength;
  int32_t before, between, after;
  V zero;
};

typedef Pad<float> PadF32;
typedef Pad<int32_t> PadInt8;

template <typename T, typename V>
void pad(const Pad<V>& d, const T* x, T* y) {
  const T zero = static_cast<T>(d.zero);
  for (int32_t i = 0; i < d.before; ++i) *y++ = zero;
  for (int32_t row = 1; row <= d.rows; ++row) {
    for (int32_t i = 0; i < d.rowLength; ++i) *y++ = *x++;
    const int32_t gap = row < d.rows ? d.between : d.after;
    for (int32_t i = 0; i < gap; ++i) *y++ = zero;
  }
}

inline void padF32(const PadF32& d, const float* x, float* y) { pad(d, x, y); }
inline void padInt8(const PadInt8& d, const int8_t* x, int8_t* y) { pad(d, x, y); }

}  // namespace nn
}  // namespace impulsekit
