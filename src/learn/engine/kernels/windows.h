#ifndef IMPULSEKIT_LEARN_ENGINE_WINDOWS_H
#define IMPULSEKIT_LEARN_ENGINE_WINDOWS_H
#include "kernels.h"

/* Where the windows of convolutions lie, plain and depthwise ones. */

/* Rows and columns that the windows of a convolution reach over, with padding. */
static inline int32_t reach_y(const Conv* c) {
  return (c->outHeight - 1) * c->strideY + (c->kernelHeight - 1) * c->dilationY + 1;
}
static inline int32_t reach_x(const Conv* c) {
  return (c->outWidth - 1) * c->strideX + (c->kernelWidth - 1) * c->dilationX + 1;
}

/* Whether windows lie in the image without padding. */
static inline int32_t inside(const Conv* c) {
  return c->padTop == 0 && c->padLeft == 0 && reach_y(c) <= c->height && reach_x(c) <= c->width;
}

/* Rows and columns of a gradient with the zeros that windows of all phases reach over. */
static inline int32_t spread_y(const Conv* c) {
  return max32(c->outHeight, c->height / c->strideY + 1) + 2 * ((c->kernelHeight - 1) * c->dilationY / c->strideY + 2);
}
static inline int32_t spread_x(const Conv* c) {
  return max32(c->outWidth, c->width / c->strideX + 1) + 2 * ((c->kernelWidth - 1) * c->dilationX / c->strideX + 2);
}

/* The image that windows are read from: itself, or a copy with padding. */
static inline const float* windows_of(const Conv* c, const float* x, float* image) {
  if (inside(c)) return x;
  place(x, c->height, c->width, c->channels, image, reach_y(c), reach_x(c), c->padTop, c->padLeft, c->padValue);
  return image;
}

/* Where on the grid of outputs, in one direction, a tap finds the output for the inputs of a phase. */
typedef struct {
  int32_t hits, at;
} Hit;

static inline Hit hit_of(int32_t phase, int32_t pad, int32_t tap, int32_t dilation, int32_t stride) {
  const int32_t distance = phase + pad - tap * dilation;
  const int32_t rest = ((distance % stride) + stride) % stride;
  return (Hit){rest == 0, (distance - rest) / stride};
}

#endif
