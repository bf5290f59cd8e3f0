#pragma once
#include <wasm_simd128.h>
#include "columns.h"

namespace impulsekit {
namespace nn {

/*
 * WebAssembly SIMD: bytes become 16 bits, of which `i32x4.dot` adds two products to each of four lanes. Shifts by lane do
 * not exist, so that channels are requantised one by one.
 */
namespace wasm {

inline v128_t load(const int8_t* p) { return wasm_v128_load(p); }

/** Sums of two channels each, in two lanes for each channel. */
struct Sums {
  v128_t low, high;
};

inline Sums zeroSums() {
  const Sums sums = {wasm_i32x4_const(0, 0, 0, 0), wasm_i32x4_const(0, 0, 0, 0)};
  return sums;
}

/** Four weights each of four channels, as 16 bits. */
struct Weights {
  v128_t low, high;
};

inline Weights weights(const int8_t* w) {
  const v128_t bytes = load(w);
  const Weights both = {wasm_i16x8_extend_low_i8x16(bytes), wasm_i16x8_extend_high_i8x16(bytes)};
  return both;
}

/** Four inputs as 16 bits each, twice. */
inline v128_t inputs(const int8_t* x) { return wasm_i16x8_extend_low_i8x16(wasm_v128_load32_splat(x)); }

inline void addProducts(Sums& s, const Weights& w, v128_t x) {
  s.low = wasm_i32x4_add(s.low, wasm_i32x4_dot_i16x8(w.low, x));
  s.high = wasm_i32x4_add(s.high, wasm_i32x4_dot_i16x8(w.high, x));
}

inline v128_t total(const Sums& s) {
  return wasm_i32x4_add(wasm_i32x4_shuffle(s.low, s.high, 0, 2, 4, 6), wasm_i32x4_shuffle(s.low, s.high, 1, 3, 5, 7));
}

/** Requantises and stores up to four channels. */
inline void store(const Rescale& r, v128_t sums, int32_t channels, int32_t channel, int8_t* y) {
  int32_t values[4];
  wasm_v128_store(values, sums);
  const int32_t end = channels - channel < 4 ? channels - channel : 4;
  for (int32_t c = 0; c < end; ++c) y[channel + c] = rescale(r, values[c] + r.bias[channel + c], channel + c);
}

}  // namespace wasm

struct Wasm : ByteColumns {
  static void product(const Product& p, const void* columns, int32_t pixels, int8_t* y, int32_t step) {
    const FourColumns c = fourColumns(p, columns, pixels);
    const int32_t bytes = columnBytes(p.depth);
    const int8_t* w = p.weights;
    for (int32_t channel = 0; channel < p.channels; channel += 4) {
      wasm::Sums s0 = wasm::zeroSums(), s1 = s0, s2 = s0, s3 = s0;
      for (int32_t k = 0; k < bytes; k += 4, w += 16) {
        const wasm::Weights four = wasm::weights(w);
        wasm::addProducts(s0, four, wasm::inputs(c.x[0] + k));
        wasm::addProducts(s1, four, wasm::inputs(c.x[1] + k));
        wasm::addProducts(s2, four, wasm::inputs(c.x[2] + k));
        wasm::addProducts(s3, four, wasm::inputs(c.x[3] + k));
      }
      wasm::store(p.rescale, wasm::total(s0), p.channels, channel, y);
      if (pixels > 1) wasm::store(p.rescale, wasm::total(s1), p.channels, channel, y + step);
      if (pixels > 2) wasm::store(p.rescale, wasm::total(s2), p.channels, channel, y + 2 * step);
      if (pixels > 3) wasm::store(p.rescale, wasm::total(s3), p.channels, channel, y + 3 * step);
    }
  }

  static void row(const Product& p, const int8_t* x, int8_t* y) {
    const int32_t bytes = columnBytes(p.depth);
    const int8_t* w = p.weights;
    for (int32_t channel = 0; channel < p.channels; channel += 4) {
      wasm::Sums sums = wasm::zeroSums();
      for (int32_t k = 0; k < bytes; k += 4, w += 16) wasm::addProducts(sums, wasm::weights(w), wasm::inputs(x + k));
      wasm::store(p.rescale, wasm::total(sums), p.channels, channel, y);
    }
  }

  static void depthwise(const DepthwiseProduct& p, const int8_t* const* taps, int8_t* y) {
    if (p.multiplier > 1) return Portable::depthwise(p, taps, y);
    const int8_t* w = p.weights;
    for (int32_t channel = 0; channel < p.channels; channel += 4) {
      const int32_t channels = p.channels - channel;
      v128_t sums = wasm_i32x4_const(0, 0, 0, 0);
      for (int32_t tap = 0; tap < p.taps; tap += 2, w += 8) {
        const v128_t x = wasm_i16x8_extend_low_i8x16(twoTaps(taps[tap] + channel, taps[tap + 1] + channel, channels));
        const v128_t products = wasm_i16x8_mul(x, wasm_i16x8_load8x8(w));
        sums = wasm_i32x4_add(sums, wasm_i32x4_extend_low_i16x8(products));
        sums = wasm_i32x4_add(sums, wasm_i32x4_extend_high_i16x8(products));
      }
      wasm::store(p.rescale, sums, p.channels, channel, y);
    }
  }

 private:
  /** Up to four channels each of two taps. */
  static v128_t twoTaps(const int8_t* first, const int8_t* second, int32_t channels) {
    if (channels >= 4) {
      return wasm_i32x4_shuffle(wasm_v128_load32_zero(first), wasm_v128_load32_zero(second), 0, 4, 1, 1);
    }
    int8_t bytes[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    for (int32_t i = 0; i < channels; ++i) {
      bytes[i] = first[i];
      bytes[4 + i] = second[i];
    }
    return wasm::load(bytes);
  }
};

}  // namespace nn
}  // namespace impulsekit
