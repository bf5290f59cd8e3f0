#ifndef IMPULSEKIT_LEARN_ENGINE_KERNELS_H
#define IMPULSEKIT_LEARN_ENGINE_KERNELS_H
#include <stdint.h>

/*
 * Training kernels: float32, channels last, on one memory. Tensors are `[image, row, column, channel]`, filters
 * `[row, column, input, output]` and, depthwise, `[row, column, input, multiplier]`. Results do not depend on where
 * tensors lie, nor on other calls: the same inputs give the same bits. Every buffer has 64 readable bytes behind it.
 */

#define EXPORT(name) __attribute__((export_name(#name), visibility("default"), used)) name

/* For loops that run out of registers when compilers unroll them. */
#define STAY_A_LOOP _Pragma("clang loop unroll(disable)")

typedef float v4 __attribute__((vector_size(16)));
typedef float v4_unaligned __attribute__((vector_size(16), aligned(4)));
typedef int32_t i4 __attribute__((vector_size(16)));

static inline v4 load(const float* at) { return *(const v4_unaligned*)at; }
static inline void store(float* at, v4 value) { *(v4_unaligned*)at = value; }
static inline v4 splat(float value) { return (v4){value, value, value, value}; }
static inline v4 greater(v4 a, v4 b) { return (v4)(a > b); }
static inline v4 masked(v4 value, v4 mask) { return (v4)((i4)value & (i4)mask); }
static inline v4 choose(v4 mask, v4 a, v4 b) { return (v4)(((i4)a & (i4)mask) | ((i4)b & ~(i4)mask)); }
/* One instruction each; NaN in `a` stays, NaN in `b` never comes. */
static inline v4 larger(v4 a, v4 b) { return __builtin_wasm_pmax_f32x4(a, b); }
static inline v4 smaller(v4 a, v4 b) { return __builtin_wasm_pmin_f32x4(a, b); }
/* a * b + c, rounded once where the processor can and the module may ask it to. */
static inline v4 madd(v4 a, v4 b, v4 c) {
#ifdef __wasm_relaxed_simd__
  return __builtin_wasm_relaxed_madd_f32x4(a, b, c);
#else
  return a * b + c;
#endif
}
/* Rows to columns. */
static inline void transpose4(v4* a, v4* b, v4* c, v4* d) {
  const v4 ab = __builtin_shufflevector(*a, *b, 0, 4, 1, 5), AB = __builtin_shufflevector(*a, *b, 2, 6, 3, 7);
  const v4 cd = __builtin_shufflevector(*c, *d, 0, 4, 1, 5), CD = __builtin_shufflevector(*c, *d, 2, 6, 3, 7);
  *a = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
  *b = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
  *c = __builtin_shufflevector(AB, CD, 0, 1, 4, 5);
  *d = __builtin_shufflevector(AB, CD, 2, 3, 6, 7);
}

static inline float sum4(v4 a) { return (a[0] + a[1]) + (a[2] + a[3]); }

/* Up to four values, when fewer are left. */
static inline v4 columns_of(const float* at, int32_t left) {
  if (left >= 4) return load(at);
  v4 x = splat(0.0f);
  for (int32_t i = 0; i < left; ++i) x[i] = at[i];
  return x;
}

static inline void put_columns(float* at, v4 x, int32_t left) {
  if (left >= 4) {
    store(at, x);
    return;
  }
  for (int32_t i = 0; i < left; ++i) at[i] = x[i];
}

/*
 * Zero for what is too small to matter: numbers below 1e-38 slow processors down a hundredfold, and averages of
 * gradients that ended would stay there for thousands of steps.
 */
static inline v4 settled(v4 x) { return masked(x, greater(__builtin_wasm_abs_f32x4(x), splat(1e-30f))); }

static inline int32_t min32(int32_t a, int32_t b) { return a < b ? a : b; }
static inline int32_t max32(int32_t a, int32_t b) { return a > b ? a : b; }
static inline int32_t round4(int32_t n) { return (n + 3) & ~3; }

void* memset(void*, int, __SIZE_TYPE__);
void* memcpy(void*, const void*, __SIZE_TYPE__);

enum { kNone = 0, kRelu = 1, kRelu6 = 2 };

static inline v4 activated(v4 x, int32_t activation) {
  if (activation == kNone) return x;
  x = larger(splat(0.0f), x);
  return activation == kRelu6 ? smaller(x, splat(6.0f)) : x;
}

/* The gradient behind an activation, where that lets it through, from what the activation took or gave. */
static inline v4 passed(v4 dy, v4 x, int32_t activation) {
  if (activation == kNone) return dy;
  const v4 above = masked(dy, greater(x, splat(0.0f)));
  return activation == kRelu6 ? masked(above, greater(splat(6.0f), x)) : above;
}

/* One convolution or pooling. Padding below and on the right follows from the sizes; it holds `padValue`. */
typedef struct {
  int32_t images, height, width, channels;
  int32_t outHeight, outWidth, outChannels;
  int32_t kernelHeight, kernelWidth, strideY, strideX, dilationY, dilationX, padTop, padLeft;
  float padValue;
} Conv;

/* Bytes of scratch for any of the functions of a convolution. */
int32_t conv_scratch_bytes(const Conv* c);
void conv_forward(const Conv* c, const float* x, const float* w, const float* bias, float* y, int32_t activation,
                  void* scratch);
/* `db` may be null. With `again`, adds to `dw` and `db` what else is written over. */
void conv_filter_gradient(const Conv* c, const float* x, const float* dy, float* dw, float* db, void* scratch,
                          int32_t again);
