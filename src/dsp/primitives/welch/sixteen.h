#pragma once

namespace impulsekit {
namespace dsp {

inline void keepLargest(float value, float* largest) {
  if (value > *largest) *largest = value;
}

inline float squaredLength(float re, float im) { return re * re + im * im; }

/**
 * Power spectrum of 16 real samples, 16 times too large, into `power[0..8]` where it is larger than what is there.
 * Straight-line code, smaller than the general transform and many times faster; the same flow of decimation in
 * frequency. The same bits as `holdSixteen` in sixteen.ts.
 */
inline void holdSixteen(const float* x, float* power) {
  const float r = 0.70710677f, c = 0.9238795f, s = 0.38268343f;  // of pi/4, pi/8
  // Odd bins 1, 5, 9, 13: four complex points of the differences.
  {
    const float b0 = x[0] - x[8], b4 = x[4] - x[12];
    const float b2 = x[2] - x[10], b6 = x[6] - x[14];
    const float re2 = r * (b2 - b6), im2 = r * (b2 + b6);
    const float pr = b0 + re2, pi = b4 + im2, mr = b0 - re2, mi = b4 - im2;
    const float b1 = x[1] - x[9], b5 = x[5] - x[13];
    const float b3 = x[3] - x[11], b7 = x[7] - x[15];
    const float re1 = b1 * c - b5 * s, im1 = b1 * s + b5 * c;
    const float re3 = b3 * s - b7 * c, im3 = b3 * c + b7 * s;
    const float qr = re1 + re3, qi = im1 + im3, dr = re1 - re3, di = im1 - im3;
    keepLargest(squaredLength(pr + qr, pi + qi), power + 1);
    keepLargest(squaredLength(pr - qr, pi - qi), power + 7);
    keepLargest(squaredLength(mr - di, mi + dr), power + 5);
    keepLargest(squaredLength(mr + di, mi - dr), power + 3);
  }
  // Even bins: eight real points of the sums.
  const float a0 = x[0] + x[8], a4 = x[4] + x[12], a2 = x[2] + x[10], a6 = x[6] + x[14];
  const float a1 = x[1] + x[9], a5 = x[5] + x[13], a3 = x[3] + x[11], a7 = x[7] + x[15];
  const float d0 = a0 - a4, d2 = a2 - a6, d1 = a1 - a5, d3 = a3 - a7;
  const float re = r * (d1 - d3), im = r * (d1 + d3);
  keepLargest(squaredLength(d0 + re, d2 + im), power + 2);
  keepLargest(squaredLength(d0 - re, d2 - im), power + 6);
  const float e0 = a0 + a4, e2 = a2 + a6, e1 = a1 + a5, e3 = a3 + a7;
  keepLargest(squaredLength(e0 - e2, e1 - e3), power + 4);
  const float even = e0 + e2, odd = e1 + e3, sum = even + odd, difference = even - odd;
  keepLargest(sum * sum, power);
  keepLargest(difference * difference, power + 8);
}

}  // namespace dsp
}  // namespace impulsekit
