#include "../kernels/float.h"
#include "../ops/conv2d/op.h"
#include "../ops/dense/op.h"
#include "../ops/depthwise-conv2d/op.h"

/*
 * Compares the policies `Small` and `Fast` of the machine at hand, and the wide ones, with the portable one on random
 * operators, byte by byte: weights without -128, ordinary shifts, outputs that start anywhere and may not spill over their ends.
 */
using namespace impulsekit::nn;

namespace {

enum { kMost = 1 << 14, kMargin = 16 };

uint32_t state = 2463534242u;

/** Uniform in [low, high]. */
int32_t between(int32_t low, int32_t high) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return low + static_cast<int32_t>(state % static_cast<uint32_t>(high - low + 1));
}

/** Random values, or one of the extremes, or both in turn. */
void fill(int8_t* values, int32_t count, int32_t low, int32_t high) {
  const int32_t kind = between(0, 5);
  for (int32_t i = 0; i < count; ++i) {
    const int32_t value = kind == 0 ? low : kind == 1 ? high : kind == 2 ? ((i & 1) ? low : high) : between(low, high);
    values[i] = static_cast<int8_t>(value);
  }
}

alignas(16) int8_t x[kMost], plain[kMost], packed[kMost], expected[kMost], actual[kMost], scratch[8 * 1024];
int32_t bias[64], multipliers[64];
int8_t shifts[64];

Rescale someRescale(int32_t channels, int32_t largestSum) {
  const int32_t perChannel = between(0, 3) ? 1 : 0;
  const int32_t size = between(0, 3) ? 1 << between(0, 20) : (1 << 30) - 1 - largestSum;
  const int32_t lowest = between(0, 1) ? -22 : -12;
  for (int32_t i = 0; i < channels; ++i) {
    bias[i] = between(-size, size);
    multipliers[i] = between(0, 7) ? between(1 << 30, INT32_MAX) : between(0, 1) ? INT32_MAX : 1 << 30;
    shifts[i] = static_cast<int8_t>(between(lowest, between(lowest, -1)));
  }
  Rescale r = {bias, multipliers, shifts, perChannel, between(0, 1) ? -128 : between(-128, 127), -128, 127};
  if (between(0, 3) == 0) r.low = between(-128, 127);
  if (between(0, 3) == 0) r.high = between(r.low, 127);
  return r;
}

/** Weights in plain order, and as the processor likes to read them. */
void someWeights(int32_t channels, int32_t depth) {
  const int32_t bytes = columnBytes(depth);
  const int32_t count = (channels + 3) / 4 * 4 * bytes;
  fill(plain, count, -127, 127);
  for (int32_t i = 0; i < count; ++i) {
    if (i / 16 * 4 % bytes + i % 4 >= depth) plain[i] = 0;
  }
  for (int32_t i = 0; i < count; i += 16) {
    const int8_t* w = plain + i;
    const int32_t block[16] = {IMPULSEKIT_WEIGHTS(w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], w[8], w[9], w[10],
                                                  w[11], w[12], w[13], w[14], w[15])};
    for (int32_t j = 0; j < 16; ++j) packed[i + j] = static_cast<int8_t>(block[j]);
  }
}

void someTapWeights(int32_t channels, int32_t taps) {
  const int32_t count = (channels + 3) / 4 * 4 * taps;
  fill(plain, count, -128, 127);
  for (int32_t i = 0; i < count; i += 8) {
    const int8_t* w = plain + i;
    const int32_t block[8] = {IMPULSEKIT_TAPS(w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7])};
    for (int32_t j = 0; j < 8; ++j) packed[i + j] = static_cast<int8_t>(block[j]);
  }
}

void clear() {
  memset(expected, 99, sizeof expected);
  memset(actual, 99, sizeof actual);
}

bool same() { return memcmp(expected, actual, sizeof expected) == 0; }

int32_t someSize(int32_t typical) { return between(0, 7) == 0 ? between(1, 3 * typical) : between(1, typical); }

