#include "windows.h"

/*
 * Depthwise convolutions: vectors run along channels. With several filters per channel, which small networks hardly
 * use, plain loops do.
 */

typedef struct {
  /* Offset of each tap's value from the start of a window, and of its weights in the filter. */
  int32_t* offset;
  int32_t* weight;
  int32_t count;
  float* image;
} Taps;

static Taps taps_of(const Conv* c, void* scratch) {
  const int32_t count = c->kernelHeight * c->kernelWidth;
  int32_t* words = scratch;
  return (Taps){words, words + count, 0, (float*)(words + round4(2 * count))};
}

int32_t EXPORT(depthwise_scratch_bytes)(const Conv* c) {
  const int32_t forward = max32(reach_y(c), c->height) * max32(reach_x(c), c->width) * c->channels;
  const int32_t backward = spread_y(c) * spread_x(c) * c->outChannels;
  return 4 * (round4(2 * c->kernelHeight * c->kernelWidth) + max32(forward, backward)) + 256;
}

static void forward_taps(const Conv* c, int32_t columns, Taps* taps) {
  for (int32_t ky = 0; ky < c->kernelHeight; ++ky) {
    for (int32_t kx = 0; kx < c->kernelWidth; ++kx) {
      taps->offset[taps->count] = (ky * c->dilationY * columns + kx * c->dilationX) * c->channels;
      taps->weight[taps->count] = taps->count * c->outChannels;
      ++taps->count;
    }
  }
}

/*
 * Three taps beside one another, and outputs beside one another a step of the taps apart: each value is loaded once for
 * up to three outputs.
 */
enum { kTriple = 3, kMostTogether = 5 };

/* Floats from tap to tap and from weight to weight, where all rows of taps are such triples; else no step. */
typedef struct {
  int32_t step, weightStep;
} Triples;

static Triples triples_of(const Taps* taps, const Grid* g, int32_t channels) {
  const Triples none = {0, 0};
  if (taps->count % kTriple != 0 || channels < 4) return none;
  const Triples t = {g->inColumn, taps->count > 1 ? taps->weight[1] - taps->weight[0] : 0};
  for (int32_t i = 0; i < taps->count; ++i) {
    if (i % kTriple == 0) continue;
    if (taps->offset[i] - taps->offset[i - 1] != t.step || taps->weight[i] - taps->weight[i - 1] != t.weightStep)
      return none;
  }
  return t;
}

/* Outputs that stand together, in a row of vectors. */
static inline __attribute__((always_inline)) void sum_triples(const float* x, const Taps* taps, const Triples* t,
                                                              const float* w, int32_t channels, const float* bias,
                                                              int32_t activation, float* y, int32_t outColumn,
                                                              int32_t together) {
  for (int32_t at = 0; at < channels; at += 4) {
    const int32_t i = min32(at, channels - 4);
    v4 s[kMostTogether];
#pragma clang loop unroll(full)
    for (int32_t k = 0; k < together; ++k) s[k] = bias ? load(bias + i) : splat(0.0f);
#pragma clang loop unroll(disable)
    for (int32_t tap = 0; tap < taps->count; tap += kTriple) {
      const float* from = x + taps->offset[tap] + i;
      const float* weights = w + taps->weight[tap] + i;
      const v4 w0 = load(weights), w1 = load(weights + t->weightStep), w2 = load(weights + 2 * t->weightStep);
      v4 v[kMostTogether + 2];
#pragma clang loop unroll(full)
      for (int32_t k = 0; k < together + 2; ++k) v[k] = load(from + k * t->step);
#pragma clang loop unroll(full)
      for (int32_t k = 0; k < together; ++k) s[k] = madd(v[k + 2], w2, madd(v[k + 1], w1, madd(v[k], w0, s[k])));
    }
#pragma clang loop unroll(full)
    for (int32_t k = 0; k < together; ++k) store(y + k * outColumn + i, activated(s[k], activation));
  }
}

