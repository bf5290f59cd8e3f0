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

inline void swapValues(float* a, float* b) {
  const float value = *a;
  *a = *b;
  *b = value;
}

/** Sorts complex points into bit-reversed order, counting upwards in reversed bits. */
inline void reverseBits(float* re, float* im, int32_t points) {
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
IMPULSEKIT_ALWAYS_INLINE void butterfly4(float* re, float* im, int32_t d, float br, float bi, float cr, float ci,
                                         float dr, float di) {
  const float acr = re[0] + cr, aci = im[0] + ci, amr = re[0] - cr, ami = im[0] - ci;
  const float bdr = br + dr, bdi = bi + di, bmr = br - dr, bmi = bi - di;
  re[0] = acr + bdr;
  im[0] = aci + bdi;
  re[d] = amr + bmi;
  im[d] = ami - bmr;
  re[2 * d] = acr - bdr;
  im[2 * d] = aci - bdi;
  re[3 * d] = amr - bmi;
  im[3 * d] = ami + bmr;
}

/** Combines four transforms of `length` points each, everywhere. Bit-reversed order swaps the middle two. */
inline void radix4(float* re, float* im, int32_t points, int32_t length, int32_t quarter, const float* sine) {
  const int32_t d = length;
  for (int32_t at = 0; at < points; at += 4 * d) {
    float* p = re + at;
    float* q = im + at;
    butterfly4(p, q, d, p[2 * d], q[2 * d], p[d], q[d], p[3 * d], q[3 * d]);
  }
  for (int32_t j = 1; j < length; ++j) {
    // Twiddles w^k, w^2k, w^3k with k < quarter, from the first quarter of the sine.
    const int32_t k = j * (quarter / length), k2 = 2 * k, k3 = 3 * k;
    const float c1 = sine[quarter - k], s1 = sine[k];
    const float c2 = k2 <= quarter ? sine[quarter - k2] : -sine[k2 - quarter];
    const float s2 = k2 <= quarter ? sine[k2] : sine[2 * quarter - k2];
    const float c3 = k3 <= quarter ? sine[quarter - k3] : k3 <= 2 * quarter ? -sine[k3 - quarter] : -sine[3 * quarter - k3];
    const float s3 = k3 <= quarter ? sine[k3] : k3 <= 2 * quarter ? sine[2 * quarter - k3] : -sine[k3 - 2 * quarter];
    for (int32_t at = j; at < points; at += 4 * d) {
      float* p = re + at;
      float* q = im + at;
      const float cr = p[d], ci = q[d], br = p[2 * d], bi = q[2 * d], dr = p[3 * d], di = q[3 * d];
      butterfly4(p, q, d, br * c1 + bi * s1, bi * c1 - br * s1, cr * c2 + ci * s2, ci * c2 - cr * s2, dr * c3 + di * s3,
                 di * c3 - dr * s3);
    }
  }
}

/** Complex transform in place: radix 4, with one radix-2 pass first when the power of two is odd. */
inline void transform(float* re, int32_t points, int32_t quarter, const float* sine) {
  float* im = re + points;
  reverseBits(re, im, points);
  int32_t length = 1;
  if ((points & 0x55555555) == 0) {
    for (int32_t i = 0; i < 2 * points; i += 2) {
      const float odd = re[i + 1];
      re[i + 1] = re[i] - odd;
      re[i] += odd;
    }
    length = 2;
  }
  for (; length < points; length *= 4) radix4(re, im, points, length, quarter, sine);
}

/**
 * Halves the problem: x[0..n/2) becomes the real samples whose spectrum are the even bins; x[n/2..n) the complex ones,
 * real parts first, whose spectrum are the bins 4k + 1.
 */
inline void split(float* x, int32_t n, int32_t size, const float* sine) {
  const int32_t half = n / 2, points = n / 4, quarter = size / 4, step = size / n;
  for (int32_t i = 0; i < points; ++i) {
    const float c = sine[quarter - i * step], s = sine[i * step];
    float* p = x + i;
    const float br = p[0] - p[half], bi = p[points] - p[half + points];
    p[0] += p[half];
    p[points] += p[half + points];
    p[half] = br * c - bi * s;
    p[half + points] = -(bi * c + br * s);
  }
}

/**
 * Power spectrum of `size` real samples in place: x[b] = |X[b]|^2 / size for b = 0..size/2.
 *
 * Decimation in frequency: the even bins are the spectrum of half as many real samples, the odd bins X[4k + 1] that of
 * a quarter as many complex ones, so nothing is combined, and cancelled, at the end. `size` is a power of two of at
 * least 4; `sine[k] = sin(2 pi k / size)`, k = 0..size/4. The same bits as `powerSpectrum` in fft.ts.
 */
inline void powerSpectrum(float* x, int32_t size, const float* sine) {
  const float scale = 1.0f / static_cast<float>(size);
  float* to = x + size / 2;
  for (int32_t n = size; n >= 4; n /= 2) {
    const int32_t points = n / 4;
    float* z = x + n / 2;
    split(x, n, size, sine);
    transform(z, points, size / 4, sine);
    for (int32_t k = 0; k < points; ++k) *to++ = (z[k] * z[k] + z[points + k] * z[points + k]) * scale;
  }
  const float sum = x[0] + x[1], difference = x[0] - x[1];
  const float* from = x + size / 2;
  for (int32_t n = size, step = 1; n >= 4; n /= 2, step *= 2) {
    for (int32_t bin = 1; bin < n; bin += 4) x[(2 * bin < n ? bin : n - bin) * step] = *from++;
  }
  x[0] = (sum * sum) * scale;
  x[size / 2] = (difference * difference) * scale;
}

}  // namespace dsp
}  // namespace impulsekit
