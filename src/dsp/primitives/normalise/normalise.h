#pragma once
#include <stdint.h>

#include "../../../square-root.h"
#include "../compensated/compensated.h"
#include "../mirror/mirror.h"

namespace impulsekit {
namespace dsp {

/** Sums of rows and, if wanted, of their squares over `size` rows (odd) around one of them. */
template <class Total, bool kSquares>
struct SlidingSums {
  Total sum, squares;
  /** Length of the run of equal rows at the end of the window. */
  int32_t equal;
  float last;

  /** Around row 0. */
  void start(const float* column, int32_t rows, int32_t size) {
    sum = squares = Total();
    equal = 0;
    last = column[0];
    for (int32_t i = -(size / 2); i <= size / 2; ++i) enter(column[mirrored(i, rows)]);
  }

  /** From row k - 1 to row k. */
  void move(const float* column, int32_t rows, int32_t size, int32_t k) {
    const float out = column[mirrored(k - 1 - size / 2, rows)];
    sum.add(-out);
    if (kSquares) squares.add(-(out * out));
    enter(column[mirrored(k + size / 2, rows)]);
  }

  void enter(float value) {
    sum.add(value);
    if (kSquares) squares.add(value * value);
    equal = value == last ? equal + 1 : 1;
    last = value;
  }
};

/**
 * Sliding mean and variance normalisation of one column of `x`, whose kRows rows are `stride` apart, over kWindow rows
 * (odd), mirrored at both ends. `column` holds kRows floats of working memory. The same bits as normalise.ts.
 *
 * A window that is no longer than the rows there and back: sums carry their rounding errors along, since loud rows
 * that have left a window must leave nothing behind.
 */
template <int32_t kRows, int32_t kWindow, bool kWhole = (kWindow >= 2 * kRows)>
struct Normalisation {
  static void run(float* x, int32_t stride, float residue, float* column) {
    centre(x, stride, residue, column);
    const float share = 1.0f / static_cast<float>(kWindow);
    SlidingSums<Sum, true> sums;
    for (int32_t k = 0; k < kRows; ++k) column[k] = x[k * stride];
    sums.start(column, kRows, kWindow);
    for (int32_t k = 0; k < kRows; ++k) {
      if (k > 0) sums.move(column, kRows, kWindow, k);
      const float mean = sums.sum.value() * share, variance = sums.squares.value() * share - mean * mean;
      const bool varies = sums.equal < kWindow && variance > 0.0f;
      x[k * stride] = column[k] / ((varies ? squareRoot(variance) : 0.0f) + 1e-10f);
    }
  }

  /** Takes off the mean; `residue` is left when all rows of a window are equal. */
  static void centre(float* x, int32_t stride, float residue, float* column) {
    const float share = 1.0f / static_cast<float>(kWindow);
    SlidingSums<Sum, false> sums;
    for (int32_t k = 0; k < kRows; ++k) column[k] = x[k * stride];
    sums.start(column, kRows, kWindow);
    for (int32_t k = 0; k < kRows; ++k) {
      if (k > 0) sums.move(column, kRows, kWindow, k);
      // The mean in two parts, the first so short that its product with the number of rows is exact.
      const float mean = sums.sum.high * share, longer = 16385.0f * mean, first = longer - (longer - mean);
      const float rest = (sums.sum.high - first * static_cast<float>(kWindow)) + sums.sum.low;
      x[k * stride] = sums.equal < kWindow ? (column[k] - first) - rest * share : residue;
    }
  }
};

/** A plain sum. */
struct PlainSum {
  float total;

  PlainSum() : total(0.0f) {}
  void add(float value) { total += value; }
};

/** Plain sums over the rows that a long window holds once more. */
template <int32_t kRest, bool kSquares>
struct RestSums : SlidingSums<PlainSum, kSquares> {
  void at(int32_t k, const float* column, int32_t rows) {
    if (k == 0) {
      this->start(column, rows, kRest);
    } else {
      this->move(column, rows, kRest, k);
    }
  }
};

/** The usual ones hold a single row. */
template <bool kSquares>
struct RestSums<1, kSquares> {
  PlainSum sum, squares;

  void at(int32_t k, const float* column, int32_t) {
    sum.total = column[k];
    squares.total = column[k] * column[k];
  }
};

/**
 * A longer window: every one holds all rows an even number of times and a few of them once more, so that all windows
 * have almost the same sums and float32 is enough for deviations from the mean of all rows. The few are those around
 * the row itself, or around its opposite when the whole rounds are odd in number.
 */
template <int32_t kRows, int32_t kWindow>
struct Normalisation<kRows, kWindow, true> {
  static void run(float* x, int32_t stride, float residue, float* column) {
    if (!centre(x, stride, residue, column)) {
      for (int32_t k = 0; k < kRows; ++k) x[k * stride] = residue / 1e-10f;
      return;
    }
    RestSums<kRest, true> sums;
    float sum = 0.0f, squares = 0.0f;
    for (int32_t k = 0; k < kRows; ++k) {
      const float value = column[k] = x[k * stride];
      sum += value;
      squares += value * value;
    }
    for (int32_t k = 0; k < kRows; ++k) {
      sums.at(k, column, kRows);
      const float mean = (kTimes * sum + sums.sum.total) * share();
      const float variance = (kTimes * squares + sums.squares.total) * share() - mean * mean;
      const int32_t row = opposite(k);
      x[row * stride] = column[row] / ((variance > 0.0f ? squareRoot(variance) : 0.0f) + 1e-10f);
    }
  }

  /** Takes off the mean; false, and all rows `residue`, when all rows are equal. */
  static bool centre(float* x, int32_t stride, float residue, float* column) {
    float sum = 0.0f;
    bool varies = false;
    for (int32_t k = 0; k < kRows; ++k) {
      sum += x[k * stride];
      varies = varies || x[k * stride] != x[0];
    }
    const float middle = sum / static_cast<float>(kRows);
    sum = 0.0f;
    for (int32_t k = 0; k < kRows; ++k) {
      column[k] = x[k * stride] - middle;
      sum += column[k];
    }
    RestSums<kRest, false> sums;
    for (int32_t k = 0; k < kRows; ++k) {
      sums.at(k, column, kRows);
      const int32_t row = opposite(k);
      x[row * stride] = varies ? column[row] - (kTimes * sum + sums.sum.total) * share() : residue;
    }
    return varies;
  }

 private:
  static constexpr int32_t kRest = kWindow % (2 * kRows);
  static constexpr float kTimes = static_cast<float>(kWindow / (2 * kRows) * 2);

  static constexpr int32_t opposite(int32_t k) { return kWindow / (2 * kRows) % 2 == 1 ? kRows - 1 - k : k; }

  static constexpr float share() { return 1.0f / static_cast<float>(kWindow); }
};

}  // namespace dsp
}  // namespace impulsekit