static void sum_all_triples(const float* x, const Grid* g, const Taps* taps, const Triples* t, const float* w,
                            int32_t channels, const float* bias, int32_t activation, float* y) {
  for (int32_t row = 0; row < g->rows; ++row) {
    const float* a = x + row * g->inRow;
    float* out = y + row * g->outRow;
    for (int32_t left = g->columns, done = 0; left > 0; left -= done, a += done * g->inColumn, out += done * g->outColumn) {
      /* Five at most, and rather two groups of three than four and two. */
      done = left >= 8 ? 4 : left > kMostTogether ? 3 : left;
      switch (done) {
        case 1:
          sum_triples(a, taps, t, w, channels, bias, activation, out, g->outColumn, 1);
          break;
        case 2:
          sum_triples(a, taps, t, w, channels, bias, activation, out, g->outColumn, 2);
          break;
        case 3:
          sum_triples(a, taps, t, w, channels, bias, activation, out, g->outColumn, 3);
          break;
        case 4:
          sum_triples(a, taps, t, w, channels, bias, activation, out, g->outColumn, 4);
          break;
        default:
          sum_triples(a, taps, t, w, channels, bias, activation, out, g->outColumn, kMostTogether);
      }
    }
  }
}

/* y = per channel, the sum over taps. The last vector may overlap the one before it. */
static void sum_taps(const float* x, const Grid* g, const Taps* taps, const float* w, int32_t channels,
                     const float* bias, int32_t activation, float* y) {
  const Triples triples = triples_of(taps, g, channels);
  if (triples.step > 0) {
    sum_all_triples(x, g, taps, &triples, w, channels, bias, activation, y);
    return;
  }
  const int32_t vectors = channels >= 4 ? channels : 0;
  for (int32_t row = 0; row < g->rows; ++row) {
    for (int32_t column = 0; column < g->columns; column += 2) {
      const float* a = x + row * g->inRow + column * g->inColumn;
      float* out = y + row * g->outRow + column * g->outColumn;
      const int32_t two = column + 1 < g->columns;
      const float* a2 = two ? a + g->inColumn : a;
      for (int32_t at = 0; at < vectors; at += 4) {
        const int32_t i = min32(at, channels - 4);
        v4 s = bias ? load(bias + i) : splat(0.0f), s2 = s;
        for (int32_t t = 0; t < taps->count; ++t) {
          const v4 weight = load(w + taps->weight[t] + i);
          s = madd(load(a + taps->offset[t] + i), weight, s);
          s2 = madd(load(a2 + taps->offset[t] + i), weight, s2);
        }
        store(out + i, activated(s, activation));
        if (two) store(out + g->outColumn + i, activated(s2, activation));
      }
      if (vectors) continue;
      for (int32_t pixel = 0; pixel <= two; ++pixel) {
        for (int32_t i = 0; i < channels; ++i) {
          float s = bias ? bias[i] : 0.0f;
          for (int32_t t = 0; t < taps->count; ++t)
            s += a[pixel * g->inColumn + taps->offset[t] + i] * w[taps->weight[t] + i];
          out[pixel * g->outColumn + i] = activated(splat(s), activation)[0];
        }
      }
    }
  }
}

/* The same with several filters per channel. */
static void sum_taps_multiplied(const float* x, const Grid* g, const Taps* taps, const float* w, int32_t channels,
                                int32_t multiplier, const float* bias, int32_t activation, float* y) {
  for (int32_t row = 0; row < g->rows; ++row) {
    for (int32_t column = 0; column < g->columns; ++column) {
      const float* a = x + row * g->inRow + column * g->inColumn;
      float* out = y + row * g->outRow + column * g->outColumn;
      for (int32_t i = 0; i < channels * multiplier; ++i) {
        float s = bias ? bias[i] : 0.0f;
        for (int32_t t = 0; t < taps->count; ++t) s += a[taps->offset[t] + i / multiplier] * w[taps->weight[t] + i];
        out[i] = activated(splat(s), activation)[0];
      }
    }
  }
}

void EXPORT(depthwise_forward)(const Conv* c, const float* x, const float* w, const float* bias, float* y,
                               int32_t activation, void* scratch) {
  Taps taps = taps_of(c, scratch);
  const int32_t columns = inside(c) ? c->width : reach_x(c), out = c->outChannels;
  forward_taps(c, columns, &taps);
  const Grid g = {c->outHeight, c->outWidth, c->strideY * columns * c->channels, c->strideX * c->channels,
                  c->outWidth * out, out};
  for (int32_t image = 0; image < c->images; ++image) {
    const float* from = windows_of(c, x + image * c->height * c->width * c->channels, taps.image);
    float* to = y + image * c->outHeight * c->outWidth * out;
    if (out == c->channels) {
      sum_taps(from, &g, &taps, w, out, bias, activation, to);
    } else {
      sum_taps_multiplied(from, &g, &taps, w, c->channels, out / c->channels, bias, activation, to);
    }
  }
}

