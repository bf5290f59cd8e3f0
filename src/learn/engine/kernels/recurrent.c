#include "functions.h"

#define INLINE static inline __attribute__((always_inline))

/* Recurrent layers over whole sequences, forward and backward. All arrays are `[batch, steps, ...]`.

   `gates` comes as the product of the input with the layer's kernel, all steps at once, and leaves as the activated gates,
   which the backward pass takes. States before the first step are 0. */
struct Recurrent {
  int32_t batch, steps, units;
  int32_t gate, activation;
};

/* A `[rows, ...]` view of an array: rows are `stride` values apart. */
struct View {
  const float* at;
  int32_t stride;
};

/* `c += a b`, for `rows` rows of c and `4 * vectors` of its columns. Element (i, k) of a is a[i * across + k * along]. */
INLINE void tile(const int rows, const int vectors, int32_t depth, const float* a,
                                                       int32_t across, int32_t along, struct View b, float* c,
                                                       int32_t stride) {
  v4 sums[4][2];
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sums[i][v] = load(c + i * stride + 4 * v);
  }
  const float* right = b.at;
  for (int32_t k = 0; k < depth; k++, right += b.stride, a += along) {
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      const v4 factor = load(right + 4 * v);
#pragma clang loop unroll(full)
      for (int i = 0; i < rows; i++) sums[i][v] += splat(a[i * across]) * factor;
    }
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) store(c + i * stride + 4 * v, sums[i][v]);
  }
}

/* `c += a b` for `[m, depth]` times `[depth, n]`; elements of a as in {@link tile}. */
static void addProduct(int32_t m, int32_t n, int32_t depth, const float* a, int32_t across, int32_t along, struct View b,
                       float* c, int32_t stride) {
  int32_t j = 0;
  for (; j + 8 <= n; j += 8) {
    const struct View columns = {b.at + j, b.stride};
    int32_t i = 0;
    for (; i + 4 <= m; i += 4) tile(4, 2, depth, a + i * across, across, along, columns, c + i * stride + j, stride);
    for (; i < m; i++) tile(1, 2, depth, a + i * across, across, along, columns, c + i * stride + j, stride);
  }
  for (; j + 4 <= n; j += 4) {
    const struct View columns = {b.at + j, b.stride};
    int32_t i = 0;
    for (; i + 4 <= m; i += 4) tile(4, 1, depth, a + i * across, across, along, columns, c + i * stride + j, stride);
    for (; i < m; i++) tile(1, 1, depth, a + i * across, across, along, columns, c + i * stride + j, stride);
  }
  for (; j < n; j++) {
    for (int32_t i = 0; i < m; i++) {
      float sum = c[i * stride + j];
      for (int32_t k = 0; k < depth; k++) sum += a[i * across + k * along] * b.at[k * b.stride + j];
      c[i * stride + j] = sum;
    }
  }
}

static void transpose(int32_t rows, int32_t columns, const float* from, int32_t stride, float* to) {
  for (int32_t i = 0; i < rows; i++) {
    for (int32_t j = 0; j < columns; j++) to[j * rows + i] = from[i * stride + j];
  }
}

/* Gradient of a recurrent kernel's columns: states before each step times the gradients of the gates in that step. */
static void addStateGradient(const struct Recurrent* r, const float* states, int32_t lag, struct View gradients,
                             int32_t columns, float* sums, int32_t stride) {
  for (int32_t sequence = 0; sequence < r->batch; sequence++) {
    const float* before = states + sequence * r->steps * r->units;
    const struct View after = {gradients.at + (sequence * r->steps + lag) * gradients.stride, gradients.stride};
    addProduct(r->units, columns, r->steps - lag, before, 1, r->units, after, sums, stride);
  }
}

/* Up to four of the gates' sums, with their biases if there are any. */
static inline v4 biased(const float* g, const float* bias, int32_t at, int32_t n) {
  const v4 sum = columns_of(g + at, n);
  return bias ? sum + columns_of(bias + at, n) : sum;
}

/* Calls `f(..., u, n)` for the units in fours, and for the rest of them. */
#define FOR_UNITS(units, f, ...)                        \
  do {                                                  \
    int32_t u = 0;                                      \
    for (; u + 4 <= (units); u += 4) f(__VA_ARGS__, u, 4); \
    if (u < (units)) f(__VA_ARGS__, u, (units) - u);    \
  } while (0)

