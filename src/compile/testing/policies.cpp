#include "../ops/conv2d/op.h"
#include "../ops/depthwise-conv2d/op.h"

/*
 * Compares the policy `Plain` and the sums of the machine at hand with the portable ones on random operands, byte by
 * byte, what lies around the outputs included. Needs no library, so that it runs in a bare WebAssembly instance too.
 * Operands end where their memory ends.
 */
#if defined(__wasm__)
#include <stddef.h>
namespace {
alignas(16) unsigned char heap[1 << 22];
size_t used;
void* allocate(size_t size) {
  void* start = heap + used;
  used += (size + 31) & ~static_cast<size_t>(15);
  return start;
}
void release(void* start) { used = static_cast<size_t>(static_cast<unsigned char*>(start) - heap); }
}  // namespace
#else
#include <stdlib.h>
namespace {
void* allocate(size_t size) { return malloc(size); }
void release(void* start) { free(start); }
}  // namespace
#endif

using namespace impulsekit::nn;

namespace {

/** Memory of exactly `size` values, at least one. */
template <typename T>
struct Block {
  explicit Block(int32_t length)
      : size(length < 1 ? 1 : length), values(static_cast<T*>(allocate(static_cast<size_t>(size) * sizeof(T)))) {}
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block() { release(values); }
  T& operator[](int32_t i) { return values[i]; }
  int32_t size;
  T* values;
};

uint32_t state = 2463534242u;

/** Uniform in [low, high]. */
int32_t between(int32_t low, int32_t high) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  const uint32_t range = static_cast<uint32_t>(high) - static_cast<uint32_t>(low) + 1u;
  return static_cast<int32_t>(static_cast<uint32_t>(low) + (range ? state % range : state));
}

/** Random values, or one of the extremes, or both in turn. */
void fill(Block<int8_t>& block, int32_t low, int32_t high) {
  const int32_t kind = between(0, 5);
  for (int32_t i = 0; i < block.size; ++i) {
    const int32_t value = kind == 0 ? low : kind == 1 ? high : kind == 2 ? ((i & 1) ? low : high) : between(low, high);
    block[i] = static_cast<int8_t>(value);
  }
}

