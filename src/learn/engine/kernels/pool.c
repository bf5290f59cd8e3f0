#include "kernels.h"

/* Values outside the image do not exist: they are never the largest, and an average is that of the values inside. The
   dilation, the count of output channels and the value of padding play no part. */

/* The part of a window inside the image: rows and columns from first to before last. */
struct Window {
  int32_t top, bottom, left, right;
};

static inline struct Window windowOf(const Conv* p, int32_t row, int32_t column) {
  const int32_t top = row * p->strideY - p->padTop, left = column * p->strideX - p->padLeft;
  const int32_t bottom = top + p->kernelHeight, right = left + p->kernelWidth;
  return (struct Window){top < 0 ? 0 : top, bottom > p->height ? p->height : bottom, left < 0 ? 0 : left,
                         right > p->width ? p->width : right};
}

/* Some channels of one window; pointers are to the first of them. A NaN is the largest only in front, as elsewhere. */
static inline void maxOfWindow(const Conv* p, struct Window w, const float* x, float* y) {
  const int32_t across = p->channels;
  const float* first = x + (w.top * p->width + w.left) * across;
  int32_t c = 0;
  for (; c + 4 <= across; c += 4) {
    v4 largest = load(first + c);
    for (int32_t row = w.top; row < w.bottom; row++) {
      const float* at = x + (row * p->width + w.left) * across + c;
      for (int32_t n = w.right - w.left; n > 0; n--, at += across) largest = larger(largest, load(at));
    }
    store(y + c, largest);
  }
  for (; c < across; c++) {
    float largest = first[c];
    for (int32_t row = w.top; row < w.bottom; row++) {
      const float* at = x + (row * p->width + w.left) * across + c;
      for (int32_t n = w.right - w.left; n > 0; n--, at += across) largest = *at > largest ? *at : largest;
    }
    y[c] = largest;
  }
}

/* The gradient of one window goes to the first of its largest values. */
static inline void spreadWindow(const Conv* p, struct Window w, const float* x, const float* dy, float* dx) {
  const int32_t across = p->channels;
  const int32_t corner = (w.top * p->width + w.left) * across;
  int32_t c = 0;
  for (; c + 4 <= across; c += 4) {
    v4 largest = load(x + corner + c);
    i4 winner = {corner, corner, corner, corner};
    for (int32_t row = w.top; row < w.bottom; row++) {
      int32_t at = (row * p->width + w.left) * across;
      for (int32_t n = w.right - w.left; n > 0; n--, at += across) {
        const v4 value = load(x + at + c);
        const i4 wins = (i4)greater(value, largest), here = {at, at, at, at};
        largest = choose((v4)wins, value, largest);
        winner = (here & wins) | (winner & ~wins);
      }
    }
    for (int32_t lane = 0; lane < 4; lane++) dx[winner[lane] + c + lane] += dy[c + lane];
  }
  for (; c < across; c++) {
    int32_t winner = corner;
    for (int32_t row = w.top; row < w.bottom; row++) {
      int32_t at = (row * p->width + w.left) * across;
      for (int32_t n = w.right - w.left; n > 0; n--, at += across) winner = x[at + c] > x[winner + c] ? at : winner;
    }
    dx[winner + c] += dy[c];
  }
}

/* `y[c] += x[c] * factor` */
static inline void addScaled(const float* x, float factor, float* y, int32_t channels) {
  int32_t c = 0;
  for (; c + 4 <= channels; c += 4) store(y + c, load(y + c) + load(x + c) * factor);
  for (; c < channels; c++) y[c] += x[c] * factor;
}

static inline float share(struct Window w) { return 1.0f / (float)((w.bottom - w.top) * (w.right - w.left)); }

/* Windows of 2 by 2 that lie side by side and leave out nothing, as most networks have them. */
static inline int32_t quarters(const Conv* p) {
  return p->kernelHeight == 2 && p->kernelWidth == 2 && p->strideY == 2 && p->strideX == 2 && p->padTop == 0 &&
         p->padLeft == 0 && p->height == 2 * p->outHeight && p->width == 2 * p->outWidth && p->channels % 4 == 0;
}

static void max_of_quarters(const Conv* p, const float* x, float* y) {
  const int32_t across = p->channels, row = p->width * across;
  for (int32_t n = p->images * p->outHeight; n > 0; --n, x += row) {
    for (int32_t column = 0; column < p->outWidth; ++column, x += 2 * across, y += across) {
      for (int32_t c = 0; c < across; c += 4) {
        const v4 above = larger(load(x + c), load(x + across + c));
        store(y + c, larger(larger(above, load(x + row + c)), load(x + row + across + c)));
      }
    }
  }
}

