#pragma once
#include <stdint.h>

#include "../../../inline.h"

namespace impulsekit {
namespace dsp {

struct Complex {
  float re, im;
};

IMPULSEKIT_ALWAYS_INLINE Complex operator+(Complex a, Complex b) {
  const Complex sum = {a.re + b.re, a.im + b.im};
  return sum;
}

IMPULSEKIT_ALWAYS_INLINE Complex operator-(Complex a, Complex b) {
  const Complex difference = {a.re - b.re, a.im - b.im};
  return difference;
}

IMPULSEKIT_ALWAYS_INLINE Complex operator*(Complex a, Complex b) {
  const Complex product = {a.re * b.re - a.im * b.im, a.im * b.re + a.re * b.im};
  return product;
}

/** Value i of a block whose real parts are followed by its imaginary parts. */
IMPULSEKIT_ALWAYS_INLINE Complex at(const float* re, const float* im, int32_t i) {
  const Complex z = {re[i], im[i]};
  return z;
}

/** Four outputs, in bit-reversed order, of four inputs already multiplied by their twiddles. */
struct Four {
  Complex a, b, c, d;

  IMPULSEKIT_ALWAYS_INLINE Four(Complex z0, Complex z1, Complex z2, Complex z3) {
    const Complex sum = z0 + z2, difference = z0 - z2, other = z1 + z3, turn = {z3.im - z1.im, z1.re - z3.re};
    a = sum + other;
    b = sum - other;
    c = difference + turn;
    d = difference - turn;
  }
};

/** A twiddle w with its square and its cube. */
struct Twiddles {
  Complex one, two, three;

