#include "kernels.h"

/*
 * Convolutions of 3 by 3 at stride 1 with a quarter of the multiplications (Winograd, 1980; Lavin and Gray, 2015): tiles
 * of 6 by 6 inputs give 4 by 4 outputs. Both are taken to 36 points, where the convolution is one product of matrices
 * per point. The gradient of the filter meets the same points: 6 by 6 inputs, 4 by 4 gradients, 3 by 3 sums.
 */

enum { kTile = 4, kPatch = 6, kPoints = 36 };
/* Floats of one matrix at all points that a group of images fills at most, so that they stay in a cache. */
enum { kGroupFloats = 1 << 16 };

int32_t winograd_fits(const Conv* c) {
  return c->kernelHeight == 3 && c->kernelWidth == 3 && c->strideY == 1 && c->strideX == 1 && c->dilationY == 1 &&
         c->dilationX == 1 && c->channels >= 8 && c->outChannels >= 8 && c->channels % 4 == 0 &&
         c->outChannels % 4 == 0 && c->outHeight >= 4 && c->outWidth >= 4 && c->padTop <= 2 && c->padLeft <= 2;
}

typedef struct {
  int32_t down, across, each, images;
} Tiles;

static Tiles tiles_of(int32_t images, int32_t height, int32_t width, int32_t channels) {
  Tiles t;
  t.down = (height + kTile - 1) / kTile;
  t.across = (width + kTile - 1) / kTile;
  t.each = t.down * t.across;
  t.images = min32(images, max32(1, kGroupFloats / (kPoints * t.each * channels)));
  return t;
}

/*
 * Floats from point to point: an odd number of cache lines, because lines a power of two apart fall into the same few
 * places of a cache.
 */
static inline int32_t point_stride(int32_t floats) { return ((floats + 15) / 16 | 1) * 16; }

/*
 * One dimension after the other, in loops that stay loops: with all 36 values of a patch at hand at once, compilers run
 * out of registers.
 */

/* Points of 6 values: B' x. */
static inline __attribute__((always_inline)) void to_points(const float* x, int32_t step, float* out, int32_t outStep) {
  const v4 a = load(x), b = load(x + step), c = load(x + 2 * step), d = load(x + 3 * step), e = load(x + 4 * step);
  const v4 f = load(x + 5 * step);
  const v4 four = splat(4.0f), minusFour = splat(-4.0f), minusFive = splat(-5.0f), two = splat(2.0f);
  const v4 even = madd(minusFour, c, e), odd = madd(minusFour, b, d), narrow = e - c, wide = d - b;
  store(out, madd(four, a, madd(minusFive, c, e)));
  store(out + outStep, even + odd);
  store(out + 2 * outStep, even - odd);
  store(out + 3 * outStep, madd(two, wide, narrow));
  store(out + 4 * outStep, madd(splat(-2.0f), wide, narrow));
  store(out + 5 * outStep, madd(four, b, madd(minusFive, d, f)));
}

typedef struct {
  v4 a, b, c, d;
} Four;

/* 4 outputs from 6 points: A' m. */
static inline __attribute__((always_inline)) Four to_tile(const float* m, int32_t step) {
  const v4 one = load(m + step), two = load(m + 2 * step), three = load(m + 3 * step), four = load(m + 4 * step);
  const v4 p = one + two, q = one - two, r = three + four, s = three - four;
  return (Four){load(m) + p + r, madd(splat(2.0f), s, q), madd(splat(4.0f), r, p),
                madd(splat(8.0f), s, q) + load(m + 5 * step)};
}

/* 3 taps from 6 points. */
static inline __attribute__((always_inline)) void to_taps(const float* m, int32_t step, float* out, int32_t outStep) {
  const v4 one = load(m + step), two = load(m + 2 * step), three = load(m + 3 * step), four = load(m + 4 * step);
  const v4 p = one + two, q = one - two, r = three + four, s = three - four;
  store(out, load(m) + p + r);
  store(out + outStep, madd(splat(2.0f), s, q));
  store(out + 2 * outStep, madd(splat(4.0f), r, p) + load(m + 5 * step));
}

/* Points of a filter of 3 values: G g. */
static inline __attribute__((always_inline)) void filter_points(const float* g, int32_t step, float* out,
                                                                int32_t outStep) {
  const v4 a = load(g), b = load(g + step), c = load(g + 2 * step);
  const v4 near = (a + c) * splat(-1.0f / 6), far = madd(c, splat(4.0f), a) * splat(1.0f / 24);
  const v4 one = b * splat(-1.0f / 6), two = b * splat(1.0f / 12);
  store(out, a * splat(0.25f));
  store(out + outStep, near + one);
  store(out + 2 * outStep, near - one);
  store(out + 3 * outStep, far + two);
  store(out + 4 * outStep, far - two);
  store(out + 5 * outStep, c);
}

