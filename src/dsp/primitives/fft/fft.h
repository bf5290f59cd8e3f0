#pragma once
#include <stdint.h>

// Also at -Os: as a call, the inner loop of every transform would move six floats through registers for nothing.
#if defined(__GNUC__)
#define IMPULSEKIT_ALWAYS_INLINE inline __attribute__((always_inline))
#else
#define IMPULSEKIT_ALWAYS_INLINE inline
#endif

namespace impulsekit {
namespace dsp {

inline void swapPoints(float* z, int32_t i, int32_t j) {
  const float re = z[2 * i], im = z[2 * i + 1];
  z[2 * i] = z[2 * j];
  z[2 * i + 1] = z[2 * j + 1];
  z[2 * j] = re;
  z[2 * j + 1] = im;
}

/** Sorts complex points into bit-reversed order, counting upwards in reversed bits. */
inline void reverseBits(float* z, int32_t points) {
  for (int32_t i = 1, j = 0; i < points; ++i) {
    int32_t bit = points >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) swapPoints(z, i, j);
  }
}

/** Four-point butterfly of a = z[0] and the given points; `d` is the distance of its outputs in floats. */
IMPULSEKIT_ALWAYS_INLINE void butterfly4(float* z, int32_t d, float br, float bi, float cr, float ci, float dr,
                                         float di) {
  const float acr = z[0] + cr, aci = z[1] + ci, amr = z[0] - cr, ami = z[1] - ci;
  const float bdr = br + dr, bdi = bi + di, bmr = br - dr, bmi = bi - di;
  z[0] = acr + bdr;
  z[1] = aci + bdi;
  z[d] = amr + bmi;
  z[d + 1] = ami - bmr;
  z[2 * d] = acr - bdr;
  z[2 * d + 1] = aci - bdi;
  z[3 * d] = amr - bmi;
  z[3 * d + 1] = ami + bmr;
}

/** Combines four transforms of `length` points each, everywhere in z. Bit-reversed order swaps the middle two. */
inline void radix4(float* z, int32_t points, int32_t length, const float* sine) {
  const int32_t d = 2 * length;
  for (int32_t at = 0; at < 2 * points; at += 4 * d) {
    float* p = z + at;
    butterfly4(p, d, p[2 * d], p[2 * d + 1], p[d], p[d + 1], p[3 * d], p[3 * d + 1]);
  }
  const int32_t quarter = points / 2;
  for (int32_t j = 1; j < length; ++j) {
    // Twiddles w^k, w^2k, w^3k with k < quarter, from the first quarter of the sine.
    const int32_t k = j * (quarter / length), k2 = 2 * k, k3 = 3 * k;
    const float c1 = sine[quarter - k], s1 = sine[k];
    const float c2 = k2 <= quarter ? sine[quarter - k2] : -sine[k2 - quarter];
    const float s2 = k2 <= quarter ? sine[k2] : sine[2 * quarter - k2];
    const float c3 = k3 <= quarter ? sine[quarter - k3] : k3 <= 2 * quarter ? -sine[k3 - quarter] : -sine[3 * quarter - k3];
    const float s3 = k3 <= quarter ? sine[k3] : k3 <= 2 * quarter ? sine[2 * quarter - k3] : -sine[k3 - 2 * quarter];
    for (int32_t at = 2 * j; at < 2 * points; at += 4 * d) {
      float* p = z + at;
      const float cr = p[d], ci = p[d + 1], br = p[2 * d], bi = p[2 * d + 1], dr = p[3 * d], di = p[3 * d + 1];
      butterfly4(p, d, br * c1 + bi * s1, bi * c1 - br * s1, cr * c2 + ci * s2, ci * c2 - cr * s2, dr * c3 + di * s3,
                 di * c3 - dr * s3);
    }
  }
}

/** Complex transform in place: radix 4, with one radix-2 pass first when the power of two is odd. */
inline void transform(float* z, int32_t points, const float* sine) {
  reverseBits(z, points);
  int32_t length = 1;
  if ((points & 0x55555555) == 0) {
    for (int32_t i = 0; i < 2 * points; i += 4) {
      const float re = z[i + 2], im = z[i + 3];
      z[i + 2] = z[i] - re;
      z[i + 3] = z[i + 1] - im;
      z[i] += re;
      z[i + 1] += im;
    }
    length = 2;
  }
  for (; length < points; length *= 4) radix4(z, points, length, sine);
}

/**
 * Power spectrum of `size` real samples in place: x[b] = |X[b]|^2 / size for b = 0..size/2.
 *
 * A real transform as a complex one of half the length. `size` is a power of two of at least 4;
 * `sine[k] = sin(2 pi k / size)`, k = 0..size/4. The same bits as `powerSpectrum` in fft.ts.
 */
inline void powerSpectrum(float* x, int32_t size, const float* sine) {
  const int32_t points = size / 2, quarter = size / 4;
  transform(x, points, sine);
  const float scale = 1.0f / static_cast<float>(size), scale4 = 0.25f * scale;
  const float sum = x[0] + x[1], difference = x[0] - x[1];
  for (int32_t k = 1; k < quarter; ++k) {
    float* p = x + 2 * k;
    float* q = x + 2 * (points - k);
    const float er = p[0] + q[0], ei = p[1] - q[1];
    const float odr = p[1] + q[1], odi = q[0] - p[0];
    const float c = sine[quarter - k], s = sine[k];
    const float tr = odr * c + odi * s, ti = odi * c - odr * s;
    const float pr = er + tr, pi = ei + ti, qr = er - tr, qi = ei - ti;
    p[0] = (pr * pr + pi * pi) * scale4;
    q[0] = (qr * qr + qi * qi) * scale4;
  }
  const float re = x[points], im = x[points + 1];
  x[points] = (re * re + im * im) * scale;
  x[0] = (sum * sum) * scale;
  for (int32_t k = 1; k < points; ++k) x[k] = x[2 * k];
  x[points] = (difference * difference) * scale;
}

}  // namespace dsp
}  // namespace impulsekit

#undef IMPULSEKIT_ALWAYS_INLINE
