#pragma once
#include <stdint.h>

#include "../../../square-root.h"
#include "../compensated/compensated.h"
#include "../stats/stats.h"

namespace impulsekit {
namespace dsp {

/** Row that stands at position i when the rows are mirrored at both ends, edge rows repeated, without end. */
inline int32_t mirrored(int32_t i, int32_t rows) {
  int32_t at = i % (2 * rows);
  if (at < 0) at += 2 * rows;
  return at < rows ? at : 2 * rows - 1 - at;
}

/** A window of `size` rows that slides over a mirrored column and keeps its sums. */
class SlidingWindow {
 public:
  SlidingWindow(const float* column, int32_t rows, int32_t size, bool squares)
      : column_(column), rows_(rows), size_(size), squares_(squares), equal_(0), last_(column[0]) {
    for (int32_t i = -(size / 2); i <= size / 2; ++i) enter(i);
  }

  /** Moves the centre from row k - 1 to row k. */
  void moveTo(int32_t k) {
    const float out = column_[mirrored(k - 1 - size_ / 2, rows_)];
    sum_.add(-out);
    if (squares_) squareSum_.add(-(out * out));
    enter(k + size_ / 2);
  }

  /** Deviation of a value from the mean of the window; `residue` when all rows of the window are equal. */
  float deviationOf(float value, float residue) const {
    if (equal_ >= size_) return residue;
    return deviation(value, divide(sum_, static_cast<float>(size_)));
  }

  float standardDeviation() const {
    const float size = static_cast<float>(size_), mean = sum_.value() / size;
    const float variance = squareSum_.value() / size - mean * mean;
    return variance > 0.0f ? squareRoot(variance) : 0.0f;
  }

 private:
  void enter(int32_t i) {
    const float in = column_[mirrored(i, rows_)];
    sum_.add(in);
    if (squares_) squareSum_.add(in * in);
    equal_ = in == last_ ? equal_ + 1 : 1;
    last_ = in;
  }

  const float* column_;
  int32_t rows_, size_;
  bool squares_;
  /** Length of the run of equal rows at the end of the window. */
  int32_t equal_;
  float last_;
  Sum sum_, squareSum_;
};

/**
 * Sliding mean and variance normalisation of one column of x, whose rows are `stride` apart, over `size` rows (odd).
 * `column` holds `rows` floats of working memory. The same bits as `normalise` in normalise.ts.
 */
inline void normalise(float* x, int32_t rows, int32_t stride, int32_t size, float residue, float* column) {
  for (int32_t k = 0; k < rows; ++k) column[k] = x[k * stride];
  SlidingWindow means(column, rows, size, false);
  for (int32_t k = 0; k < rows; ++k) {
    if (k > 0) means.moveTo(k);
    x[k * stride] = means.deviationOf(column[k], residue);
  }
  for (int32_t k = 0; k < rows; ++k) column[k] = x[k * stride];
  SlidingWindow variances(column, rows, size, true);
  for (int32_t k = 0; k < rows; ++k) {
    if (k > 0) variances.moveTo(k);
    x[k * stride] = column[k] / (variances.standardDeviation() + 1e-10f);
  }
}

}  // namespace dsp
}  // namespace impulsekit
