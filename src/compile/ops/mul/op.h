#pragma once
#include "../common/elementwise.h"

namespace impulsekit {
namespace nn {

struct Times {
  static float combine(float a, float b) { return a * b; }
};

typedef Pairs<Clamped<Times>> MulPairsF32;
typedef Broadcast<Clamped<Times>, float> MulBroadcastF32;

struct MulInt8 {
  int32_t offsetA, offsetB;
  int32_t outputOffset, outputMultiplier, outputShift;
  int32_t low, high;

  int8_t operator()(int8_t a, int8_t b) const {
    const int32_t product = requantize((a + offsetA) * (b + offsetB), outputMultiplier, outputShift);
    return static_cast<int8_t>(clamp(product + outputOffset, low, high));
  }
};

typedef Pairs<MulInt8> MulPairsInt8;
typedef Broadcast<MulInt8, int8_t> MulBroadcastInt8;

}  // namespace nn
}  // namespace impulsekit
