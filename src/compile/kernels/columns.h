#pragma once
#include <string.h>
#include "portable.h"

/* Columns of bytes for processors that read memory at any address, brought in by runs instead of byte by byte. */
namespace impulsekit {
namespace nn {

/** memcpy for a few bytes, without a call. */
inline void copyBytes(int8_t* to, const int8_t* from, int32_t count) {
  int32_t i = 0;
  for (; i + 16 <= count; i += 16) memcpy(to + i, from + i, 16);
  for (; i + 4 <= count; i += 4) memcpy(to + i, from + i, 4);
  for (; i < count; ++i) to[i] = from[i];
}

/** As `gatherBytes`. */
inline void gatherRuns(const Window& w, const int8_t* x, int32_t row, int32_t column, int8_t zero, int8_t* to) {
  if (w.columns.dilation != 1) return gatherBytes(w, x, row, column, zero, to);
  const int32_t channels = w.inChannels;
  const int32_t run = w.columns.size * channels;
  const int32_t left = column * w.columns.stride - w.columns.padding;
  const int32_t first = clamp<int32_t>(-left, 0, w.columns.size) * channels;
  const int32_t end = clamp<int32_t>(w.inWidth - left, 0, w.columns.size) * channels;
  int32_t inRow = row * w.rows.stride - w.rows.padding;
  for (int32_t i = 0; i < w.rows.size; ++i, inRow += w.rows.dilation, to += run) {
    const bool inside = inRow >= 0 && inRow < w.inHeight && first < end;
    if (!inside || end - first < run) memset(to, zero, static_cast<size_t>(run));
    if (inside) copyBytes(to + first, x + (inRow * w.inWidth + left) * channels + first, end - first);
  }
  for (int32_t rest = w.rows.size * run; rest & 3; ++rest) *to++ = 0;
}

/** What policies share whose columns are bytes, up to four at once, one after the other. */
struct ByteColumns {
  enum { kPixels = 4 };

  static void gather(const Window& w, const int8_t* x, int32_t row, int32_t column, int8_t zero, void* columns, int32_t pixel) {
    const int32_t depth = w.rows.size * w.columns.size * w.inChannels;
    gatherRuns(w, x, row, column, zero, static_cast<int8_t*>(columns) + pixel * columnBytes(depth));
  }

  static void load(const int8_t* values, int32_t depth, void* columns, int32_t pixel) {
    int8_t* to = static_cast<int8_t*>(columns) + pixel * columnBytes(depth);
    copyBytes(to, values, depth);
    for (int32_t i = depth; i & 3; ++i) to[i] = 0;
  }

  static void sums(const int8_t* w, int32_t groups, int32_t count, const int8_t* x, int32_t* sums) {
    Portable::sums(w, groups, count, x, sums);
  }

  static int32_t addHigh(int32_t a, int32_t b, int32_t c) { return Portable::addHigh(a, b, c); }
};

/** Where the columns of a product begin; those that are missing stand for the last one. */
struct FourColumns {
  const int8_t* x[4];
};

inline FourColumns fourColumns(const Product& p, const void* columns, int32_t pixels) {
  const int8_t* x = static_cast<const int8_t*>(columns);
  const int32_t bytes = columnBytes(p.depth);
  const int32_t last = pixels - 1;
  const FourColumns four = {{x, x + (last < 1 ? last : 1) * bytes, x + (last < 2 ? last : 2) * bytes, x + last * bytes}};
  return four;
}

}  // namespace nn
}  // namespace impulsekit
