#pragma once
#include "../arithmetic/fixed-point.h"
#include "../ops/common/window.h"

namespace impulsekit {
namespace nn {

/** Four columns at once by `channels` rows of weights, float32. */
struct ProductF32 {
  int32_t depth, channels;
  /** Four channels at a time: their weights for one input are neighbours. Zero where there is no channel. */
  const float* weights;
  const float* bias;
  float low, high;
};

/** a * b + c, in one instruction where the processor has it. */
inline float multiplyAdd(float a, float b, float c) {
#if defined(__ARM_FEATURE_FMA)
  return __builtin_fmaf(a, b, c);
#else
  return a * b + c;
#endif
}

/** The values under the window at one output position, 0 where the window leaves the input; `to` takes every fourth. */
inline void gatherF32(const Window& w, const float* x, int32_t row, int32_t column, float* to) {
  const int32_t channels = w.inChannels;
  int32_t inRow = row * w.rows.stride - w.rows.padding;
  for (int32_t i = 0; i < w.rows.size; ++i, inRow += w.rows.dilation) {
    int32_t inColumn = column * w.columns.stride - w.columns.padding;
    for (int32_t j = 0; j < w.columns.size; ++j, inColumn += w.columns.dilation) {
      const bool inside = inRow >= 0 && inRow < w.inHeight && inColumn >= 0 && inColumn < w.inWidth;
      const float* from = inside ? x + (inRow * w.inWidth + inColumn) * channels : x;
      for (int32_t c = 0; c < channels; ++c, to += 4) *to = inside ? from[c] : 0.0f;
    }
  }
}

#if defined(__ARM_FEATURE_FMA) && defined(__thumb2__) && __ARM_ARCH_PROFILE == 'M' && (__ARM_FP & 4)
#define IMPULSEKIT_FMA(sum, x, w) "vfma.f32 s" #sum ", s" #x ", s" #w "\n"
#define IMPULSEKIT_FMA4(s0, s1, s2, s3, x, w0, w1, w2, w3) \
  IMPULSEKIT_FMA(s0, x, w0) IMPULSEKIT_FMA(s1, x, w1) IMPULSEKIT_FMA(s2, x, w2) IMPULSEKIT_FMA(s3, x, w3)
#define IMPULSEKIT_FMA16(x0, x1, x2, x3, w0, w1, w2, w3)                                                      \
  IMPULSEKIT_FMA4(16, 17, 18, 19, x0, w0, w1, w2, w3) IMPULSEKIT_FMA4(20, 21, 22, 23, x1, w0, w1, w2, w3)      \
  IMPULSEKIT_FMA4(24, 25, 26, 27, x2, w0, w1, w2, w3) IMPULSEKIT_FMA4(28, 29, 30, 31, x3, w0, w1, w2, w3)

/** sums = four columns by four channels, which all stay in registers. */
__attribute__((naked, noinline)) inline void tileF32(const float*, const float*, int32_t, float*) {
  __asm volatile(
      ".syntax unified\n"
      "vpush {d8-d15}\n"
      "mov r12, #0\n"
      "vmov d8, r12, r12\n vmov d9, r12, r12\n vmov d10, r12, r12\n vmov d11, r12, r12\n"
      "vmov d12, r12, r12\n vmov d13, r12, r12\n vmov d14, r12, r12\n vmov d15, r12, r12\n"
      "lsrs r2, #1\n bcc 1f\n"
      "vldm r1!, {s0-s3}\n vldm r0!, {s4-s7}\n" IMPULSEKIT_FMA16(0, 1, 2, 3, 4, 5, 6, 7)
      "1:\n cmp r2, #0\n beq 3f\n"
      "2:\n"
      "vldm r1!, {s0-s7}\n vldm r0!, {s8-s15}\n"
      IMPULSEKIT_FMA16(0, 1, 2, 3, 8, 9, 10, 11) IMPULSEKIT_FMA16(4, 5, 6, 7, 12, 13, 14, 15)
      "subs r2, #1\n bne 2b\n"
      "3:\n"
      "vstm r3, {s16-s31}\n vpop {d8-d15}\n bx lr\n");
}

/** sums = one column by four channels. */
__attribute__((naked, noinline)) inline void rowTileF32(const float*, const float*, int32_t, float*) {
  __asm volatile(
      ".syntax unified\n"
      "vpush {d8-d9}\n"
      "mov r12, #0\n vmov d8, r12, r12\n vmov d9, r12, r12\n"
      "subs r2, #2\n blt 2f\n"
      "1:\n"
      "vldm r1!, {s0-s1}\n vldm r0!, {s4-s11}\n"
      IMPULSEKIT_FMA4(16, 17, 18, 19, 0, 4, 5, 6, 7) IMPULSEKIT_FMA4(16, 17, 18, 19, 1, 8, 9, 10, 11)
      "subs r2, #2\n bge 1b\n"
      "2:\n"
      "adds r2, #2\n beq 3f\n"
      "vldm r1!, {s0}\n vldm r0!, {s4-s7}\n" IMPULSEKIT_FMA4(16, 17, 18, 19, 0, 4, 5, 6, 7)
      "3:\n"
      "vstm r3, {s16-s19}\n vpop {d8-d9}\n bx lr\n");
}
#undef IMPULSEKIT_FMA
#undef IMPULSEKIT_FMA4
#undef IMPULSEKIT_FMA16
#else
inline void addProducts(float* sums, float x, const float* w) {
  for (int32_t c = 0; c < 4; ++c) sums[c] = multiplyAdd(x, w[c], sums[c]);
}

/** sums = four columns by four channels over `depth` inputs. */
inline void tileF32(const float* w, const float* x, int32_t depth, float* sums) {
  float s0[4] = {0.0f, 0.0f, 0.0f, 0.0f}, s1[4] = {0.0f, 0.0f, 0.0f, 0.0f};
  float s2[4] = {0.0f, 0.0f, 0.0f, 0.0f}, s3[4] = {0.0f, 0.0f, 0.0f, 0.0f};
  for (int32_t k = 0; k < depth; ++k, x += 4, w += 4) {
    addProducts(s0, x[0], w);
    addProducts(s1, x[1], w);
    addProducts(s2, x[2], w);
    addProducts(s3, x[3], w);
  }
  for (int32_t c = 0; c < 4; ++c) {
    sums[c] = s0[c];
    sums[4 + c] = s1[c];
    sums[8 + c] = s2[c];
    sums[12 + c] = s3[c];
  }
}

/** sums = one column by four channels. */
inline void rowTileF32(const float* w, const float* x, int32_t depth, float* sums) {
  for (int32_t c = 0; c < 4; ++c) sums[c] = 0.0f;
  for (int32_t k = 0; k < depth; ++k, w += 4) addProducts(sums, x[k], w);
}
#endif

/** Stores up to four channels of one column. */
inline void storeF32(const ProductF32& p, const float* sums, int32_t channel, float* y) {
  const int32_t end = p.channels - channel < 4 ? p.channels - channel : 4;
  for (int32_t c = 0; c < end; ++c) y[channel + c] = clamp(sums[c] + p.bias[channel + c], p.low, p.high);
}

/** `columns`: depth groups of four, one value of each column; columns are `step` apart in y. */
inline void productF32(const ProductF32& p, const float* columns, int32_t pixels, float* y, int32_t step) {
  const float* w = p.weights;
  for (int32_t channel = 0; channel < p.channels; channel += 4, w += 4 * p.depth) {
    float sums[16];
    tileF32(w, columns, p.depth, sums);
    for (int32_t pixel = 0; pixel < pixels; ++pixel) storeF32(p, sums + 4 * pixel, channel, y + pixel * step);
  }
}

/** One column that lies in memory as it is. */
inline void rowF32(const ProductF32& p, const float* x, float* y) {
  const float* w = p.weights;
  for (int32_t channel = 0; channel < p.channels; channel += 4, w += 4 * p.depth) {
    float sums[4];
    rowTileF32(w, x, p.depth, sums);
    storeF32(p, sums, channel, y);
  }
}

}  // namespace nn
}  // namespace impulsekit
