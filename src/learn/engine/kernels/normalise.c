#include "kernels.h"

/*
 * Memory is what these wait for: rows are read from front to back, four at a time, so that the sums per channel are
 * fetched once for four values.
 */
enum { kRows = 4 };

void EXPORT(sum_rows)(const float* x, int32_t rows, int32_t columns, float* sums) {
  memset(sums, 0, 4u * (uint32_t)columns);
  for (int32_t row = 0; row < rows; row += kRows) {
    const float* from = x + row * columns;
    const int32_t count = min32(kRows, rows - row);
    for (int32_t at = 0; at < columns; at += 4) {
      const int32_t left = columns - at;
      v4 sum = columns_of(sums + at, left);
      for (int32_t i = 0; i < count; ++i) sum += columns_of(from + i * columns + at, left);
      put_columns(sums + at, sum, left);
    }
  }
}

/*
 * Mean and variance in one pass: squares of distances from the first row, which lies among the values, so that no more
 * is lost than in two passes. Sums of 64 rows go into totals, because long sums lose digits.
 */
enum { kBlock = 64 };

static inline __attribute__((always_inline)) void add_statistics(const float* x, const float* shifts, int32_t count,
                                                                 int32_t channels, float* sums, float* squares) {
  for (int32_t at = 0; at < channels; at += 4) {
    const int32_t left = channels - at;
    const v4 shift = columns_of(shifts + at, left);
    v4 s = columns_of(sums + at, left), q = columns_of(squares + at, left);
    for (int32_t i = 0; i < count; ++i) {
      const v4 d = columns_of(x + i * channels + at, left) - shift;
      s += d;
      q = madd(d, d, q);
    }
    put_columns(sums + at, s, left);
    put_columns(squares + at, q, left);
  }
}

/* Adds `parts` to `totals` and empties them. */
static void settle(int32_t count, float* parts, float* totals) {
  for (int32_t i = 0; i < count; ++i) {
    totals[i] += parts[i];
    parts[i] = 0.0f;
  }
}

/* Channels for which sums have room on the stack; tensors with more add up in one go. */
enum { kMostChannels = 2048 };

static void statistics(int32_t rows, int32_t channels, const float* x, float* mean, float* variance) {
  float parts[2 * kMostChannels];
  const int32_t direct = channels > kMostChannels;
  float* sums = direct ? mean : parts;
  float* squares = direct ? variance : parts + channels;
  memset(mean, 0, 4u * (uint32_t)channels);
  memset(variance, 0, 4u * (uint32_t)channels);
  memset(sums, 0, 4u * (uint32_t)channels);
  memset(squares, 0, 4u * (uint32_t)channels);
  for (int32_t first = 0; first < rows; first += kBlock) {
    const int32_t end = min32(first + kBlock, rows);
    int32_t row = first;
    for (; row + kRows <= end; row += kRows) add_statistics(x + row * channels, x, kRows, channels, sums, squares);
    if (row < end) add_statistics(x + row * channels, x, end - row, channels, sums, squares);
    if (direct) continue;
    settle(channels, sums, mean);
    settle(channels, squares, variance);
  }
  const float share = 1.0f / (float)rows;
  for (int32_t i = 0; i < channels; ++i) {
    const float d = mean[i] * share, v = variance[i] * share - d * d;
    mean[i] = x[i] + d;
    variance[i] = v > 0.0f ? v : 0.0f;
  }
}

static inline v4 normalised(v4 x, v4 centre, v4 factor, v4 offset) { return madd(x - centre, factor, offset); }

static inline __attribute__((always_inline)) void scale_rows(int32_t count, int32_t channels, const float* x,
                                                             const float* gamma, const float* beta, const float* mean,
                                                             const float* rstd, float* y, int32_t activation) {
  for (int32_t at = 0; at < channels; at += 4) {
    const int32_t left = channels - at;
    const v4 factor = columns_of(gamma + at, left) * columns_of(rstd + at, left);
    const v4 centre = columns_of(mean + at, left), offset = columns_of(beta + at, left);
    for (int32_t i = 0; i < count; ++i) {
      const int32_t to = i * channels + at;
      const v4 v = normalised(columns_of(x + to, left), centre, factor, offset);
      put_columns(y + to, activated(v, activation), left);
    }
  }
}

static void scale_shift(int32_t rows, int32_t channels, const float* x, const float* gamma, const float* beta,
                        const float* mean, const float* rstd, float* y, int32_t activation) {
  int32_t row = 0;
  for (; row + kRows <= rows; row += kRows, x += kRows * channels, y += kRows * channels)
    scale_rows(kRows, channels, x, gamma, beta, mean, rstd, y, activation);
  if (row < rows) scale_rows(rows - row, channels, x, gamma, beta, mean, rstd, y, activation);
}

void EXPORT(batch_norm_forward)(int32_t rows, int32_t channels, const float* x, const float* gamma, const float* beta,
                                float epsilon, float* y, float* mean, float* variance, float* rstd,
                                int32_t activation) {
  statistics(rows, channels, x, mean, variance);
  for (int32_t i = 0; i < channels; ++i) rstd[i] = 1.0f / __builtin_sqrtf(variance[i] + epsilon);
  scale_shift(rows, channels, x, gamma, beta, mean, rstd, y, activation);
}

