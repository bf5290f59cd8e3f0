#pragma once
#include "../common/elementwise.h"

namespace impulsekit {
namespace nn {

struct Plus {
  static float combine(float a, float b) { return a + b; }
};

typedef Pairs<Clamped<Plus>> AddPairsF32;
typedef Broadcast<Clamped<Plus>, float> AddBroadcastF32;

}  // namespace nn
}  // namespace impulsekit
