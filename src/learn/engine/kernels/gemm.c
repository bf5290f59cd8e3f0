#include "kernels.h"

/*
 * Products of windows of an image with a matrix, and their adjoint. A tile of 4 rows by 8 columns stays in registers:
 * 8 accumulators, as many as keep two multipliers busy, 2 vectors of the matrix and a repeated value. Tiles of 5 or 6
 * rows are slower: compilers of WebAssembly run out of registers.
 */
enum { kRows = 4 };

typedef struct {
  v4 low[kRows], high[kRows];
} Tile;

static inline __attribute__((always_inline)) void tile_step(Tile* c, const float* const* a, const float* b, int32_t k) {
  const v4 b0 = load(b + k * kPanel), b1 = load(b + k * kPanel + 4);
#pragma clang loop unroll(full)
  for (int32_t i = 0; i < kRows; ++i) {
    const v4 s = splat(a[i][k]);
    c->low[i] = madd(s, b0, c->low[i]);
    c->high[i] = madd(s, b1, c->high[i]);
  }
}

/* Adds the product of `length` columns of each row with as many rows of a panel. */
static inline __attribute__((always_inline)) void tile_run(Tile* t, const float* const* rows, const float* b,
                                                           int32_t length) {
  Tile c = *t;
  const float* a[kRows];
#pragma clang loop unroll(full)
  for (int32_t i = 0; i < kRows; ++i) a[i] = rows[i];
  for (;; length -= 8, b += 8 * kPanel) {
    tile_step(&c, a, b, 0);
    if (length == 1) break;
    tile_step(&c, a, b, 1);
    if (length == 2) break;
    tile_step(&c, a, b, 2);
    if (length == 3) break;
    tile_step(&c, a, b, 3);
    if (length == 4) break;
    tile_step(&c, a, b, 4);
    if (length == 5) break;
    tile_step(&c, a, b, 5);
    if (length == 6) break;
    tile_step(&c, a, b, 6);
    if (length == 7) break;
    tile_step(&c, a, b, 7);
    if (length == 8) break;
#pragma clang loop unroll(full)
    for (int32_t i = 0; i < kRows; ++i) a[i] += 8;
  }
  *t = c;
}

static inline void store_row(float* y, v4 low, v4 high, int32_t columns) {
  store(y, low);
  if (columns >= kPanel) store(y + 4, high);
}

/* The last columns of a matrix, fewer than a panel has. */
static void store_some(float* y, v4 low, v4 high, int32_t columns) {
  for (int32_t i = 0; i < columns; ++i) y[i] = i < 4 ? low[i] : high[i - 4];
}

/* Puts the first `count` rows of a tile where they belong. */
static inline __attribute__((always_inline)) void finish(Tile* t, float* const* out, int32_t count, int32_t columns,
                                                         int32_t activation) {
  if (activation != kNone) {
#pragma clang loop unroll(full)
    for (int32_t i = 0; i < kRows; ++i) {
      t->low[i] = activated(t->low[i], activation);
      t->high[i] = activated(t->high[i], activation);
    }
  }
  if (columns >= kPanel || columns == 4) {
#pragma clang loop unroll(full)
    for (int32_t i = 0; i < kRows; ++i)
      if (i < count) store_row(out[i], t->low[i], t->high[i], columns);
    return;
  }
#pragma clang loop unroll(full)
  for (int32_t i = 0; i < kRows; ++i)
    if (i < count) store_some(out[i], t->low[i], t->high[i], columns);
}

/* One panel of columns for rows that lie one behind the other. */
static inline __attribute__((always_inline)) void panel_rows(const float* x, const Grid* g, int32_t length,
                                                             const float* panel, int32_t columns, v4 bias0, v4 bias1,
                                                             int32_t activation, float* y) {
  const int32_t in = g->inColumn, out = g->outColumn;
  for (int32_t left = g->columns; left > 0; left -= kRows, x += kRows * in, y += kRows * out) {
    /* The last rows again instead of those behind the end. */
    const int32_t one = left > 1 ? in : 0, two = left > 2 ? 2 * in : 0, three = left > 3 ? 3 * in : 0;
    const float* const a[kRows] = {x, x + one, x + two, x + three};
    float* const to[kRows] = {y, y + out, y + 2 * out, y + 3 * out};
    Tile t;
#pragma clang loop unroll(full)
    for (int32_t i = 0; i < kRows; ++i) {
      t.low[i] = bias0;
      t.high[i] = bias1;
    }
    tile_run(&t, a, panel, length);
    finish(&t, to, left, columns, activation);
  }
}

