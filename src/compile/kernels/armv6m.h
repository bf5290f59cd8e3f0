#pragma once
#include "portable.h"
#include "sum.h"

/*
 * Cortex-M0, M0+ and M1: one multiplication of words an instruction, half of the registers for additions only. A weight
 * is loaded, multiplied and added to one of eight sums in three instructions; weights are stored as w + 128, so that
 * 128 times the sum of a column is taken off in the end.
 */
#if defined(IMPULSEKIT_KERNELS_ARMV6M)
namespace impulsekit {
namespace nn {

/** A factor `multiplier * 2^(shift - 31)` for shifts of -22 to -1, taken by halves: there is no long multiplication. */
class NarrowScale {
 public:
  NarrowScale(int32_t multiplier, int32_t shift, int32_t offset)
      : high_(multiplier >> 16), low_(multiplier & 0xffff), shift_(-shift) {
    rounding_ = static_cast<int32_t>(static_cast<uint32_t>(2 * offset + 1) << ((shift_ - 1) & 31));
  }

  /** Whether shift -`s` is one of those. */
  static bool isOrdinary(int32_t s) { return static_cast<uint32_t>(s - 1) < 22u; }
  bool isOrdinary() const { return isOrdinary(shift_); }

  /** The offset plus a value below 2^30 times the factor, halves away from zero. */
  int32_t operator()(int32_t value) const {
    const int32_t low = static_cast<int16_t>(value);
    const int32_t high = (value - low) >> 16;
    const int32_t middle = low * high_ + high * low_ + ((low * low_) >> 16);
    return round(2 * (high * high_) + ((middle + (1 << 14)) >> 15), value);
  }

 private:
  int32_t round(int32_t product, int32_t signOf) const { return (product + rounding_ + (signOf >> 31)) >> shift_; }