/* One step of one sequence, for up to four units. `g` holds the gates, input, forget, candidate and output, as sums and
   then activated. */
INLINE void lstmUnits(const struct Recurrent* r, float* g, const float* bias, const float* before, float* cell, float* h,
                      int32_t u, int32_t n) {
  const int32_t units = r->units;
  v4 gates[4];
#pragma clang loop unroll(full)
  for (int k = 0; k < 4; k++) {
    gates[k] = nonlinear(biased(g, bias, k * units + u, n), k == 2 ? r->activation : r->gate);
    put_columns(g + k * units + u, gates[k], n);
  }
  v4 c = gates[0] * gates[2];
  if (before) c += gates[1] * columns_of(before + u, n);
  put_columns(cell + u, c, n);
  put_columns(h + u, gates[3] * nonlinear(c, r->activation), n);
}

/* Long short-term memory. `gates`: `[batch, steps, 4 units]`; `kernel`: the recurrent one, `[units, 4 units]`; `bias`: 4
   units or 0; `cells` and `hidden`: `[batch, steps, units]`. */
void EXPORT(lstm_forward)(const struct Recurrent* r, float* gates, const float* kernel, const float* bias, float* cells,
                          float* hidden) {
  const int32_t units = r->units, steps = r->steps;
  for (int32_t t = 0; t < steps; t++) {
    if (t > 0) {
      const float* before = hidden + (t - 1) * units;
      addProduct(r->batch, 4 * units, units, before, steps * units, 1, (struct View){kernel, 4 * units},
                 gates + t * 4 * units, steps * 4 * units);
    }
    for (int32_t sequence = 0; sequence < r->batch; sequence++) {
      const int32_t row = sequence * steps + t;
      float* cell = cells + row * units;
      const float* before = t > 0 ? cell - units : 0;
      FOR_UNITS(units, lstmUnits, r, gates + row * 4 * units, bias, before, cell, hidden + row * units);
    }
  }
}

/* One step of one sequence backward: `dh` and `dc` come as the gradients of this step's states; `dc` leaves as that of the
   cell before. */
INLINE void lstmUnitsBack(const struct Recurrent* r, const float* g, const float* before, const float* cell,
                          const float* dy, const float* dh, float* dc, float* dg, int32_t u, int32_t n) {
  const int32_t units = r->units;
  const v4 in = columns_of(g + u, n), forget = columns_of(g + units + u, n);
  const v4 candidate = columns_of(g + 2 * units + u, n), out = columns_of(g + 3 * units + u, n);
  const v4 shown = nonlinear(columns_of(cell + u, n), r->activation);
  v4 gradient = columns_of(dh + u, n);
  if (dy) gradient += columns_of(dy + u, n);
  const v4 inner = columns_of(dc + u, n) + gradient * out * derivative(shown, r->activation);
  const v4 old = before ? columns_of(before + u, n) : splat(0.0f);
  put_columns(dg + u, inner * candidate * derivative(in, r->gate), n);
  put_columns(dg + units + u, inner * old * derivative(forget, r->gate), n);
  put_columns(dg + 2 * units + u, inner * in * derivative(candidate, r->activation), n);
  put_columns(dg + 3 * units + u, gradient * shown * derivative(out, r->gate), n);
  put_columns(dc + u, inner * forget, n);
}

int32_t EXPORT(lstm_scratch_bytes)(const struct Recurrent* r) {
  return (2 * r->batch + 4 * r->units) * r->units * (int32_t)sizeof(float);
}

/* From the gradient of the hidden states, `[batch, steps, units]`, or of the last ones alone, `[batch, units]` (the other
   pointer is 0), to `dGates`, the gradient of what came as `gates` (may be `gates`), that of the recurrent kernel, and that
   of the bias if not 0. */