/* One panel of columns for all outputs of a grid, a few at a time. */
static inline __attribute__((always_inline)) void panel_windows(const float* x, const Grid* g, const Runs* runs,
                                                                const float* panel, int32_t columns, v4 bias0,
                                                                v4 bias1, int32_t activation, float* y) {
  const int32_t total = g->rows * g->columns;
  int32_t row = 0, column = 0;
  for (int32_t done = 0; done < total; done += kRows) {
    const float* a[kRows];
    float* out[kRows];
    const int32_t count = min32(kRows, total - done);
    Tile t;
#pragma clang loop unroll(full)
    for (int32_t i = 0; i < kRows; ++i) {
      t.low[i] = bias0;
      t.high[i] = bias1;
      a[i] = x + row * g->inRow + column * g->inColumn;
      out[i] = y + row * g->outRow + column * g->outColumn;
      if (i + 1 < count && ++column == g->columns) column = 0, ++row;
    }
    if (++column == g->columns) column = 0, ++row;
    const float* b = panel;
    for (int32_t r = 0; r < runs->count; ++r) {
      const int32_t offset = runs->offset[r], length = runs->length[r];
      const float* from[kRows];
#pragma clang loop unroll(full)
      for (int32_t i = 0; i < kRows; ++i) from[i] = a[i] + offset;
      tile_run(&t, from, b, length);
      b += length * kPanel;
    }
    finish(&t, out, count, columns, activation);
  }
}

/* All panels for a part of the grid, which the nearest cache holds meanwhile. */
static void part_windows(const float* x, const Grid* grid, const Runs* runs, const float* panels, int32_t depth,
                         int32_t columns, const float* bias, int32_t activation, float* y) {
  for (int32_t first = 0; first < columns; first += kPanel) {
    const int32_t left = min32(kPanel, columns - first);
    float b[kPanel] = {0};
    if (bias)
      for (int32_t i = 0; i < left; ++i) b[i] = bias[first + i];
    const float* panel = panels + first * depth;
    if (grid->rows == 1 && runs->count == 1) {
      panel_rows(x + runs->offset[0], grid, depth, panel, left, load(b), load(b + 4), activation, y + first);
    } else {
      panel_windows(x, grid, runs, panel, left, load(b), load(b + 4), activation, y + first);
    }
  }
}

/* Floats of an image that are multiplied by all panels before the next. */
enum { kPart = 4096 };

/* y = windows of x times a packed matrix `[depth, columns]`. */
void multiply_windows(const float* x, const Grid* grid, const Runs* runs, const float* panels, int32_t depth,
                      int32_t columns, const float* bias, int32_t activation, float* y) {
  Grid part = *grid;
  if (grid->rows == 1) {
    const int32_t together = max32(1, kPart / max32(1, grid->inColumn) / kRows) * kRows;
    for (int32_t first = 0; first < grid->columns; first += together) {
      part.columns = min32(together, grid->columns - first);
      part_windows(x + first * grid->inColumn, &part, runs, panels, depth, columns, bias, activation,
                   y + first * grid->outColumn);
    }
    return;
  }
  const int32_t together = max32(1, kPart / max32(1, grid->inRow));
  for (int32_t first = 0; first < grid->rows; first += together) {
    part.rows = min32(together, grid->rows - first);
    part_windows(x + first * grid->inRow, &part, runs, panels, depth, columns, bias, activation,
                 y + first * grid->outRow);
  }
}

static inline void add_row(float* to, v4 low, v4 high, int32_t columns) {
  if (columns >= kPanel) {
    store(to, load(to) + low);
    store(to + 4, load(to + 4) + high);
    return;
  }
  for (int32_t i = 0; i < columns; ++i) to[i] += i < 4 ? low[i] : high[i - 4];
}

static inline __attribute__((always_inline)) void add_tile(const Tile* c, int32_t rows, int32_t columns,
                                                           int32_t stride, float* dw) {
#pragma clang loop unroll(full)
  for (int32_t i = 0; i < kRows; ++i)
    if (i < rows) add_row(dw + i * stride, c->low[i], c->high[i], columns);
}

static inline __attribute__((always_inline)) void gather_step(Tile* c, const float* x, const float* dy) {
  const v4 d0 = load(dy), d1 = load(dy + 4);
#pragma clang loop unroll(full)
  for (int32_t i = 0; i < kRows; ++i) {
    const v4 s = splat(x[i]);
    c->low[i] = madd(s, d0, c->low[i]);
    c->high[i] = madd(s, d1, c->high[i]);
  }
}