/* Gradients of up to three taps, which share the loads of dy, for eight channels or four. */
static inline __attribute__((always_inline)) void gather_three(const float* x, const float* dy, const Grid* g,
                                                               const int32_t* offset, int32_t wide, float* to,
                                                               int32_t stride) {
  const float* x0 = x + offset[0];
  const float* x1 = x + offset[1];
  const float* x2 = x + offset[2];
  v4 s00 = splat(0.0f), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00;
  for (int32_t row = 0; row < g->rows; ++row) {
    const float* d = dy + row * g->outRow;
    int32_t at = row * g->inRow;
    for (int32_t column = 0; column < g->columns; ++column) {
      const v4 d0 = load(d);
      s00 = madd(load(x0 + at), d0, s00);
      s10 = madd(load(x1 + at), d0, s10);
      s20 = madd(load(x2 + at), d0, s20);
      if (wide) {
        const v4 d1 = load(d + 4);
        s01 = madd(load(x0 + at + 4), d1, s01);
        s11 = madd(load(x1 + at + 4), d1, s11);
        s21 = madd(load(x2 + at + 4), d1, s21);
      }
      at += g->inColumn;
      d += g->outColumn;
    }
  }
  store(to, load(to) + s00);
  store(to + stride, load(to + stride) + s10);
  store(to + 2 * stride, load(to + 2 * stride) + s20);
  if (!wide) return;
  store(to + 4, load(to + 4) + s01);
  store(to + stride + 4, load(to + stride + 4) + s11);
  store(to + 2 * stride + 4, load(to + 2 * stride + 4) + s21);
}

static inline __attribute__((always_inline)) void gather_one(const float* x, const float* dy, const Grid* g, float* to) {
  v4 s = splat(0.0f);
  for (int32_t row = 0; row < g->rows; ++row) {
    const float* a = x + row * g->inRow;
    const float* d = dy + row * g->outRow;
    for (int32_t column = 0; column < g->columns; ++column, a += g->inColumn, d += g->outColumn)
      s = madd(load(a), load(d), s);
  }
  store(to, load(to) + s);
}

/* dw += per tap and channel, the sum over positions. */
static void gather_taps(const float* x, const float* dy, const Grid* g, const Taps* taps, int32_t channels,
                        float* dw) {
  int32_t i = 0;
  for (; i + 4 <= channels; i += i + 8 <= channels ? 8 : 4) {
    int32_t t = 0;
    for (; t + 3 <= taps->count; t += 3) {
      float* to = dw + t * channels + i;
      if (i + 8 <= channels) {
        gather_three(x + i, dy + i, g, taps->offset + t, 1, to, channels);
      } else {
        gather_three(x + i, dy + i, g, taps->offset + t, 0, to, channels);
      }
    }
    for (; t < taps->count; ++t) {
      gather_one(x + i + taps->offset[t], dy + i, g, dw + t * channels + i);
      if (i + 8 <= channels) gather_one(x + i + 4 + taps->offset[t], dy + i + 4, g, dw + t * channels + i + 4);
    }
  }
  for (; i < channels; ++i) {
    for (int32_t t = 0; t < taps->count; ++t) {
      float s = 0.0f;
      for (int32_t row = 0; row < g->rows; ++row) {
        const float* a = x + row * g->inRow + taps->offset[t] + i;
        const float* d = dy + row * g->outRow + i;
        for (int32_t column = 0; column < g->columns; ++column) s += a[column * g->inColumn] * d[column * g->outColumn];
      }
      dw[t * channels + i] += s;
    }
  }
}

static void gather_taps_multiplied(const float* x, const float* dy, const Grid* g, const Taps* taps, int32_t channels,
                                   int32_t multiplier, float* dw) {
  const int32_t out = channels * multiplier;
  for (int32_t row = 0; row < g->rows; ++row) {
    for (int32_t column = 0; column < g->columns; ++column) {
      const float* a = x + row * g->inRow + column * g->inColumn;
      const float* d = dy + row * g->outRow + column * g->outColumn;
      for (int32_t t = 0; t < taps->count; ++t)
        for (int32_t i = 0; i < out; ++i) dw[t * out + i] += a[taps->offset[t] + i / multiplier] * d[i];
    }
  }
}

