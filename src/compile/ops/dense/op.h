#pragma once
#include "../../kernels/float.h"
#include "../../kernels/kernels.h"

namespace impulsekit {
namespace nn {

/** x [I], weights [O, I] -> y [O]. */
inline void denseF32(const ProductF32& p, const float* x, float* y) { rowF32(p, x, y); }

template <class Policy>
void denseInt8(const Product& p, const int8_t* x, int8_t* y) {
  Policy::row(p, x, y);
}

}  // namespace nn
}  // namespace impulsekit