/* Points of 4 gradients, as a filter. */
static inline __attribute__((always_inline)) void gradient_points(const float* g, int32_t step, float* out,
                                                                  int32_t outStep) {
  const v4 a = load(g), b = load(g + step), c = load(g + 2 * step), d = load(g + 3 * step);
  const v4 near = (a + c) * splat(-1.0f / 6), one = (b + d) * splat(-1.0f / 6);
  const v4 far = madd(c, splat(4.0f), a) * splat(1.0f / 24), two = madd(d, splat(4.0f), b) * splat(1.0f / 12);
  store(out, a * splat(0.25f));
  store(out + outStep, near + one);
  store(out + 2 * outStep, near - one);
  store(out + 3 * outStep, far + two);
  store(out + 4 * outStep, far - two);
  store(out + 5 * outStep, d);
}

/* Tiles of a padded image, `columns` wide, to `[point, tile, channel]` with `stride` floats from point to point. */
static void image_points(const float* image, int32_t columns, const Tiles* t, int32_t channels, float* out,
                         int32_t stride) {
  float half[4 * kPoints];
  const int32_t row = columns * channels;
  for (int32_t tile = 0; tile < t->each; ++tile) {
    const float* from = image + (tile / t->across * columns + tile % t->across) * kTile * channels;
    for (int32_t c = 0; c < channels; c += 4) {
      STAY_A_LOOP
      for (int32_t j = 0; j < kPatch; ++j) to_points(from + j * channels + c, row, half + 4 * j, 4 * kPatch);
      float* to = out + tile * channels + c;
      STAY_A_LOOP
      for (int32_t i = 0; i < kPatch; ++i) to_points(half + 4 * i * kPatch, 4, to + i * kPatch * stride, stride);
    }
  }
}

/* The 4 by 4 tiles of a gradient to points, as filters. */
static void gradient_image_points(const float* image, int32_t columns, const Tiles* t, int32_t channels, float* out,
                                  int32_t stride) {
  float half[4 * kPatch * kTile];
  const int32_t row = columns * channels;
  for (int32_t tile = 0; tile < t->each; ++tile) {
    const float* from = image + (tile / t->across * columns + tile % t->across) * kTile * channels;
    for (int32_t c = 0; c < channels; c += 4) {
      STAY_A_LOOP
      for (int32_t j = 0; j < kTile; ++j) gradient_points(from + j * channels + c, row, half + 4 * j, 4 * kTile);
      float* to = out + tile * channels + c;
      STAY_A_LOOP
      for (int32_t i = 0; i < kPatch; ++i) gradient_points(half + 4 * i * kTile, 4, to + i * kPatch * stride, stride);
    }
  }
}

/* Points back to the tiles of an image, cut off at its border. */
static void points_image(const float* in, int32_t stride, const Tiles* t, int32_t height, int32_t width,
                         int32_t channels, const float* bias, int32_t activation, float* y) {
  float half[4 * kTile * kPatch];
  for (int32_t tile = 0; tile < t->each; ++tile) {
    const int32_t top = tile / t->across * kTile, left = tile % t->across * kTile;
    const int32_t rows = min32(kTile, height - top), across = min32(kTile, width - left);
    for (int32_t c = 0; c < channels; c += 4) {
      const float* from = in + tile * channels + c;
      STAY_A_LOOP
      for (int32_t j = 0; j < kPatch; ++j) {
        const Four f = to_tile(from + j * stride, kPatch * stride);
        float* to = half + 4 * j;
        store(to, f.a);
        store(to + 4 * kPatch, f.b);
        store(to + 8 * kPatch, f.c);
        store(to + 12 * kPatch, f.d);
      }
      const v4 offset = bias ? load(bias + c) : splat(0.0f);
      float* to = y + (top * width + left) * channels + c;
      STAY_A_LOOP
      for (int32_t i = 0; i < rows; ++i, to += width * channels) {
        const Four f = to_tile(half + 4 * i * kPatch, 4);
        store(to, activated(f.a + offset, activation));
        if (across > 1) store(to + channels, activated(f.b + offset, activation));
        if (across > 2) store(to + 2 * channels, activated(f.c + offset, activation));
        if (across > 3) store(to + 3 * channels, activated(f.d + offset, activation));
      }
    }
  }
}

