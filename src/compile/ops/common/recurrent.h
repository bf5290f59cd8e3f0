#pragma once
#include "../../arithmetic/exp.h"
#include "../../kernels/float.h"
#include "../../kernels/kernels.h"

/* What layers share that go through a sequence step by step and keep a state: rows, gates and their curves. */
namespace impulsekit {
namespace nn {

/** Rows of `inputs` values that change a state of `units` values, one after the other. */
struct Sequence {
  int32_t steps, inputs, units;
  /** The last row comes first. */
  int32_t backwards;
  /** The output has the state after every row, not after the last alone. */
  int32_t every;
  /** Gates are x / 5 + 1 / 2, cut off at 0 and 1, in place of 1 / (1 + e^-x). */
  int32_t hard;
};

template <typename T>
inline const T* rowOf(const Sequence& s, const T* x, int32_t step) {
  return x + (s.backwards ? s.steps - 1 - step : step) * s.inputs;
}

inline float gateF32(const Sequence& s, float x) {
  return s.hard ? clamp(0.2f * x + 0.5f, 0.0f, 1.0f) : logisticOf(x);
}

/** y += weights * x. */
inline void addRowF32(const ProductF32& p, const float* x, float* y) {
  ProductF32 sum = p;
  sum.bias = y;
  rowF32(sum, x, y);
}

/** As shares of 2^15: 1 / (1 + e^-x) at x = 0, 1/16, ... 16. */
typedef const uint16_t* Curve;

/** 1 / (1 + e^-x) as a share of 2^15, for x with 12 bits of fraction, below 16. */
inline int32_t logisticAt(Curve curve, int32_t x) {
  const int32_t size = x < 0 ? -x : x;
  const uint16_t* at = curve + (size >> 8);
  const int32_t value = at[0] + (((at[1] - at[0]) * (size & 255) + 128) >> 8);
  return x < 0 ? (1 << 15) - value : value;
}

/** tanh(x) as a share of 2^15, for x with 12 bits of fraction. */
inline int32_t tanhAt(Curve curve, int32_t x) {
  return 2 * logisticAt(curve, clamp<int32_t>(2 * x, -65535, 65535)) - (1 << 15);
}

inline int32_t gateAt(const Sequence& s, Curve curve, int32_t x) {
  if (s.hard) return clamp<int32_t>((1 << 14) + ((x * 26214) >> 14), 0, 32767);
  return logisticAt(curve, x);
}

/** A share of 2^`bits` as a stored value of scale 1/128. */
inline int8_t storedShare(int32_t share, int32_t bits) {
  return static_cast<int8_t>(clamp<int32_t>((share + (1 << (bits - 8))) >> (bits - 7), -128, 127));
}

/** Copies a row to where kernels can read it by the word. */
inline void alignRow(const int8_t* x, int32_t size, int8_t* to) {
  memcpy(to, x, static_cast<size_t>(size));
  for (int32_t i = size; i & 3; ++i) to[i] = 0;
}

/** Some rows of the weights, and what makes a gate with 12 bits of fraction of their products with input and state. */
struct GateRows {
  int32_t inputs, units, channels;
  /** As in `Product`. */
  const int8_t* weights;
  const int8_t* recurrent;
  /** A sum times 2^shift times its multiplier, divided by 2^32. */
  const int32_t* multipliers;
  const int32_t* recurrentMultipliers;
  int32_t shift, recurrentShift;
  /** With the zero point of the input folded in. */
  const int32_t* bias;
  /** What is added to the products with the state where these are kept apart; else null. */
  const int32_t* recurrentBias;
};

/** Keeps what enters a gate between -8 and 8. */
inline int16_t gateWithin(int32_t value) { return static_cast<int16_t>(clamp<int32_t>(value, -32768, 32767)); }

/** gates = weights * x + recurrent * state + bias; kept apart, what comes of the state goes to `fed` with its own bias. */
template <class Policy, bool kApart>
void gatesInt8(const GateRows& rows, const int8_t* x, const int8_t* state, int16_t* gates, int16_t* fed) {
  const int32_t most = 16;
  const int32_t groups = columnBytes(rows.inputs) >> 2;
  const int32_t recurrentGroups = columnBytes(rows.units) >> 2;
  for (int32_t first = 0; first < rows.channels; first += most) {
    const int32_t count = rows.channels - first < most ? rows.channels - first : most;
    int32_t sums[most], recurrentSums[most];
    Policy::sums(rows.weights + 4 * first * groups, groups, count, x, sums);
    Policy::sums(rows.recurrent + 4 * first * recurrentGroups, recurrentGroups, count, state, recurrentSums);
    for (int32_t i = 0; i < count; ++i) {
      const int32_t c = first + i;
      const int32_t own = Policy::addHigh(sums[i] * (1 << rows.shift), rows.multipliers[c], rows.bias[c]);
      const int32_t offset = kApart ? rows.recurrentBias[c] : own;
      const int32_t all = Policy::addHigh(recurrentSums[i] * (1 << rows.recurrentShift), rows.recurrentMultipliers[c], offset);
      gates[c] = gateWithin(kApart ? own : all);
      if (kApart) fed[c] = gateWithin(all);
    }
  }
}

}  // namespace nn
}  // namespace impulsekit
