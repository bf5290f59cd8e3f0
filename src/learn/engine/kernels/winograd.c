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

/* Points of 6 values: B' x. */
static inline __attribute__((always_inline)) void to_points(const v4* x, int32_t step, v4* out, int32_t outStep) {
  const v4 a = x[0], b = x[step], c = x[2 * step], d = x[3 * step], e = x[4 * step], f = x[5 * step];
  const v4 four = splat(4.0f), two = splat(2.0f);
  const v4 even = e - four * c, odd = d - four * b, narrow = e - c, wide = two * (d - b);
  out[0] = four * a - splat(5.0f) * c + e;
  out[outStep] = even + odd;
  out[2 * outStep] = even - odd;
  out[3 * outStep] = narrow + wide;
  out[4 * outStep] = narrow - wide;
  out[5 * outStep] = four * b - splat(5.0f) * d + f;
}

/* 4 outputs from 6 points: A' m. */
static inline __attribute__((always_inline)) void to_tile(const v4* m, int32_t step, v4* out, int32_t outStep) {
  const v4 p = m[step] + m[2 * step], q = m[step] - m[2 * step];
  const v4 r = m[3 * step] + m[4 * step], s = m[3 * step] - m[4 * step];
  out[0] = m[0] + p + r;
  out[outStep] = q + splat(2.0f) * s;
  out[2 * outStep] = p + splat(4.0f) * r;
  out[3 * outStep] = q + splat(8.0f) * s + m[5 * step];
}

/* 3 taps from 6 points. */
static inline __attribute__((always_inline)) void to_taps(const v4* m, int32_t step, v4* out, int32_t outStep) {
  const v4 p = m[step] + m[2 * step], q = m[step] - m[2 * step];
  const v4 r = m[3 * step] + m[4 * step], s = m[3 * step] - m[4 * step];
  out[0] = m[0] + p + r;
  out[outStep] = q + splat(2.0f) * s;
  out[2 * outStep] = p + splat(4.0f) * r + m[5 * step];
}

/* Points of a filter of 3 values: G g. */
static inline __attribute__((always_inline)) void filter_points(const v4* g, int32_t step, v4* out, int32_t outStep) {
  const v4 a = g[0], b = g[step], c = g[2 * step];
  const v4 near = (a + c) * splat(-1.0f / 6), far = (a + c * splat(4.0f)) * splat(1.0f / 24);
  const v4 one = b * splat(-1.0f / 6), two = b * splat(1.0f / 12);
  out[0] = a * splat(0.25f);
  out[outStep] = near + one;
  out[2 * outStep] = near - one;
  out[3 * outStep] = far + two;
  out[4 * outStep] = far - two;
  out[5 * outStep] = c;
}

/* Points of 4 gradients, as a filter. */
static inline __attribute__((always_inline)) void gradient_points(const v4* g, int32_t step, v4* out,
                                                                  int32_t outStep) {
  const v4 a = g[0], b = g[step], c = g[2 * step], d = g[3 * step];
  const v4 near = (a + c) * splat(-1.0f / 6), one = (b + d) * splat(-1.0f / 6);
  const v4 far = (a + c * splat(4.0f)) * splat(1.0f / 24), two = (b + d * splat(4.0f)) * splat(1.0f / 12);
  out[0] = a * splat(0.25f);
  out[outStep] = near + one;
  out[2 * outStep] = near - one;
  out[3 * outStep] = far + two;
  out[4 * outStep] = far - two;
  out[5 * outStep] = d;
}

