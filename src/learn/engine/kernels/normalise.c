#include "kernels.h"

/*
 * Sums over the rows of a matrix, and batch normalisation. Vectors run along channels; for each, a loop goes down some
 * rows, two at a time so that no sum waits for itself, while what the rows share stays in registers. Rows go in blocks
 * that the nearest cache holds, because a line of it has several vectors.
 */
static inline int32_t block_rows(int32_t channels) { return max32(8, min32(64, 4096 / channels)); }

void add_rows(const float* x, int32_t rows, int32_t columns, float* sums) {
  const int32_t block = block_rows(columns);
  for (int32_t first = 0; first < rows; first += block) {
    const int32_t count = min32(block, rows - first);
    const float* some = x + first * columns;
    int32_t at = 0;
    for (; at + 4 <= columns; at += 4) {
      const float* from = some + at;
      v4 s = load(sums + at), t = splat(0.0f);
      int32_t row = 0;
      for (; row + 2 <= count; row += 2, from += 2 * columns) {
        s += load(from);
        t += load(from + columns);
      }
      if (row < count) s += load(from);
      store(sums + at, s + t);
    }
    for (; at < columns; ++at)
      for (int32_t row = 0; row < count; ++row) sums[at] += some[row * columns + at];
  }
}

void EXPORT(sum_rows)(const float* x, int32_t rows, int32_t columns, float* sums) {
  memset(sums, 0, 4u * (uint32_t)columns);
  add_rows(x, rows, columns, sums);
}

/*
 * Mean and variance in one pass: squares of distances from the first row, which lies among the values, so that no more
 * is lost than in two passes. Sums of a block go into totals, because long sums lose digits.
 */
void batch_norm_sums(int32_t rows, int32_t channels, const float* x, const float* shifts, float* sums, float* squares,
                     int32_t again) {
  const int32_t block = block_rows(channels);
  if (!again) {
    memset(sums, 0, 4u * (uint32_t)channels);
    memset(squares, 0, 4u * (uint32_t)channels);
  }
  for (int32_t first = 0; first < rows; first += block) {
    const int32_t count = min32(block, rows - first);
    for (int32_t at = 0; at < channels; at += 4) {
      const float* from = x + first * channels + at;
      const int32_t left = channels - at;
      const v4 shift = columns_of(shifts + at, left);
      v4 s = splat(0.0f), t = s, q = s, r = s;
      int32_t row = 0;
      for (; row + 2 <= count && left >= 4; row += 2, from += 2 * channels) {
        const v4 a = load(from) - shift, b = load(from + channels) - shift;
        s += a;
        t += b;
        q = madd(a, a, q);
        r = madd(b, b, r);
      }
      for (; row < count; ++row, from += channels) {
        const v4 a = columns_of(from, left) - shift;
        s += a;
        q = madd(a, a, q);
      }
      put_columns(sums + at, columns_of(sums + at, left) + (s + t), left);
      put_columns(squares + at, columns_of(squares + at, left) + (q + r), left);
    }
  }
}

void batch_norm_moments(int32_t rows, int32_t channels, const float* shifts, float epsilon, float* mean,
                        float* variance, float* rstd) {
  const float share = 1.0f / (float)rows;
  for (int32_t i = 0; i < channels; ++i) {
    const float d = mean[i] * share, v = variance[i] * share - d * d;
    mean[i] = shifts[i] + d;
    variance[i] = v > 0.0f ? v : 0.0f;
    rstd[i] = 1.0f / __builtin_sqrtf(variance[i] + epsilon);
  }
}

/* What the rows of one vector of channels share. */
typedef struct {
  v4 centre, factor, offset;
} Scale;

static inline Scale scale_of(const float* gamma, const float* beta, const float* mean, const float* rstd, int32_t at,
                             int32_t left) {
  return (Scale){columns_of(mean + at, left), columns_of(gamma + at, left) * columns_of(rstd + at, left),
                 columns_of(beta + at, left)};
}

static inline __attribute__((always_inline)) v4 scaled(v4 x, const Scale* s, int32_t activation) {
  return activated(madd(x - s->centre, s->factor, s->offset), activation);
}

static inline __attribute__((always_inline)) void scale_rows(int32_t rows, int32_t channels, const float* x,
                                                             const float* gamma, const float* beta, const float* mean,
                                                             const float* rstd, float* y, int32_t activation) {
  const int32_t block = block_rows(channels);
  for (int32_t first = 0; first < rows; first += block) {
    const int32_t count = min32(block, rows - first);
    for (int32_t at = 0; at < channels; at += 4) {
      const int32_t left = channels - at;
      const Scale s = scale_of(gamma, beta, mean, rstd, at, left);
      const float* from = x + first * channels + at;
      float* to = y + first * channels + at;
      int32_t row = 0;
      for (; row < count && left >= 4; ++row, from += channels, to += channels)
        store(to, scaled(load(from), &s, activation));
      for (; row < count; ++row, from += channels, to += channels)
        put_columns(to, scaled(columns_of(from, left), &s, activation), left);
    }
  }
}

void batch_norm_scale(int32_t rows, int32_t channels, const float* x, const float* gamma, const float* beta,
                      const float* mean, const float* rstd, float* y, int32_t activation) {
  if (activation == kRelu) {
    scale_rows(rows, channels, x, gamma, beta, mean, rstd, y, kRelu);
  } else {
    scale_rows(rows, channels, x, gamma, beta, mean, rstd, y, activation);
  }
}

void EXPORT(batch_norm_forward)(int32_t rows, int32_t channels, const float* x, const float* gamma, const float* beta,
                                float epsilon, float* y, float* mean, float* variance, float* rstd,
                                int32_t activation) {
  batch_norm_sums(rows, channels, x, x, mean, variance, 0);
  batch_norm_moments(rows, channels, x, epsilon, mean, variance, rstd);
  batch_norm_scale(rows, channels, x, gamma, beta, mean, rstd, y, activation);
}