void EXPORT(batch_norm_inference)(int32_t rows, int32_t channels, const float* x, const float* gamma,
                                  const float* beta, const float* mean, const float* variance, float epsilon, float* y,
                                  int32_t activation) {
  for (int32_t at = 0; at < channels; at += 4) {
    const int32_t left = channels - at;
    const v4 rstd = splat(1.0f) / __builtin_wasm_sqrt_f32x4(columns_of(variance + at, left) + splat(epsilon));
    const v4 factor = columns_of(gamma + at, left) * rstd;
    const v4 centre = columns_of(mean + at, left), offset = columns_of(beta + at, left);
    for (int32_t row = 0; row < rows; ++row) {
      const v4 v = normalised(columns_of(x + row * channels + at, left), centre, factor, offset);
      put_columns(y + row * channels + at, activated(v, activation), left);
    }
  }
}

/* The gradient behind an activation, where that lets it through; what it took is computed once more. */
static inline v4 passed(v4 dy, v4 before, int32_t activation) {
  if (activation == kNone) return dy;
  const v4 above = masked(dy, greater(before, splat(0.0f)));
  return activation == kRelu6 ? masked(above, greater(splat(6.0f), before)) : above;
}

/* What the rows of a batch normalisation's gradient share. */
typedef struct {
  const float *gamma, *beta, *mean, *rstd;
  float *dgamma, *dbeta;
  int32_t channels, activation;
  float share;
} Norm;

static inline __attribute__((always_inline)) void add_gradients(const Norm* n, int32_t count, const float* x,
                                                                const float* dy) {
  for (int32_t at = 0; at < n->channels; at += 4) {
    const int32_t left = n->channels - at;
    const v4 centre = columns_of(n->mean + at, left), rstd = columns_of(n->rstd + at, left);
    const v4 factor = columns_of(n->gamma + at, left) * rstd, offset = columns_of(n->beta + at, left);
    v4 sum = columns_of(n->dbeta + at, left), products = columns_of(n->dgamma + at, left);
    for (int32_t i = 0; i < count; ++i) {
      const v4 v = columns_of(x + i * n->channels + at, left);
      const v4 d = passed(columns_of(dy + i * n->channels + at, left), normalised(v, centre, factor, offset),
                          n->activation);
      sum += d;
      products = madd(d, (v - centre) * rstd, products);
    }
    put_columns(n->dbeta + at, sum, left);
    put_columns(n->dgamma + at, products, left);
  }
}

static inline __attribute__((always_inline)) void spread_gradients(const Norm* n, int32_t count, const float* x,
                                                                   const float* dy, float* dx) {
  for (int32_t at = 0; at < n->channels; at += 4) {
    const int32_t left = n->channels - at;
    const v4 centre = columns_of(n->mean + at, left), rstd = columns_of(n->rstd + at, left);
    const v4 factor = columns_of(n->gamma + at, left) * rstd, offset = columns_of(n->beta + at, left);
    const v4 average = columns_of(n->dbeta + at, left) * splat(n->share);
    const v4 slope = columns_of(n->dgamma + at, left) * splat(n->share) * rstd;
    for (int32_t i = 0; i < count; ++i) {
      const int32_t to = i * n->channels + at;
      const v4 v = columns_of(x + to, left);
      const v4 d = passed(columns_of(dy + to, left), normalised(v, centre, factor, offset), n->activation);
      put_columns(dx + to, factor * (d - madd(v - centre, slope, average)), left);
    }
  }
}

static inline __attribute__((always_inline)) void norm_backward(const Norm* n, int32_t rows, const float* x,
                                                                const float* dy, float* dx) {
  const int32_t step = kRows * n->channels;
  const float* at = x;
  const float* d = dy;
  int32_t row = 0;
  for (; row + kRows <= rows; row += kRows, at += step, d += step) add_gradients(n, kRows, at, d);
  if (row < rows) add_gradients(n, rows - row, at, d);
  if (!dx) return;
  for (row = 0; row + kRows <= rows; row += kRows, x += step, dy += step, dx += step)
    spread_gradients(n, kRows, x, dy, dx);
  if (row < rows) spread_gradients(n, rows - row, x, dy, dx);
}

void EXPORT(batch_norm_backward)(int32_t rows, int32_t channels, const float* x, const float* beta, const float* dy,
                                 const float* gamma, const float* mean, const float* rstd, float* dx, float* dgamma,
                                 float* dbeta, int32_t activation) {
  memset(dgamma, 0, 4u * (uint32_t)channels);
  memset(dbeta, 0, 4u * (uint32_t)channels);
  const float* offset = beta ? beta : mean;
  const Norm n = {gamma, offset, mean, rstd, dgamma, dbeta, channels, activation, 1.0f / (float)rows};
  norm_backward(&n, rows, x, dy, dx);
}
