#pragma once
#include <arm_neon.h>
#include "columns.h"
#include "sum.h"

namespace impulsekit {
namespace nn {

/* NEON of AArch64: a block of four channels by four inputs fills a register; SDOT where the compiler may use it. */
namespace neon {

/** How four neighbouring channels are requantised. */
struct Requantizer {
  int32x4_t bias, multiplier, left, right;
  int16x4_t offset, low, high;
  int32_t channels;
};

/** `left` is 0 to 31, `right` -31 to 0. */
inline int32x4_t requantize(int32x4_t x, int32x4_t multiplier, int32x4_t left, int32x4_t right) {
  const int32x4_t product = vqrdmulhq_s32(vqshlq_s32(x, left), multiplier);
  // SRSHL takes halves up; negative numbers less one go away from zero.
  const int32x4_t correction = vshrq_n_s32(vandq_s32(product, right), 31);
  return vrshlq_s32(vqaddq_s32(product, correction), right);
}

inline int32x4_t leftShift(int32x4_t shift) { return vmaxq_s32(shift, vdupq_n_s32(0)); }

inline int32x4_t rightShift(int32x4_t shift) { return vminq_s32(shift, vdupq_n_s32(0)); }

inline Requantizer requantizer(const Rescale& r, int32_t channels, int32_t channel) {
  Requantizer q;
  q.channels = channels - channel < 4 ? channels - channel : 4;
  int32_t bias[4] = {0, 0, 0, 0}, multipliers[4] = {0, 0, 0, 0}, shifts[4] = {0, 0, 0, 0};
  for (int32_t c = 0; c < q.channels; ++c) {
    const int32_t at = (channel + c) * r.perChannel;
    bias[c] = r.bias[channel + c];
    multipliers[c] = r.multipliers[at];
    shifts[c] = r.shifts[at];
  }
  const int32x4_t shift = vld1q_s32(shifts);
  q.bias = vld1q_s32(bias);
  q.multiplier = vld1q_s32(multipliers);
  q.left = leftShift(shift);
  q.right = rightShift(shift);
  q.offset = vdup_n_s16(static_cast<int16_t>(r.outputOffset));
  q.low = vdup_n_s16(static_cast<int16_t>(r.low));
  q.high = vdup_n_s16(static_cast<int16_t>(r.high));
  return q;
}

/** Four values with an offset, within bounds that bytes hold. */
inline int8x8_t bounded(int32x4_t values, int16x4_t offset, int16x4_t low, int16x4_t high) {
  const int16x4_t value = vmax_s16(low, vmin_s16(high, vqadd_s16(vqmovn_s32(values), offset)));
  return vmovn_s16(vcombine_s16(value, value));
}

inline void storeBytes(int8x8_t values, int32_t count, int8_t* y) {
  int8_t bytes[8];
  vst1_s8(bytes, values);
  if (count == 4) {
    memcpy(y, bytes, 4);
  } else {
    for (int32_t i = 0; i < count; ++i) y[i] = bytes[i];
  }
}

inline void store(const Requantizer& q, int32x4_t sums, int8_t* y) {
  const int32x4_t scaled = requantize(vaddq_s32(sums, q.bias), q.multiplier, q.left, q.right);
  storeBytes(bounded(scaled, q.offset, q.low, q.high), q.channels, y);
}

#if defined(__ARM_FEATURE_DOTPROD)

/** Sums of four channels. */
struct Sums {
  int32x4_t all;
};

inline Sums zeroSums() {
  const Sums sums = {vdupq_n_s32(0)};
  return sums;
}

inline void addProducts(Sums& s, int8x16_t w, int8x16_t x) { s.all = vdotq_s32(s.all, w, x); }

inline int32x4_t total(const Sums& s) { return s.all; }

#else

/** Sums of two channels each, in two lanes for each channel. */
struct Sums {
  int32x4_t low, high;
};

inline Sums zeroSums() {
  const Sums sums = {vdupq_n_s32(0), vdupq_n_s32(0)};
  return sums;
}

inline void addProducts(Sums& s, int8x16_t w, int8x16_t x) {
  s.low = vpadalq_s16(s.low, vmull_s8(vget_low_s8(w), vget_low_s8(x)));
  s.high = vpadalq_s16(s.high, vmull_high_s8(w, x));
}

inline int32x4_t total(const Sums& s) { return vpaddq_s32(s.low, s.high); }

#endif

/** Four inputs, for every channel. */
inline int8x16_t inputs(const int8_t* x) {
  int32_t word;
  memcpy(&word, x, sizeof word);
  return vreinterpretq_s8_s32(vdupq_n_s32(word));
}

inline void product(const Product& p, const FourColumns& c, int32_t pixels, int8_t* y, int32_t step) {
  const int32_t bytes = columnBytes(p.depth);
  const int8_t* block = p.weights;
  for (int32_t channel = 0; channel < p.channels; channel += 8, block += 8 * bytes) {
    // A second block that is missing stands for the first.
    const bool both = p.channels - channel > 4;
    const int8_t* next = block + (both ? 4 * bytes : 0);
    Sums a0 = zeroSums(), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
    for (int32_t k = 0; k < bytes; k += 4) {
      const int8x16_t a = vld1q_s8(block + 4 * k), b = vld1q_s8(next + 4 * k);
      const int8x16_t x0 = inputs(c.x[0] + k), x1 = inputs(c.x[1] + k), x2 = inputs(c.x[2] + k), x3 = inputs(c.x[3] + k);
      addProducts(a0, a, x0);
      addProducts(a1, a, x1);
      addProducts(a2, a, x2);
      addProducts(a3, a, x3);
      addProducts(b0, b, x0);
      addProducts(b1, b, x1);
      addProducts(b2, b, x2);
      addProducts(b3, b, x3);
    }
    const Sums first[4] = {a0, a1, a2, a3}, second[4] = {b0, b1, b2, b3};
    const Requantizer q = requantizer(p.rescale, p.channels, channel);
    for (int32_t i = 0; i < pixels; ++i) store(q, total(first[i]), y + i * step + channel);
    if (!both) return;
    const Requantizer r = requantizer(p.rescale, p.channels, channel + 4);
    for (int32_t i = 0; i < pixels; ++i) store(r, total(second[i]), y + i * step + channel + 4);
  }
}

inline void row(const Product& p, const int8_t* x, int8_t* y) {
  const int32_t bytes = columnBytes(p.depth);
  const int8_t* w = p.weights;
  for (int32_t channel = 0; channel < p.channels; channel += 4) {
    Sums even = zeroSums(), odd = even;
    int32_t k = 0;
    for (; k + 8 <= bytes; k += 8, w += 32) {
      addProducts(even, vld1q_s8(w), inputs(x + k));
      addProducts(odd, vld1q_s8(w + 16), inputs(x + k + 4));
    }
    for (; k < bytes; k += 4, w += 16) addProducts(even, vld1q_s8(w), inputs(x + k));
    store(requantizer(p.rescale, p.channels, channel), vaddq_s32(total(even), total(odd)), y + channel);
  }
}

/** Four bytes as 16 bits each; `count` of them are there. */
inline int16x4_t load16Bits(const int8_t* from, int32_t count) {
  int8_t bytes[8] = {0, 0, 0, 0, 0, 0, 0, 0};
  if (count >= 4) {
    memcpy(bytes, from, 4);
  } else {
    for (int32_t i = 0; i < count; ++i) bytes[i] = from[i];
  }
  return vget_low_s16(vmovl_s8(vld1_s8(bytes)));
}

inline void depthwise(const DepthwiseProduct& p, const int8_t* const* taps, int8_t* y) {
  const int8_t* w = p.weights;
  for (int32_t channel = 0; channel < p.channels; channel += 4) {
    const Requantizer q = requantizer(p.rescale, p.channels, channel);
    int32x4_t sums = vdupq_n_s32(0);
    for (int32_t tap = 0; tap < p.taps; tap += 2, w += 8) {
      const int16x8_t weights = vmovl_s8(vld1_s8(w));
      sums = vmlal_s16(sums, load16Bits(taps[tap] + channel, q.channels), vget_low_s16(weights));
      sums = vmlal_s16(sums, load16Bits(taps[tap + 1] + channel, q.channels), vget_high_s16(weights));
    }
    store(q, sums, y + channel);
  }
}

inline int32x4_t requantize(int32x4_t x, int32_t multiplier, int32_t shift) {
  const int32x4_t shifts = vdupq_n_s32(shift);
  return requantize(x, vdupq_n_s32(multiplier), leftShift(shifts), rightShift(shifts));
}

/** Values of an operand of a sum, at the common scale. */
inline int32x4_t operand(const int8_t* x, int32_t count, int32_t offset, int32_t multiplier, int32_t shift) {
  const int32x4_t values = vaddq_s32(vmovl_s16(load16Bits(x, count)), vdupq_n_s32(offset));
  return requantize(vshlq_n_s32(values, 20), multiplier, shift);
}

inline void sum(const SumInt8& s, const int8_t* a, const int8_t* b, int8_t* y, int32_t count) {
  const int16x4_t offset = vdup_n_s16(static_cast<int16_t>(s.outputOffset));
  const int16x4_t low = vdup_n_s16(static_cast<int16_t>(s.low)), high = vdup_n_s16(static_cast<int16_t>(s.high));
  for (int32_t i = 0; i < count; i += 4) {
    const int32_t left = count - i < 4 ? count - i : 4;
    const int32x4_t x = operand(a + i, left, s.offsetA, s.multiplierA, s.shiftA);
    const int32x4_t z = operand(b + i, left, s.offsetB, s.multiplierB, s.shiftB);
    const int32x4_t both = s.sign < 0 ? vsubq_s32(x, z) : vaddq_s32(x, z);
    storeBytes(bounded(requantize(both, s.outputMultiplier, s.outputShift), offset, low, high), left, y + i);
  }
}

}  // namespace neon

struct Neon : ByteColumns {
  static void product(const Product& p, const void* columns, int32_t pixels, int8_t* y, int32_t step) {
    neon::product(p, fourColumns(p, columns, pixels), pixels, y, step);
  }

  static void row(const Product& p, const int8_t* x, int8_t* y) { neon::row(p, x, y); }

  static void depthwise(const DepthwiseProduct& p, const int8_t* const* taps, int8_t* y) {
    if (p.multiplier > 1) return Portable::depthwise(p, taps, y);
    neon::depthwise(p, taps, y);
  }

  static void sum(const SumInt8& s, const int8_t* a, const int8_t* b, int8_t* y, int32_t count) {
    neon::sum(s, a, b, y, count);
  }
};

}  // namespace nn
}  // namespace impulsekit
