#pragma once
#include <stdint.h>

#include "../inline/inline.h"

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

/** a - i b */
IMPULSEKIT_ALWAYS_INLINE Complex turned(Complex a, Complex b) {
  const Complex sum = {a.re + b.im, a.im - b.re};
  return sum;
}

/** a + i b */
IMPULSEKIT_ALWAYS_INLINE Complex turnedBack(Complex a, Complex b) {
  const Complex sum = {a.re - b.im, a.im + b.re};
  return sum;
}

/** Four outputs, `d` apart, in bit-reversed order, of four inputs already multiplied by their twiddles. */
IMPULSEKIT_ALWAYS_INLINE void butterfly4(Complex* z, int32_t d, Complex a, Complex b, Complex c, Complex e) {
  const Complex sum = a + c, difference = a - c, other = b + e, turn = b - e;
  z[0] = sum + other;
  z[d] = sum - other;
  z[2 * d] = turned(difference, turn);
  z[3 * d] = turnedBack(difference, turn);
}

/** The first pass, which has no twiddles: `d` butterflies of four points. */
inline void firstFour(Complex* z, int32_t d) {
  for (Complex* const end = z + d; z < end; ++z) butterfly4(z, d, z[0], z[d], z[2 * d], z[3 * d]);
}

/** The first pass when the power of two is odd: `d` butterflies of eight points. */
inline void firstEight(Complex* z, int32_t d) {
  const float root = 0.70710678f;
  for (Complex* const end = z + d; z < end; ++z) {
    const Complex a0 = z[0] + z[4 * d], b0 = z[0] - z[4 * d];
    const Complex a1 = z[d] + z[5 * d], b1 = z[d] - z[5 * d];
    const Complex a2 = z[2 * d] + z[6 * d], b2 = z[2 * d] - z[6 * d];
    const Complex a3 = z[3 * d] + z[7 * d], b3 = z[3 * d] - z[7 * d];
    butterfly4(z, d, a0, a1, a2, a3);
    const Complex e = turned(b1, b3), f = turnedBack(b1, b3);
    const Complex c0 = turned(b0, b2), c1 = turnedBack(b0, b2);
    const Complex u = {(e.re + e.im) * root, (e.im - e.re) * root};
    const Complex v = {(f.im - f.re) * root, -(f.re + f.im) * root};
    z[4 * d] = c0 + u;
    z[5 * d] = c0 - u;
    z[6 * d] = c1 + v;
    z[7 * d] = c1 - v;
  }
}

/**
 * A pass of radix 4 over blocks of 4 `d` points: block b multiplies by w, w^2 and w^3, w the b-th twiddle. Only w is
 * in the table.
 */
inline void passFour(Complex* z, int32_t points, int32_t d, const float* twiddles) {
  for (Complex* const end = z + points; z < end; z += 3 * d) {
    const float re = *twiddles++, im = *twiddles++;
    const Complex w1 = {re, im}, w2 = w1 * w1, w3 = w1 * w2;
    for (Complex* const last = z + d; z < last; ++z) butterfly4(z, d, z[0], z[d] * w1, z[2 * d] * w2, z[3 * d] * w3);
  }
}

/**
 * From the transforms z and y of packed real samples at the bins k and points - k to the powers of the samples at
 * those bins, times four. The twiddle is exp(-pi i k / points).
 */
IMPULSEKIT_ALWAYS_INLINE void unpack(Complex z, Complex y, float re, float im, float* power, float* mirror) {
  const Complex even = {z.re + y.re, z.im - y.im}, odd = {z.im + y.im, y.re - z.re}, twiddle = {re, im};
  const Complex t = odd * twiddle, a = even + t, b = even - t;
  *power = a.re * a.re + a.im * a.im;
  *mirror = b.re * b.re + b.im * b.im;
}

/** Unpacks places first .. 2 first - 1, which hold opposite bins at opposite places, to the same places of `power`. */
inline void unpackAll(const Complex* low, const float* twiddles, int32_t first, float* power) {
  const Complex* high = low + first;
  float* mirror = power + first;
  while (low < high) {
    const float re = *twiddles++, im = *twiddles++;
    high -= 2;
    mirror -= 2;
    unpack(low[0], high[1], re, im, power, mirror + 1);
    unpack(low[1], high[0], im, -re, power + 1, mirror);
    low += 2;
    power += 2;
  }
}

