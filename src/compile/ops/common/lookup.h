#pragma once
#include <stdint.h>

namespace impulsekit {
namespace nn {

/** A function of one stored value, as its 256 results. */
struct LookupInt8 {
  int32_t size;
  const int8_t* table;
};

/** y = table[x], element by element; y may be x. */
inline void lookupInt8(const LookupInt8& d, const int8_t* x, int8_t* y) {
  for (int32_t i = 0; i < d.size; ++i) y[i] = d.table[x[i] + 128];
}

}  // namespace nn
}  // namespace impulsekit
