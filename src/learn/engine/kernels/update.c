#include "kernels.h"

void EXPORT(adam)(int32_t count, const float* w, const float* gradient, float* mean, float* square, float* out,
                  float rate, float beta1, float beta2, float epsilon, float decay) {
  const v4 keep = splat(1.0f - decay), step = splat(rate), tiny = splat(epsilon);
  const v4 b1 = splat(beta1), b2 = splat(beta2), fresh1 = splat(1.0f - beta1), fresh2 = splat(1.0f - beta2);
  for (int32_t at = 0; at < count; at += 4) {
    const int32_t left = count - at;
    const v4 g = columns_of(gradient + at, left);
    const v4 m = b1 * columns_of(mean + at, left) + fresh1 * g;
    const v4 s = b2 * columns_of(square + at, left) + fresh2 * (g * g);
    put_columns(mean + at, settled(m), left);
    put_columns(square + at, settled(s), left);
    put_columns(out + at, columns_of(w + at, left) * keep - step * m / (__builtin_wasm_sqrt_f32x4(s) + tiny), left);
  }
}