  int32_t high_, low_, shift_, rounding_;
};

/*
 * sums = start + 8 channels x 1 column over `groups` x 4 inputs, of two blocks of weights: words of an int32 column, or
 * bytes. * r0 and r1 weights, r2 column, r6 to lr sums. Unrolled by two, the loop is entered in the middle for odd groups.
 */
#define IMPULSEKIT_MAC(sum, block, offset, x) "ldrb r5, [" block ", #" offset "]\n muls r5, " x "\n add " sum ", r5\n"
#define IMPULSEKIT_INPUT(base, o, x)                                                                   \
  IMPULSEKIT_MAC("r6", "r0", base "+" o, x)                                                            \
  IMPULSEKIT_MAC("r7", "r0", base "+" o "+4", x)                                                       \
  IMPULSEKIT_MAC("r8", "r0", base "+" o "+8", x)                                                       \
  IMPULSEKIT_MAC("r9", "r0", base "+" o "+12", x)                                                      \
  IMPULSEKIT_MAC("r10", "r1", base "+" o, x)                                                           \
  IMPULSEKIT_MAC("r11", "r1", base "+" o "+4", x)                                                      \
  IMPULSEKIT_MAC("r12", "r1", base "+" o "+8", x)                                                      \
  IMPULSEKIT_MAC("lr", "r1", base "+" o "+12", x)
#define IMPULSEKIT_WORDS(base)                                                                         \
  "ldmia r2!, {r3, r4}\n" IMPULSEKIT_INPUT(base, "0", "r3") IMPULSEKIT_INPUT(base, "1", "r4")           \
  "ldmia r2!, {r3, r4}\n" IMPULSEKIT_INPUT(base, "2", "r3") IMPULSEKIT_INPUT(base, "3", "r4")
#define IMPULSEKIT_BYTES(base)                                                                         \
  "ldmia r2!, {r3}\n"                                                                                  \
  "sxtb r4, r3\n" IMPULSEKIT_INPUT(base, "0", "r4")                                                    \
  "lsls r4, r3, #16\n asrs r4, #24\n" IMPULSEKIT_INPUT(base, "1", "r4")                                \
  "lsls r4, r3, #8\n asrs r4, #24\n" IMPULSEKIT_INPUT(base, "2", "r4")                                 \
  "asrs r3, #24\n" IMPULSEKIT_INPUT(base, "3", "r3")
#define IMPULSEKIT_SUMS(name, type, enter, body)                                                       \
  __attribute__((naked, noinline)) inline void name(const int8_t*, const int8_t*, const type*, int32_t, int32_t*, int32_t) { \
    __asm volatile(                                                                                    \
        ".syntax unified\n"                                                                            \
        "push {r4-r7, lr}\n"                                                                           \
        "mov r4, r8\n mov r5, r9\n mov r6, r10\n mov r7, r11\n push {r4-r7}\n"                         \
        "lsls r3, #4\n adds r4, r3, r0\n push {r4}\n"                                                  \
        "ldr r6, [sp, #44]\n movs r7, r6\n mov r8, r6\n mov r9, r6\n"                                  \
        "mov r10, r6\n mov r11, r6\n mov r12, r6\n mov lr, r6\n"                                       \
        enter "1:\n" body                                                                              \
        "ldr r5, [sp]\n cmp r0, r5\n beq 3f\n b 1b\n"                                                  \
        "3:\n"                                                                                         \
        "ldr r0, [sp, #40]\n"                                                                          \
        "stmia r0!, {r6, r7}\n"                                                                        \
        "mov r2, r8\n mov r3, r9\n mov r4, r10\n mov r5, r11\n mov r6, r12\n mov r7, lr\n"             \
        "stmia r0!, {r2-r7}\n"                                                                         \
        "pop {r3-r7}\n mov r8, r4\n mov r9, r5\n mov r10, r6\n mov r11, r7\n"                          \
        "pop {r4-r7, pc}\n");                                                                          \
  }
#define IMPULSEKIT_ONCE(inputs) inputs("0") "adds r0, #16\n adds r1, #16\n"
#define IMPULSEKIT_TWICE(inputs) inputs("0") "2:\n" inputs("16") "adds r0, #32\n adds r1, #32\n"
#define IMPULSEKIT_ODD "lsrs r3, #5\n bcc 1f\n subs r0, #16\n subs r1, #16\n b 2f\n"

IMPULSEKIT_SUMS(sumsOfWordsSmall, int32_t, "", IMPULSEKIT_ONCE(IMPULSEKIT_WORDS))
IMPULSEKIT_SUMS(sumsOfBytesSmall, int8_t, "", IMPULSEKIT_ONCE(IMPULSEKIT_BYTES))
IMPULSEKIT_SUMS(sumsOfWordsFast, int32_t, IMPULSEKIT_ODD, IMPULSEKIT_TWICE(IMPULSEKIT_WORDS))
IMPULSEKIT_SUMS(sumsOfBytesFast, int8_t, IMPULSEKIT_ODD, IMPULSEKIT_TWICE(IMPULSEKIT_BYTES))
#undef IMPULSEKIT_MAC
#undef IMPULSEKIT_INPUT
#undef IMPULSEKIT_WORDS
#undef IMPULSEKIT_BYTES
#undef IMPULSEKIT_SUMS
#undef IMPULSEKIT_ONCE
#undef IMPULSEKIT_TWICE
#undef IMPULSEKIT_ODD

inline bool isAligned(const int8_t* p) { return (reinterpret_cast<uintptr_t>(p) & 3u) == 0; }

/** What `storeNarrow` needs; tables begin at the first channel it stores. */
struct NarrowStore {
  const int32_t* sums;
  const int32_t* bias;
  const int32_t* multipliers;
  const int8_t* shifts;
  int8_t* y;
  /** Twice the output offset, and 1. */
  int32_t rounding;
  int32_t channels;
};

/*
 * Rescales sums to stored values, with the multiplier by halves as in NarrowScale. r0 sums, r1 bias, r7 channel, r8
 * multipliers, r9 shifts, r10 y, r11 sign, r12 rounding, lr channels; r2 to r6 free.
 */
#define IMPULSEKIT_STORE(name, multiplier, shift)                                             \
  __attribute__((naked, noinline)) inline void name(const NarrowStore*) {                     \
    __asm volatile(                                                                           \
        ".syntax unified\n"                                                                   \
        "push {r4-r7, lr}\n"                                                                  \
        "mov r4, r8\n mov r5, r9\n mov r6, r10\n mov r7, r11\n push {r4-r7}\n"                \
        "ldmia r0!, {r1-r7}\n"                                                                \
        "mov r8, r3\n mov r9, r4\n mov r10, r5\n mov r12, r6\n mov lr, r7\n"                  \
        "mov r0, r1\n mov r1, r2\n movs r7, #0\n"                                             \
        "1:\n"                                                                                \
        "mov r5, r8\n" multiplier                                                             \
        "ldmia r0!, {r2}\n ldmia r1!, {r3}\n adds r2, r3\n"                                   \
        "sxth r3, r2\n subs r4, r2, r3\n asrs r4, #16\n asrs r2, #31\n mov r11, r2\n"         \
        "lsrs r6, r5, #16\n uxth r5, r5\n"                                                    \
        "mov r2, r3\n muls r2, r6\n muls r3, r5\n asrs r3, #16\n adds r2, r3\n"               \
        "muls r5, r4\n adds r2, r5\n asrs r2, #14\n adds r2, #1\n asrs r2, #1\n"              \
        "muls r4, r6\n lsls r4, #1\n adds r2, r4\n"                                           \
        "mov r3, r9\n" shift "rsbs r5, r5, #0\n"                                              \
        "mov r3, r12\n lsls r3, r5\n asrs r3, #1\n adds r2, r3\n add r2, r11\n asrs r2, r5\n" \
        "sxtb r3, r2\n cmp r3, r2\n bne 3f\n"                                                 \
        "2:\n"                                                                                \
        "mov r3, r10\n strb r2, [r3, r7]\n adds r7, #1\n cmp r7, lr\n bne 1b\n"               \
        "pop {r4-r7}\n mov r8, r4\n mov r9, r5\n mov r10, r6\n mov r11, r7\n"                 \
        "pop {r4-r7, pc}\n"                                                                   \
        "3:\n asrs r2, #31\n movs r3, #127\n eors r2, r3\n b 2b\n");                          \
  }
IMPULSEKIT_STORE(storePerChannel, "lsls r3, r7, #2\n ldr r5, [r5, r3]\n", "ldrb r5, [r3, r7]\n")
IMPULSEKIT_STORE(storeAlike, "ldr r5, [r5]\n", "ldrb r5, [r3]\n")
#undef IMPULSEKIT_STORE

/** Rescales the sums of neighbouring channels; `r.bias` has been added to none of them. */
inline void storeSums(const Rescale& r, const int32_t* sums, int32_t channel, int32_t channels, int8_t* y) {
  const int32_t at = channel * r.perChannel;
  const NarrowStore store = {sums, r.bias + channel, r.multipliers + at, r.shifts + at, y, 2 * r.outputOffset + 1, channels};
  if (r.perChannel) {
    storePerChannel(&store);
  } else {
    storeAlike(&store);
  }
  if (r.low == -128 && r.high == 127) return;
  for (int32_t c = 0; c < channels; ++c) y[c] = static_cast<int8_t>(clamp<int32_t>(y[c], r.low, r.high));
}

/** Sums of `channels` channels of a depthwise product. r0 taps, r1 weights, r2 sum, r7 channel; r5, r6 0 and 4. */
__attribute__((naked, noinline)) inline void sumsOfTaps(const int8_t* const*, const int8_t*, int32_t, int32_t, int32_t*, int32_t) {
  __asm volatile(
      ".syntax unified\n"
      // r8 taps, r9 weights of the block, r10 end of the taps, r11 end of the channels, r12 sums.
      "push {r4-r7, lr}\n"
      "mov r4, r8\n mov r5, r9\n mov r6, r10\n mov r7, r11\n push {r4-r7}\n"
      "mov r8, r0\n mov r9, r1\n lsls r2, #2\n adds r2, r0\n mov r10, r2\n"
      "movs r7, r3\n"
      "ldr r4, [sp, #36]\n mov r12, r4\n ldr r4, [sp, #40]\n adds r4, r3\n mov r11, r4\n"
      "movs r5, #0\n movs r6, #4\n"
      "1:\n"
      "movs r2, #0\n mov r0, r8\n mov r1, r9\n"
      "2:\n"
      "ldmia r0!, {r3, r4}\n"
      "ldrsb r3, [r3, r7]\n ldrsb r4, [r4, r7]\n"
      "mov lr, r2\n"
      "ldrsb r2, [r1, r5]\n muls r3, r2\n add r3, lr\n"
      "ldrsb r2, [r1, r6]\n muls r2, r4\n adds r2, r3\n"
      "adds r1, #8\n cmp r0, r10\n bne 2b\n"
      "mov r0, r12\n stmia r0!, {r2}\n mov r12, r0\n"
      "movs r2, #1\n add r9, r2\n adds r7, #1\n cmp r7, r11\n bne 1b\n"
      "pop {r4-r7}\n mov r8, r4\n mov r9, r5\n mov r10, r6\n mov r11, r7\n"
      "pop {r4-r7, pc}\n");
}

/** Columns are of int32. */
template <bool kFast>
struct Armv6m {
  enum { kPixels = 1 };