void EXPORT(lstm_backward)(const struct Recurrent* r, const float* gates, const float* kernel, const float* cells,
                           const float* hidden, const float* dHidden, const float* dLast, float* dGates, float* dKernel,
                           float* dBias, float* scratch) {
  const int32_t units = r->units, steps = r->steps, wide = 4 * units;
  float *dh = scratch, *dc = dh + r->batch * units, *turned = dc + r->batch * units;
  transpose(units, wide, kernel, wide, turned);
  memset(dh, 0, 2 * (uint32_t)(r->batch * units) * sizeof(float));
  for (int32_t t = steps - 1; t >= 0; t--) {
    for (int32_t sequence = 0; sequence < r->batch; sequence++) {
      const int32_t row = sequence * steps + t;
      const float* last = dLast && t == steps - 1 ? dLast + sequence * units : 0;
      const float* cell = cells + row * units;
      const float *before = t > 0 ? cell - units : 0, *dy = dHidden ? dHidden + row * units : last;
      float *back = dh + sequence * units, *inner = dc + sequence * units;
      FOR_UNITS(units, lstmUnitsBack, r, gates + row * wide, before, cell, dy, back, inner, dGates + row * wide);
    }
    if (t == 0) break;
    memset(dh, 0, (uint32_t)(r->batch * units) * sizeof(float));
    addProduct(r->batch, units, wide, dGates + t * wide, steps * wide, 1, (struct View){turned, units}, dh, units);
  }
  memset(dKernel, 0, (uint32_t)(units * wide) * sizeof(float));
  addStateGradient(r, hidden, 1, (struct View){dGates, wide}, wide, dKernel, wide);
  if (dBias) sum_rows(dGates, r->batch * steps, wide, dBias);
}

/* The first half of a step of one sequence, up to the states behind the reset gate. */
INLINE void gruGates(const struct Recurrent* r, float* g, const float* bias, const float* before, float* reset, int32_t u,
                     int32_t n) {
  const int32_t units = r->units;
  const v4 update = nonlinear(biased(g, bias, u, n), r->gate);
  const v4 some = nonlinear(biased(g, bias, units + u, n), r->gate);
  put_columns(g + u, update, n);
  put_columns(g + units + u, some, n);
  put_columns(reset + u, before ? some * columns_of(before + u, n) : splat(0.0f), n);
}

/* The second half, when the candidate has been multiplied. */
INLINE void gruState(const struct Recurrent* r, float* g, const float* bias, const float* before, float* h, int32_t u,
                     int32_t n) {
  const v4 candidate = nonlinear(biased(g, bias, 2 * r->units + u, n), r->activation), update = columns_of(g + u, n);
  put_columns(g + 2 * r->units + u, candidate, n);
  const v4 old = before ? columns_of(before + u, n) : splat(0.0f);
  put_columns(h + u, update * old + (splat(1.0f) - update) * candidate, n);
}

/* Gated recurrent unit, the reset gate in front of the recurrent product as in the paper (Cho et al., 2014). `gates`:
   update, reset, candidate, `[batch, steps, 3 units]`; `reset`: `[batch, steps, units]`, the states before each step times
   the reset gate; the others as for `lstm_forward`. */
void EXPORT(gru_forward)(const struct Recurrent* r, float* gates, const float* kernel, const float* bias, float* reset,
                         float* hidden) {
  const int32_t units = r->units, steps = r->steps, wide = 3 * units;
  const struct View gatesOf = {kernel, wide}, candidateOf = {kernel + 2 * units, wide};
  for (int32_t t = 0; t < steps; t++) {
    float* now = gates + t * wide;
    if (t > 0) {
      const float* before = hidden + (t - 1) * units;
      addProduct(r->batch, 2 * units, units, before, steps * units, 1, gatesOf, now, steps * wide);
    }
    for (int32_t sequence = 0; sequence < r->batch; sequence++) {
      const int32_t at = (sequence * steps + t) * units;
      const float* before = t > 0 ? hidden + at - units : 0;
      FOR_UNITS(units, gruGates, r, now + sequence * steps * wide, bias, before, reset + at);
    }
    if (t > 0) {
      const float* kept = reset + t * units;
      addProduct(r->batch, units, units, kept, steps * units, 1, candidateOf, now + 2 * units, steps * wide);
    }
    for (int32_t sequence = 0; sequence < r->batch; sequence++) {
      const int32_t at = (sequence * steps + t) * units;
      const float* before = t > 0 ? hidden + at - units : 0;
      FOR_UNITS(units, gruState, r, now + sequence * steps * wide, bias, before, hidden + at);
    }
  }
}