/* Adds to a tile of the gradient, of which `rows` and `columns` are there. */
static inline __attribute__((always_inline)) void gather_tile(const float* x, const float* dy, const Grid* g,
                                                              int32_t rows, int32_t columns, int32_t stride,
                                                              float* dw) {
  Tile c = {{{0}}, {{0}}};
  const int32_t in = g->inColumn, out = g->outColumn;
  for (int32_t row = 0; row < g->rows; ++row) {
    const float* a = x + row * g->inRow;
    const float* d = dy + row * g->outRow;
    for (int32_t column = 0; column < g->columns; ++column, a += in, d += out) gather_step(&c, a, d);
  }
  add_tile(&c, rows, columns, stride, dw);
}

/* dw [depth, columns] += windows of x, transposed, times dy, of a grid that the nearest cache holds. */
static void gather_near(const float* x, const float* dy, const Grid* grid, const Runs* runs, int32_t columns,
                        float* dw) {
  for (int32_t first = 0; first < columns; first += kPanel) {
    float* to = dw + first;
    for (int32_t r = 0; r < runs->count; ++r) {
      const float* from = x + runs->offset[r];
      for (int32_t k = 0; k < runs->length[r]; k += kRows) {
        const int32_t rows = min32(kRows, runs->length[r] - k);
        gather_tile(from + k, dy + first, grid, rows, columns - first, columns, to);
        to += rows * columns;
      }
    }
  }
}

/*
 * Positions of a grid that are packed before the next, and columns of their gradients. Not a power of two: panels would
 * lie where processors take a load for one of what was stored just before.
 */
enum { kSlice = 120, kWide = 64 };

/* `vectors` times 4 floats of each of some positions, one behind the other. */
static inline __attribute__((always_inline)) void pack_slice(const float* x, int32_t rowStep, int32_t columnStep,
                                                             const Grid* g, int32_t first, int32_t count,
                                                             int32_t vectors, float* to) {
  int32_t row = first / g->columns, column = first % g->columns;
  while (count > 0) {
    const int32_t here = min32(count, g->columns - column);
    const float* from = x + row * rowStep + column * columnStep;
    STAY_A_LOOP
    for (int32_t i = 0; i < here; ++i, from += columnStep, to += 4 * vectors) {
      store(to, load(from));
      if (vectors == 2) store(to + 4, load(from + 4));
    }
    count -= here;
    column = 0;
    ++row;
  }
}

/* The same of packed positions, 4 floats of x and 8 of dy each. */
static inline __attribute__((always_inline)) void gather_packed(const float* x, const float* dy, int32_t positions,
                                                                int32_t rows, int32_t columns, int32_t stride,
                                                                float* dw) {
  Tile c = {{{0}}, {{0}}};
  for (;; positions -= 4, x += 16, dy += 32) {
    gather_step(&c, x, dy);
    if (positions == 1) break;
    gather_step(&c, x + 4, dy + 8);
    if (positions == 2) break;
    gather_step(&c, x + 8, dy + 16);
    if (positions == 3) break;
    gather_step(&c, x + 12, dy + 24);
    if (positions == 4) break;
  }
  add_tile(&c, rows, columns, stride, dw);
}

/* The same for any grid, with what is needed at a time packed closely. */
static void gather_far(const float* x, const float* dy, const Grid* grid, const Runs* runs, int32_t columns,
                       float* dw) {
  float some[kRows * kSlice], panels[kWide * kSlice];
  const int32_t total = grid->rows * grid->columns;
  for (int32_t first = 0; first < total; first += kSlice) {
    const int32_t count = min32(kSlice, total - first);
    for (int32_t wide = 0; wide < columns; wide += kWide) {
      const int32_t across = min32(kWide, columns - wide);
      for (int32_t p = 0; p < across; p += kPanel)
        pack_slice(dy + wide + p, grid->outRow, grid->outColumn, grid, first, count, 2, panels + p * kSlice);
      float* to = dw + wide;
      for (int32_t r = 0; r < runs->count; ++r) {
        const float* from = x + runs->offset[r];
        for (int32_t k = 0; k < runs->length[r]; k += kRows) {
          const int32_t rows = min32(kRows, runs->length[r] - k);
          pack_slice(from + k, grid->inRow, grid->inColumn, grid, first, count, 1, some);
          for (int32_t p = 0; p < across; p += kPanel)
            gather_packed(some, panels + p * kSlice, count, rows, across - p, columns, to + p);
          to += rows * columns;
        }
      }
    }
  }
}

