#pragma once
#include "../../../inline.h"

namespace impulsekit {
namespace dsp {

/** What rounding took from `sum = a + b`, exactly (Knuth). */
IMPULSEKIT_ALWAYS_INLINE float sumError(float a, float b, float sum) {
  const float part = sum - a;
  return (a - (sum - part)) + (b - part);
}

/** The upper 12 bits of a float, so that products of such halves are exact (Dekker). */
inline float upperHalf(float a) {
  const float c = 4097.0f * a;
  return c - (c - a);
}

/**
 * What rounding took from `product = a * b`, exactly: from one fused operation, or from products of halves (Dekker) where
 * there is none. Needs |a|, |b| below 1e34.
 */
#if defined(__ARM_FEATURE_FMA) && defined(__ARM_FP)
IMPULSEKIT_ALWAYS_INLINE float productError(float a, float b, float product) { return __builtin_fmaf(a, b, -product); }
#else
inline float productError(float a, float b, float product) {
  const float ah = upperHalf(a), al = a - ah, bh = upperHalf(b), bl = b - bh;
  return ((ah * bh - product) + ah * bl + al * bh) + al * bl;
}
#endif

/** A sum that carries its rounding errors along: about 48 bits. */
struct Sum {
  float high;
  float low;

  Sum() : high(0.0f), low(0.0f) {}

  IMPULSEKIT_ALWAYS_INLINE void add(float value) {
    const float sum = high + value;
    low += sumError(high, value, sum);
    high = sum;
  }

  float value() const { return high + low; }
};

/** A number in two floats, about 48 bits: for recursive filters, whose rounding noise float32 would amplify. */
struct Wide {
  float high;
  float low;

  IMPULSEKIT_ALWAYS_INLINE void add(float h, float l) {
    const float sum = high + h;
    const float rest = sumError(high, h, sum) + (low + l);
    high = sum + rest;
    low = rest - (high - sum);
  }

  /** Subtracts a * b. */
  IMPULSEKIT_ALWAYS_INLINE void subtractProduct(float ah, float al, const Wide& b) {
    const float product = ah * b.high;
    const float rest = productError(ah, b.high, product) + (ah * b.low + al * b.high);
    add(-product, -rest);
  }
};

}  // namespace dsp
}  // namespace impulsekit
