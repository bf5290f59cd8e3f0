#pragma once
#include <stdint.h>
#include "weights.h"

/*
 * The inner loops of Cortex-M with the DSP extension, in assembly: sums of four channels by two columns fill the
 * registers, which no compiler leaves to them.
 */
#if defined(IMPULSEKIT_KERNELS_CORTEX_M_DSP)
namespace impulsekit {
namespace nn {

/* Two inputs of two columns by four channels. r0 weights, r1 columns, r4-r11 sums. */
#define IMPULSEKIT_PRODUCT_STEP                                                                        \
  "ldrd r2, r3, [r1], #8\n ldrd r12, lr, [r0], #8\n"                                                   \
  "smlad r4, r2, r12, r4\n smlad r8, r3, r12, r8\n smlad r6, r2, lr, r6\n smlad r10, r3, lr, r10\n"    \
  "sxtb16 r12, r12\n sxtb16 lr, lr\n"                                                                 \
  "smlad r5, r2, r12, r5\n smlad r9, r3, r12, r9\n smlad r7, r2, lr, r7\n smlad r11, r3, lr, r11\n"
#define IMPULSEKIT_PRODUCT_FIRST_STEP                                                                  \
  "ldrd r2, r3, [r1], #8\n ldrd r12, lr, [r0], #8\n"                                                   \
  "smuad r4, r2, r12\n smuad r8, r3, r12\n smuad r6, r2, lr\n smuad r10, r3, lr\n"                     \
  "sxtb16 r12, r12\n sxtb16 lr, lr\n"                                                                 \
  "smuad r5, r2, r12\n smuad r9, r3, r12\n smuad r7, r2, lr\n smuad r11, r3, lr\n"
/*
 * sums = 4 channels x 2 columns over `groups` x 4 inputs; returns the weights that follow. For each column and each
 * pair of channels a, b: the sum of x * (256 b + a), then the sum of x * a.
 *
 * r0 weights, r1 columns, r4-r11 sums; on the stack where sums go and the end of the columns.
 */
__attribute__((naked, noinline)) inline const int8_t* tile(const int8_t*, const void*, int32_t*, int32_t) {
  __asm volatile(
      ".syntax unified\n"
      "add r3, r1, r3, lsl #4\n"
      "push {r2-r11, lr}\n"
      "movs r4, #0\n movs r5, #0\n movs r6, #0\n movs r7, #0\n"
      "mov r8, r4\n mov r9, r4\n mov r10, r4\n mov r11, r4\n"
      "1:\n" IMPULSEKIT_PRODUCT_STEP IMPULSEKIT_PRODUCT_STEP
      "ldr r2, [sp, #4]\n cmp r1, r2\n bne 1b\n"
      "ldr r2, [sp]\n stm r2, {r4-r11}\n"
      "add sp, #8\n pop {r4-r11, pc}\n");
}

/** The same for one column of bytes as they lie in memory. r4-r7 sums, r8-r11 weights. */
#define IMPULSEKIT_TILE_ROW(name, unroll, enter)                                                \
  __attribute__((naked, noinline)) inline const int8_t* name(const int8_t*, const void*, int32_t*, int32_t) { \
    __asm volatile(                                                                             \
        ".syntax unified\n"                                                                     \
        "push {r4-r11, lr}\n"                                                                   \
        "rsb r12, r3, #0\n"                                                                     \
        "add lr, r1, r3, lsl #2\n"                                                              \
        "movs r4, #0\n movs r5, #0\n movs r6, #0\n movs r7, #0\n"                               \
        enter                                                                                   \
        "1:\n"                                                                                  \
        ".rept " #unroll "\n"                                                                   \
        "ldr r3, [r1], #4\n"                                                                    \
        "ldm r0!, {r8-r11}\n"                                                                   \
        "sxtb16 r12, r3\n sxtb16 r3, r3, ror #8\n"                                              \
        "smlad r4, r12, r8, r4\n smlad r6, r12, r9, r6\n sxtb16 r8, r8\n sxtb16 r9, r9\n"       \
        "smlad r5, r12, r8, r5\n smlad r7, r12, r9, r7\n"                                       \
        "smlad r4, r3, r10, r4\n smlad r6, r3, r11, r6\n sxtb16 r10, r10\n sxtb16 r11, r11\n"   \
        "smlad r5, r3, r10, r5\n smlad r7, r3, r11, r7\n"                                       \
        ".endr\n"                                                                               \
        "cmp r1, lr\n bne 1b\n"                                                                 \
        "stm r2, {r4-r7}\n"                                                                     \
        "pop {r4-r11, pc}\n");                                                                  \
  }

IMPULSEKIT_TILE_ROW(tileRowSmall, 1, "")
/* A group is 64 bytes of code. */
IMPULSEKIT_TILE_ROW(tileRowFast, 8, "and r12, #7\n lsl r12, #6\n add pc, r12\n nop\n")
#undef IMPULSEKIT_TILE_ROW

/*
 * A doubled accumulator x becomes a stored value: r1 multiplier, r2 what is added, r3 free, lr shift less 1. Where the
 * zero point is -128, what is negative ends there anyway, so that it need not be rounded away from zero.
 */
#define IMPULSEKIT_SCALE_SIGNED(x, multiplier) \
  "add r3, r2, " x ", asr #31\n smmlar " x ", " x ", " multiplier ", r3\n asr " x ", lr\n ssat " x ", #8, " x ", asr #1\n"
#define IMPULSEKIT_SCALE_POSITIVE(x, multiplier) \
  "smmlar " x ", " x ", " multiplier ", r2\n asr " x ", lr\n ssat " x ", #8, " x ", asr #1\n"

/** What `productBlocks` keeps on its stack. */
struct ProductFrame {
  const int32_t* bias;
  const int32_t* multipliers;
  const int8_t* shifts;
  int32_t twiceOffset;
  int8_t* y[2];
  int32_t channels;
  const uint32_t* columns;
  const uint32_t* end;
  /** Bytes of code between the place where the loop is entered and its end. */
  int32_t entry;
  const int8_t* weights;
};

/**
 * All of a product for whole blocks of four channels: multiplies, rescales and stores. r0 weights, r1 columns, r4-r11
 * sums as in a tile. The loop is entered at as many groups before its end as are left over.
 */
__attribute__((naked, noinline)) inline void productBlocks(const ProductFrame*) {
#define IMPULSEKIT_CHANNEL(scaled, x0, x1) "ldr r1, [r0], #4\n lsl r2, r12, lr\n" scaled(x0, "r1") scaled(x1, "r1") "lsr lr, #8\n"
#define IMPULSEKIT_BLOCK(scaled)                                               \
  IMPULSEKIT_CHANNEL(scaled, "r5", "r9") IMPULSEKIT_CHANNEL(scaled, "r4", "r8") \
  IMPULSEKIT_CHANNEL(scaled, "r7", "r11") IMPULSEKIT_CHANNEL(scaled, "r6", "r10")
  __asm volatile(
      ".syntax unified\n"
      "push {r4-r11, lr}\n"
      "ldm r0, {r1-r11}\n"
      "adr r12, 3f\n"
      "sub r10, r12, r10\n"
      "orr r10, #1\n"
      "mov r0, r11\n"
      "push {r1-r11}\n"
      "1:\n"
      "ldr r1, [sp, #28]\n"
      IMPULSEKIT_PRODUCT_FIRST_STEP IMPULSEKIT_PRODUCT_STEP
      "ldr pc, [sp, #36]\n"
      ".p2align 2\n"
      "2:\n"
      ".rept 16\n" IMPULSEKIT_PRODUCT_STEP ".endr\n"
      "3:\n"
      "ldr r2, [sp, #32]\n cmp r1, r2\n bne 2b\n"
      "str r0, [sp, #40]\n"
      "ldr r0, [sp]\n ldm r0!, {r1, r2, r3, r12}\n str r0, [sp]\n"
      "subs r4, r5\n subs r6, r7\n sub r8, r9\n sub r10, r11\n"
      "lsls r1, #1\n lsls r2, #1\n lsls r3, #1\n lsl r12, #1\n"
      "add r5, r1, r5, lsl #1\n add r9, r1, r9, lsl #1\n add r4, r2, r4, asr #7\n add r8, r2, r8, asr #7\n"
      "add r7, r3, r7, lsl #1\n add r11, r3, r11, lsl #1\n add r6, r12, r6, asr #7\n add r10, r12, r10, asr #7\n"
      "ldrd r0, r3, [sp, #4]\n ldr lr, [r3], #4\n mvn lr, lr\n str r3, [sp, #8]\n"
      "ldr r12, [sp, #12]\n"
      "cmn r12, #255\n beq 4f\n"
      IMPULSEKIT_BLOCK(IMPULSEKIT_SCALE_SIGNED)
      "b 5f\n"
      "4:\n" IMPULSEKIT_BLOCK(IMPULSEKIT_SCALE_POSITIVE)
      "5:\n"
      "str r0, [sp, #4]\n"
      "ldrd r0, r1, [sp, #16]\n"
      "strb r9, [r1]\n strb r8, [r1, #1]\n strb r11, [r1, #2]\n strb r10, [r1, #3]\n"
      "strb r5, [r0]\n strb r4, [r0, #1]\n strb r7, [r0, #2]\n strb r6, [r0, #3]\n"
      "adds r0, #4\n adds r1, #4\n strd r0, r1, [sp, #16]\n"
      "ldr r0, [sp, #40]\n"
      "ldr r2, [sp, #24]\n subs r2, #4\n str r2, [sp, #24]\n bne.w 1b\n"
      "add sp, #44\n pop {r4-r11, pc}\n");
#undef IMPULSEKIT_CHANNEL
#undef IMPULSEKIT_BLOCK
}

/** What `depthwiseBlocks` keeps on its stack. */
struct DepthwiseFrame {
  const int32_t* bias;
  const int32_t* multipliers;
  const int8_t* shifts;
  int32_t twiceOffset;
  int8_t* y;
  int32_t channels;
  const int8_t* const* taps;
  const int8_t* const* end;
  /** Bytes of code between the place where the loop is entered and its end. */
  int32_t entry;
  /** Positions; from one to the next in x, in y less that, and from the end of one to the next in x. */
  int32_t count, step, difference, back;
  const int8_t* weights;
};

/**
 * A depthwise product for whole blocks of four channels at positions in a row. r0 weights, r2 channel plus the distance
 * of the position in x, r4-r7 sums; the tables on the stack move against that distance, so that r2 is the index of all.
 */
__attribute__((naked, noinline)) inline void depthwiseBlocks(const DepthwiseFrame*) {
#define IMPULSEKIT_CHANNEL(scaled, x, multiplier) \
  "lsl " x ", #1\n lsl r2, r12, lr\n" scaled(x, multiplier) "lsr lr, #8\n"
#define IMPULSEKIT_BLOCK(scaled)                                            \
  IMPULSEKIT_CHANNEL(scaled, "r4", "r8") IMPULSEKIT_CHANNEL(scaled, "r5", "r9") \
  IMPULSEKIT_CHANNEL(scaled, "r6", "r10") IMPULSEKIT_CHANNEL(scaled, "r7", "r11")
  __asm volatile(
      ".syntax unified\n"
      "push {r4-r11, lr}\n"
      "add r1, r0, #36\n ldm r1, {r2-r6}\n push {r2-r6}\n"
      "ldm r0, {r2-r10}\n"
      "adr r12, 3f\n sub r10, r12, r10\n orr r10, #1\n"
      "push {r2-r10}\n"
      "movs r2, #0\n"
      "0:\n"
      "ldr r0, [sp, #52]\n"
      "1:\n"
      "ldr r1, [sp]\n add r1, r1, r2, lsl #2\n ldm r1, {r4-r7}\n"
      "ldr r1, [sp, #24]\n"
      "ldr pc, [sp, #32]\n"
      ".p2align 2\n"
      "2:\n"
      ".rept 8\n"
      "ldrd r8, r9, [r1], #8\n ldrd r10, r11, [r0], #8\n"
      "ldr.w r8, [r8, r2]\n ldr.w r9, [r9, r2]\n"
      "sxtb16 r12, r8\n sxtb16 lr, r9\n"
      "pkhbt r3, r12, lr, lsl #16\n pkhtb lr, lr, r12, asr #16\n"
      "sxtb16 r12, r10\n smlad r4, r3, r12, r4\n"
      "sxtb16 r12, r11\n smlad r6, lr, r12, r6\n"
      "sxtb16 r8, r8, ror #8\n sxtb16 r9, r9, ror #8\n"
      "pkhbt r3, r8, r9, lsl #16\n pkhtb r9, r9, r8, asr #16\n"
      "sxtb16 r10, r10, ror #8\n smlad r5, r3, r10, r5\n"
      "sxtb16 r11, r11, ror #8\n smlad r7, r9, r11, r7\n"
      ".endr\n"
      "3:\n"
      "ldr r3, [sp, #28]\n cmp r1, r3\n bne 2b\n"
      "ldr r3, [sp, #4]\n add r3, r3, r2, lsl #2\n ldm r3, {r8-r11}\n"
      "ldr r3, [sp, #8]\n ldr lr, [r3, r2]\n mvn lr, lr\n"
      "mov r1, r2\n"
      "ldr r12, [sp, #12]\n"
      "cmn r12, #255\n beq 4f\n" IMPULSEKIT_BLOCK(IMPULSEKIT_SCALE_SIGNED) "b 5f\n"
      "4:\n" IMPULSEKIT_BLOCK(IMPULSEKIT_SCALE_POSITIVE)
      "5:\n"
      "ldrd r2, r3, [sp, #16]\n"
      "add r2, r1\n strb r4, [r2]\n strb r5, [r2, #1]\n strb r6, [r2, #2]\n strb r7, [r2, #3]\n"
      "adds r2, r1, #4\n cmp r2, r3\n bne.w 1b\n"
      "ldr r4, [sp, #36]\n subs r4, #1\n beq 6f\n str r4, [sp, #36]\n"
      "ldrd r4, r5, [sp, #40]\n"
      "ldm sp, {r6-r8}\n sub r6, r6, r4, lsl #2\n sub r7, r7, r4, lsl #2\n sub r8, r8, r4\n stm sp, {r6-r8}\n"
      "ldrd r6, r7, [sp, #16]\n add r6, r5\n add r7, r4\n strd r6, r7, [sp, #16]\n"
      "ldr r4, [sp, #48]\n add r2, r4\n b.w 0b\n"
      "6:\n"
      "add sp, #56\n pop {r4-r11, pc}\n");
#undef IMPULSEKIT_CHANNEL
#undef IMPULSEKIT_BLOCK
}

/** Words of bytes as words of halfwords, bytes 0 and 2, then 1 and 3, to every second place; returns the next one. */
__attribute__((naked, noinline)) inline uint32_t* expandWords(const int8_t*, int32_t, uint32_t*) {
#define IMPULSEKIT_EXPAND(word, at, next) \
  "sxtb16 r12, " word "\n sxtb16 " word ", " word ", ror #8\n str r12, [r2, #" at "]\n str " word ", [r2, #" next "]\n"
  __asm volatile(
      ".syntax unified\n"
      "push {r4-r6, lr}\n"
      "subs r1, #4\n blt 2f\n"
      "1:\n"
      "ldr r3, [r0]\n ldr r4, [r0, #4]\n ldr r5, [r0, #8]\n ldr r6, [r0, #12]\n"
      IMPULSEKIT_EXPAND("r3", "0", "8") IMPULSEKIT_EXPAND("r4", "16", "24")
      IMPULSEKIT_EXPAND("r5", "32", "40") IMPULSEKIT_EXPAND("r6", "48", "56")
      "adds r0, #16\n adds r2, #64\n subs r1, #4\n bge 1b\n"
      "2:\n"
      "adds r1, #4\n beq 4f\n"
      "3:\n"
      "ldr r3, [r0], #4\n" IMPULSEKIT_EXPAND("r3", "0", "8") "adds r2, #16\n subs r1, #1\n bne 3b\n"
      "4:\n"
      "mov r0, r2\n pop {r4-r6, pc}\n");
#undef IMPULSEKIT_EXPAND
}

#undef IMPULSEKIT_PRODUCT_STEP
#undef IMPULSEKIT_PRODUCT_FIRST_STEP
#undef IMPULSEKIT_SCALE_SIGNED
#undef IMPULSEKIT_SCALE_POSITIVE

}  // namespace nn
}  // namespace impulsekit
#endif