/* Nine taps of 4 values each, `step` apart, to points. */
static inline __attribute__((always_inline)) void taps_to_points(const float* taps, int32_t step, float* out,
                                                                 int32_t stride) {
  float half[4 * 3 * kPatch];
  STAY_A_LOOP
  for (int32_t j = 0; j < 3; ++j) filter_points(taps + j * step, 3 * step, half + 4 * j, 12);
  STAY_A_LOOP
  for (int32_t k = 0; k < kPatch; ++k) filter_points(half + 12 * k, 4, out + k * kPatch * stride, stride);
}

/* Floats from point to point of a packed filter. */
static inline int32_t filter_stride(int32_t in, int32_t out) { return point_stride(panel_floats(in, out)); }

/* A filter `[3, 3, in, out]` to points, each as panels of 8 outputs. */
static void filter_panels(const float* w, int32_t in, int32_t out, float* panels) {
  const int32_t stride = filter_stride(in, out);
  if (out % kPanel) memset(panels, 0, 4u * (uint32_t)(kPoints * stride));
  for (int32_t o = 0; o < out; o += 4) {
    float* to = panels + o / kPanel * kPanel * in + o % kPanel;
    for (int32_t i = 0; i < in; ++i, to += kPanel) taps_to_points(w + i * out + o, in * out, to, stride);
  }
}

/* The same turned around, inputs and outputs swapped: panels of 8 inputs. */
static void turned_filter_panels(const float* w, int32_t in, int32_t out, float* panels) {
  const int32_t stride = filter_stride(out, in);
  float turned[9 * 16];
  if (in % kPanel) memset(panels, 0, 4u * (uint32_t)(kPoints * stride));
  for (int32_t i = 0; i < in; i += 4) {
    float* to = panels + i / kPanel * kPanel * out + i % kPanel;
    for (int32_t o = 0; o < out; o += 4) {
      STAY_A_LOOP
      for (int32_t tap = 0; tap < 9; ++tap) {
        const float* from = w + (tap * in + i) * out + o;
        v4 a = load(from), b = load(from + out), c = load(from + 2 * out), d = load(from + 3 * out);
        transpose4(&a, &b, &c, &d);
        float* at = turned + (8 - tap) * 16;
        store(at, a);
        store(at + 4, b);
        store(at + 8, c);
        store(at + 12, d);
      }
      STAY_A_LOOP
      for (int32_t k = 0; k < 4; ++k, to += kPanel) taps_to_points(turned + 4 * k, 16, to, stride);
    }
  }
}

/* Cut from scratch one behind the other. */
static inline float* take(float** scratch, int32_t floats) {
  float* at = *scratch;
  *scratch += round4(floats) + 16;
  return at;
}

/* Floats of scratch for a convolution from `channels` to `outChannels`, in any direction. */
int32_t winograd_scratch_floats(const Conv* c) {
  const int32_t channels = max32(c->channels, c->outChannels);
  const int32_t height = max32(c->height, c->outHeight), width = max32(c->width, c->outWidth);
  const Tiles t = tiles_of(1 << 20, height, width, 4);
  const int32_t group = max32(kGroupFloats, kPoints * t.each * channels) + kPoints * 32;
  return kPoints * filter_stride(channels, channels) + 2 * group + (t.down + 1) * (t.across + 1) * kTile * kTile * channels + 256;
}

/* A convolution of images `[height, width, in]`, `top` and `left` rows and columns of `value` in front of them. */
static void convolve(int32_t images, const float* x, int32_t height, int32_t width, int32_t in, int32_t top,
                     int32_t left, float value, const float* panels, float* y, int32_t outHeight, int32_t outWidth,
                     int32_t out, const float* bias, int32_t activation, float* scratch) {
  const Tiles t = tiles_of(images, outHeight, outWidth, max32(in, out));
  const int32_t rows = t.down * kTile + 2, columns = t.across * kTile + 2;
  float* image = take(&scratch, rows * columns * in);
  float* points = take(&scratch, kPoints * point_stride(t.images * t.each * in));
  float* products = take(&scratch, kPoints * point_stride(t.images * t.each * out));
  int32_t zero = 0;
  const Runs all = {1, &zero, &in};
  for (int32_t first = 0; first < images; first += t.images) {
    const int32_t count = min32(t.images, images - first), tiles = count * t.each;
    for (int32_t i = 0; i < count; ++i) {
      place(x + (first + i) * height * width * in, height, width, in, image, rows, columns, top, left, value);
      image_points(image, columns, &t, in, points + i * t.each * in, point_stride(tiles * in));
    }
    const Grid grid = {1, tiles, 0, in, 0, out};
    for (int32_t p = 0; p < kPoints; ++p) {
      multiply_windows(points + p * point_stride(tiles * in), &grid, &all, panels + p * filter_stride(in, out), in, out, 0,
                       kNone, products + p * point_stride(tiles * out));
    }
    for (int32_t i = 0; i < count; ++i) {
      points_image(products + i * t.each * out, point_stride(tiles * out), &t, outHeight, outWidth, out, bias, activation,
                   y + (first + i) * outHeight * outWidth * out);
    }
  }
}

