#include "kernels.h"

/* What all weights share. */
typedef struct {
  v4 keep, step, tiny, b1, b2, fresh1, fresh2;
} Adam;

static inline __attribute__((always_inline)) void update(const Adam* a, const float* w, const float* gradient,
                                                         float* mean, float* square, float* out, int32_t left) {
  const v4 g = columns_of(gradient, left);
  const v4 m = a->b1 * columns_of(mean, left) + a->fresh1 * g;
  const v4 s = a->b2 * columns_of(square, left) + a->fresh2 * (g * g);
  put_columns(mean, settled(m), left);
  put_columns(square, settled(s), left);
  put_columns(out, columns_of(w, left) * a->keep - a->step * m / (__builtin_wasm_sqrt_f32x4(s) + a->tiny), left);
}

void EXPORT(adam)(int32_t count, const float* w, const float* gradient, float* mean, float* square, float* out,
                  float rate, float beta1, float beta2, float epsilon, float decay) {
  const Adam a = {splat(1.0f - decay), splat(rate),         splat(epsilon),     splat(beta1),
                  splat(beta2),        splat(1.0f - beta1), splat(1.0f - beta2)};
  int32_t at = 0;
  for (; at + 4 <= count; at += 4) update(&a, w + at, gradient + at, mean + at, square + at, out + at, 4);
  if (at < count) update(&a, w + at, gradient + at, mean + at, square + at, out + at, count - at);
}
