#pragma once
#include "../common/recurrent.h"

namespace impulsekit {
namespace nn {

/** Rows of the weights: those of the update gate, the reset gate and the candidate of all units. */
struct GruF32 {
  Sequence sequence;
  /** `recurrent` gives the gates, `candidate` the candidate from the state that the reset gate leaves. */
  ProductF32 input, recurrent, candidate;
  /** The reset gate works on what `candidate` makes of the whole state. */
  int32_t resetAfter;
};

struct GruInt8 {
  Sequence sequence;
  /** Those of the gates, and those of the candidate. */
  GateRows rows, candidate;
  Curve curve;
};

/** x [step, input] -> y [step, unit] or [unit]; scratch: gates [3, unit], and with resetAfter [unit] more. */
inline void gruF32(const GruF32& d, const float* x, float* y, void* scratch) {
  const Sequence& s = d.sequence;
  const int32_t units = s.units;
  float* const gates = static_cast<float*>(scratch);
  float* const reset = gates + units;
  float* const candidate = reset + units;
  float* const fed = candidate + units;
  for (int32_t step = 0; step < s.steps; ++step) {
    rowF32(d.input, rowOf(s, x, step), gates);
    const float* const before = y;
    if (step > 0) addRowF32(d.recurrent, before, gates);
    if (d.resetAfter) {
      if (step > 0) rowF32(d.candidate, before, fed);
      const float* const left = step > 0 ? fed : d.candidate.bias;
      for (int32_t u = 0; u < units; ++u) candidate[u] += gateF32(s, reset[u]) * left[u];
    } else if (step > 0) {
      for (int32_t u = 0; u < units; ++u) reset[u] = gateF32(s, reset[u]) * before[u];
      addRowF32(d.candidate, reset, candidate);
    }
    if (step > 0 && s.every) y += units;
    for (int32_t u = 0; u < units; ++u) {
      const float update = gateF32(s, gates[u]);
      y[u] = (step > 0 ? update * before[u] : 0.0f) + (1.0f - update) * tanhOf(candidate[u]);
    }
  }
}

/**
 * The same on stored values; y has scale 1/128 and zero point 0. Gates and the state have 15 bits of fraction;
 * scratch: state int16 [unit], gates int16 [3, unit], and with resetAfter [unit] more, a row of x and the stored state,
 * both in whole words.
 */
template <class Policy, bool kResetAfter>
void gruInt8(const GruInt8& d, const int8_t* x, int8_t* y, void* scratch) {
  const Sequence& s = d.sequence;
  const int32_t units = s.units;
  int16_t* const state = static_cast<int16_t*>(scratch);
  int16_t* const gates = state + units;
  int16_t* const candidates = gates + 2 * units;
  int16_t* const fed = candidates + units;
  int8_t* const row = reinterpret_cast<int8_t*>(candidates + (kResetAfter ? 2 * units + (units & 1) : units));
  int8_t* const stored = row + columnBytes(s.inputs);
  for (int32_t u = 0; u < units; ++u) state[u] = 0;
  for (int32_t u = 0; u < columnBytes(units); ++u) stored[u] = 0;
  for (int32_t step = 0; step < s.steps; ++step) {
    alignRow(rowOf(s, x, step), s.inputs, row);
    gatesInt8<Policy, false>(d.rows, row, stored, gates, nullptr);
    if (!kResetAfter) {
      for (int32_t u = 0; u < units; ++u) {
        stored[u] = storedShare(gateAt(s, d.curve, gates[units + u]) * state[u], 30);
      }
    }
    gatesInt8<Policy, kResetAfter>(d.candidate, row, stored, candidates, fed);
    if (kResetAfter) {
      for (int32_t u = 0; u < units; ++u) {
        const int32_t left = (gateAt(s, d.curve, gates[units + u]) * fed[u] + (1 << 14)) >> 15;
        candidates[u] = gateWithin(candidates[u] + left);
      }
    }
    for (int32_t u = 0; u < units; ++u) {
      const int32_t update = gateAt(s, d.curve, gates[u]);
      const int32_t added = ((1 << 15) - update) * tanhAt(d.curve, candidates[u]);
      state[u] = static_cast<int16_t>((update * state[u] + added + (1 << 14)) >> 15);
      y[u] = stored[u] = storedShare(state[u], 15);
    }
    if (s.every) y += units;
  }
}

}  // namespace nn
}  // namespace impulsekit