void winograd_forward(const Conv* c, const float* x, const float* w, const float* bias, float* y, int32_t activation,
                      float* scratch) {
  const int32_t in = c->channels, out = c->outChannels;
  float* panels = take(&scratch, kPoints * filter_stride(in, out));
  filter_panels(w, in, out, panels);
  convolve(c->images, x, c->height, c->width, in, c->padTop, c->padLeft, c->padValue, panels, y, c->outHeight,
           c->outWidth, out, bias, activation, scratch);
}

/* The same with the filter turned around and its channels swapped. */
void winograd_input_gradient(const Conv* c, const float* dy, const float* w, float* dx, float* scratch) {
  const int32_t in = c->channels, out = c->outChannels;
  float* panels = take(&scratch, kPoints * filter_stride(out, in));
  turned_filter_panels(w, in, out, panels);
  convolve(c->images, dy, c->outHeight, c->outWidth, out, 2 - c->padTop, 2 - c->padLeft, 0.0f, panels, dx, c->height,
           c->width, in, 0, kNone, scratch);
}

void winograd_filter_gradient(const Conv* c, const float* x, const float* dy, float* dw, float* scratch) {
  const int32_t in = c->channels, out = c->outChannels;
  const Tiles t = tiles_of(c->images, c->outHeight, c->outWidth, max32(in, out));
  const int32_t rows = t.down * kTile + 2, columns = t.across * kTile + 2;
  const int32_t tap = in * out, stride = point_stride(tap);
  float* sums = take(&scratch, kPoints * stride);
  float* image = take(&scratch, rows * columns * max32(in, out));
  float* points = take(&scratch, kPoints * point_stride(t.images * t.each * in));
  float* gradients = take(&scratch, kPoints * point_stride(t.images * t.each * out));
  int32_t zero = 0, length = in;
  const Runs all = {1, &zero, &length};
  memset(sums, 0, 4u * (uint32_t)(kPoints * stride));
  for (int32_t first = 0; first < c->images; first += t.images) {
    const int32_t count = min32(t.images, c->images - first), tiles = count * t.each;
    for (int32_t i = 0; i < count; ++i) {
      place(x + (first + i) * c->height * c->width * in, c->height, c->width, in, image, rows, columns, c->padTop,
            c->padLeft, c->padValue);
      image_points(image, columns, &t, in, points + i * t.each * in, point_stride(tiles * in));
      const float* gradient = dy + (first + i) * c->outHeight * c->outWidth * out;
      if (c->outHeight % kTile || c->outWidth % kTile) {
        place(gradient, c->outHeight, c->outWidth, out, image, t.down * kTile, t.across * kTile, 0, 0, 0.0f);
        gradient = image;
      }
      gradient_image_points(gradient, t.across * kTile, &t, out, gradients + i * t.each * out,
                            point_stride(tiles * out));
    }
    const Grid grid = {1, tiles, 0, in, 0, out};
    for (int32_t p = 0; p < kPoints; ++p) {
      gather_windows(points + p * point_stride(tiles * in), gradients + p * point_stride(tiles * out), &grid, &all,
                     out, sums + p * stride);
    }
  }
  float half[4 * 3 * kPatch], added[12];
  for (int32_t i = 0; i < tap; i += 4) {
    STAY_A_LOOP
    for (int32_t j = 0; j < kPatch; ++j) to_taps(sums + j * stride + i, kPatch * stride, half + 4 * j, 4 * kPatch);
    STAY_A_LOOP
    for (int32_t k = 0; k < 3; ++k) {
      to_taps(half + 4 * k * kPatch, 4, added, 4);
      for (int32_t j = 0; j < 3; ++j) {
        float* to = dw + (k * 3 + j) * tap + i;
        store(to, load(to) + load(added + 4 * j));
      }
    }
  }
}
