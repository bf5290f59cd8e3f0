#pragma once

/*
 * Weights are written once, as numbers, and stored as the processor at hand likes to read them.
 *
 * IMPULSEKIT_WEIGHTS takes four weights each of four output channels a, b, c, d, for four neighbouring inputs.
 * IMPULSEKIT_TAPS takes the weights of four channels a, b, c, d for two taps 0 and 1 of a depthwise window.
 * The _PLAIN forms keep the order in which they are written on every processor.
 */
#define IMPULSEKIT_WEIGHTS_PLAIN(a0, a1, a2, a3, b0, b1, b2, b3, c0, c1, c2, c3, d0, d1, d2, d3) \
  a0, a1, a2, a3, b0, b1, b2, b3, c0, c1, c2, c3, d0, d1, d2, d3
#define IMPULSEKIT_TAPS_PLAIN(a0, b0, c0, d0, a1, b1, c1, d1) a0, b0, c0, d0, a1, b1, c1, d1

#if defined(IMPULSEKIT_PORTABLE)
#define IMPULSEKIT_KERNELS_PORTABLE 1
#elif defined(__ARM_FEATURE_DSP) && defined(__thumb__) && __ARM_ARCH_PROFILE == 'M'
#define IMPULSEKIT_KERNELS_CORTEX_M_DSP 1
#elif defined(__ARM_ARCH_6M__)
#define IMPULSEKIT_KERNELS_ARMV6M 1
#elif defined(__x86_64__) && defined(__GNUC__)
#define IMPULSEKIT_KERNELS_X86 1
#elif defined(__ARM_NEON) && defined(__aarch64__)
#define IMPULSEKIT_KERNELS_NEON 1
#elif defined(__wasm_simd128__)
#define IMPULSEKIT_KERNELS_WASM 1
#else
#define IMPULSEKIT_KERNELS_PORTABLE 1
#endif

#if defined(IMPULSEKIT_KERNELS_CORTEX_M_DSP)
/*
 * Halfwords of 256 * b + a. One multiplication by a halfword serves two channels: sums of x * (256 b + a) and, from the
 * sign-extended low bytes, of x * a are kept, and their difference is 256 times the sum of x * b. Inputs 0 and 2 share
 * a word, then 1 and 3, as SXTB16 leaves the inputs.
 */
#define IMPULSEKIT_PAIR(a, b) (a), ((b) - ((a) < 0 ? 1 : 0))
#define IMPULSEKIT_WEIGHTS(a0, a1, a2, a3, b0, b1, b2, b3, c0, c1, c2, c3, d0, d1, d2, d3)                             \
  IMPULSEKIT_PAIR(a0, b0), IMPULSEKIT_PAIR(a2, b2), IMPULSEKIT_PAIR(c0, d0), IMPULSEKIT_PAIR(c2, d2), IMPULSEKIT_PAIR(a1, b1), \
      IMPULSEKIT_PAIR(a3, b3), IMPULSEKIT_PAIR(c1, d1), IMPULSEKIT_PAIR(c3, d3)
#define IMPULSEKIT_TAPS(a0, b0, c0, d0, a1, b1, c1, d1) a0, b0, a1, b1, c0, d0, c1, d1
#elif defined(IMPULSEKIT_KERNELS_ARMV6M)
/* w + 128 as an unsigned byte: this processor loads unsigned bytes in one instruction, but not signed ones. */
#define IMPULSEKIT_BIASED(w) ((w) < 0 ? (w) + 128 : (w) - 128)
#define IMPULSEKIT_WEIGHTS(a0, a1, a2, a3, b0, b1, b2, b3, c0, c1, c2, c3, d0, d1, d2, d3)                   \
  IMPULSEKIT_BIASED(a0), IMPULSEKIT_BIASED(a1), IMPULSEKIT_BIASED(a2), IMPULSEKIT_BIASED(a3), IMPULSEKIT_BIASED(b0), \
      IMPULSEKIT_BIASED(b1), IMPULSEKIT_BIASED(b2), IMPULSEKIT_BIASED(b3), IMPULSEKIT_BIASED(c0), IMPULSEKIT_BIASED(c1), \
      IMPULSEKIT_BIASED(c2), IMPULSEKIT_BIASED(c3), IMPULSEKIT_BIASED(d0), IMPULSEKIT_BIASED(d1), IMPULSEKIT_BIASED(d2), \
      IMPULSEKIT_BIASED(d3)
#define IMPULSEKIT_TAPS IMPULSEKIT_TAPS_PLAIN
#else
#define IMPULSEKIT_WEIGHTS IMPULSEKIT_WEIGHTS_PLAIN
#define IMPULSEKIT_TAPS IMPULSEKIT_TAPS_PLAIN
#endif
