#include "kernels.h"

/*
 * A training step as a list of kernels with their arguments: one call from outside runs them all. Each entry is its
 * length in words, its code and its arguments; the list ends with a length of 0. A batch may have fewer rows than there
 * is room for, so that sizes in a tape are those of one row.
 */

void add(int32_t count, const float* a, const float* b, float* y, int32_t activation);
void activate(int32_t count, const float* x, float* y, int32_t activation);
void activate_backward(int32_t count, const float* y, const float* dy, float* dx, int32_t activation);
void mean_forward(int32_t images, int32_t positions, int32_t channels, const float* x, float* y);
void mean_backward(int32_t images, int32_t positions, int32_t channels, const float* dy, float* dx);
void dropout(int32_t count, const float* x, float* y, float* mask, float rate, uint32_t seed);
void multiply(int32_t count, const float* a, const float* b, float* y);
float cross_entropy(int32_t rows, int32_t classes, const float* x, const float* target, float* dx);
float squared_error(int32_t count, const float* x, const float* target, float* dx);
void regularise(int32_t count, const float* w, float* gradient, float l1, float l2);
void follow(int32_t count, const float* x, float* average, float share);
void fake_quantize(int32_t count, const float* x, float* y, float scale, float zero);
void fake_quantize_backward(int32_t count, const float* x, float* dy, float scale, float zero);
void fake_quantize_weights(int32_t rows, int32_t columns, const float* w, float* y);
void max_pool_forward(const Conv* p, const float* x, float* y);
void max_pool_gradient(const Conv* p, const float* x, const float* dy, float* dx);
void average_pool_forward(const Conv* p, const float* x, float* y);
void average_pool_gradient(const Conv* p, const float* dy, float* dx);

/* The order of `CODES` in tape.ts. */
enum {
  kConvForward,
  kConvFilterGradient,
  kConvInputGradient,
  kDepthwiseForward,
  kDepthwiseFilterGradient,
  kDepthwiseInputGradient,
  kDenseForward,
  kDenseFilterGradient,
  kDenseInputGradient,
  kNormForward,
  kNormBackward,
  kNormInference,
  kMaxPoolForward,
  kMaxPoolBackward,
  kAveragePoolForward,
  kAveragePoolBackward,
  kMeanForward,
  kMeanBackward,
  kActivate,
  kActivateBackward,
  kAdd,
  kDropout,
  kMultiply,
  kCrossEntropy,
  kSquaredError,
  kFakeQuantize,
  kFakeQuantizeBackward,
  kFakeQuantizeWeights,
  kRegularise,
  kAdam
};

typedef union {
  int32_t i;
  float f;
  float* p;
  Conv* c;
} Word;

/* What changes from step to step. */
typedef struct {
  int32_t rows;
  uint32_t seed;
  float rate, decay, epsilon, loss;
} Step;

static inline void convolution(int32_t code, const Word* a, int32_t rows) {
  Conv* c = a[0].c;
  c->images = rows;
  switch (code) {
    case kConvForward:
      conv_forward(c, a[1].p, a[2].p, a[3].p, a[4].p, a[5].i, a[6].p);
      return;
    case kConvFilterGradient:
      conv_filter_gradient(c, a[1].p, a[2].p, a[3].p, a[4].p, a[5].p);
      return;
    case kConvInputGradient:
      conv_input_gradient(c, a[1].p, a[2].p, a[3].p, a[4].p);
      return;
    case kDepthwiseForward:
      depthwise_forward(c, a[1].p, a[2].p, a[3].p, a[4].p, a[5].i, a[6].p);
      return;
    case kDepthwiseFilterGradient:
      depthwise_filter_gradient(c, a[1].p, a[2].p, a[3].p, a[4].p, a[5].p);
      return;
    case kDepthwiseInputGradient:
      depthwise_input_gradient(c, a[1].p, a[2].p, a[3].p, a[4].p);
      return;
    case kMaxPoolForward:
      max_pool_forward(c, a[1].p, a[2].p);
      return;
    case kMaxPoolBackward:
      max_pool_gradient(c, a[1].p, a[2].p, a[3].p);
      return;
    case kAveragePoolForward:
      average_pool_forward(c, a[1].p, a[2].p);
      return;
    default:
      average_pool_gradient(c, a[1].p, a[2].p);
  }
}

