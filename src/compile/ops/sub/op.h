#pragma once
#include "../common/elementwise.h"

namespace impulsekit {
namespace nn {

struct Minus {
  static float combine(float a, float b) { return a - b; }
};

typedef Pairs<Clamped<Minus>> SubPairsF32;
typedef Broadcast<Clamped<Minus>, float> SubBroadcastF32;

}  // namespace nn
}  // namespace impulsekit