/* Tiles of a padded image, `columns` wide, to `[point, tile, channel]` with `stride` floats from point to point. */
static void image_points(const float* image, int32_t columns, const Tiles* t, int32_t channels, float* out,
                         int32_t stride) {
  for (int32_t tile = 0; tile < t->each; ++tile) {
    const float* from = image + (tile / t->across * columns + tile % t->across) * kTile * channels;
    for (int32_t c = 0; c < channels; c += 4) {
      v4 x[kPoints], half[kPoints], points[kPatch];
      for (int32_t i = 0; i < kPatch; ++i)
        for (int32_t j = 0; j < kPatch; ++j) x[i * kPatch + j] = load(from + (i * columns + j) * channels + c);
      for (int32_t j = 0; j < kPatch; ++j) to_points(x + j, kPatch, half + j, kPatch);
      for (int32_t i = 0; i < kPatch; ++i) {
        to_points(half + i * kPatch, 1, points, 1);
        for (int32_t j = 0; j < kPatch; ++j)
          store(out + (i * kPatch + j) * stride + tile * channels + c, points[j]);
      }
    }
  }
}

/* The 4 by 4 tiles of a gradient to points, as filters. */
static void gradient_image_points(const float* image, int32_t columns, const Tiles* t, int32_t channels, float* out,
                                  int32_t stride) {
  for (int32_t tile = 0; tile < t->each; ++tile) {
    const float* from = image + (tile / t->across * columns + tile % t->across) * kTile * channels;
    for (int32_t c = 0; c < channels; c += 4) {
      v4 x[kTile * kTile], half[kPatch * kTile], points[kPatch];
      for (int32_t i = 0; i < kTile; ++i)
        for (int32_t j = 0; j < kTile; ++j) x[i * kTile + j] = load(from + (i * columns + j) * channels + c);
      for (int32_t j = 0; j < kTile; ++j) gradient_points(x + j, kTile, half + j, kTile);
      for (int32_t i = 0; i < kPatch; ++i) {
        gradient_points(half + i * kTile, 1, points, 1);
        for (int32_t j = 0; j < kPatch; ++j)
          store(out + (i * kPatch + j) * stride + tile * channels + c, points[j]);
      }
    }
  }
}

/* Points back to the tiles of an image, cut off at its border. */
static void points_image(const float* in, int32_t stride, const Tiles* t, int32_t height, int32_t width,
                         int32_t channels, const float* bias, int32_t activation, float* y) {
  for (int32_t tile = 0; tile < t->each; ++tile) {
    const int32_t top = tile / t->across * kTile, left = tile % t->across * kTile;
    const int32_t rows = min32(kTile, height - top), across = min32(kTile, width - left);
    float* to = y + (top * width + left) * channels;
    for (int32_t c = 0; c < channels; c += 4) {
      v4 half[kTile * kPatch], points[kPatch], out[kTile];
      for (int32_t j = 0; j < kPatch; ++j) {
        for (int32_t i = 0; i < kPatch; ++i) points[i] = load(in + (i * kPatch + j) * stride + tile * channels + c);
        to_tile(points, 1, half + j, kPatch);
      }
      const v4 offset = bias ? load(bias + c) : splat(0.0f);
      for (int32_t i = 0; i < rows; ++i) {
        to_tile(half + i * kPatch, 1, out, 1);
        for (int32_t j = 0; j < across; ++j)
          store(to + (i * width + j) * channels + c, activated(out[j] + offset, activation));
      }
    }
  }
}