/* To the first of the largest: what one takes is no longer there for the next. */
static inline __attribute__((always_inline)) void spread_quarters(const Conv* p, const float* x, const float* dy,
                                                                  float* dx, int32_t activation) {
  const int32_t across = p->channels, row = p->width * across;
  for (int32_t n = p->images * p->outHeight; n > 0; --n, x += row, dx += row) {
    for (int32_t column = 0; column < p->outWidth; ++column, x += 2 * across, dx += 2 * across, dy += across) {
      for (int32_t c = 0; c < across; c += 4) {
        const v4 a = load(x + c), b = load(x + across + c), d = load(x + row + c), e = load(x + row + across + c);
        const v4 most = larger(larger(larger(a, b), d), e);
        v4 left = passed(load(dy + c), most, activation);
        const v4 first = masked(left, (v4)(a == most));
        store(dx + c, first);
        left = masked(left, (v4)(a != most));
        store(dx + across + c, masked(left, (v4)(b == most)));
        left = masked(left, (v4)(b != most));
        store(dx + row + c, masked(left, (v4)(d == most)));
        store(dx + row + across + c, masked(left, (v4)(d != most)));
      }
    }
  }
}

void EXPORT(max_pool_forward)(const Conv* p, const float* x, float* y) {
  if (quarters(p)) {
    max_of_quarters(p, x, y);
    return;
  }
  const int32_t image = p->height * p->width * p->channels;
  for (int32_t n = 0; n < p->images; n++, x += image) {
    for (int32_t row = 0; row < p->outHeight; row++) {
      for (int32_t column = 0; column < p->outWidth; column++, y += p->channels) {
        maxOfWindow(p, windowOf(p, row, column), x, y);
      }
    }
  }
}

/* `dx` is written whole: the gradient in front of the activation, if any, that gave `x`. */
void EXPORT(max_pool_gradient)(const Conv* p, const float* x, const float* dy, float* dx, int32_t activation) {
  if (quarters(p)) {
    if (activation == kRelu) {
      spread_quarters(p, x, dy, dx, kRelu);
    } else {
      spread_quarters(p, x, dy, dx, activation);
    }
    return;
  }
  const int32_t image = p->height * p->width * p->channels;
  memset(dx, 0, 4u * (uint32_t)(p->images * image));
  for (int32_t n = 0; n < p->images; n++) {
    const float* from = x + n * image;
    float* to = dx + n * image;
    for (int32_t row = 0; row < p->outHeight; row++) {
      for (int32_t column = 0; column < p->outWidth; column++, dy += p->channels) {
        spreadWindow(p, windowOf(p, row, column), from, dy, to);
      }
    }
  }
  if (activation != kNone) activate_backward(p->images * image, x, dx, dx, activation);
}

void EXPORT(average_pool_forward)(const Conv* p, const float* x, float* y) {
  const int32_t image = p->height * p->width * p->channels;
  for (int32_t n = 0; n < p->images; n++, x += image) {
    for (int32_t row = 0; row < p->outHeight; row++) {
      for (int32_t column = 0; column < p->outWidth; column++, y += p->channels) {
        const struct Window w = windowOf(p, row, column);
        memset(y, 0, (uint32_t)p->channels * sizeof(float));
        for (int32_t r = w.top; r < w.bottom; r++) {
          const float* at = x + (r * p->width + w.left) * p->channels;
          for (int32_t k = w.right - w.left; k > 0; k--, at += p->channels) addScaled(at, 1.0f, y, p->channels);
        }
        for (int32_t c = 0; c < p->channels; c++) y[c] *= share(w);
      }
    }
  }
}

/* `dx` is written whole. */
void EXPORT(average_pool_gradient)(const Conv* p, const float* dy, float* dx) {
  const int32_t image = p->height * p->width * p->channels;
  memset(dx, 0, (uint32_t)p->images * (uint32_t)image * sizeof(float));
  for (int32_t n = 0; n < p->images; n++, dx += image) {
    for (int32_t row = 0; row < p->outHeight; row++) {
      for (int32_t column = 0; column < p->outWidth; column++, dy += p->channels) {
        const struct Window w = windowOf(p, row, column);
        for (int32_t r = w.top; r < w.bottom; r++) {
          float* at = dx + (r * p->width + w.left) * p->channels;
          for (int32_t k = w.right - w.left; k > 0; k--, at += p->channels) addScaled(dy, share(w), at, p->channels);
        }
      }
    }
  }
}
