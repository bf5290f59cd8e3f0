#include "kernels.h"

/* Sums of rows by segment: `y[segments[row]] += x[row]`. Rows with a segment outside 0 to count - 1 are left out, as in
   TensorFlow. `y` is written whole. */
void EXPORT(segment_sum)(int32_t rows, int32_t width, int32_t count, const float* x,
                                                              const int32_t* segments, float* y) {
  __builtin_memset(y, 0, (uint32_t)count * (uint32_t)width * sizeof(float));
  for (int32_t row = 0; row < rows; row++, x += width) {
    const int32_t segment = segments[row];
    if (segment < 0 || segment >= count) continue;
    float* sum = y + segment * width;
    for (int32_t i = 0; i < width; i++) sum[i] += x[i];
  }
}
