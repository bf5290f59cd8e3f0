/*
 * What WebAssembly computes in one instruction and exactly, so that it equals what TypeScript computes. Other functions
 * of <math.h> differ from library to library: use exponential.h, logarithm.h and their like.
 */
#ifndef IMPULSEKIT_TARGETS_WASM_LIBC_MATH_H
#define IMPULSEKIT_TARGETS_WASM_LIBC_MATH_H

static inline float sqrtf(float x) { return __builtin_sqrtf(x); }
static inline float fabsf(float x) { return __builtin_fabsf(x); }
static inline float floorf(float x) { return __builtin_floorf(x); }
static inline float ceilf(float x) { return __builtin_ceilf(x); }
static inline float truncf(float x) { return __builtin_truncf(x); }
static inline float rintf(float x) { return __builtin_rintf(x); }
static inline float copysignf(float x, float y) { return __builtin_copysignf(x, y); }

#endif