void conv_input_gradient(const Conv* c, const float* dy, const float* w, float* dx, void* scratch);

int32_t depthwise_scratch_bytes(const Conv* c);
void depthwise_forward(const Conv* c, const float* x, const float* w, const float* bias, float* y, int32_t activation,
                       void* scratch);
void depthwise_filter_gradient(const Conv* c, const float* x, const float* dy, float* dw, float* db, void* scratch,
                               int32_t again);
void depthwise_input_gradient(const Conv* c, const float* dy, const float* w, float* dx, void* scratch);

/* c [m, n] = a [m, k] b [k, n] + bias; with a flag the operand lies transposed, `[k, m]` or `[n, k]`. */
int32_t matmul_scratch_bytes(int32_t m, int32_t n, int32_t k);
void matmul(int32_t m, int32_t n, int32_t k, const float* a, int32_t transposeA, const float* b, int32_t transposeB,
            const float* bias, float* c, int32_t activation, void* scratch);

/*
 * Batch normalisation in pieces, for batches that are gone through a few rows at a time. `shifts` is the first row of
 * the batch: sums are those of distances from it.
 */
void batch_norm_sums(int32_t rows, int32_t channels, const float* x, const float* shifts, float* sums, float* squares,
                     int32_t again);
/* Makes `mean` and `variance` of the sums that lie there. */
void batch_norm_moments(int32_t rows, int32_t channels, const float* shifts, float epsilon, float* mean,
                        float* variance, float* rstd);
void batch_norm_scale(int32_t rows, int32_t channels, const float* x, const float* gamma, const float* beta,
                      const float* mean, const float* rstd, float* y, int32_t activation);

/* What the rows of a gradient share. `share` is one over the rows of the batch. */
typedef struct {
  const float *gamma, *beta, *mean, *rstd;
  float *dgamma, *dbeta;
  int32_t channels, activation;
  float share;
} Norm;
void batch_norm_gradient_sums(const Norm* n, int32_t rows, const float* x, const float* dy, int32_t again);
void batch_norm_gradient(const Norm* n, int32_t rows, const float* x, const float* dy, float* dx);

/* Statistics of a batch `[rows, channels]` and the batch normalised with them. `rstd` is `1 / sqrt(variance + epsilon)`. */
void batch_norm_forward(int32_t rows, int32_t channels, const float* x, const float* gamma, const float* beta,
                        float epsilon, float* y, float* mean, float* variance, float* rstd, int32_t activation);
/* `beta` serves the activation; it may be null where there is none. `dx` may be `dy`, or null. */
void batch_norm_backward(int32_t rows, int32_t channels, const float* x, const float* beta, const float* dy,
                         const float* gamma, const float* mean, const float* rstd, float* dx, float* dgamma,
                         float* dbeta, int32_t activation);
void batch_norm_inference(int32_t rows, int32_t channels, const float* x, const float* gamma, const float* beta,
                          const float* mean, const float* variance, float epsilon, float* y, int32_t activation);

/*
 * A step of Adam (Kingma and Ba, 2015) with decoupled decay (Loshchilov and Hutter, 2019). `rate` is corrected for the
 * start already; weights shrink by `decay` times themselves first. `out` may be `w`.
 */
void adam(int32_t count, const float* w, const float* gradient, float* mean, float* square, float* out, float rate,
          float beta1, float beta2, float epsilon, float decay);

void activate_backward(int32_t count, const float* y, const float* dy, float* dx, int32_t activation);

/* sums [columns] of x [rows, columns]; `add_rows` adds them to what is there. */
void sum_rows(const float* x, int32_t rows, int32_t columns, float* sums);
void add_rows(const float* x, int32_t rows, int32_t columns, float* sums);

/* Private to convolutions and products. */

/* An image in a larger one, with a value around it. */
void place(const float* x, int32_t height, int32_t width, int32_t channels, float* image, int32_t rows,
           int32_t columns, int32_t top, int32_t left, float value);

/* Where the values of an output's window lie: `count` runs of consecutive floats, at offsets from the window's start. */
typedef struct {
  int32_t count;
  int32_t* offset;
  int32_t* length;
} Runs;

/* A grid of outputs over an image: how far it is from one to the next, in floats, in the image and in the result. */
typedef struct {
  int32_t rows, columns;
  int32_t inRow, inColumn, outRow, outColumn;
} Grid;

/* Columns of a panel of packed weights. */
enum { kPanel = 8 };
void multiply_windows(const float* x, const Grid* grid, const Runs* runs, const float* panels, int32_t depth,
                      int32_t columns, const float* bias, int32_t activation, float* y);
void gather_windows(const float* x, const float* dy, const Grid* grid, const Runs* runs, int32_t columns, float* dw);
void pack_panels(const float* b, int32_t depth, int32_t columns, int32_t stride, float* panels);
void pack_panels_transposed(const float* b, int32_t depth, int32_t columns, int32_t stride, float* panels);
static inline int32_t panel_floats(int32_t depth, int32_t columns) {
  return (columns + kPanel - 1) / kPanel * kPanel * depth;
}

/* Whether a convolution can go the faster way of winograd.c, and what it needs. */
int32_t winograd_fits(const Conv* c);
int32_t winograd_scratch_floats(const Conv* c);
void winograd_forward(const Conv* c, const float* x, const float* w, const float* bias, float* y, int32_t activation,
                      float* scratch);
void winograd_input_gradient(const Conv* c, const float* dy, const float* w, float* dx, float* scratch);
/* Adds to `dw`. */
void winograd_filter_gradient(const Conv* c, const float* x, const float* dy, float* dw, float* scratch);

#endif