/* Floats from one position to the next, of x and dy together, above which packing pays. */
enum { kFar = 80 };
/* Floats of x and dy that are gathered before the next. */
enum { kNear = 6144 };

/* dw [depth, columns] += windows of x, transposed, times dy. */
void gather_windows(const float* x, const float* dy, const Grid* grid, const Runs* runs, int32_t columns, float* dw) {
  if (grid->inColumn + grid->outColumn > kFar) {
    gather_far(x, dy, grid, runs, columns, dw);
    return;
  }
  Grid part = *grid;
  if (grid->rows == 1) {
    const int32_t together = max32(1, kNear / max32(1, grid->inColumn + grid->outColumn));
    for (int32_t first = 0; first < grid->columns; first += together) {
      part.columns = min32(together, grid->columns - first);
      gather_near(x + first * grid->inColumn, dy + first * grid->outColumn, &part, runs, columns, dw);
    }
    return;
  }
  const int32_t together = max32(1, kNear / (grid->inRow + grid->outRow));
  for (int32_t first = 0; first < grid->rows; first += together) {
    part.rows = min32(together, grid->rows - first);
    gather_near(x + first * grid->inRow, dy + first * grid->outRow, &part, runs, columns, dw);
  }
}

/* A matrix `[depth, columns]` with rows `stride` apart, as panels of 8 columns, the last filled up with zeros. */
void pack_panels(const float* b, int32_t depth, int32_t columns, int32_t stride, float* panels) {
  for (int32_t first = 0; first < columns; first += kPanel) {
    const int32_t left = columns - first;
    for (int32_t k = 0; k < depth; ++k, panels += kPanel) {
      const float* from = b + k * stride + first;
      if (left >= kPanel) {
        store(panels, load(from));
        store(panels + 4, load(from + 4));
      } else {
        for (int32_t i = 0; i < kPanel; ++i) panels[i] = i < left ? from[i] : 0.0f;
      }
    }
  }
}

/* The same of a matrix that lies transposed, `[columns, depth]`. */
void pack_panels_transposed(const float* b, int32_t depth, int32_t columns, int32_t stride, float* panels) {
  for (int32_t first = 0; first < columns; first += kPanel) {
    const int32_t left = columns - first;
    const float* from = b + first * stride;
    int32_t k = 0;
    if (left >= kPanel) {
      for (; k + 4 <= depth; k += 4) {
        v4 p[8];
        for (int32_t i = 0; i < 8; ++i) p[i] = load(from + i * stride + k);
        transpose4(&p[0], &p[1], &p[2], &p[3]);
        transpose4(&p[4], &p[5], &p[6], &p[7]);
        for (int32_t i = 0; i < 4; ++i) {
          store(panels + (k + i) * kPanel, p[i]);
          store(panels + (k + i) * kPanel + 4, p[4 + i]);
        }
      }
    }
    for (; k < depth; ++k)
      for (int32_t i = 0; i < kPanel; ++i) panels[k * kPanel + i] = i < left ? from[i * stride + k] : 0.0f;
    panels += depth * kPanel;
  }
}

int32_t EXPORT(matmul_scratch_bytes)(int32_t m, int32_t n, int32_t k) {
  return 4 * (panel_floats(k, n) + round4(m) * k) + 64;
}

void EXPORT(matmul)(int32_t m, int32_t n, int32_t k, const float* a, int32_t transposeA, const float* b,
                    int32_t transposeB, const float* bias, float* c, int32_t activation, void* scratch) {
  float* panels = scratch;
  int32_t zero = 0;
  if (transposeA && !transposeB && !bias && activation == kNone) {
    const Grid rows = {1, k, 0, m, 0, n};
    const Runs all = {1, &zero, &m};
    memset(c, 0, 4u * (uint32_t)(m * n));
    gather_windows(a, b, &rows, &all, n, c);
    return;
  }
  if (transposeA) {
    float* turned = panels + panel_floats(k, n);
    for (int32_t i = 0; i < m; ++i)
      for (int32_t j = 0; j < k; ++j) turned[i * k + j] = a[j * m + i];
    a = turned;
  }
  (transposeB ? pack_panels_transposed : pack_panels)(b, k, n, transposeB ? k : n, panels);
  const Grid rows = {1, m, 0, k, 0, n};
  const Runs all = {1, &zero, &k};
  multiply_windows(a, &rows, &all, panels, k, n, bias, activation, c);
}
