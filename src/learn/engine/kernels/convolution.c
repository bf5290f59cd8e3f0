#include "windows.h"

/* The memory of one call, cut from its scratch. */
typedef struct {
  float* panels;
  float* image;
  Runs runs;
} Work;

static inline int32_t taps(const Conv* c) { return c->kernelHeight * c->kernelWidth; }

/* Whether an output is a function of one pixel: then all images are one long row. */
static inline int32_t pointwise(const Conv* c) {
  return taps(c) == 1 && c->strideY == 1 && c->strideX == 1 && inside(c);
}

/* Whether windows lie in so small pieces, as in images of one channel, that it pays to copy them to where each is one. */
static inline int32_t scattered(const Conv* c) {
  const int32_t piece = c->dilationX == 1 ? c->kernelWidth * c->channels : c->channels;
  return taps(c) > 1 && piece < 4;
}

static Work work_of(const Conv* c, void* scratch) {
  Work w;
  w.runs.offset = scratch;
  w.runs.length = w.runs.offset + taps(c);
  w.panels = (float*)scratch + round4(2 * taps(c));
  w.image = w.panels + panel_floats(taps(c) * max32(c->channels, c->outChannels), max32(c->channels, c->outChannels));
  return w;
}

int32_t EXPORT(conv_scratch_bytes)(const Conv* c) {
  const int32_t channels = max32(c->channels, c->outChannels);
  const int32_t forward = max32(reach_y(c), c->height) * max32(reach_x(c), c->width) * c->channels;
  const int32_t backward = spread_y(c) * spread_x(c) * c->outChannels;
  const int32_t plain = round4(2 * taps(c)) + panel_floats(taps(c) * channels, channels) + max32(forward, backward);
  const int32_t patches = scattered(c) ? c->outWidth * taps(c) * c->channels : 0;
  return 4 * max32(plain + patches, winograd_fits(c) ? winograd_scratch_floats(c) : 0) + 256;
}

static void add_run(Runs* runs, int32_t offset, int32_t length) {
  const int32_t last = runs->count - 1;
  if (last >= 0 && runs->offset[last] + runs->length[last] == offset) {
    runs->length[last] += length;
    return;
  }
  runs->offset[runs->count] = offset;
  runs->length[runs->count++] = length;
}

/* An image in a larger one. */
void place(const float* x, int32_t height, int32_t width, int32_t channels, float* image, int32_t rows,
           int32_t columns, int32_t top, int32_t left, float value) {
  const int32_t across = columns * channels;
  const int32_t used = min32(width, columns - left) * channels;
  for (int32_t row = 0; row < rows; ++row) {
    float* to = image + row * across;
    const int32_t from = row - top;
    if (from < 0 || from >= height) {
      for (int32_t i = 0; i < across; ++i) to[i] = value;
      continue;
    }
    for (int32_t i = 0; i < left * channels; ++i) to[i] = value;
    memcpy(to + left * channels, x + from * width * channels, 4u * (uint32_t)used);
    for (int32_t i = left * channels + used; i < across; ++i) to[i] = value;
  }
}

/* The grid of outputs of a convolution and its windows, in an image `columns` wide. */
static Grid forward_windows(const Conv* c, int32_t columns, Runs* runs) {
  runs->count = 0;
  for (int32_t ky = 0; ky < c->kernelHeight; ++ky)
    for (int32_t kx = 0; kx < c->kernelWidth; ++kx)
      add_run(runs, (ky * c->dilationY * columns + kx * c->dilationX) * c->channels, c->channels);
  const int32_t out = c->outChannels;
  return (Grid){c->outHeight,        c->outWidth, c->strideY * columns * c->channels, c->strideX * c->channels,
                c->outWidth * out, out};
}

/* The windows of a row of outputs, one behind the other. Four floats at a time: the next piece overwrites what is too
   many. */
static void copy_windows(const float* row, const Grid* g, const Runs* runs, float* to) {
  for (int32_t column = 0; column < g->columns; ++column, row += g->inColumn) {
    for (int32_t r = 0; r < runs->count; ++r) {
      const float* from = row + runs->offset[r];
      const int32_t length = runs->length[r];
      for (int32_t i = 0; i < length; i += 4) store(to + i, load(from + i));
      to += length;
    }
  }
}

static void forward_scattered(const Conv* c, const float* image, const Grid* g, const Work* s, const float* bias,
                              float* y, int32_t activation) {
  int32_t zero = 0, depth = taps(c) * c->channels;
  const Runs all = {1, &zero, &depth};
  const Grid line = {1, g->columns, 0, depth, 0, g->outColumn};
  float* patches = s->image + reach_y(c) * reach_x(c) * c->channels;
  for (int32_t row = 0; row < g->rows; ++row) {
    copy_windows(image + row * g->inRow, g, &s->runs, patches);
    multiply_windows(patches, &line, &all, s->panels, depth, c->outChannels, bias, activation, y + row * g->outRow);
  }
}

void EXPORT(conv_forward)(const Conv* c, const float* x, const float* w, const float* bias, float* y,
                          int32_t activation, void* scratch) {
  if (winograd_fits(c)) {
    winograd_forward(c, x, w, bias, y, activation, scratch);
    return;
  }
  Work s = work_of(c, scratch);
  const int32_t depth = taps(c) * c->channels;
  pack_panels(w, depth, c->outChannels, c->outChannels, s.panels);
  Grid grid = forward_windows(c, inside(c) ? c->width : reach_x(c), &s.runs);
  if (pointwise(c)) {
    grid = (Grid){1, c->images * c->height * c->width, 0, c->channels, 0, c->outChannels};
    multiply_windows(x, &grid, &s.runs, s.panels, depth, c->outChannels, bias, activation, y);
    return;
  }
  for (int32_t image = 0; image < c->images; ++image) {
    const float* from = windows_of(c, x + image * c->height * c->width * c->channels, s.image);
    float* to = y + image * c->outHeight * c->outWidth * c->outChannels;
    if (scattered(c)) {
      forward_scattered(c, from, &grid, &s, bias, to, activation);
      continue;
    }
    multiply_windows(from, &grid, &s.runs, s.panels, depth, c->outChannels, bias, activation, to);
  }
}

