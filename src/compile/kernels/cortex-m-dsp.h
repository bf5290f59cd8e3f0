#pragma once
#include "columns.h"
#include "cortex-m-loops.h"
#include "portable.h"
#include "sum.h"

/*
 * Cortex-M with the DSP extension (M4, M7, M33): two multiply-accumulates an instruction, four channels by two columns
 * at a time in registers.
 */
#if defined(IMPULSEKIT_KERNELS_CORTEX_M_DSP)
namespace impulsekit {
namespace nn {

/** The bytes 0 and 2 of a word as signed halfwords. */
inline uint32_t evenBytes(uint32_t word) {
  uint32_t result;
  __asm("sxtb16 %0, %1" : "=r"(result) : "r"(word));
  return result;
}

/** The bytes 1 and 3 of a word as signed halfwords. */
inline uint32_t oddBytes(uint32_t word) {
  uint32_t result;
  __asm("sxtb16 %0, %1, ror #8" : "=r"(result) : "r"(word));
  return result;
}

/** The sum plus both products of signed halfwords. */
inline int32_t addPair(uint32_t a, uint32_t b, int32_t sum) {
  int32_t result;
  __asm("smlad %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
  return result;
}

inline uint32_t lowHalves(uint32_t low, uint32_t high) {
  uint32_t result;
  __asm("pkhbt %0, %1, %2, lsl #16" : "=r"(result) : "r"(low), "r"(high));
  return result;
}

inline uint32_t highHalves(uint32_t high, uint32_t low) {
  uint32_t result;
  __asm("pkhtb %0, %1, %2, asr #16" : "=r"(result) : "r"(high), "r"(low));
  return result;
}

/** These processors read and write words anywhere. */
inline uint32_t wordAt(const int8_t* from) {
  uint32_t word;
  memcpy(&word, from, 4);
  return word;
}

/** round(a * b / 2^32) + c. */
inline int32_t multiplyAddHigh(int32_t a, int32_t b, int32_t c) {
  int32_t result;
  __asm("smmlar %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(c));
  return result;
}

/** How the accumulators of one channel become stored values: `rescale` for shifts of -22 to -1. */
class Scaler {
 public:
  Scaler(const Rescale& r, int32_t channel) : bias_(2 * r.bias[channel]) {
    const int32_t at = channel * r.perChannel;
    multiplier_ = r.multipliers[at];
    shift_ = ~r.shifts[at];
    rounding_ = static_cast<int32_t>(static_cast<uint32_t>(2 * r.outputOffset + 1) << shift_);
  }

  /** `twice` is twice the sum of the products. Halves go away from zero: one is added, and 1 taken off what is negative. */
  int8_t operator()(int32_t twice) const {
    twice += bias_;
    int32_t value = (multiplyAddHigh(twice, multiplier_, rounding_) + (twice >> 31)) >> shift_;
    __asm("ssat %0, #8, %1, asr #1" : "=r"(value) : "r"(value));
    return static_cast<int8_t>(value);
  }

 private:
  int32_t bias_, multiplier_, shift_, rounding_;
};

/** For outputs that are to stay within bounds of their own; without, the conversion to int8 has done it. */
inline void clampBytes(const Rescale& r, int8_t* y, int32_t count) {
  if (r.low == -128 && r.high == 127) return;
  for (int32_t i = 0; i < count; ++i) y[i] = static_cast<int8_t>(clamp<int32_t>(y[i], r.low, r.high));
}

/** Takes the sums of two pairs of channels apart and adds them to those of four. */
inline void addPairs(const int32_t* pairs, int32_t* sums) {
  for (int32_t c = 0; c < 4; c += 2) {
    sums[c] += pairs[c + 1];
    sums[c + 1] += static_cast<int32_t>(static_cast<uint32_t>(pairs[c]) - static_cast<uint32_t>(pairs[c + 1])) >> 8;
  }
}

/** Stores up to four channels of one column. */
inline void storeTile(const Product& p, const int32_t* sums, int32_t channel, int32_t pixels, int8_t* y, int32_t step) {
  const int32_t end = p.channels - channel;
  for (int32_t c = 0; c < 4; c += 2, sums += 2) {
    if (c >= end) return;
    const Scaler a(p.rescale, channel + c);
    y[c] = a(2 * sums[1]);
    if (pixels > 1) y[c + step] = a(2 * sums[5]);
    if (c + 1 >= end) return;
    const Scaler b(p.rescale, channel + c + 1);
    y[c + 1] = b((sums[0] - sums[1]) >> 7);
    if (pixels > 1) y[c + 1 + step] = b((sums[4] - sums[5]) >> 7);
  }
}

/** Columns hold two pixels: of every four inputs 0 and 2 of the one, 0 and 2 of the other, then 1 and 3 likewise. */
template <bool kFast>
struct CortexMDsp {
  enum { kPixels = 2 };

  static void load(const int8_t* values, int32_t depth, void* columns, int32_t pixel) {
    uint32_t* to = expandWords(values, depth >> 2, static_cast<uint32_t*>(columns) + pixel);
    if ((depth & 3) == 0) return;
    uint32_t rest = 0;
    copyBytes(reinterpret_cast<int8_t*>(&rest), values + (depth & ~3), depth & 3);
    expand(rest, to);
  }

  static void gather(const Window& w, const int8_t* x, int32_t row, int32_t column, int8_t zero, void* columns, int32_t pixel) {
    const int32_t run = w.columns.size * w.inChannels;
    const int32_t depth = w.rows.size * run;
    if ((w.inChannels & 3) || w.columns.dilation != 1) {
      int8_t* bytes = static_cast<int8_t*>(columns) + 4 * columnBytes(depth);
      gatherRuns(w, x, row, column, zero, bytes);
      return load(bytes, columnBytes(depth), columns, pixel);
    }
    uint32_t* to = static_cast<uint32_t*>(columns) + pixel;
    const uint32_t outside = evenBytes(static_cast<uint8_t>(zero) * 0x01010101u);
    const int32_t left = column * w.columns.stride - w.columns.padding;
    const int32_t first = clamp<int32_t>(-left, 0, w.columns.size) * w.inChannels;
    const int32_t end = clamp<int32_t>(w.inWidth - left, 0, w.columns.size) * w.inChannels;
    int32_t inRow = row * w.rows.stride - w.rows.padding;
    for (int32_t i = 0; i < w.rows.size; ++i, inRow += w.rows.dilation) {
      if (inRow < 0 || inRow >= w.inHeight || first >= end) {
        to = fill(outside, run, to);
        continue;
      }
      to = fill(outside, first, to);
      to = expandWords(x + (inRow * w.inWidth + left) * w.inChannels + first, (end - first) >> 2, to);
      to = fill(outside, run - end, to);
    }
  }

  static void product(const Product& p, const void* columns, int32_t pixels, int8_t* y, int32_t step) {
    const int8_t* w = p.weights;
    const int32_t groups = columnBytes(p.depth) >> 2;
    int32_t channel = 0;
    if (kFast && p.rescale.perChannel && p.channels >= 4) {
      channel = p.channels & ~3;
      const uint32_t* x = static_cast<const uint32_t*>(columns);
      // A second column that is not there is stored first, where the other one goes then.
      const ProductFrame frame = {p.rescale.bias, p.rescale.multipliers, p.rescale.shifts, 2 * p.rescale.outputOffset + 1,
                                  {y, pixels > 1 ? y + step : y}, channel, x, x + 4 * groups,
                                  groups > 1 ? 96 * (((groups - 2) & 7) + 1) : 0, w};
      productBlocks(&frame);
      w += channel * columnBytes(p.depth);
    }
    for (; channel < p.channels; channel += 4) {
      int32_t sums[8];
      w = tile(w, columns, sums, groups);
      storeTile(p, sums, channel, pixels, y + channel, step);
    }
    for (int32_t pixel = 0; pixel < pixels; ++pixel) clampBytes(p.rescale, y + pixel * step, p.channels);
  }

  static void row(const Product& p, const int8_t* x, int8_t* y) {
    const int8_t* w = p.weights;
    const int32_t groups = columnBytes(p.depth) >> 2;
    for (int32_t channel = 0; channel < p.channels; channel += 4) {
      int32_t sums[4];
      w = kFast ? tileRowFast(w, x, sums, groups) : tileRowSmall(w, x, sums, groups);
      storeTile(p, sums, channel, 1, y + channel, 0);
    }
    clampBytes(p.rescale, y, p.channels);
  }

  static void sums(const int8_t* w, int32_t groups, int32_t count, const int8_t* x, int32_t* sums) {
    for (int32_t c = 0; c < count; c += 4) {
      int32_t pairs[4];
      w = kFast ? tileRowFast(w, x, pairs, groups) : tileRowSmall(w, x, pairs, groups);
      for (int32_t i = 0; i < 4; ++i) sums[c + i] = 0;
      addPairs(pairs, sums + c);
    }
  }

  static int32_t addHigh(int32_t a, int32_t b, int32_t c) { return multiplyAddHigh(a, b, c); }

  static void depthwise(const DepthwiseProduct& p, const int8_t* const* taps, int8_t* y) {
    const int8_t* w = p.weights;
    const int32_t whole = p.channels & ~3;
    int32_t first = 0;
    if (kFast && p.rescale.perChannel && whole > 0) {
      first = whole;
      depthwiseRow(p, taps, y, 1, 0, 0);
      w += whole * p.taps;
    }
    for (int32_t channel = first; channel < whole; channel += 4) {
      int32_t sums[4] = {0, 0, 0, 0};
      for (int32_t tap = 0; tap < p.taps; tap += 2, w += 8) {
        const uint32_t x0 = wordAt(taps[tap] + channel), x1 = wordAt(taps[tap + 1] + channel);
        const uint32_t ab = wordAt(w), cd = wordAt(w + 4);
        const uint32_t ac0 = evenBytes(x0), bd0 = oddBytes(x0), ac1 = evenBytes(x1), bd1 = oddBytes(x1);
        sums[0] = addPair(lowHalves(ac0, ac1), evenBytes(ab), sums[0]);
        sums[1] = addPair(lowHalves(bd0, bd1), oddBytes(ab), sums[1]);
        sums[2] = addPair(highHalves(ac1, ac0), evenBytes(cd), sums[2]);
        sums[3] = addPair(highHalves(bd1, bd0), oddBytes(cd), sums[3]);
      }
      for (int32_t c = 0; c < 4; ++c) y[channel + c] = Scaler(p.rescale, channel + c)(2 * sums[c]);
    }
    for (int32_t channel = whole; channel < p.channels; ++channel) {
      const int8_t* weight = w + (channel & 1) + 2 * (channel & 2);
      int32_t sum = 0;
      for (int32_t tap = 0; tap < p.taps; tap += 2, weight += 8) {
        sum += taps[tap][channel] * weight[0] + taps[tap + 1][channel] * weight[2];
      }
      y[channel] = Scaler(p.rescale, channel)(2 * sum);
    }
    clampBytes(p.rescale, y, p.channels);
  }

  /** Whole blocks of channels at `count` positions, with factors for each channel. */
  static void depthwiseRow(const DepthwiseProduct& p, const int8_t* const* taps, int8_t* y, int32_t count, int32_t xStep,
                           int32_t yStep) {
    const int32_t whole = p.channels & ~3;
    const DepthwiseFrame frame = {p.rescale.bias, p.rescale.multipliers, p.rescale.shifts, 2 * p.rescale.outputOffset + 1, y,
                                  whole, taps, taps + p.taps, 80 * ((((p.taps >> 1) - 1) & 7) + 1), count, xStep,
                                  yStep - xStep, xStep - whole, p.weights};
    depthwiseBlocks(&frame);
  }

 private:
  static void expand(uint32_t word, uint32_t* to) {
    to[0] = evenBytes(word);
    to[2] = oddBytes(word);
  }

  static uint32_t* fill(uint32_t halves, int32_t count, uint32_t* to) {
    for (; count > 0; count -= 4, to += 4) to[0] = to[2] = halves;
    return to;
  }
};

/** One column whose sums pairs of channels do not hold: they are taken apart before they could spill over. */
template <bool kFast>
struct CortexMDspWide {
  static void row(const Product& p, const int8_t* x, int8_t* y) {
    // 512 inputs of -128 times 127 stay below 2^23.
    const int32_t most = 128;
    const int8_t* w = p.weights;
    const int32_t groups = columnBytes(p.depth) >> 2;
    for (int32_t channel = 0; channel < p.channels; channel += 4) {
      int32_t sums[4] = {0, 0, 0, 0};
      for (int32_t first = 0; first < groups; first += most) {
        const int32_t count = groups - first < most ? groups - first : most;
        int32_t pairs[4];
        w = kFast ? tileRowFast(w, x + 4 * first, pairs, count) : tileRowSmall(w, x + 4 * first, pairs, count);
        addPairs(pairs, sums);
      }
      for (int32_t c = 0; c < 4 && channel + c < p.channels; ++c) {
        y[channel + c] = Scaler(p.rescale, channel + c)(2 * sums[c]);
      }
    }
    clampBytes(p.rescale, y, p.channels);
  }
};

inline void depthwiseRun(CortexMDsp<true>* policy, const DepthwiseProduct& p, const int8_t** taps, int8_t* y, int32_t count,
                         int32_t xStep, int32_t yStep) {
  if (count == 1 || !p.rescale.perChannel || (p.channels & 3)) {
    return depthwiseRun<CortexMDsp<true> >(policy, p, taps, y, count, xStep, yStep);
  }
  CortexMDsp<true>::depthwiseRow(p, taps, y, count, xStep, yStep);
  for (int32_t i = 0; i < count; ++i) clampBytes(p.rescale, y + i * yStep, p.channels);
}

/** Sums of neighbouring values; the operand of the larger scale is just halved, the other one scaled down. */
struct CortexMDspSums {
  static void sum(const SumInt8& s, const int8_t* a, const int8_t* b, int8_t* y, int32_t count) {
    const int32_t half = 1 << 30;
    const bool isPlus = s.sign == 1 && s.outputShift >= -22 && s.outputShift <= -1;
    if (isPlus && s.multiplierB == half && s.shiftB == 0 && isOrdinary(s.shiftA)) {
      add(s, a, s.offsetA, s.multiplierA, s.shiftA, b, s.offsetB, y, count);
    } else if (isPlus && s.multiplierA == half && s.shiftA == 0 && isOrdinary(s.shiftB)) {
      add(s, b, s.offsetB, s.multiplierB, s.shiftB, a, s.offsetA, y, count);
    } else {
      PortableSums::sum(s, a, b, y, count);
    }
  }

 private:
  static bool isOrdinary(int32_t shift) { return shift >= -22 && shift <= -1; }

  static void add(const SumInt8& s, const int8_t* a, int32_t offsetA, int32_t multiplier, int32_t shift, const int8_t* b,
                  int32_t offsetB, int8_t* y, int32_t count) {
    const int32_t right = -shift, rounding = 1 << (right - 1);
    const int32_t outputMultiplier = s.outputMultiplier, outputShift = ~s.outputShift;
    const int32_t outputRounding = static_cast<int32_t>(static_cast<uint32_t>(2 * s.outputOffset + 1) << outputShift);
    for (int32_t i = 0; i < count; ++i) {
      const int32_t scaled = (a[i] + offsetA) * (1 << 21);
      const int32_t left = (multiplyAddHigh(scaled, multiplier, rounding) + (scaled >> 31)) >> right;
      const int32_t twice = 2 * (left + (b[i] + offsetB) * (1 << 19));
      int32_t value = (multiplyAddHigh(twice, outputMultiplier, outputRounding) + (twice >> 31)) >> outputShift;
      __asm("ssat %0, #8, %1, asr #1" : "=r"(value) : "r"(value));
      y[i] = static_cast<int8_t>(value);
    }
    if (s.low == -128 && s.high == 127) return;
    for (int32_t i = 0; i < count; ++i) y[i] = static_cast<int8_t>(clamp<int32_t>(y[i], s.low, s.high));
  }
};

}  // namespace nn
}  // namespace impulsekit
#endif