/** Depths of up to `most`, now and then just that. */
template <class Policy>
bool dense(int32_t most) {
  const int32_t depth = between(0, 7) ? between(1, 90) : most;
  const int32_t channels = between(1, depth <= 90 ? 60 : kMost / (depth + 3) / 4 * 4);
  someWeights(channels, depth);
  fill(x, columnBytes(depth), -128, 127);
  Product p = {depth, channels, plain, someRescale(channels, depth << 14)};
  int8_t* const y = actual + kMargin + between(0, 3);
  clear();
  denseInt8<Portable>(p, x, expected + (y - actual));
  p.weights = packed;
  denseInt8<Policy>(p, x, y);
  return same();
}

/** Sums of a few channels; there is room for whole blocks of eight. */
template <class Policy>
bool columnSums() {
  const int32_t depth = between(1, 90);
  const int32_t channels = between(1, 16);
  someWeights(16, depth);
  fill(x, columnBytes(depth), -128, 127);
  const int32_t groups = columnBytes(depth) / 4;
  int32_t some[16], other[16];
  Portable::sums(plain, groups, channels, x, some);
  Policy::sums(packed, groups, channels, x, other);
  return memcmp(some, other, static_cast<size_t>(channels) * sizeof some[0]) == 0;
}

Taps someTaps(int32_t size, int32_t& outputs) {
  Taps taps = {between(1, 3), between(1, 2), between(0, 3) ? 1 : 2, 0};
  const int32_t reach = (taps.size - 1) * taps.dilation + 1;
  taps.padding = reach > size ? reach - 1 : between(0, reach - 1);
  outputs = (size + taps.padding + between(0, taps.padding) - reach) / taps.stride + 1;
  return taps;
}

Window someWindow(int32_t inChannels, int32_t outChannels) {
  Window w;
  w.inHeight = between(1, 5);
  w.inWidth = between(1, 7);
  w.inChannels = inChannels;
  w.outChannels = outChannels;
  w.rows = someTaps(w.inHeight, w.outHeight);
  w.columns = someTaps(w.inWidth, w.outWidth);
  if (between(0, 3) == 0) {
    const Taps one = {1, between(1, 2), 1, 0};
    w.rows = w.columns = one;
    w.outHeight = (w.inHeight - 1) / one.stride + 1;
    w.outWidth = (w.inWidth - 1) / one.stride + 1;
  }
  return w;
}

/** Channels of which many are the whole words that fast kernels are made for. */
int32_t someChannels() { return between(0, 1) ? 4 * between(1, 6) : someSize(12); }

template <class Policy>
bool convolution() {
  Conv2dInt8 c;
  c.window = someWindow(someChannels(), someChannels());
  const Window& w = c.window;
  const int32_t depth = w.rows.size * w.columns.size * w.inChannels;
  someWeights(w.outChannels, depth);
  fill(x, w.inHeight * w.inWidth * w.inChannels, -128, 127);
  const Product p = {depth, w.outChannels, plain, someRescale(w.outChannels, depth << 14)};
  c.product = p;
  c.zero = between(-128, 127);
  c.reverse = between(0, 1);
  int8_t* const y = actual + kMargin + between(0, 3);
  clear();
  conv2dInt8<Portable>(c, x, expected + (y - actual), scratch);
  c.product.weights = packed;
  conv2dInt8<Policy>(c, x, y, scratch);
  return same();
}

template <class Policy>
bool depthwise() {
  const int32_t channels = someChannels();
  DepthwiseConv2dInt8 c;
  c.window = someWindow(channels, channels);
  const Window& w = c.window;
  const int32_t taps = (w.rows.size * w.columns.size + 1) & ~1;
  someTapWeights(channels, taps);
  fill(x, w.inHeight * w.inWidth * channels, -128, 127);
  const DepthwiseProduct p = {taps, channels, 1, plain, someRescale(channels, taps << 14)};
  c.product = p;
  c.zero = between(-128, 127);
  c.reverse = between(0, 1);
  int8_t* const y = actual + kMargin + between(0, 3);
  clear();
  depthwiseConv2dInt8<Portable>(c, x, expected + (y - actual), scratch);
  c.product.weights = packed;
  depthwiseConv2dInt8<Policy>(c, x, y, scratch);
  return same();
}