  static void load(const int8_t* values, int32_t depth, void* columns, int32_t) {
    int32_t* to = expand(values, depth, static_cast<int32_t*>(columns));
    for (int32_t i = depth; i & 3; ++i) *to++ = 0;
  }

  static void gather(const Window& w, const int8_t* x, int32_t row, int32_t column, int8_t zero, void* columns, int32_t) {
    int32_t* to = static_cast<int32_t*>(columns);
    int32_t inRow = row * w.rows.stride - w.rows.padding;
    for (int32_t i = 0; i < w.rows.size; ++i, inRow += w.rows.dilation) {
      int32_t inColumn = column * w.columns.stride - w.columns.padding;
      const bool inside = inRow >= 0 && inRow < w.inHeight;
      const bool inner = w.columns.dilation == 1 && inColumn >= 0 && inColumn + w.columns.size <= w.inWidth;
      const int32_t runs = inside && inner ? 1 : w.columns.size;
      const int32_t run = inside && inner ? w.columns.size * w.inChannels : w.inChannels;
      for (int32_t j = 0; j < runs; ++j, inColumn += w.columns.dilation) {
        if (inside && inColumn >= 0 && inColumn < w.inWidth) {
          to = expand(x + (inRow * w.inWidth + inColumn) * w.inChannels, run, to);
        } else {
          for (int32_t c = 0; c < run; ++c) *to++ = zero;
        }
      }
    }
    for (int32_t rest = w.rows.size * w.columns.size * w.inChannels; rest & 3; ++rest) *to++ = 0;
  }

