#pragma once
#include <stdint.h>

#include "integers.h"

namespace impulsekit {
namespace dsp {
namespace fixed {

/** A sine or cosine times 32768: to the nearest, and what is left of it, times 256. */
struct Sine {
  int32_t value;
  int32_t rest;

  Sine operator-() const {
    const Sine opposite = {-value, -rest};
    return opposite;
  }
};

/** `value[k] + rest[k] / 256 = 32768 sin(2 pi k / size)`, k = 0..quarter, quarter = size / 4. */
struct SineTable {
  const uint16_t* value;
  const int8_t* rest;
  int32_t quarter;

  /** sin(2 pi k / size), k = 0..size/2. */
  IMPULSEKIT_FIXED_INLINE Sine at(int32_t k) const {
    if (k > quarter) k = 2 * quarter - k;
    const Sine sine = {value[k], rest[k]};
    return sine;
  }

  /** sin(2 pi k / size), k = 0..3 size/4. */
  Sine sine(int32_t k) const { return k <= 2 * quarter ? at(k) : -at(k - 2 * quarter); }

  /** cos(2 pi k / size), k = 0..3 size/4. */
  Sine cosine(int32_t k) const { return k <= quarter ? at(quarter - k) : -at(k - quarter); }
};

/**
 * a c + b s, rounded down, for the cosine and sine of an angle; a and b below 2^29 as a vector. The rest of sine and
 * cosine meets the upper halves of a and b only.
 */
IMPULSEKIT_FIXED_INLINE int32_t turned(int32_t a, int32_t b, Sine c, Sine s) {
  const int32_t al = static_cast<int16_t>(a), bl = static_cast<int16_t>(b);
  const int32_t ah = (a - al) >> 16, bh = (b - bl) >> 16;
  const int32_t rest = (ah * c.rest + bh * s.rest) * 256;
#if defined(IMPULSEKIT_SHORT_MULTIPLY)
  return (ah * c.value + bh * s.value) * 2 + ((al * c.value + bl * s.value + rest) >> 15);
#else
  return static_cast<int32_t>((static_cast<int64_t>(a) * c.value + static_cast<int64_t>(b) * s.value + rest) >> 15);
#endif
}

inline void swapValues(int32_t* a, int32_t* b) {
  const int32_t value = *a;
  *a = *b;
  *b = value;
}

/** Sorts complex points into bit-reversed order, counting upwards in reversed bits. */
inline void reverseBits(int32_t* re, int32_t* im, int32_t points) {
  for (int32_t i = 1, j = 0; i < points; ++i) {
    int32_t bit = points >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      swapValues(re + i, re + j);
      swapValues(im + i, im + j);
    }
  }
}

/** Four-point butterfly of the point at re and im and the given three; its outputs are `d` apart. */
IMPULSEKIT_FIXED_INLINE void butterfly4(int32_t* re, int32_t* im, int32_t d, int32_t br, int32_t bi, int32_t cr,
                                        int32_t ci, int32_t dr, int32_t di) {
  const int32_t acr = re[0] + cr, aci = im[0] + ci, amr = re[0] - cr, ami = im[0] - ci;
  const int32_t bdr = br + dr, bdi = bi + di, bmr = br - dr, bmi = bi - di;
  re[0] = acr + bdr;
  im[0] = aci + bdi;
  re[d] = amr + bmi;
  im[d] = ami - bmr;
  re[2 * d] = acr - bdr;
  im[2 * d] = aci - bdi;
  re[3 * d] = amr - bmi;
  im[3 * d] = ami + bmr;
}

/**
 * Combines four transforms of `length` points each, everywhere; step = size / 4 / length. Bit-reversed order swaps the
 * middle two.
 */
inline void radix4(int32_t* re, int32_t* im, int32_t points, int32_t length, int32_t step,
                   const SineTable& sines) {
  const int32_t d = length;
  for (int32_t at = 0; at < points; at += 4 * d) {
    int32_t* p = re + at;
    int32_t* q = im + at;
    butterfly4(p, q, d, p[2 * d], q[2 * d], p[d], q[d], p[3 * d], q[3 * d]);
  }
  for (int32_t j = 1; j < length; ++j) {
    const int32_t k = j * step;
    const Sine c1 = sines.cosine(k), s1 = sines.sine(k), c2 = sines.cosine(2 * k), s2 = sines.sine(2 * k);
    const Sine c3 = sines.cosine(3 * k), s3 = sines.sine(3 * k);
    for (int32_t at = j; at < points; at += 4 * d) {
      int32_t* p = re + at;
      int32_t* q = im + at;
      const int32_t cr = turned(p[d], q[d], c2, s2), ci = turned(q[d], p[d], c2, -s2);
      const int32_t br = turned(p[2 * d], q[2 * d], c1, s1), bi = turned(q[2 * d], p[2 * d], c1, -s1);
      const int32_t dr = turned(p[3 * d], q[3 * d], c3, s3), di = turned(q[3 * d], p[3 * d], c3, -s3);
      butterfly4(p, q, d, br, bi, cr, ci, dr, di);
    }
  }
}

/** Complex transform in place: radix 4, with one radix-2 pass first when the power of two is odd. */
inline void transform(int32_t* re, int32_t points, const SineTable& sines) {
  int32_t* im = re + points;
  reverseBits(re, im, points);
  int32_t length = 1, step = sines.quarter;
  if ((points & 0x55555555) == 0) {
    for (int32_t i = 0; i < 2 * points; i += 2) {
      const int32_t odd = re[i + 1];
      re[i + 1] = re[i] - odd;
      re[i] += odd;
    }
    length = 2;
    step >>= 1;
  }
  for (; length < points; length *= 4, step >>= 2) radix4(re, im, points, length, step, sines);
}

/**
 * Halves the problem: x[0..n/2) becomes the real samples whose spectrum are the even bins; x[n/2..n) the complex ones,
 * real parts first, whose spectrum are the bins 4k + 1; step = size / n. Values are shifted right first.
 */
inline void split(int32_t* x, int32_t n, int32_t step, const SineTable& sines, int32_t shift) {
  const int32_t half = n >> 1, points = n >> 2;
  for (int32_t i = 0; i < points; ++i) {
    const Sine c = sines.at(sines.quarter - i * step), s = sines.at(i * step);
    int32_t* p = x + i;
    const int32_t a = p[0] >> shift, b = p[points] >> shift, e = p[half] >> shift, f = p[half + points] >> shift;
    const int32_t br = a - e, bi = b - f;
    p[0] = a + e;
    p[points] = b + f;
    p[half] = turned(br, bi, c, -s);
    p[half + points] = -turned(bi, br, c, s);
  }
}

/**
 * Powers of the spectrum of `size` real samples in place of x, which holds two values more: |X[b] / 2^powerShift|^2 for
 * b = 0..size/2, where `powerOf` finds them. Returns their sum.
 *
 * The algorithm of the float transform (see ../fft/fft.h) with sines of 24 bits. Samples are shifted right by `shift`
 * first, if that is positive; then their magnitudes sum up to at most 2^29, and so does every value on the way, so none overflows.
 * The same bits as `powerSpectrum` in fft.ts.
 */
inline uint64_t powerSpectrum(int32_t* x, const SineTable& sines, int32_t shift, int32_t powerShift) {
  const int32_t size = 4 * sines.quarter;
  const uint32_t roundUp = (static_cast<uint32_t>(1) << powerShift) >> 1;
  uint64_t total = 0;
  if (shift < 0) shift = 0;
  for (int32_t n = size, step = 1; n >= 4; n >>= 1, step *= 2, shift = 0) {
    const int32_t points = n >> 2;
    int32_t* z = x + (n >> 1);
    split(x, n, step, sines, shift);
    transform(z, points, sines);
    for (int32_t k = 0; k < points; ++k) {
      const uint64_t power = squared((magnitudeOf(z[k]) + roundUp) >> powerShift) +
                             squared((magnitudeOf(z[points + k]) + roundUp) >> powerShift);
      z[k] = static_cast<int32_t>(power);
      z[points + k] = static_cast<int32_t>(power >> 32);
      total += power;
    }
  }
  const uint64_t first = squared((magnitudeOf(x[0] + x[1]) + roundUp) >> powerShift);
  const uint64_t last = squared((magnitudeOf(x[0] - x[1]) + roundUp) >> powerShift);
  x[0] = static_cast<int32_t>(first);
  x[1] = static_cast<int32_t>(first >> 32);
  x[size] = static_cast<int32_t>(last);
  x[size + 1] = static_cast<int32_t>(last >> 32);
  return total + first + last;
}

/** The power of bin 0..size/2: low word first, the high one behind the low ones of its part of the spectrum. */
inline uint64_t powerOf(const int32_t* x, int32_t size, int32_t bin) {
  int32_t at = 0, gap = 1;
  if (2 * bin == size) {
    at = size;
  } else if (bin != 0) {
    int32_t n = size;
    for (; (bin & 1) == 0; bin >>= 1) n >>= 1;
    at = (n >> 1) + (((bin & 2) == 0 ? bin : n - bin) >> 2);
    gap = n >> 2;
  }
  return (static_cast<uint64_t>(static_cast<uint32_t>(x[at + gap])) << 32) | static_cast<uint32_t>(x[at]);
}

}  // namespace fixed
}  // namespace dsp
}  // namespace impulsekit