bool sums() {
  const int32_t count = between(1, 50);
  SumInt8 s;
  s.sign = between(0, 1) ? 1 : -1;
  s.offsetA = between(-127, 128);
  s.offsetB = between(-127, 128);
  s.multiplierA = between(1 << 30, INT32_MAX);
  s.multiplierB = between(1 << 30, INT32_MAX);
  s.outputMultiplier = between(1 << 30, INT32_MAX);
  s.shiftA = between(-8, 0);
  s.shiftB = between(-8, 0);
  const int32_t larger = between(0, 2);
  if (larger == 0) s.multiplierA = 1 << 30, s.shiftA = 0;
  if (larger == 1) s.multiplierB = 1 << 30, s.shiftB = 0;
  s.outputShift = between(0, 7) ? between(-22, -14) : between(-25, 0);
  s.outputOffset = between(-128, 127);
  s.low = between(0, 1) ? s.outputOffset : -128;
  s.high = between(s.low, 127);
  fill(x, count, -128, 127);
  fill(plain, count, -128, 127);
  clear();
  PortableSums::sum(s, x, plain, expected, count);
  Sums::sum(s, x, plain, actual, count);
  return same();
}

alignas(16) float inputs[4 * 64], factors[64 * 24], offsets[24], wanted[4 * 24], got[4 * 24];

/** Sums of floats add up in the order of the inputs, whatever the kernel. */
bool floats() {
  const int32_t depth = between(1, 64), channels = between(1, 24), pixels = between(1, 4);
  for (int32_t i = 0; i < 4 * depth; ++i) inputs[i] = static_cast<float>(between(-9999, 9999)) * 1e-4f;
  for (int32_t i = 0; i < depth * 24; ++i) factors[i] = static_cast<float>(between(-9999, 9999)) * 1e-4f;
  for (int32_t i = 0; i < channels; ++i) offsets[i] = static_cast<float>(between(-9, 9));
  const ProductF32 p = {depth, channels, factors, offsets, -5.0f, 5.0f};
  for (int32_t i = 0; i < 4 * 24; ++i) wanted[i] = got[i] = 0.0f;
  for (int32_t pixel = 0; pixel < pixels; ++pixel) {
    for (int32_t c = 0; c < channels; ++c) {
      float sum = 0.0f;
      const float* w = factors + c / 4 * 4 * depth + c % 4;
      for (int32_t k = 0; k < depth; ++k) sum = multiplyAdd(inputs[4 * k + pixel], w[4 * k], sum);
      wanted[pixel * 24 + c] = clamp(sum + offsets[c], -5.0f, 5.0f);
    }
  }
  productF32(p, inputs, pixels, got, 24);
  if (memcmp(wanted, got, sizeof got) != 0) return false;
  float column[64];
  for (int32_t k = 0; k < depth; ++k) column[k] = inputs[4 * k];
  rowF32(p, column, got);
  return memcmp(wanted, got, static_cast<size_t>(channels) * sizeof(float)) == 0;
}

}  // namespace

/** 0, or which comparison failed: 1 and 2 dense, 3 and 4 convolution, 5 and 6 depthwise, `Small` and `Fast`; 7 sums; 8 floats;
    9 and 10 wide dense; 11 and 12 sums of a column. */
int comparePolicies(int rounds) {
  for (int i = 0; i < rounds; ++i) {
    if (!dense<Small>(516)) return 1;
    if (!dense<Fast>(516)) return 2;
    if (!convolution<Small>()) return 3;
    if (!convolution<Fast>()) return 4;
    if (!depthwise<Small>()) return 5;
    if (!depthwise<Fast>()) return 6;
    if (!sums()) return 7;
    if (!floats()) return 8;
    if (!dense<SmallWide>(between(517, 4000))) return 9;
    if (!dense<FastWide>(between(517, 4000))) return 10;
    if (!columnSums<Small>()) return 11;
    if (!columnSums<Fast>()) return 12;
  }
  return 0;
}