/* A filter `[3, 3, in, out]` to `[point, in, out]`, turned around when asked to. */
static void all_filter_points(const float* w, int32_t inputs, int32_t outputs, int32_t turned, float* out) {
  const int32_t tap = inputs * outputs;
  for (int32_t i = 0; i < tap; i += 4) {
    v4 g[9], half[18], points[kPatch];
    for (int32_t k = 0; k < 9; ++k) g[k] = load(w + (turned ? 8 - k : k) * tap + i);
    for (int32_t j = 0; j < 3; ++j) filter_points(g + j, 3, half + j, 3);
    for (int32_t k = 0; k < kPatch; ++k) {
      filter_points(half + k * 3, 1, points, 1);
      for (int32_t j = 0; j < kPatch; ++j) store(out + (k * kPatch + j) * tap + i, points[j]);
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
  const int32_t filter = kPoints * (panel_floats(channels, channels) + channels * channels);
  return 2 * filter + 2 * group + (t.down + 1) * (t.across + 1) * kTile * kTile * channels + 256;
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
      multiply_windows(points + p * point_stride(tiles * in), &grid, &all, panels + p * panel_floats(in, out), in, out, 0, kNone,
                       products + p * point_stride(tiles * out));
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
  float* filter = take(&scratch, kPoints * in * out);
  float* panels = take(&scratch, kPoints * panel_floats(in, out));
  all_filter_points(w, in, out, 0, filter);
  for (int32_t p = 0; p < kPoints; ++p)
    pack_panels(filter + p * in * out, in, out, out, panels + p * panel_floats(in, out));
  convolve(c->images, x, c->height, c->width, in, c->padTop, c->padLeft, c->padValue, panels, y, c->outHeight,
           c->outWidth, out, bias, activation, scratch);
}

/* The same with the filter turned around and its channels swapped. */
void winograd_input_gradient(const Conv* c, const float* dy, const float* w, float* dx, float* scratch) {
  const int32_t in = c->channels, out = c->outChannels;
  float* filter = take(&scratch, kPoints * in * out);
  float* panels = take(&scratch, kPoints * panel_floats(out, in));
  all_filter_points(w, in, out, 1, filter);
  for (int32_t p = 0; p < kPoints; ++p)
    pack_panels_transposed(filter + p * in * out, out, in, out, panels + p * panel_floats(out, in));
  convolve(c->images, dy, c->outHeight, c->outWidth, out, 2 - c->padTop, 2 - c->padLeft, 0.0f, panels, dx, c->height,
           c->width, in, 0, kNone, scratch);
}

void winograd_filter_gradient(const Conv* c, const float* x, const float* dy, float* dw, float* scratch) {
  const int32_t in = c->channels, out = c->outChannels;
  const Tiles t = tiles_of(c->images, c->outHeight, c->outWidth, max32(in, out));
  const int32_t rows = t.down * kTile + 2, columns = t.across * kTile + 2;
  float* sums = take(&scratch, kPoints * in * out);
  float* image = take(&scratch, rows * columns * max32(in, out));
  float* points = take(&scratch, kPoints * point_stride(t.images * t.each * in));
  float* gradients = take(&scratch, kPoints * point_stride(t.images * t.each * out));
  int32_t zero = 0, length = in;
  const Runs all = {1, &zero, &length};
  memset(sums, 0, 4u * (uint32_t)(kPoints * in * out));
  for (int32_t first = 0; first < c->images; first += t.images) {
    const int32_t count = min32(t.images, c->images - first), tiles = count * t.each;
    for (int32_t i = 0; i < count; ++i) {
      place(x + (first + i) * c->height * c->width * in, c->height, c->width, in, image, rows, columns, c->padTop,
            c->padLeft, c->padValue);
      image_points(image, columns, &t, in, points + i * t.each * in, point_stride(tiles * in));
      place(dy + (first + i) * c->outHeight * c->outWidth * out, c->outHeight, c->outWidth, out, image,
            t.down * kTile, t.across * kTile, 0, 0, 0.0f);
      gradient_image_points(image, t.across * kTile, &t, out, gradients + i * t.each * out, point_stride(tiles * out));
    }
    const Grid grid = {1, tiles, 0, in, 0, out};
    for (int32_t p = 0; p < kPoints; ++p) {
      gather_windows(points + p * point_stride(tiles * in), gradients + p * point_stride(tiles * out), &grid, &all, out, sums + p * in * out);
    }
  }
  const int32_t tap = in * out;
  for (int32_t i = 0; i < tap; i += 4) {
    v4 m[kPoints], half[3 * kPatch], taps[3];
    for (int32_t p = 0; p < kPoints; ++p) m[p] = load(sums + p * tap + i);
    for (int32_t j = 0; j < kPatch; ++j) to_taps(m + j, kPatch, half + j, kPatch);
    for (int32_t k = 0; k < 3; ++k) {
      to_taps(half + k * kPatch, 1, taps, 1);
      for (int32_t j = 0; j < 3; ++j) {
        float* to = dw + (k * 3 + j) * tap + i;
        store(to, load(to) + taps[j]);
      }
    }
  }
}
