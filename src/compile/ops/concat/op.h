#pragma once
#include <stdint.h>

namespace impulsekit {
namespace nn {

/** In each of `turns` turns, input i fills the elements from `starts[i]` to `starts[i + 1]` of `total`. */
struct Concat {
  int32_t turns, total;
  const int32_t* starts;
};

template <typename T>
void spread(const Concat& d, int32_t index, const T* x, T* y) {
  for (int32_t turn = 0; turn < d.turns; ++turn, y += d.total) {
    for (int32_t i = d.starts[index]; i < d.starts[index + 1]; ++i) y[i] = *x++;
  }
}

/** Takes the inputs and, last, the output, which it gives back. */
template <typename T>
T* spreadAll(const Concat&, int32_t, T* y) {
  return y;
}

template <typename T, typename... Rest>
T* spreadAll(const Concat& d, int32_t index, const T* x, Rest... rest) {
  T* y = spreadAll<T>(d, index + 1, rest...);
  spread(d, index, x, y);
  return y;
}

/** Inputs, as many as there are, then the output. */
template <typename... Rest>
inline void concatF32(const Concat& d, const float* x, Rest... rest) {
  spreadAll<float>(d, 0, x, rest...);
}

template <typename... Rest>
inline void concatInt8(const Concat& d, const int8_t* x, Rest... rest) {
  spreadAll<int8_t>(d, 0, x, rest...);
}

}  // namespace nn
}  // namespace impulsekit
