#pragma once
#include <stdint.h>

#include "integers.h"

namespace impulsekit {
namespace dsp {
namespace fixed {

/** A place that walks up and down the rows, as if they were mirrored at both ends. */
struct MirroredRow {
  int32_t at, step, rows;

  static MirroredRow from(int32_t i, int32_t rows) {
    int32_t place = i % (2 * rows);
    if (place < 0) place += 2 * rows;
    const bool up = place < rows;
    const MirroredRow row = {up ? place : 2 * rows - 1 - place, up ? 1 : -1, rows};
    return row;
  }

  int32_t next() {
    const int32_t here = at;
    if (at + step < 0 || at + step >= rows) {
      step = -step;
    } else {
      at += step;
    }
    return here;
  }
};

/** The largest root with root^2 <= x. */
inline uint32_t integerRoot(uint32_t x) {
  uint32_t root = 0;
  for (uint32_t bit = static_cast<uint32_t>(1) << 30; bit != 0; bit >>= 2) {
    const uint32_t trial = root + bit;
    root >>= 1;
    if (trial <= x) {
      x -= trial;
      root += bit;
    }
  }
  return root;
}

/** value size / sqrt(spread), size^2 times the variance of `size` values; 0 where there is no spread. */
inline float standardised(int32_t value, int32_t size, uint64_t spread) {
  if (spread == 0) return 0.0f;
  const uint32_t high = static_cast<uint32_t>(spread >> 32), low = static_cast<uint32_t>(spread);
  // An even number of bits brings the spread to 31 or 32 bits.
  int32_t up = (high != 0 ? leadingZeros(high) : 32 + leadingZeros(low)) & ~1;
  const uint32_t top = up >= 32 ? low << (up - 32) : up == 0 ? high : (high << up) | (low >> (32 - up));
  const int32_t root = static_cast<int32_t>(integerRoot(top));
  uint32_t scaledUp = magnitudeOf(value) * static_cast<uint32_t>(size);
  if (scaledUp == 0) return 0.0f;
  const int32_t more = leadingZeros(scaledUp) - 1;
  scaledUp <<= more;
  const int32_t quotient = static_cast<int32_t>(scaledUp) / root;
  return toFloat(value < 0 ? -quotient : quotient, 16 + more - up / 2);
}

/**
 * Sliding mean and variance normalisation of one column: `column[row]` holds integers of any unit, |x| < 2^23; floats
 * without a unit go to x, whose rows are `stride` apart. `meanShift` and `bits` follow from the size (odd). The same
 * bits as `normalise` in normalise.ts.
 */
inline void normalise(int32_t* column, int32_t rows, int32_t size, int32_t meanShift, int32_t bits, float* x,
                      int32_t stride) {
  const int32_t half = size / 2;
  int64_t sum = 0;
  MirroredRow enter = MirroredRow::from(-half, rows), leave = enter;
  for (int32_t i = 1; i < size; ++i) sum += column[enter.next()];
  uint32_t largest = 0;
  for (int32_t k = 0; k < rows; ++k) {
    sum += column[enter.next()];
    const int64_t away = static_cast<int64_t>(column[k]) * size - sum;
    const int32_t deviation = static_cast<int32_t>(away >> meanShift);
    largest |= static_cast<uint32_t>(deviation ^ (deviation >> 31));
    memcpy(x + k * stride, &deviation, sizeof deviation);
    sum -= column[leave.next()];
  }
  int32_t shift = 0;
  while ((largest >> shift) >> bits != 0) ++shift;
  for (int32_t k = 0; k < rows; ++k) {
    memcpy(column + k, x + k * stride, sizeof *column);
    column[k] >>= shift;
  }
  int32_t mean = 0;
  uint64_t squares = 0;
  enter = leave = MirroredRow::from(-half, rows);
  for (int32_t i = 1 - size; i < rows; ++i) {
    const int32_t in = column[enter.next()];
    mean += in;
    squares += squared(magnitudeOf(in));
    if (i < 0) continue;
    const uint64_t spread = squares * static_cast<uint32_t>(size) - squared(magnitudeOf(mean));
    x[i * stride] = standardised(column[i], size, spread);
    const int32_t out = column[leave.next()];
    mean -= out;
    squares -= squared(magnitudeOf(out));
  }
}

}  // namespace fixed
}  // namespace dsp
}  // namespace impulsekit
