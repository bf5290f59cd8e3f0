#pragma once
#include "x86-avx512.h"
#include "x86-avx2.h"

/** The highest instruction set in use, for tests: 0 portable C++, 1 AVX2, 2 AVX-512 with VNNI. */
#if !defined(IMPULSEKIT_X86_LEVEL)
#define IMPULSEKIT_X86_LEVEL 2
#endif

namespace impulsekit {
namespace nn {

/** x86-64: the best instruction set that processor and system have, asked for at every call as the answer is in memory. */
struct X86 : ByteColumns {
  static bool hasAvx2() { return IMPULSEKIT_X86_LEVEL >= 1 && __builtin_cpu_supports("avx2"); }

  static bool hasAvx512() {
    return IMPULSEKIT_X86_LEVEL >= 2 && __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512bw");
  }

  static void product(const Product& p, const void* columns, int32_t pixels, int8_t* y, int32_t step) {
    if (hasAvx512()) return avx512::product(p, columns, pixels, y, step);
    if (hasAvx2()) return avx2::product(p, columns, pixels, y, step);
    const FourColumns c = fourColumns(p, columns, pixels);
    for (int32_t pixel = 0; pixel < pixels; ++pixel) Portable::row(p, c.x[pixel], y + pixel * step);
  }

  static void row(const Product& p, const int8_t* x, int8_t* y) {
    if (hasAvx512()) return avx512::row(p, x, y);
    if (hasAvx2()) return avx2::row(p, x, y);
    Portable::row(p, x, y);
  }

  static void depthwise(const DepthwiseProduct& p, const int8_t* const* taps, int8_t* y) {
    if (p.multiplier > 1) return Portable::depthwise(p, taps, y);
    if (hasAvx512()) return avx512::depthwise(p, taps, y);
    if (hasAvx2()) return avx2::depthwise(p, taps, y);
    Portable::depthwise(p, taps, y);
  }

  static void sum(const SumInt8& s, const int8_t* a, const int8_t* b, int8_t* y, int32_t count) {
    if (hasAvx512()) return avx512::sum(s, a, b, y, count);
    if (hasAvx2()) return avx2::sum(s, a, b, y, count);
    PortableSums::sum(s, a, b, y, count);
  }
};

}  // namespace nn
}  // namespace impulsekit
