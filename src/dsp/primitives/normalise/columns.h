#pragma once
#include "normalise.h"

namespace impulsekit {
namespace dsp {

/** Normalises all columns of a matrix; nothing of it is linked when the window size is 0. */
template <int32_t kRows, int32_t kWindow>
struct NormaliseColumns {
  /** `residue` is that of the first column. */
  static void run(float* x, int32_t columns, float residue, float* scratch) {
    for (int32_t j = 0; j < columns; ++j) {
      Normalisation<kRows, kWindow>::run(x + j, columns, j == 0 ? residue : 0.0f, scratch);
    }
  }
};

template <int32_t kRows>
struct NormaliseColumns<kRows, 0> {
  static void run(float*, int32_t, float, float*) {}
};

/** Takes the sliding mean off all columns. */
template <int32_t kRows, int32_t kWindow>
struct CentreColumns {
  static void run(float* x, int32_t columns, float* scratch) {
    for (int32_t j = 0; j < columns; ++j) Normalisation<kRows, kWindow>::centre(x + j, columns, 0.0f, scratch);
  }
};

template <int32_t kRows>
struct CentreColumns<kRows, 0> {
  static void run(float*, int32_t, float*) {}
};

/**
 * From the smallest value (0) to the largest (1), all 0 where they are equal; as it is where either is exactly 0. The
 * same bits as `spread` in normalise.ts.
 */
inline void spread(float* x, int32_t size) {
  float least = x[0], most = x[0];
  for (int32_t i = 1; i < size; ++i) {
    if (x[i] < least) least = x[i];
    if (x[i] > most) most = x[i];
  }
  if (least == 0.0f || most == 0.0f) return;
  const float range = most - least;
  for (int32_t i = 0; i < size; ++i) x[i] = range > 0.0f ? (x[i] - least) / range : 0.0f;
}

}  // namespace dsp
}  // namespace impulsekit