  static void product(const Product& p, const void* columns, int32_t, int8_t* y, int32_t) {
    const int32_t* x = static_cast<const int32_t*>(columns);
    int32_t total = 0;
    for (int32_t k = 0; k < p.depth; ++k) total += x[k];
    multiply(p, x, kFast ? sumsOfWordsFast : sumsOfWordsSmall, total, y);
  }

  static void row(const Product& p, const int8_t* x, int8_t* y) {
    multiply(p, x, kFast ? sumsOfBytesFast : sumsOfBytesSmall, totalOf(x, columnBytes(p.depth) >> 2), y);
  }

  static void sums(const int8_t* w, int32_t groups, int32_t count, const int8_t* x, int32_t* sums) {
    const int32_t block = 16 * groups;
    const int32_t start = -128 * totalOf(x, groups);
    for (int32_t c = 0; c < count; c += 8, w += 2 * block) {
      (kFast ? sumsOfBytesFast : sumsOfBytesSmall)(w, count - c > 4 ? w + block : w, x, groups, sums + c, start);
    }
  }

  /** There is no long multiplication: four of halves. */
  static int32_t addHigh(int32_t a, int32_t b, int32_t c) {
    const int32_t lowA = a & 0xffff, lowB = b & 0xffff, highA = a >> 16, highB = b >> 16;
    const uint32_t low = static_cast<uint32_t>(lowA) * static_cast<uint32_t>(lowB);
    const int32_t one = highA * lowB + static_cast<int32_t>(low >> 16);
    const int32_t other = lowA * highB + (one & 0xffff);
    return highA * highB + (one >> 16) + (other >> 16) + ((other >> 15) & 1) + c;
  }

