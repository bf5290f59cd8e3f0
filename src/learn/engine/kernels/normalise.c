#include "kernels.h"

/* Rows whose values of all channels stay in the nearest cache. */
static inline int32_t rows_together(int32_t channels) { return max32(1, 2048 / max32(1, channels)); }

void EXPORT(sum_rows)(const float* x, int32_t rows, int32_t columns, float* sums) {
  const int32_t together = rows_together(columns);
  memset(sums, 0, 4u * (uint32_t)columns);
  for (int32_t first = 0; first < rows; first += together) {
    const int32_t end = min32(first + together, rows);
    for (int32_t at = 0; at < columns; at += 4) {
      const int32_t left = columns - at;
      v4 sum = splat(0.0f);
      for (int32_t row = first; row < end; ++row) sum += columns_of(x + row * columns + at, left);
      put_columns(sums + at, columns_of(sums + at, left) + sum, left);
    }
  }
}

/*
 * Mean and variance in one pass: squares of distances from the first row, which lies among the values, so that no more
 * is lost than in two passes.
 */
static void statistics(int32_t rows, int32_t channels, const float* x, float* mean, float* variance) {
  const int32_t together = rows_together(channels);
  memset(mean, 0, 4u * (uint32_t)channels);
  memset(variance, 0, 4u * (uint32_t)channels);
  for (int32_t first = 0; first < rows; first += together) {
    const int32_t end = min32(first + together, rows);
    for (int32_t at = 0; at < channels; at += 4) {
      const int32_t left = channels - at;
      const v4 shift = columns_of(x + at, left);
      v4 sum = splat(0.0f), squares = splat(0.0f);
      for (int32_t row = first; row < end; ++row) {
        const v4 d = columns_of(x + row * channels + at, left) - shift;
        sum += d;
        squares += d * d;
      }
      put_columns(mean + at, columns_of(mean + at, left) + sum, left);
      put_columns(variance + at, columns_of(variance + at, left) + squares, left);
    }
  }
  const float share = 1.0f / (float)rows;
  for (int32_t i = 0; i < channels; ++i) {
    const float d = mean[i] * share, v = variance[i] * share - d * d;
    mean[i] = x[i] + d;
    variance[i] = v > 0.0f ? v : 0.0f;
  }
}

static void scale_shift(int32_t rows, int32_t channels, const float* x, const float* gamma, const float* beta,
                        const float* mean, const float* rstd, float* y, int32_t activation) {
  for (int32_t at = 0; at < channels; at += 4) {
    const int32_t left = channels - at;
    const v4 factor = columns_of(gamma + at, left) * columns_of(rstd + at, left);
    const v4 centre = columns_of(mean + at, left), offset = columns_of(beta + at, left);
    for (int32_t row = 0; row < rows; ++row) {
      const v4 v = (columns_of(x + row * channels + at, left) - centre) * factor + offset;
      put_columns(y + row * channels + at, activated(v, activation), left);
    }
  }
}

void EXPORT(batch_norm_forward)(int32_t rows, int32_t channels, const float* x, const float* gamma, const float* beta,
                                float epsilon, float* y, float* mean, float* variance, float* rstd,
                                int32_t activation) {
  statistics(rows, channels, x, mean, variance);
  for (int32_t i = 0; i < channels; ++i) rstd[i] = 1.0f / __builtin_sqrtf(variance[i] + epsilon);
  const int32_t together = rows_together(channels);
  for (int32_t first = 0; first < rows; first += together) {
    scale_shift(min32(together, rows - first), channels, x + first * channels, gamma, beta, mean, rstd,
                y + first * channels, activation);
  }
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
      const v4 v = (columns_of(x + row * channels + at, left) - centre) * factor + offset;
      put_columns(y + row * channels + at, activated(v, activation), left);
    }
  }
}

/* The gradient behind an activation, where its output lets it through. */
static inline v4 passed(v4 dy, v4 y, int32_t activation) {
  if (activation == kNone) return dy;
  const v4 above = masked(dy, greater(y, splat(0.0f)));
  return activation == kRelu6 ? masked(above, greater(splat(6.0f), y)) : above;
}

void EXPORT(batch_norm_backward)(int32_t rows, int32_t channels, const float* x, const float* y, const float* dy,
                                 const float* gamma, const float* mean, const float* rstd, float* dx, float* dgamma,
                                 float* dbeta, int32_t activation) {
  const int32_t together = rows_together(channels);
  memset(dgamma, 0, 4u * (uint32_t)channels);
  memset(dbeta, 0, 4u * (uint32_t)channels);
  for (int32_t first = 0; first < rows; first += together) {
    const int32_t end = min32(first + together, rows);
    for (int32_t at = 0; at < channels; at += 4) {
      const int32_t left = channels - at;
      const v4 centre = columns_of(mean + at, left), factor = columns_of(rstd + at, left);
      v4 sum = splat(0.0f), products = splat(0.0f);
      for (int32_t row = first; row < end; ++row) {
        const int32_t i = row * channels + at;
        v4 d = columns_of(dy + i, left);
        if (activation != kNone) d = passed(d, columns_of(y + i, left), activation);
        sum += d;
        products += d * ((columns_of(x + i, left) - centre) * factor);
      }
      put_columns(dbeta + at, columns_of(dbeta + at, left) + sum, left);
      put_columns(dgamma + at, columns_of(dgamma + at, left) + products, left);
    }
  }
  if (!dx) return;
  const float share = 1.0f / (float)rows;
  for (int32_t first = 0; first < rows; first += together) {
    const int32_t end = min32(first + together, rows);
    for (int32_t at = 0; at < channels; at += 4) {
      const int32_t left = channels - at;
      const v4 centre = columns_of(mean + at, left), r = columns_of(rstd + at, left);
      const v4 factor = columns_of(gamma + at, left) * r;
      const v4 average = columns_of(dbeta + at, left) * splat(share);
      const v4 slope = columns_of(dgamma + at, left) * splat(share) * r;
      for (int32_t row = first; row < end; ++row) {
        const int32_t i = row * channels + at;
        v4 d = columns_of(dy + i, left);
        if (activation != kNone) d = passed(d, columns_of(y + i, left), activation);
        const v4 rest = average + (columns_of(x + i, left) - centre) * slope;
        put_columns(dx + i, factor * (d - rest), left);
      }
    }
  }
}