static inline void other(int32_t code, const Word* a, Step* s) {
  const int32_t rows = s->rows;
  switch (code) {
    case kDenseForward: /* units, inputs, x, w, bias, y, activation, scratch */
      matmul(rows, a[0].i, a[1].i, a[2].p, 0, a[3].p, 0, a[4].p, a[5].p, a[6].i, a[7].p);
      return;
    case kDenseFilterGradient: /* units, inputs, x, dy, dw, db, scratch */
      matmul(a[1].i, a[0].i, rows, a[2].p, 1, a[3].p, 0, 0, a[4].p, kNone, a[6].p);
      if (a[5].p) sum_rows(a[3].p, rows, a[0].i, a[5].p);
      return;
    case kDenseInputGradient: /* units, inputs, dy, w, dx, scratch */
      matmul(rows, a[1].i, a[0].i, a[2].p, 0, a[3].p, 1, 0, a[4].p, kNone, a[5].p);
      return;
    case kNormForward: /* positions, channels, x, gamma, beta, epsilon, y, mean, variance, rstd, activation, running mean
                          and variance, share */
      batch_norm_forward(rows * a[0].i, a[1].i, a[2].p, a[3].p, a[4].p, a[5].f, a[6].p, a[7].p, a[8].p, a[9].p,
                         a[10].i);
      follow(a[1].i, a[7].p, a[11].p, a[13].f);
      follow(a[1].i, a[8].p, a[12].p, a[13].f);
      return;
    case kNormBackward: /* positions, channels, x, beta, dy, gamma, mean, rstd, dx, dgamma, dbeta, activation */
      batch_norm_backward(rows * a[0].i, a[1].i, a[2].p, a[3].p, a[4].p, a[5].p, a[6].p, a[7].p, a[8].p, a[9].p,
                          a[10].p, a[11].i);
      return;
    case kNormInference: /* positions, channels, x, gamma, beta, mean, variance, epsilon, y, activation */
      batch_norm_inference(rows * a[0].i, a[1].i, a[2].p, a[3].p, a[4].p, a[5].p, a[6].p, a[7].f, a[8].p, a[9].i);
      return;
    case kMeanForward: /* positions, channels, x, y */
      mean_forward(rows, a[0].i, a[1].i, a[2].p, a[3].p);
      return;
    case kMeanBackward: /* positions, channels, dy, dx */
      mean_backward(rows, a[0].i, a[1].i, a[2].p, a[3].p);
      return;
    case kActivate: /* size, x, y, activation */
      activate(rows * a[0].i, a[1].p, a[2].p, a[3].i);
      return;
    case kActivateBackward: /* size, y, dy, dx, activation */
      activate_backward(rows * a[0].i, a[1].p, a[2].p, a[3].p, a[4].i);
      return;
    case kAdd: /* size, a, b, y, activation */
      add(rows * a[0].i, a[1].p, a[2].p, a[3].p, a[4].i);
      return;
    case kDropout: /* size, x, y, mask, rate, stream */
      dropout(rows * a[0].i, a[1].p, a[2].p, a[3].p, a[4].f, s->seed + (uint32_t)a[5].i);
      return;
    case kMultiply: /* size, a, b, y */
      multiply(rows * a[0].i, a[1].p, a[2].p, a[3].p);
      return;
    case kCrossEntropy: /* positions, classes, x, target, dx */
      s->loss = cross_entropy(rows * a[0].i, a[1].i, a[2].p, a[3].p, a[4].p);
      return;
    case kSquaredError: /* size, x, target, dx */
      s->loss = squared_error(rows * a[0].i, a[1].p, a[2].p, a[3].p);
      return;
    case kFakeQuantize: /* size, x, y, scale, zero point */
      fake_quantize(rows * a[0].i, a[1].p, a[2].p, a[3].f, a[4].f);
      return;
    case kFakeQuantizeBackward: /* size, x, dy, scale, zero point */
      fake_quantize_backward(rows * a[0].i, a[1].p, a[2].p, a[3].f, a[4].f);
      return;
    case kFakeQuantizeWeights: /* rows, columns, w, y */
      fake_quantize_weights(a[0].i, a[1].i, a[2].p, a[3].p);
      return;
    case kRegularise: /* count, w, gradient, l1, l2 */
      regularise(a[0].i, a[1].p, a[2].p, a[3].f, a[4].f);
      return;
    default: /* count, w, gradient, mean, square, beta1, beta2, whether weights decay */
      adam(a[0].i, a[1].p, a[2].p, a[3].p, a[4].p, a[1].p, s->rate, a[5].f, a[6].f, s->epsilon,
           a[7].i ? s->decay : 0.0f);
  }
}

void EXPORT(run_tape)(const Word* tape, Step* step) {
  for (; tape[0].i != 0; tape += tape[0].i) {
    const int32_t code = tape[1].i;
    const int32_t windowed =
        code <= kDepthwiseInputGradient || (code >= kMaxPoolForward && code <= kAveragePoolBackward);
    if (windowed) {
      convolution(code, tape + 2, step->rows);
    } else {
      other(code, tape + 2, step);
    }
  }
}