void EXPORT(depthwise_filter_gradient)(const Conv* c, const float* x, const float* dy, float* dw, float* db,
                                       void* scratch, int32_t again) {
  Taps taps = taps_of(c, scratch);
  const int32_t columns = inside(c) ? c->width : reach_x(c), out = c->outChannels;
  const int32_t pixels = c->outHeight * c->outWidth;
  forward_taps(c, columns, &taps);
  const Grid g = {c->outHeight, c->outWidth, c->strideY * columns * c->channels, c->strideX * c->channels,
                  c->outWidth * out, out};
  if (!again) memset(dw, 0, 4u * (uint32_t)(taps.count * out));
  for (int32_t image = 0; image < c->images; ++image) {
    const float* from = windows_of(c, x + image * c->height * c->width * c->channels, taps.image);
    const float* d = dy + image * pixels * out;
    if (out == c->channels) {
      gather_taps(from, d, &g, &taps, out, dw);
    } else {
      gather_taps_multiplied(from, d, &g, &taps, c->channels, out / c->channels, dw);
    }
  }
  if (db) (again ? add_rows : sum_rows)(dy, c->images * pixels, out, db);
}

/* Per phase of the stride, the sum over its taps of the gradient; see the plain convolution. */
void EXPORT(depthwise_input_gradient)(const Conv* c, const float* dy, const float* w, float* dx, void* scratch) {
  Taps taps = taps_of(c, scratch);
  const int32_t in = c->channels, out = c->outChannels, multiplier = out / in;
  const int32_t top = (c->kernelHeight - 1) * c->dilationY / c->strideY + 1;
  const int32_t left = (c->kernelWidth - 1) * c->dilationX / c->strideX + 1;
  const int32_t rows = spread_y(c), columns = spread_x(c);
  memset(taps.image, 0, 4u * (uint32_t)(rows * columns * out));
  for (int32_t image = 0; image < c->images; ++image) {
    const float* from = dy + image * c->outHeight * c->outWidth * out;
    for (int32_t row = 0; row < c->outHeight; ++row) {
      memcpy(taps.image + ((row + top) * columns + left) * out, from + row * c->outWidth * out,
             4u * (uint32_t)(c->outWidth * out));
    }
    for (int32_t py = 0; py < min32(c->strideY, c->height); ++py) {
      for (int32_t px = 0; px < min32(c->strideX, c->width); ++px) {
        taps.count = 0;
        for (int32_t ky = 0; ky < c->kernelHeight; ++ky) {
          /* From right to left, so that offsets grow. */
          for (int32_t kx = c->kernelWidth - 1; kx >= 0; --kx) {
            const Hit y = hit_of(py, c->padTop, ky, c->dilationY, c->strideY);
            const Hit x = hit_of(px, c->padLeft, kx, c->dilationX, c->strideX);
            if (!y.hits || !x.hits) continue;
            taps.offset[taps.count] = ((top + y.at) * columns + left + x.at) * out;
            taps.weight[taps.count++] = (ky * c->kernelWidth + kx) * out;
          }
        }
        const Grid g = {(c->height - py + c->strideY - 1) / c->strideY, (c->width - px + c->strideX - 1) / c->strideX,
                        columns * out, out, c->strideY * c->width * in, c->strideX * in};
        float* to = dx + ((image * c->height + py) * c->width + px) * in;
        if (multiplier == 1) {
          sum_taps(taps.image, &g, &taps, w, in, 0, kNone, to);
          continue;
        }
        for (int32_t row = 0; row < g.rows; ++row) {
          for (int32_t column = 0; column < g.columns; ++column) {
            const float* d = taps.image + row * g.inRow + column * g.inColumn;
            for (int32_t i = 0; i < in; ++i) {
              float s = 0.0f;
              for (int32_t t = 0; t < taps.count; ++t)
                for (int32_t j = i * multiplier; j < (i + 1) * multiplier; ++j)
                  s += d[taps.offset[t] + j] * w[taps.weight[t] + j];
              to[row * g.outRow + column * g.outColumn + i] = s;
            }
          }
        }
      }
    }
  }
}
