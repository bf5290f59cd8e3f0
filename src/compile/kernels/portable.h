#pragma once
#include <string.h>
#include "../arithmetic/rescale.h"
#include "../ops/common/window.h"
#include "weights.h"

/*
 * What int8 kernels with weights do most of the time, for one kind of processor each: a policy. This one is the
 * reference; every other policy gives the same bytes.
 *
 * A kernel brings the inputs of up to kPixels output positions into columns, then multiplies them by all weights. It
 * reads everything a position needs before it writes that position, so that output may lie over input.
 */
namespace impulsekit {
namespace nn {

/** Columns of `depth` stored values, multiplied by `channels` rows of weights. */
struct Product {
  int32_t depth, channels;
  /** IMPULSEKIT_WEIGHTS for 4 channels x 4 inputs at a time; depth runs faster. Zero where there is no channel or input. */
  const int8_t* weights;
  Rescale rescale;
};

/** One output position of a depthwise convolution. */
struct DepthwiseProduct {
  /** Taps of the window, made even by one of weight zero; output channels per input channel. */
  int32_t taps, channels, multiplier;
  /** IMPULSEKIT_TAPS for 4 channels x 2 taps at a time; taps run faster. */
  const int8_t* weights;
  Rescale rescale;
};

/** Bytes of a column: the depth rounded up to whole words. */
inline int32_t columnBytes(int32_t depth) { return (depth + 3) & ~3; }

/**
 * The values under the window at one output position, `zero` where the window leaves the input, and up to three more
 * to a whole word.
 */
inline void gatherBytes(const Window& w, const int8_t* x, int32_t row, int32_t column, int8_t zero, int8_t* to) {
  const int32_t channels = w.inChannels;
  int32_t inRow = row * w.rows.stride - w.rows.padding;
  for (int32_t i = 0; i < w.rows.size; ++i, inRow += w.rows.dilation) {
    int32_t inColumn = column * w.columns.stride - w.columns.padding;
    for (int32_t j = 0; j < w.columns.size; ++j, inColumn += w.columns.dilation) {
      const bool inside = inRow >= 0 && inRow < w.inHeight && inColumn >= 0 && inColumn < w.inWidth;
      const int8_t* from = inside ? x + (inRow * w.inWidth + inColumn) * channels : x;
      for (int32_t c = 0; c < channels; ++c) *to++ = inside ? from[c] : zero;
    }
  }
  for (int32_t rest = w.rows.size * w.columns.size * channels; rest & 3; ++rest) *to++ = 0;
}

struct Portable {
  /** Columns multiplied at once, at most 4. */
  enum { kPixels = 1 };

  /** Takes in the window at an output position as column number `pixel`. */
  static void gather(const Window& w, const int8_t* x, int32_t row, int32_t column, int8_t zero, void* columns, int32_t) {
    gatherBytes(w, x, row, column, zero, static_cast<int8_t*>(columns));
  }

  /** Takes in `depth` neighbouring values as column number `pixel`. */
  static void load(const int8_t* values, int32_t depth, void* columns, int32_t) {
    int8_t* to = static_cast<int8_t*>(columns);
    for (int32_t i = 0; i < depth; ++i) to[i] = values[i];
    for (int32_t i = depth; i & 3; ++i) to[i] = 0;
  }

  /** Multiplies `pixels` columns; the outputs of one column are neighbours, columns are `step` apart in y. */
  static void product(const Product& p, const void* columns, int32_t pixels, int8_t* y, int32_t step) {
    static_cast<void>(pixels);
    static_cast<void>(step);
    row(p, static_cast<const int8_t*>(columns), y);
  }

  /** Multiplies one column that lies in memory as it is, on a whole word and readable to a whole word. */
  static void row(const Product& p, const int8_t* x, int8_t* y) {
    const int8_t* w = p.weights;
    const int32_t groups = columnBytes(p.depth) >> 2;
    for (int32_t channel = 0; channel < p.channels; channel += 4) {
      int32_t sums[4];
      w = block(w, groups, x, sums);
      const int32_t end = clamp<int32_t>(p.channels - channel, 0, 4);
      for (int32_t c = 0; c < end; ++c) {
        *y++ = rescale(p.rescale, sums[c] + p.rescale.bias[channel + c], channel + c);
      }
    }
  }

  /**
   * The sums that `row` rescales, without the bias: of `count` channels, whose weights begin at `w`, over `groups` x 4
   * inputs. `sums` has room for whole blocks of 8 channels.
   */
  static void sums(const int8_t* w, int32_t groups, int32_t count, const int8_t* x, int32_t* sums) {
    for (int32_t c = 0; c < count; c += 4) w = block(w, groups, x, sums + c);
  }

  /** round(a * b / 2^32) + c. */
  static int32_t addHigh(int32_t a, int32_t b, int32_t c) {
    const int64_t half = static_cast<int64_t>(1) << 31;
    return static_cast<int32_t>((static_cast<int64_t>(a) * b + half) >> 32) + c;
  }

  /** `taps` point to the channels of the input under each tap, or to as many zero points. */
  static void depthwise(const DepthwiseProduct& p, const int8_t* const* taps, int8_t* y) {
    const int8_t* w = p.weights;
    for (int32_t channel = 0; channel < p.channels; channel += 4) {
      const int32_t end = clamp<int32_t>(p.channels - channel, 0, 4);
      int32_t sums[4] = {0, 0, 0, 0};
      for (int32_t tap = 0; tap < p.taps; ++tap, w += 4) {
        for (int32_t c = 0; c < end; ++c) sums[c] += taps[tap][(channel + c) / p.multiplier] * w[c];
      }
      for (int32_t c = 0; c < end; ++c) {
        *y++ = rescale(p.rescale, sums[c] + p.rescale.bias[channel + c], channel + c);
      }
    }
  }

 private:
  /** Sums of four channels; gives the weights after theirs. */
  static const int8_t* block(const int8_t* w, int32_t groups, const int8_t* x, int32_t* sums) {
    for (int32_t c = 0; c < 4; ++c) sums[c] = 0;
    for (int32_t k = 0; k < 4 * groups; k += 4, w += 16) {
      for (int32_t c = 0; c < 4; ++c) {
        for (int32_t i = 0; i < 4; ++i) sums[c] += x[k + i] * w[4 * c + i];
      }
    }
    return w;
  }
};

/**
 * A depthwise product at `count` positions whose inputs are `xStep` apart and whose outputs are `yStep` apart; moves
 * `taps`.
 */
template <class Policy>
inline void depthwiseRun(Policy*, const DepthwiseProduct& p, const int8_t** taps, int8_t* y, int32_t count, int32_t xStep, int32_t yStep) {
  for (;;) {
    Policy::depthwise(p, taps, y);
    if (--count == 0) return;
    for (int32_t tap = 0; tap < p.taps; ++tap) taps[tap] += xStep;
    y += yStep;
  }
}

}  // namespace nn
}  // namespace impulsekit