void EXPORT(batch_norm_inference)(int32_t rows, int32_t channels, const float* x, const float* gamma,
                                  const float* beta, const float* mean, const float* variance, float epsilon, float* y,
                                  int32_t activation) {
  for (int32_t at = 0; at < channels; at += 4) {
    const int32_t left = channels - at;
    const v4 rstd = splat(1.0f) / __builtin_wasm_sqrt_f32x4(columns_of(variance + at, left) + splat(epsilon));
    const Scale s = {columns_of(mean + at, left), columns_of(gamma + at, left) * rstd, columns_of(beta + at, left)};
    for (int32_t row = 0; row < rows; ++row) {
      const int32_t i = row * channels + at;
      put_columns(y + i, scaled(columns_of(x + i, left), &s, activation), left);
    }
  }
}

static inline __attribute__((always_inline)) void gradient_sums(const Norm* n, int32_t count, int32_t at,
                                                                const float* x, const float* dy, int32_t activation) {
  const int32_t left = n->channels - at, step = n->channels;
  const Scale c = scale_of(n->gamma, n->beta, n->mean, n->rstd, at, left);
  v4 s = splat(0.0f), t = s, p = s, q = s;
  int32_t row = 0;
  for (; row + 2 <= count && left >= 4; row += 2, x += 2 * step, dy += 2 * step) {
    const v4 a = load(x) - c.centre, b = load(x + step) - c.centre;
    const v4 d = passed(load(dy), madd(a, c.factor, c.offset), activation);
    const v4 e = passed(load(dy + step), madd(b, c.factor, c.offset), activation);
    s += d;
    t += e;
    p = madd(d, a, p);
    q = madd(e, b, q);
  }
  for (; row < count; ++row, x += step, dy += step) {
    const v4 a = columns_of(x, left) - c.centre;
    const v4 d = passed(columns_of(dy, left), madd(a, c.factor, c.offset), activation);
    s += d;
    p = madd(d, a, p);
  }
  const v4 products = (p + q) * columns_of(n->rstd + at, left);
  put_columns(n->dbeta + at, columns_of(n->dbeta + at, left) + (s + t), left);
  put_columns(n->dgamma + at, columns_of(n->dgamma + at, left) + products, left);
}

void batch_norm_gradient_sums(const Norm* n, int32_t rows, const float* x, const float* dy, int32_t again) {
  const int32_t block = block_rows(n->channels);
  if (!again) {
    memset(n->dgamma, 0, 4u * (uint32_t)n->channels);
    memset(n->dbeta, 0, 4u * (uint32_t)n->channels);
  }
  for (int32_t first = 0; first < rows; first += block) {
    const int32_t count = min32(block, rows - first);
    for (int32_t at = 0; at < n->channels; at += 4) {
      const int32_t i = first * n->channels + at;
      if (n->activation == kRelu) {
        gradient_sums(n, count, at, x + i, dy + i, kRelu);
      } else {
        gradient_sums(n, count, at, x + i, dy + i, n->activation);
      }
    }
  }
}

/* factor * (d - average - distance * slope), with the products of what rows share taken before. */
static inline __attribute__((always_inline)) void spread(const Norm* n, int32_t count, int32_t at, const float* x,
                                                         const float* dy, float* dx, int32_t activation) {
  const int32_t left = n->channels - at, step = n->channels;
  const Scale c = scale_of(n->gamma, n->beta, n->mean, n->rstd, at, left);
  const v4 share = splat(-n->share) * c.factor;
  const v4 average = columns_of(n->dbeta + at, left) * share;
  const v4 slope = columns_of(n->dgamma + at, left) * columns_of(n->rstd + at, left) * share;
  int32_t row = 0;
  for (; row < count && left >= 4; ++row, x += step, dy += step, dx += step) {
    const v4 a = load(x) - c.centre;
    const v4 d = passed(load(dy), madd(a, c.factor, c.offset), activation);
    store(dx, madd(d, c.factor, madd(a, slope, average)));
  }
  for (; row < count; ++row, x += step, dy += step, dx += step) {
    const v4 a = columns_of(x, left) - c.centre;
    const v4 d = passed(columns_of(dy, left), madd(a, c.factor, c.offset), activation);
    put_columns(dx, madd(d, c.factor, madd(a, slope, average)), left);
  }
}

void batch_norm_gradient(const Norm* n, int32_t rows, const float* x, const float* dy, float* dx) {
  const int32_t block = block_rows(n->channels);
  for (int32_t first = 0; first < rows; first += block) {
    const int32_t count = min32(block, rows - first);
    for (int32_t at = 0; at < n->channels; at += 4) {
      const int32_t i = first * n->channels + at;
      if (n->activation == kRelu) {
        spread(n, count, at, x + i, dy + i, dx + i, kRelu);
      } else {
        spread(n, count, at, x + i, dy + i, dx + i, n->activation);
      }
    }
  }
}

void EXPORT(batch_norm_backward)(int32_t rows, int32_t channels, const float* x, const float* beta, const float* dy,
                                 const float* gamma, const float* mean, const float* rstd, float* dx, float* dgamma,
                                 float* dbeta, int32_t activation) {
  const float* offset = beta ? beta : mean;
  const Norm n = {gamma, offset, mean, rstd, dgamma, dbeta, channels, activation, 1.0f / (float)rows};
  batch_norm_gradient_sums(&n, rows, x, dy, 0);
  if (dx) batch_norm_gradient(&n, rows, x, dy, dx);
}
