#include "functions.h"

/* Loops over whole vectors, then over what is left; the kinds that networks are full of get loops of their own. */
#define FOR_VECTORS(count) \
  int32_t i = 0;           \
  for (; i + 4 <= (count); i += 4)

static inline __attribute__((always_inline)) void activate_all(int32_t count, const float* x, float* y, int32_t kind) {
  FOR_VECTORS(count) store(y + i, nonlinear(load(x + i), kind));
  if (i < count) put_columns(y + i, nonlinear(columns_of(x + i, count - i), kind), count - i);
}

void EXPORT(activate)(int32_t count, const float* x, float* y, int32_t activation) {
  if (activation == kNone) {
    memcpy(y, x, 4u * (uint32_t)count);
  } else if (activation == kRelu) {
    activate_all(count, x, y, kRelu);
  } else {
    activate_all(count, x, y, activation);
  }
}

static inline __attribute__((always_inline)) void derive_all(int32_t count, const float* y, const float* dy, float* dx,
                                                             int32_t kind) {
  FOR_VECTORS(count) store(dx + i, load(dy + i) * derivative(load(y + i), kind));
  if (i < count) {
    const int32_t left = count - i;
    put_columns(dx + i, columns_of(dy + i, left) * derivative(columns_of(y + i, left), kind), left);
  }
}

/* The gradient in front of an activation whose output is `y`; `dx` may be `dy`. */
void EXPORT(activate_backward)(int32_t count, const float* y, const float* dy, float* dx, int32_t activation) {
  if (activation == kRelu) {
    derive_all(count, y, dy, dx, kRelu);
  } else {
    derive_all(count, y, dy, dx, activation);
  }
}

static inline __attribute__((always_inline)) void add_all(int32_t count, const float* a, const float* b, float* y,
                                                          int32_t kind) {
  FOR_VECTORS(count) store(y + i, nonlinear(load(a + i) + load(b + i), kind));
  if (i < count) {
    const int32_t left = count - i;
    put_columns(y + i, nonlinear(columns_of(a + i, left) + columns_of(b + i, left), kind), left);
  }
}

void EXPORT(add)(int32_t count, const float* a, const float* b, float* y, int32_t activation) {
  if (activation == kNone) {
    add_all(count, a, b, y, kNone);
  } else if (activation == kRelu) {
    add_all(count, a, b, y, kRelu);
  } else {
    add_all(count, a, b, y, activation);
  }
}

/* y [image, channel] = the mean over positions of x [image, position, channel]. */
void EXPORT(mean_forward)(int32_t images, int32_t positions, int32_t channels, const float* x, float* y) {
  const float share = 1.0f / (float)positions;
  for (int32_t image = 0; image < images; ++image, x += positions * channels, y += channels) {
    sum_rows(x, positions, channels, y);
    for (int32_t i = 0; i < channels; ++i) y[i] *= share;
  }
}

void EXPORT(mean_backward)(int32_t images, int32_t positions, int32_t channels, const float* dy, float* dx) {
  const float share = 1.0f / (float)positions;
  for (int32_t image = 0; image < images; ++image, dx += positions * channels, dy += channels) {
    for (int32_t i = 0; i < channels; ++i) dx[i] = dy[i] * share;
    for (int32_t i = 1; i < positions; ++i) memcpy(dx + i * channels, dx, 4u * (uint32_t)channels);
  }
}

/* 32 bits that look random, from a number (lowbias32 of Wellons, 2018). */
static inline uint32_t mixed(uint32_t x) {
  x = (x ^ (x >> 16)) * 0x7feb352du;
  x = (x ^ (x >> 15)) * 0x846ca68bu;
  return x ^ (x >> 16);
}

/*
 * Drops a share of the values and scales up the others; `mask` takes what each was multiplied by. The values are those
 * of a batch from `first` on.
 */
void EXPORT(dropout)(int32_t first, int32_t count, const float* x, float* y, float* mask, float rate, uint32_t seed) {
  const float kept = 1.0f / (1.0f - rate);
  const uint32_t limit = (uint32_t)((double)rate * 4294967296.0), stream = mixed(seed);
  for (int32_t i = 0; i < count; ++i) {
    mask[i] = mixed((uint32_t)(first + i) + stream) < limit ? 0.0f : kept;
    y[i] = x[i] * mask[i];
  }
}

void EXPORT(multiply)(int32_t count, const float* a, const float* b, float* y) {
  FOR_VECTORS(count) store(y + i, load(a + i) * load(b + i));
  for (; i < count; ++i) y[i] = a[i] * b[i];
}

/* exp(x) and log(x) to float's precision; see functions.h. `x` of the logarithm is at least 1. */
static inline float exponential1(float x) {
  v4 power;
  const v4 more = exponential(splat(x < -87.0f ? -87.0f : x), &power);
  return (more * power + power)[0];
}

