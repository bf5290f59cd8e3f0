#include "kernels.h"

/*
 * A training step as a list of kernels with their arguments: one call from outside runs them all. Each entry is its
 * length in words, its code and its arguments; the list ends with a length of 0. A batch may have fewer rows than there
 * is room for, so that sizes in a tape are those of one row. `kRows` says which rows of the batch the entries behind it
 * are for; what they sum up over the batch is written with its first row and added to from there on.
 */

void add(int32_t count, const float* a, const float* b, float* y, int32_t activation);
void activate(int32_t count, const float* x, float* y, int32_t activation);
void mean_forward(int32_t images, int32_t positions, int32_t channels, const float* x, float* y);
void mean_backward(int32_t images, int32_t positions, int32_t channels, const float* dy, float* dx);
void dropout(int32_t first, int32_t count, const float* x, float* y, float* mask, float rate, uint32_t seed);
void multiply(int32_t count, const float* a, const float* b, float* y);
float cross_entropy(int32_t rows, int32_t all, int32_t classes, const float* x, const float* target, float* dx);
float squared_error(int32_t count, int32_t all, const float* x, const float* target, float* dx);
void regularise(int32_t count, const float* w, float* gradient, float l1, float l2);
void follow(int32_t count, const float* x, float* average, float share);
void fake_quantize(int32_t count, const float* x, float* y, float scale, float zero);
void fake_quantize_backward(int32_t count, const float* x, float* dy, float scale, float zero);
void fake_quantize_weights(int32_t rows, int32_t columns, const float* w, float* y);
void max_pool_forward(const Conv* p, const float* x, float* y);
void max_pool_gradient(const Conv* p, const float* x, const float* dy, float* dx, int32_t activation);
void average_pool_forward(const Conv* p, const float* x, float* y);
void average_pool_gradient(const Conv* p, const float* dy, float* dx);

