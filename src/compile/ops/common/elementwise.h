#pragma once
#include "../../arithmetic/fixed-point.h"
#include "../../kernels/kernels.h"

namespace impulsekit {
namespace nn {

/** Function F of two operands of one shape. */
template <typename F>
struct Pairs {
  int32_t size;
  F function;
};

/** Function F of operands that repeat themselves, with steps of 0; a or b is set when it is constant. */
template <typename F, typename T>
struct Broadcast {
  int32_t sizes[3];
  int32_t stepsA[3];
  int32_t stepsB[3];
  const T* a;
  const T* b;
  F function;
};

/** y = f(a, b); y may be a or b. */
template <typename F, typename T>
void elementwise(const Pairs<F>& d, const T* a, const T* b, T* y) {
  for (int32_t i = 0; i < d.size; ++i) y[i] = d.function(a[i], b[i]);
}

/** y = f(a, b), written in order; y may be an operand that does not repeat itself. */
template <typename F, typename T>
void elementwise(const Broadcast<F, T>& d, const T* a, const T* b, T* y) {
  for (int32_t i = 0; i < d.sizes[0]; ++i) {
    for (int32_t j = 0; j < d.sizes[1]; ++j) {
      const T* p = a + i * d.stepsA[0] + j * d.stepsA[1];
      const T* q = b + i * d.stepsB[0] + j * d.stepsB[1];
      for (int32_t k = 0; k < d.sizes[2]; ++k, p += d.stepsA[2], q += d.stepsB[2]) *y++ = d.function(*p, *q);
    }
  }
}

/** One operand is computed, the other constant. */
template <typename F, typename T>
void elementwise(const Broadcast<F, T>& d, const T* x, T* y) {
  elementwise(d, d.a ? d.a : x, d.b ? d.b : x, y);
}

/** Combines two floats with F::combine and clamps. */
template <typename F>
struct Clamped {
  float low, high;

  float operator()(float a, float b) const { return clamp(F::combine(a, b), low, high); }
};

typedef Pairs<SumInt8> SumPairsInt8;
typedef Broadcast<SumInt8, int8_t> SumBroadcastInt8;

inline void elementwise(const SumPairsInt8& d, const int8_t* a, const int8_t* b, int8_t* y) {
  Sums::sum(d.function, a, b, y, d.size);
}

}  // namespace nn
}  // namespace impulsekit