static inline float logarithm1(float x) {
  union {
    float f;
    uint32_t u;
  } bits = {x};
  int32_t exponent = (int32_t)(bits.u >> 23) - 127;
  bits.u = (bits.u & 0x7fffffu) | 0x3f800000u;
  float m = bits.f;
  if (m > 1.41421356f) {
    m *= 0.5f;
    ++exponent;
  }
  /* 2 atanh(s) with s = (m - 1) / (m + 1), |s| < 0.172. */
  const float s = (m - 1.0f) / (m + 1.0f), q = s * s;
  const float series = 2.0f + q * (2.0f / 3 + q * (2.0f / 5 + q * (2.0f / 7 + q * (2.0f / 9))));
  return (float)exponent * 0.693147181f + s * series;
}

/*
 * Cross-entropy of the softmax over the last dimension against targets, averaged over `all` rows, of which these are
 * some; targets may be weighted, so that they need not sum to 1. Gives their share of the loss, and the gradient unless
 * `dx` is null.
 */
float EXPORT(cross_entropy)(int32_t rows, int32_t all, int32_t classes, const float* x, const float* target,
                            float* dx) {
  const float share = 1.0f / (float)all;
  double loss = 0.0;
  for (int32_t row = 0; row < rows; ++row, x += classes, target += classes) {
    float largest = x[0], sum = 0.0f, weight = 0.0f, product = 0.0f;
    for (int32_t i = 1; i < classes; ++i) largest = x[i] > largest ? x[i] : largest;
    for (int32_t i = 0; i < classes; ++i) sum += exponential1(x[i] - largest);
    const float total = logarithm1(sum);
    for (int32_t i = 0; i < classes; ++i) {
      weight += target[i];
      product += target[i] * (x[i] - largest - total);
    }
    loss -= (double)product;
    if (!dx) continue;
    const float scale = weight / sum;
    for (int32_t i = 0; i < classes; ++i) {
      const float d = (exponential1(x[i] - largest) * scale - target[i]) * share;
      dx[row * classes + i] = settled(splat(d))[0];
    }
  }
  return (float)(loss / all);
}

/* The same for the mean of squared differences. */
float EXPORT(squared_error)(int32_t count, int32_t all, const float* x, const float* target, float* dx) {
  const float share = 2.0f / (float)all;
  double loss = 0.0;
  for (int32_t i = 0; i < count; ++i) {
    const float difference = x[i] - target[i];
    loss += (double)(difference * difference);
    if (dx) dx[i] = difference * share;
  }
  return (float)(loss / all);
}

/* gradient += l1 sign(w) + l2 w. */
void EXPORT(regularise)(int32_t count, const float* w, float* gradient, float l1, float l2) {
  for (int32_t i = 0; i < count; ++i) {
    const float sign = w[i] > 0.0f ? 1.0f : w[i] < 0.0f ? -1.0f : 0.0f;
    gradient[i] += l1 * sign + l2 * w[i];
  }
}

/* average += share * (x - average). */
void EXPORT(follow)(int32_t count, const float* x, float* average, float share) {
  for (int32_t i = 0; i < count; ++i) average[i] += share * (x[i] - average[i]);
}

/* Values as int8 would hold them. */
void EXPORT(fake_quantize)(int32_t count, const float* x, float* y, float scale, float zero) {
  const v4 s = splat(scale), z = splat(zero), low = splat(-128.0f), high = splat(127.0f);
  for (int32_t i = 0; i < count; i += 4) {
    const int32_t left = count - i;
    const v4 q = __builtin_wasm_nearest_f32x4(columns_of(x + i, left) / s) + z;
    put_columns(y + i, (smaller(larger(q, low), high) - z) * s, left);
  }
}

/* The gradient passes where values were not cut off (Bengio et al., 2013); it is changed in place. */
void EXPORT(fake_quantize_backward)(int32_t count, const float* x, float* dy, float scale, float zero) {
  const v4 low = splat((-128.5f - zero) * scale), high = splat((127.5f - zero) * scale);
  for (int32_t i = 0; i < count; i += 4) {
    const int32_t left = count - i;
    const v4 v = columns_of(x + i, left);
    put_columns(dy + i, masked(masked(columns_of(dy + i, left), greater(v, low)), greater(high, v)), left);
  }
}

/* Weights `[rows, columns]` as int8 with a scale per column, symmetric, would hold them. */
void EXPORT(fake_quantize_weights)(int32_t rows, int32_t columns, const float* w, float* y) {
  for (int32_t at = 0; at < columns; at += 4) {
    const int32_t left = columns - at;
    v4 most = splat(0.0f);
    for (int32_t row = 0; row < rows; ++row)
      most = larger(most, __builtin_wasm_abs_f32x4(columns_of(w + row * columns + at, left)));
    const v4 scale = most / splat(127.0f);
    const v4 step = choose(greater(scale, splat(0.0f)), scale, splat(1.0f));
    for (int32_t row = 0; row < rows; ++row) {
      const v4 q = __builtin_wasm_nearest_f32x4(columns_of(w + row * columns + at, left) / step);
      put_columns(y + row * columns + at, q * step, left);
    }
  }
}