  static void depthwise(const DepthwiseProduct& p, const int8_t* const* taps, int8_t* y) {
    const int8_t* w = p.weights;
    for (int32_t channel = 0; channel < p.channels; channel += 4, w += 4 * p.taps) {
      int32_t sums[4];
      const int32_t channels = p.channels - channel < 4 ? p.channels - channel : 4;
      sumsOfTaps(taps, w, p.taps, channel, sums, channels);
      storeSums(p.rescale, sums, channel, channels, y + channel);
    }
  }

 private:
  /** Channels whose sums are kept at once. */
  enum { kStored = kFast ? 32 : 8 };

  static int32_t* expand(const int8_t* from, int32_t count, int32_t* to) {
    if (isAligned(from)) {
      for (; count >= 4; count -= 4, from += 4, to += 4) {
        int32_t word;
        memcpy(&word, __builtin_assume_aligned(from, 4), 4);
        to[0] = static_cast<int8_t>(word);
        to[1] = static_cast<int8_t>(word >> 8);
        to[2] = static_cast<int8_t>(word >> 16);
        to[3] = word >> 24;
      }
    }
    for (; count > 0; --count) *to++ = *from++;
    return to;
  }

  /** What lies behind the column counts too: its weights of zero are stored as 128. */
  static int32_t totalOf(const int8_t* x, int32_t groups) {
    int32_t total = 0;
    for (int32_t k = 0; k < 4 * groups; ++k) total += x[k];
    return total;
  }

  /** `total` is the sum of the column. */
  template <typename T>
  static void multiply(const Product& p, const T* x, void (*sumsOf)(const int8_t*, const int8_t*, const T*, int32_t, int32_t*, int32_t),
                       int32_t total, int8_t* y) {
    const int32_t groups = columnBytes(p.depth) >> 2;
    const int32_t block = 16 * groups;
    const int8_t* w = p.weights;
    for (int32_t first = 0; first < p.channels; first += kStored) {
      int32_t sums[kStored];
      const int32_t channels = p.channels - first < kStored ? p.channels - first : static_cast<int32_t>(kStored);
      for (int32_t c = 0; c < channels; c += 8, w += 2 * block) {
        sumsOf(w, channels - c > 4 ? w + block : w, x, groups, sums + c, -128 * total);
      }
      storeSums(p.rescale, sums, first, channels, y + first);
    }
  }
};

/** Sums of neighbouring values; operands are scaled down, as the common scale is that of the larger one. */
struct Armv6mSums {
  static void sum(const SumInt8& s, const int8_t* a, const int8_t* b, int8_t* y, int32_t count) {
    const Operand left(s.multiplierA, s.shiftA), right(s.multiplierB, s.shiftB);
    const NarrowScale output(s.outputMultiplier, s.outputShift, s.outputOffset);
    if (!left.isOrdinary() || !right.isOrdinary() || !output.isOrdinary()) return PortableSums::sum(s, a, b, y, count);
    for (int32_t i = 0; i < count; ++i) {
      const int32_t sum = left(a[i] + s.offsetA) + s.sign * right(b[i] + s.offsetB);
      y[i] = static_cast<int8_t>(clamp(output(sum), s.low, s.high));
    }
  }

 private:
  /** A stored value less its zero point on the common scale, by shifts of 0 to -22. */
  class Operand {
   public:
    Operand(int32_t multiplier, int32_t shift)
        : high_(multiplier >> 16), low_(multiplier & 0xffff), shift_(-shift), signs_(shift < 0 ? -1 : 0) {
      rounding_ = shift < 0 ? static_cast<int32_t>(1u << ((shift_ - 1) & 31)) : 0;
    }

    bool isOrdinary() const { return static_cast<uint32_t>(shift_) <= 22u; }

    int32_t operator()(int32_t value) const {
      const int32_t product = 32 * value * high_ + ((16 * value * low_ + (1 << 14)) >> 15);
      return (product + rounding_ + ((value >> 31) & signs_)) >> shift_;
    }

   private:
    int32_t high_, low_, shift_, signs_, rounding_;
  };
};

}  // namespace nn
}  // namespace impulsekit
#endif