/** Swaps values between the places whose numbers of kBits bits are each other's reverse. */
template <int32_t kBits>
inline void sortReversed(float* x) {
  // Reversed numbers of six bits.
  static const uint8_t kReversed[64] = {0,  32, 16, 48, 8,  40, 24, 56, 4,  36, 20, 52, 12, 44, 28, 60,
                                        2,  34, 18, 50, 10, 42, 26, 58, 6,  38, 22, 54, 14, 46, 30, 62,
                                        1,  33, 17, 49, 9,  41, 25, 57, 5,  37, 21, 53, 13, 45, 29, 61,
                                        3,  35, 19, 51, 11, 43, 27, 59, 7,  39, 23, 55, 15, 47, 31, 63};
  constexpr int32_t kHalf = kBits / 2, kRows = 1 << kHalf, kRow = 1 << (kBits - kHalf);
  for (int32_t i = 0; i < kRows; ++i) {
    for (int32_t j = i + 1; j < kRows; ++j) {
      float* a = x + i * kRow + (kReversed[j] >> (6 - kHalf));
      float* b = x + j * kRow + (kReversed[i] >> (6 - kHalf));
      for (int32_t k = 0; k < kRow; k += kRows) {
        const float value = a[k];
        a[k] = b[k];
        b[k] = value;
      }
    }
  }
}

/** Base-2 logarithm of a power of two. */
constexpr int32_t bitsOf(int32_t size) { return size > 1 ? 1 + bitsOf(size / 2) : 0; }

/**
 * Powers of the spectrum of kSize real samples in place: x[b] = 4 |X[b]|^2 for b = 0..kSize/2.
 *
 * The samples count as half as many complex numbers. All passes leave their blocks in bit-reversed order, in which
 * one table of twiddles serves all of them from its start, and opposite bins lie opposite each other. kSize is a power
 * of two of at least 4. The same bits as `fourfoldPowers` in fft.ts.
 */
template <int32_t kSize>
inline void fourfoldPowers(float* x, const float* twiddles) {
  constexpr int32_t kPoints = kSize / 2, kBits = bitsOf(kPoints);
  Complex* const z = reinterpret_cast<Complex*>(x);
  int32_t d = 1;
  if (kBits == 1) {
    const Complex a = z[0], b = z[1];
    z[0] = a + b;
    z[1] = a - b;
  } else if (kBits % 2 == 1) {
    d = kPoints / 8;
    firstEight(z, d);
  } else {
    d = kPoints / 4;
    firstFour(z, d);
  }
  while (d > 1) {
    d /= 4;
    passFour(z, kPoints, d, twiddles);
  }
  const float sum = z[0].re + z[0].im, difference = z[0].re - z[0].im;
  x[0] = 4.0f * (sum * sum);
  x[1] = 4.0f * (z[1].re * z[1].re + z[1].im * z[1].im);
  if (kPoints > 2) unpack(z[2], z[3], twiddles[2], twiddles[3], x + 2, x + 3);
  for (int32_t first = 4; first < kPoints; first *= 2) unpackAll(z + first, twiddles + first, first, x + first);
  sortReversed<kBits>(x);
  x[kPoints] = 4.0f * (difference * difference);
}

/** What `fourfoldPowers` leaves to its caller: |X|^2 / size is this times its result, exactly. */
constexpr float powerScale(int32_t size) { return 0.25f / static_cast<float>(size); }

/** Power spectrum of kSize real samples in place: x[b] = |X[b]|^2 / kSize for b = 0..kSize/2. */
template <int32_t kSize>
inline void powerSpectrum(float* x, const float* twiddles) {
  fourfoldPowers<kSize>(x, twiddles);
  for (int32_t b = 0; b <= kSize / 2; ++b) x[b] *= powerScale(kSize);
}

}  // namespace dsp
}  // namespace impulsekit