/* The second half backward. The gradient of the reset gate waits for that of the candidate to go through the kernel. */
INLINE void gruStateBack(const struct Recurrent* r, const float* g, const float* before, const float* dy, float* dh,
                         float* dg, int32_t u, int32_t n) {
  const int32_t units = r->units;
  const v4 update = columns_of(g + u, n), candidate = columns_of(g + 2 * units + u, n);
  const v4 old = before ? columns_of(before + u, n) : splat(0.0f);
  v4 gradient = columns_of(dh + u, n);
  if (dy) gradient += columns_of(dy + u, n);
  const v4 inner = gradient * (splat(1.0f) - update) * derivative(candidate, r->activation);
  put_columns(dg + units + u, columns_of(g + units + u, n), n);
  put_columns(dg + u, gradient * (old - candidate) * derivative(update, r->gate), n);
  put_columns(dg + 2 * units + u, inner, n);
  put_columns(dh + u, gradient * update, n);
}

/* The first half backward: `dg` holds the reset gate, and then its gradient. */
INLINE void gruResetBack(const struct Recurrent* r, const float* before, const float* dReset, float* dh, float* dg,
                         int32_t u, int32_t n) {
  const v4 gate = columns_of(dg + u, n), gradient = columns_of(dReset + u, n);
  const v4 old = before ? columns_of(before + u, n) : splat(0.0f);
  put_columns(dg + u, gradient * old * derivative(gate, r->gate), n);
  put_columns(dh + u, columns_of(dh + u, n) + gradient * gate, n);
}

int32_t EXPORT(gru_scratch_bytes)(const struct Recurrent* r) {
  return (2 * r->batch + 3 * r->units) * r->units * (int32_t)sizeof(float);
}

/* As `lstm_backward`. */
void EXPORT(gru_backward)(const struct Recurrent* r, const float* gates, const float* kernel, const float* reset,
                          const float* hidden, const float* dHidden, const float* dLast, float* dGates, float* dKernel,
                          float* dBias, float* scratch) {
  const int32_t units = r->units, steps = r->steps, wide = 3 * units, states = r->batch * units;
  float *dh = scratch, *dReset = dh + states, *turned = dReset + states;
  float* turnedCandidate = turned + 2 * units * units;
  const struct View gatesOf = {turned, units}, candidateOf = {turnedCandidate, units};
  transpose(units, 2 * units, kernel, wide, turned);
  transpose(units, units, kernel + 2 * units, wide, turnedCandidate);
  memset(dh, 0, (uint32_t)states * sizeof(float));
  for (int32_t t = steps - 1; t >= 0; t--) {
    float* dNow = dGates + t * wide;
    for (int32_t sequence = 0; sequence < r->batch; sequence++) {
      const int32_t row = sequence * steps + t;
      const float* last = dLast && t == steps - 1 ? dLast + sequence * units : 0;
      const float *before = t > 0 ? hidden + (row - 1) * units : 0, *dy = dHidden ? dHidden + row * units : last;
      FOR_UNITS(units, gruStateBack, r, gates + row * wide, before, dy, dh + sequence * units, dGates + row * wide);
    }
    memset(dReset, 0, (uint32_t)states * sizeof(float));
    if (t > 0) addProduct(r->batch, units, units, dNow + 2 * units, steps * wide, 1, candidateOf, dReset, units);
    for (int32_t sequence = 0; sequence < r->batch; sequence++) {
      const int32_t row = sequence * steps + t, at = sequence * units;
      const float* before = t > 0 ? hidden + (row - 1) * units : 0;
      FOR_UNITS(units, gruResetBack, r, before, dReset + at, dh + at, dGates + row * wide + units);
    }
    if (t > 0) addProduct(r->batch, units, 2 * units, dNow, steps * wide, 1, gatesOf, dh, units);
  }
  memset(dKernel, 0, (uint32_t)(units * wide) * sizeof(float));
  addStateGradient(r, hidden, 1, (struct View){dGates, wide}, 2 * units, dKernel, wide);
  addStateGradient(r, reset, 0, (struct View){dGates + 2 * units, wide}, units, dKernel + 2 * units, wide);
  if (dBias) sum_rows(dGates, r->batch * steps, wide, dBias);
}