  IMPULSEKIT_ALWAYS_INLINE explicit Twiddles(const float* w) {
    one.re = w[0];
    one.im = w[1];
    two.re = w[2];
    two.im = w[3];
    three.re = w[4];
    three.im = w[5];
  }
};

/** One butterfly of radix 4 in place, its points `d` apart. */
IMPULSEKIT_ALWAYS_INLINE void butterfly(float* re, float* im, int32_t d, const Twiddles& w) {
  const Four y(at(re, im, 0), at(re, im, d) * w.one, at(re, im, 2 * d) * w.two, at(re, im, 3 * d) * w.three);
  re[0] = y.a.re;
  im[0] = y.a.im;
  re[d] = y.b.re;
  im[d] = y.b.im;
  re[2 * d] = y.c.re;
  im[2 * d] = y.c.im;
  re[3 * d] = y.d.re;
  im[3 * d] = y.d.im;
}

/** A pass of radix 4 over blocks of 4 `d` points each, d even; every block has a twiddle. */
inline void passFour(float* re, int32_t points, int32_t d, const float* twiddles) {
  for (float* const end = re + points; re < end; re += 3 * d, twiddles += 6) {
    const Twiddles w(twiddles);
    for (float* const last = re + d; re < last; re += 2) {
      butterfly(re, re + points, d, w);
      butterfly(re + 1, re + points + 1, d, w);
    }
  }
}

IMPULSEKIT_ALWAYS_INLINE float squared(Complex z) { return z.re * z.re + z.im * z.im; }

/** The last pass when it is of radix 4: powers of the outputs, from the same place on or before it. */
inline void lastFour(const float* re, int32_t points, const float* twiddles, float* powers) {
  for (const float* const end = re + points; re < end; re += 4, twiddles += 6, powers += 4) {
    const float* const im = re + points;
    const Twiddles w(twiddles);
    const Four y(at(re, im, 0), at(re, im, 1) * w.one, at(re, im, 2) * w.two, at(re, im, 3) * w.three);
    powers[0] = squared(y.a);
    powers[1] = squared(y.b);
    powers[2] = squared(y.c);
    powers[3] = squared(y.d);
  }
}

/** The last pass when it is of radix 2: two neighbouring blocks have twiddles w and i w. */
inline void lastTwo(const float* re, int32_t points, const float* twiddles, float* powers) {
  for (const float* const end = re + points; re < end; re += 4, twiddles += 6, powers += 4) {
    const float* const im = re + points;
    const Complex w = {twiddles[0], twiddles[1]}, a = at(re, im, 0), b = at(re, im, 2);
    const Complex t = at(re, im, 1) * w, u = at(re, im, 3) * w, v = {-u.im, u.re};
    powers[0] = squared(a + t);
    powers[1] = squared(a - t);
    powers[2] = squared(b + v);
    powers[3] = squared(b - v);
  }
}

/** Powers of the transform of `points` complex values, in bit-reversed order; at least four points. */
inline void blockPowers(float* re, int32_t points, const float* twiddles, float* powers) {
  int32_t d = points, blocks = 1;
  for (; d > 4; d /= 4, blocks *= 4) passFour(re, points, d / 4, twiddles + 6 * blocks);
  if (d == 4) {
    lastFour(re, points, twiddles + 6 * blocks, powers);
  } else {
    lastTwo(re, points, twiddles + 3 * blocks, powers);
  }
}

/**
 * Splits n real values in place: n/4 values whose spectrum are the bins 4k, n/4 those of the bins 4k + 2, and n/4
 * complex ones those of the bins 4k + 1. Those of 4k + 3 are their mirror image.
 */
inline void splitReal(float* x, int32_t n) {
  const int32_t d = n / 4;
  for (float* const end = x + d; x < end; ++x) {
    const float a = x[0] + x[2 * d], b = x[d] + x[3 * d];
    x[2 * d] = x[0] - x[2 * d];
    x[3 * d] = x[d] - x[3 * d];
    x[0] = a + b;
    x[d] = a - b;
  }
}

/** From powers in bit-reversed order to natural order: `bin` is the first one, four times that their distance. */
template <int32_t kSize>
inline void sortBins(const float* powers, int32_t points, int32_t bin, float* x) {
  for (const float* const end = powers + points; powers < end; powers += 4) {
    x[bin] = powers[0];
    x[kSize / 2 - bin] = powers[1];
    x[kSize / 4 + bin] = powers[2];
    x[kSize / 4 - bin] = powers[3];
    // Counts upwards in reversed bits.
    int32_t bit = kSize / 8;
    for (; bin & bit; bit /= 2) bin ^= bit;
    bin ^= bit;
  }
}

/**
 * Power spectrum of kSize real samples in place, kSize times too large: x[b] = |X[b]|^2 for b = 0..kSize/2.
 *
 * Real values are halved as long as there are any: the spectrum of the even bins is that of half as many of them, that
 * of the bins 4k + 1 that of a quarter as many complex ones, so nothing is combined, and cancelled, at the end. Blocks
 * are in bit-reversed order, in which one table of twiddles serves all passes of all lengths, one after the other.
 * kSize is a power of two of at least 4. The same bits as `rawPowers` in fft.ts.
 */
template <int32_t kSize>
inline void rawPowers(float* x, const float* twiddles) {
  int32_t n = kSize;
  for (; n >= 4; n /= 4) splitReal(x, n);
  // Two real values are left, or two sums of them.
  const float first = n == 1 ? x[0] : x[0] + x[1], last = n == 1 ? x[1] : x[0] - x[1];
  const float quarter = squared(at(x + 2, x + 3, 0));
  float eighth = 0.0f, threeEighths = 0.0f;
  if (kSize >= 8) {
    const Complex w = {twiddles[0], twiddles[1]}, a = at(x + 4, x + 6, 0), t = at(x + 4, x + 6, 1) * w;
    eighth = squared(a + t);
    threeEighths = squared(a - t);
  }
  float* powers = x + kSize / 2;
  for (int32_t points = kSize / 4; points >= 4; powers += points, points /= 2) {
    blockPowers(x + 2 * points, points, twiddles, powers);
  }
  powers = x + kSize / 2;
  for (int32_t points = kSize / 4; points >= 4; powers += points, points /= 2) {
    sortBins<kSize>(powers, points, kSize / 4 / points, x);
  }
  x[0] = first * first;
  if (kSize >= 8) {
    x[kSize / 8] = eighth;
    x[kSize / 4 + kSize / 8] = threeEighths;
  }
  x[kSize / 4] = quarter;
  x[kSize / 2] = last * last;
}

/** What `rawPowers` leaves to its caller: |X|^2 / size is this times its result, exactly. */
constexpr float powerScale(int32_t size) { return 1.0f / static_cast<float>(size); }

/** Power spectrum of kSize real samples in place: x[b] = |X[b]|^2 / kSize for b = 0..kSize/2. */
template <int32_t kSize>
inline void powerSpectrum(float* x, const float* twiddles) {
  rawPowers<kSize>(x, twiddles);
  for (int32_t b = 0; b <= kSize / 2; ++b) x[b] *= powerScale(kSize);
}

}  // namespace dsp
}  // namespace impulsekit