bool same(Block<int8_t>& a, Block<int8_t>& b) {
  for (int32_t i = 0; i < a.size; ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

/** 0, or from 2^30 to a little less than 2^31, so that an output offset does not overflow after saturation. */
int32_t someMultiplier() { return between(0, 15) ? between(1 << 30, INT32_MAX - 1024) : 0; }

struct Factors {
  Factors(int32_t channels, bool perChannel) : bias(channels), multipliers(perChannel ? channels : 1), shifts(multipliers.size) {
    const int32_t size = 1 << between(0, 29);
    for (int32_t i = 0; i < channels; ++i) bias[i] = between(-size, size);
    const int32_t lowest = between(0, 1) ? -31 : -12;
    const int32_t highest = between(0, 1) ? 8 : -4;
    for (int32_t i = 0; i < multipliers.size; ++i) {
      multipliers[i] = someMultiplier();
      shifts[i] = static_cast<int8_t>(between(lowest, highest));
    }
    rescale.bias = bias.values;
    rescale.multipliers = multipliers.values;
    rescale.shifts = shifts.values;
    rescale.perChannel = perChannel ? 1 : 0;
    rescale.outputOffset = between(-128, 127);
    rescale.low = between(0, 1) ? rescale.outputOffset : -128;
    rescale.high = between(0, 1) ? between(rescale.low, 127) : 127;
  }
  Block<int32_t> bias, multipliers;
  Block<int8_t> shifts;
  Rescale rescale;
};

/** Weights in blocks of four channels by four inputs, zero where there is no input. */
void fillWeights(Block<int8_t>& weights, int32_t depth) {
  fill(weights, -128, 127);
  const int32_t bytes = columnBytes(depth);
  for (int32_t i = 0; i < weights.size; ++i) {
    if (i / 16 * 4 % bytes + i % 4 >= depth) weights[i] = 0;
  }
}

int32_t someSize(int32_t typical) { return between(0, 7) == 0 ? between(1, 5 * typical) : between(1, typical); }

bool products() {
  const int32_t depth = someSize(70), channels = someSize(40), bytes = columnBytes(depth);
  Factors factors(channels, between(0, 1));
  Block<int8_t> weights((channels + 3) / 4 * 4 * bytes), inputs(4 * bytes), columns(4 * bytes);
  fillWeights(weights, depth);
  fill(inputs, -128, 127);
  const Product p = {depth, channels, weights.values, factors.rescale};
  const int32_t pixels = between(1, Plain::kPixels);
  const int32_t step = (channels + between(0, 3)) * (between(0, 1) ? 1 : -1);
  Block<int8_t> expected(4 * (channels + 3)), actual(expected.size);
  memset(expected.values, 99, static_cast<size_t>(expected.size));
  memset(actual.values, 99, static_cast<size_t>(actual.size));
  const int32_t first = step < 0 ? expected.size - channels : 0;
  for (int32_t pixel = 0; pixel < pixels; ++pixel) {
    const int8_t* x = inputs.values + pixel * bytes;
    Plain::load(x, depth, columns.values, pixel);
    Portable::row(p, x, expected.values + first + pixel * step);
  }
  Plain::product(p, columns.values, pixels, actual.values + first, step);
  if (!same(expected, actual)) return false;
  memset(expected.values, 99, static_cast<size_t>(expected.size));
  memset(actual.values, 99, static_cast<size_t>(actual.size));
  Block<int8_t> single(bytes);
  memcpy(single.values, inputs.values, static_cast<size_t>(bytes));
  Portable::row(p, single.values, expected.values);
  Plain::row(p, single.values, actual.values);
  return same(expected, actual);
}

Taps someTaps(int32_t size, int32_t& outputs) {
  Taps taps = {between(1, 4), between(1, 3), between(0, 3) ? 1 : 2, 0};
  const int32_t reach = (taps.size - 1) * taps.dilation + 1;
  taps.padding = reach > size ? reach - 1 : between(0, reach - 1);
  outputs = (size + taps.padding + between(0, taps.padding) - reach) / taps.stride + 1;
  return taps;
}

Window someWindow(int32_t inChannels, int32_t outChannels) {
  Window w;
  w.inHeight = between(1, 7);
  w.inWidth = between(1, 9);
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

bool convolutions() {
  Conv2dInt8 c;
  c.window = someWindow(someSize(12), someSize(24));
  const Window& w = c.window;
  const int32_t depth = w.rows.size * w.columns.size * w.inChannels, bytes = columnBytes(depth);
  Factors factors(w.outChannels, between(0, 1));
  Block<int8_t> weights((w.outChannels + 3) / 4 * 4 * bytes), x(w.inHeight * w.inWidth * w.inChannels);
  fillWeights(weights, depth);
  fill(x, -128, 127);
  c.product.depth = depth;
  c.product.channels = w.outChannels;
  c.product.weights = weights.values;
  c.product.rescale = factors.rescale;
  c.zero = between(-128, 127);
  c.reverse = between(0, 1);
  Block<int8_t> columns((isPointwise(w) ? 4 : 5) * bytes);
  Block<int8_t> expected(w.outHeight * w.outWidth * w.outChannels), actual(expected.size);
  conv2dInt8<Portable>(c, x.values, expected.values, columns.values);
  conv2dInt8<Plain>(c, x.values, actual.values, columns.values);
  return same(expected, actual);
}

bool depthwiseConvolutions() {
  const int32_t multiplier = between(0, 7) ? 1 : 2, inChannels = someSize(40), channels = inChannels * multiplier;
  DepthwiseConv2dInt8 c;
  c.window = someWindow(inChannels, channels);
  const Window& w = c.window;
  const int32_t taps = (w.rows.size * w.columns.size + 1) & ~1;
  Factors factors(channels, between(0, 1));
  Block<int8_t> weights((channels + 3) / 4 * 4 * taps), x(w.inHeight * w.inWidth * inChannels);
  fill(weights, -128, 127);
  fill(x, -128, 127);
  c.product.taps = taps;
  c.product.channels = channels;
  c.product.multiplier = multiplier;
  c.product.weights = weights.values;
  c.product.rescale = factors.rescale;
  c.zero = between(-128, 127);
  c.reverse = between(0, 1);
  Block<int8_t> scratch(static_cast<int32_t>(sizeof(void*)) * taps + inChannels);
  Block<int8_t> expected(w.outHeight * w.outWidth * channels), actual(expected.size);
  depthwiseConv2dInt8<Portable>(c, x.values, expected.values, scratch.values);
  depthwiseConv2dInt8<Plain>(c, x.values, actual.values, scratch.values);
  return same(expected, actual);
}

bool sums() {
  SumInt8 s;
  s.sign = between(0, 1) ? 1 : -1;
  s.offsetA = between(-127, 128);
  s.offsetB = between(-127, 128);
  s.multiplierA = someMultiplier();
  s.multiplierB = someMultiplier();
  s.outputMultiplier = someMultiplier();
  s.shiftA = between(-8, 0);
  s.shiftB = between(-8, 0);
  s.outputShift = between(-24, 3);
  s.outputOffset = between(-128, 127);
  s.low = between(0, 1) ? s.outputOffset : -128;
  s.high = between(s.low, 127);
  const int32_t count = someSize(50);
  Block<int8_t> a(count), b(count), expected(count);
  fill(a, -128, 127);
  fill(b, -128, 127);
  PortableSums::sum(s, a.values, b.values, expected.values, count);
  Sums::sum(s, a.values, b.values, a.values, count);
  return same(expected, a);
}

}  // namespace

/** 0, or which comparison failed: 1 products, 2 convolutions, 3 depthwise convolutions, 4 sums. */
extern "C" int comparePolicies(int rounds) {
  for (int i = 0; i < rounds; ++i) {
    if (!products()) return 1;
    if (!convolutions()) return 2;
    if (!depthwiseConvolutions()) return 3;
    if (!sums()) return 4;
  }
  return 0;
}

#if !defined(__wasm__)
int main() { return comparePolicies(3000); }
#endif
