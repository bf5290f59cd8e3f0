// The kernels of the engine in loops.ts: one plain loop for each operator.
#ifndef ACME_LOOPS_H
#define ACME_LOOPS_H

#include <math.h>
#include <stdint.h>

namespace acme {

enum Activation { kNone, kRelu, kRelu6 };

inline float activated(float x, Activation activation) {
  if (activation != kNone && x < 0.0f) return 0.0f;
  return activation == kRelu6 && x > 6.0f ? 6.0f : x;
}

/// Weights [outputs][inputs].
inline void dense(const float* x, const float* weights, const float* bias, float* y, int32_t inputs, int32_t outputs,
                  Activation activation) {
  for (int32_t o = 0; o < outputs; ++o) {
    float sum = bias[o];
    for (int32_t i = 0; i < inputs; ++i) sum += weights[o * inputs + i] * x[i];
    y[o] = activated(sum, activation);
  }
}

inline void add(const float* a, const float* b, float* y, int32_t size, Activation activation) {
  for (int32_t i = 0; i < size; ++i) y[i] = activated(a[i] + b[i], activation);
}

inline void sub(const float* a, const float* b, float* y, int32_t size, Activation activation) {
  for (int32_t i = 0; i < size; ++i) y[i] = activated(a[i] - b[i], activation);
}

inline void mul(const float* a, const float* b, float* y, int32_t size, Activation activation) {
  for (int32_t i = 0; i < size; ++i) y[i] = activated(a[i] * b[i], activation);
}

inline void softmax(const float* x, float* y, int32_t size) {
  float most = x[0];
  for (int32_t i = 1; i < size; ++i) most = x[i] > most ? x[i] : most;
  float sum = 0.0f;
  for (int32_t i = 0; i < size; ++i) {
    y[i] = expf(x[i] - most);
    sum += y[i];
  }
  for (int32_t i = 0; i < size; ++i) y[i] /= sum;
}

}  // namespace acme

#endif  // ACME_LOOPS_H