/* The order of `CODES` in tape.ts. */
enum {
  kRows,
  kConvForward,
  kConvFilterGradient,
  kConvInputGradient,
  kDepthwiseForward,
  kDepthwiseFilterGradient,
  kDepthwiseInputGradient,
  kDenseForward,
  kDenseFilterGradient,
  kDenseInputGradient,
  kNormSums,
  kNormMoments,
  kNormScale,
  kNormGradientSums,
  kNormGradient,
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

/* Rows of the batch that entries are for. */
typedef struct {
  int32_t first, count;
} Part;

static inline void convolution(int32_t code, const Word* a, Part part) {
  Conv* c = a[0].c;
  c->images = part.count;
  switch (code) {
    case kConvForward:
      conv_forward(c, a[1].p, a[2].p, a[3].p, a[4].p, a[5].i, a[6].p);
      return;
    case kConvFilterGradient:
      conv_filter_gradient(c, a[1].p, a[2].p, a[3].p, a[4].p, a[5].p, part.first > 0);
      return;
    case kConvInputGradient:
      conv_input_gradient(c, a[1].p, a[2].p, a[3].p, a[4].p);
      return;
    case kDepthwiseForward:
      depthwise_forward(c, a[1].p, a[2].p, a[3].p, a[4].p, a[5].i, a[6].p);
      return;
    case kDepthwiseFilterGradient:
      depthwise_filter_gradient(c, a[1].p, a[2].p, a[3].p, a[4].p, a[5].p, part.first > 0);
      return;
    case kDepthwiseInputGradient:
      depthwise_input_gradient(c, a[1].p, a[2].p, a[3].p, a[4].p);
      return;
    case kMaxPoolForward:
      max_pool_forward(c, a[1].p, a[2].p);
      return;
    case kMaxPoolBackward:
      max_pool_gradient(c, a[1].p, a[2].p, a[3].p, a[4].i);
      return;
    case kAveragePoolForward:
      average_pool_forward(c, a[1].p, a[2].p);
      return;
    default:
      average_pool_gradient(c, a[1].p, a[2].p);
  }
}

/* units, inputs, x, dy, dw, db */
static void dense_filter_gradient(const Word* a, Part part) {
  const int32_t units = a[0].i;
  int32_t zero = 0, inputs = a[1].i;
  const Grid line = {1, part.count, 0, inputs, 0, units};
  const Runs all = {1, &zero, &inputs};
  if (part.first == 0) {
    memset(a[4].p, 0, 4u * (uint32_t)(inputs * units));
    if (a[5].p) memset(a[5].p, 0, 4u * (uint32_t)units);
  }
  gather_windows(a[2].p, a[3].p, &line, &all, units, a[4].p);
  if (a[5].p) add_rows(a[3].p, part.count, units, a[5].p);
}

static inline void other(int32_t code, const Word* a, Part part, Step* s) {
  const int32_t rows = part.count;
  switch (code) {
    case kDenseForward: /* units, inputs, x, w, bias, y, activation, scratch */
      matmul(rows, a[0].i, a[1].i, a[2].p, 0, a[3].p, 0, a[4].p, a[5].p, a[6].i, a[7].p);
      return;
    case kDenseFilterGradient:
      dense_filter_gradient(a, part);
      return;
    case kDenseInputGradient: /* units, inputs, dy, w, dx, scratch */
      matmul(rows, a[1].i, a[0].i, a[2].p, 0, a[3].p, 1, 0, a[4].p, kNone, a[5].p);
      return;
    case kNormSums: /* positions, channels, x, first row, mean, variance */
      batch_norm_sums(rows * a[0].i, a[1].i, a[2].p, a[3].p, a[4].p, a[5].p, part.first > 0);
      return;
    case kNormMoments: /* positions, channels, first row, epsilon, mean, variance, rstd, running mean and variance,
                          share */
      batch_norm_moments(rows * a[0].i, a[1].i, a[2].p, a[3].f, a[4].p, a[5].p, a[6].p);
      follow(a[1].i, a[4].p, a[7].p, a[9].f);
      follow(a[1].i, a[5].p, a[8].p, a[9].f);
      return;
    case kNormScale: /* positions, channels, x, gamma, beta, mean, rstd, y, activation */
      batch_norm_scale(rows * a[0].i, a[1].i, a[2].p, a[3].p, a[4].p, a[5].p, a[6].p, a[7].p, a[8].i);
      return;
    case kNormGradientSums: /* positions, channels, activation, gamma, beta, mean, rstd, dgamma, dbeta, x, dy */
    case kNormGradient:     /* the same, and dx */ {
      const Norm n = {a[3].p, a[4].p, a[5].p, a[6].p, a[7].p, a[8].p, a[1].i, a[2].i, 1.0f / (float)(s->rows * a[0].i)};
      if (code == kNormGradientSums) {
        batch_norm_gradient_sums(&n, rows * a[0].i, a[9].p, a[10].p, part.first > 0);
      } else {
        batch_norm_gradient(&n, rows * a[0].i, a[9].p, a[10].p, a[11].p);
      }
      return;
    }
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
      dropout(part.first * a[0].i, rows * a[0].i, a[1].p, a[2].p, a[3].p, a[4].f, s->seed + (uint32_t)a[5].i);
      return;
    case kMultiply: /* size, a, b, y */
      multiply(rows * a[0].i, a[1].p, a[2].p, a[3].p);
      return;
    case kCrossEntropy: /* positions, classes, x, target, dx */
      s->loss += cross_entropy(rows * a[0].i, s->rows * a[0].i, a[1].i, a[2].p, a[3].p, a[4].p);
      return;
    case kSquaredError: /* size, x, target, dx */
      s->loss += squared_error(rows * a[0].i, s->rows * a[0].i, a[1].p, a[2].p, a[3].p);
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
  Part part = {0, step->rows};
  step->loss = 0.0f;
  for (; tape[0].i != 0; tape += tape[0].i) {
    const int32_t code = tape[1].i;
    const int32_t windowed =
        code <= kDepthwiseInputGradient || (code >= kMaxPoolForward && code <= kAveragePoolBackward);
    if (code == kRows) { /* first, count */
      part = (Part){tape[2].i, min32(tape[3].i, step->rows - tape[2].i)};
    } else if (part.count <= 0) {
      continue;
    } else if (windowed) {
      convolution(code, tape + 2, part);
    } else {
      other(code, tape + 2, part, step);
    }
  }
}
