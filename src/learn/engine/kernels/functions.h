/* Functions of four floats at once. NaN in, NaN out. */
#ifndef IMPULSEKIT_LEARN_ENGINE_FUNCTIONS_H
#define IMPULSEKIT_LEARN_ENGINE_FUNCTIONS_H

#include "kernels.h"

/* Activations after those of kernels.h. */
enum { kTanh = 3, kSigmoid = 4, kHardSigmoid = 5 };

/* One instruction each where minimum and maximum that know of NaN take several; NaN stays in `x`. */
static inline v4 atLeast(v4 x, float low) { return __builtin_wasm_pmax_f32x4(x, splat(low)); }
static inline v4 atMost(v4 x, float high) { return __builtin_wasm_pmin_f32x4(x, splat(high)); }
static inline v4 between(v4 x, float low, float high) { return atMost(atLeast(x, low), high); }

/* exp(x) = 2^n exp(r) with |r| <= ln(2) / 2: gives 2^n, and exp(r) - 1 by its series, to 1e-7 of exp(r). `x` within 87. */
static inline v4 exponential(v4 x, v4* power) {
  /* Added to a small number, it leaves the nearest integer in the last bits. */
  const v4 rounder = splat(12582912.0f);
  const v4 rounded = x * splat(1.44269504f) + rounder;
  const v4 n = rounded - rounder;
  /* ln(2) in two parts, the first of which has few enough bits that n times it is exact. */
  const v4 r = (x - n * splat(0.693359375f)) + n * splat(2.12194440e-4f);
  *power = (v4)(((i4)rounded + 127) << 23);
  v4 series = splat(1.0f / 720);
  series = series * r + splat(1.0f / 120);
  series = series * r + splat(1.0f / 24);
  series = series * r + splat(1.0f / 6);
  series = series * r + splat(0.5f);
  return series * r * r + r;
}

static inline v4 sigmoid(v4 x) {
  v4 power;
  const v4 more = exponential(-between(x, -87.0f, 87.0f), &power);
  return splat(1.0f) / (splat(1.0f) + (more * power + power));
}

/* (exp(2x) - 1) / (exp(2x) + 1); exp - 1 keeps its digits near 0. */
static inline v4 hyperbolicTangent(v4 x) {
  const i4 sign = (i4)x & (i4)splat(-0.0f);
  const v4 size = (v4)((i4)x & ~(i4)splat(-0.0f));
  v4 power;
  const v4 more = exponential(atMost(size, 10.0f) * splat(2.0f), &power);
  const v4 less1 = more * power + (power - splat(1.0f));
  return (v4)((i4)(less1 / (less1 + splat(2.0f))) | sign);
}

static inline v4 nonlinear(v4 x, int32_t kind) {
  switch (kind) {
    case kRelu:
      return atLeast(x, 0.0f);
    case kRelu6:
      return between(x, 0.0f, 6.0f);
    case kTanh:
      return hyperbolicTangent(x);
    case kSigmoid:
      return sigmoid(x);
    case kHardSigmoid:
      return between(x * splat(0.2f) + splat(0.5f), 0.0f, 1.0f);
    default:
      return x;
  }
}

/* Derivative of an activation by its value. */
static inline v4 derivative(v4 y, int32_t kind) {
  switch (kind) {
    case kRelu:
      return masked(splat(1.0f), greater(y, splat(0.0f)));
    case kRelu6:
      return masked(splat(1.0f), (v4)((y > splat(0.0f)) & (y < splat(6.0f))));
    case kTanh:
      return splat(1.0f) - y * y;
    case kSigmoid:
      return y * (splat(1.0f) - y);
    case kHardSigmoid:
      return masked(splat(0.2f), (v4)((y > splat(0.0f)) & (y < splat(1.0f))));
    default:
      return splat(1.0f);
  }
}

#endif