void EXPORT(conv_filter_gradient)(const Conv* c, const float* x, const float* dy, float* dw, float* db, void* scratch,
                                  int32_t again) {
  Work s = work_of(c, scratch);
  const int32_t pixels = c->outHeight * c->outWidth;
  if (db) (again ? add_rows : sum_rows)(dy, c->images * pixels, c->outChannels, db);
  if (!again) memset(dw, 0, 4u * (uint32_t)(taps(c) * c->channels * c->outChannels));
  if (winograd_fits(c)) {
    winograd_filter_gradient(c, x, dy, dw, scratch);
    return;
  }
  const Grid grid = forward_windows(c, inside(c) ? c->width : reach_x(c), &s.runs);
  if (pointwise(c)) {
    const Grid line = {1, c->images * pixels, 0, c->channels, 0, c->outChannels};
    gather_windows(x, dy, &line, &s.runs, c->outChannels, dw);
    return;
  }
  for (int32_t image = 0; image < c->images; ++image) {
    const float* from = windows_of(c, x + image * c->height * c->width * c->channels, s.image);
    gather_windows(from, dy + image * pixels * c->outChannels, &grid, &s.runs, c->outChannels, dw);
  }
}

/*
 * Inputs that lie a stride apart see the same taps: for each such phase, a plain convolution of the gradient with those
 * taps, turned around. No position is multiplied that a stride left out.
 */
void EXPORT(conv_input_gradient)(const Conv* c, const float* dy, const float* w, float* dx, void* scratch) {
  if (winograd_fits(c)) {
    winograd_input_gradient(c, dy, w, dx, scratch);
    return;
  }
  Work s = work_of(c, scratch);
  const int32_t in = c->channels, out = c->outChannels;
  if (pointwise(c)) {
    int32_t zero = 0, length = out;
    const Runs all = {1, &zero, &length};
    pack_panels_transposed(w, out, in, out, s.panels);
    const Grid line = {1, c->images * c->height * c->width, 0, out, 0, in};
    multiply_windows(dy, &line, &all, s.panels, out, in, 0, kNone, dx);
    return;
  }
  const int32_t top = (c->kernelHeight - 1) * c->dilationY / c->strideY + 1;
  const int32_t left = (c->kernelWidth - 1) * c->dilationX / c->strideX + 1;
  const int32_t rows = spread_y(c), columns = spread_x(c);
  /* Zeros around stay; each image overwrites the middle. So do inputs that no tap sees. */
  memset(s.image, 0, 4u * (uint32_t)(rows * columns * out));
  const int32_t unseen = c->kernelHeight < c->strideY || c->kernelWidth < c->strideX;
  if (unseen) memset(dx, 0, 4u * (uint32_t)(c->images * c->height * c->width * in));
  for (int32_t image = 0; image < c->images; ++image) {
    const float* from = dy + image * c->outHeight * c->outWidth * out;
    float* to = dx + image * c->height * c->width * in;
    for (int32_t row = 0; row < c->outHeight; ++row) {
      memcpy(s.image + ((row + top) * columns + left) * out, from + row * c->outWidth * out,
             4u * (uint32_t)(c->outWidth * out));
    }
    float* panels = s.panels;
    for (int32_t py = 0; py < min32(c->strideY, c->height); ++py) {
      for (int32_t px = 0; px < min32(c->strideX, c->width); ++px) {
        s.runs.count = 0;
        int32_t depth = 0;
        for (int32_t ky = c->kernelHeight - 1; ky >= 0; --ky) {
          const Hit y = hit_of(py, c->padTop, ky, c->dilationY, c->strideY);
          if (!y.hits) continue;
          for (int32_t kx = c->kernelWidth - 1; kx >= 0; --kx) {
            const Hit x = hit_of(px, c->padLeft, kx, c->dilationX, c->strideX);
            if (!x.hits) continue;
            add_run(&s.runs, ((top + y.at) * columns + left + x.at) * out, out);
            depth += out;
          }
        }
        if (depth == 0 && unseen) continue;
        const int32_t high = (c->height - py + c->strideY - 1) / c->strideY;
        const int32_t wide = (c->width - px + c->strideX - 1) / c->strideX;
        const Grid grid = {high, wide, columns * out, out, c->strideY * c->width * in, c->strideX * in};
        if (image == 0) {
          /* Panel by panel, the taps of this phase. */
          int32_t row = 0;
          for (int32_t ky = c->kernelHeight - 1; ky >= 0; --ky) {
            if (!hit_of(py, c->padTop, ky, c->dilationY, c->strideY).hits) continue;
            for (int32_t kx = c->kernelWidth - 1; kx >= 0; --kx) {
              if (!hit_of(px, c->padLeft, kx, c->dilationX, c->strideX).hits) continue;
              const float* tap = w + (ky * c->kernelWidth + kx) * in * out;
              for (int32_t first = 0; first < in; first += kPanel) {
                pack_panels_transposed(tap + first * out, out, min32(kPanel, in - first), out,
                                       panels + first * depth + row * kPanel);
              }
              row += out;
            }
          }
        }
        multiply_windows(s.image, &grid, &s.runs, panels, depth, in, 0, kNone,
                         to + (py * c->width + px) * in);
        panels += panel_floats(depth, in);
      }
    }
  }
}
