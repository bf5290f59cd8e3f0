#pragma once
#include "../common/recurrent.h"

namespace impulsekit {
namespace nn {

/** Rows of the weights: those of the input gate, the forget gate, the candidate and the output gate of all units. */
struct LstmF32 {
  Sequence sequence;
  ProductF32 input, recurrent;
};

struct LstmInt8 {
  Sequence sequence;
  GateRows rows;
  Curve curve;
};

/** x [step, input] -> y [step, unit] or [unit]; scratch: gates [4, unit] and cells [unit]. */
inline void lstmF32(const LstmF32& d, const float* x, float* y, void* scratch) {
  const Sequence& s = d.sequence;
  const int32_t units = s.units;
  float* const gates = static_cast<float*>(scratch);
  float* const cells = gates + 4 * units;
  for (int32_t step = 0; step < s.steps; ++step) {
    rowF32(d.input, rowOf(s, x, step), gates);
    if (step > 0) {
      addRowF32(d.recurrent, y, gates);
      if (s.every) y += units;
    }
    for (int32_t u = 0; u < units; ++u) {
      const float kept = step > 0 ? gateF32(s, gates[units + u]) * cells[u] : 0.0f;
      cells[u] = kept + gateF32(s, gates[u]) * tanhOf(gates[2 * units + u]);
      y[u] = gateF32(s, gates[3 * units + u]) * tanhOf(cells[u]);
    }
  }
}

/**
 * The same on stored values; y has scale 1/128 and zero point 0. Gates have 15 bits of fraction, cells 12, below 16;
 * scratch: cells int32 [unit], gates int16 [4, unit], a row of x and the state, both in whole words.
 */
template <class Policy>
void lstmInt8(const LstmInt8& d, const int8_t* x, int8_t* y, void* scratch) {
  const Sequence& s = d.sequence;
  const int32_t units = s.units;
  int32_t* const cells = static_cast<int32_t*>(scratch);
  int16_t* const gates = reinterpret_cast<int16_t*>(cells + units);
  int8_t* const row = reinterpret_cast<int8_t*>(gates + 4 * units);
  int8_t* const state = row + columnBytes(s.inputs);
  for (int32_t u = 0; u < units; ++u) cells[u] = 0;
  for (int32_t u = 0; u < columnBytes(units); ++u) state[u] = 0;
  for (int32_t step = 0; step < s.steps; ++step) {
    alignRow(rowOf(s, x, step), s.inputs, row);
    gatesInt8<Policy, false>(d.rows, row, state, gates, nullptr);
    for (int32_t u = 0; u < units; ++u) {
      const int32_t kept = (gateAt(s, d.curve, gates[units + u]) * cells[u] + (1 << 14)) >> 15;
      const int32_t added = gateAt(s, d.curve, gates[u]) * tanhAt(d.curve, gates[2 * units + u]);
      cells[u] = clamp<int32_t>(kept + ((added + (1 << 17)) >> 18), -65535, 65535);
      state[u] = storedShare(gateAt(s, d.curve, gates[3 * units + u]) * tanhAt(d.curve, cells[u]), 30);
      y[u] = state[u];
    }
    if (s.every) y += units;
  }
}

}  // namespace nn
}  // namespace impulsekit
