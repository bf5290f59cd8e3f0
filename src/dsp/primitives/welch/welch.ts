import { addWork, timesWork, type Work } from '../../../cost.js';
import { fftWork, powerSpectrum } from '../fft/fft.js';

/** Counts of {@link maxHoldSpectrum}. */
export function welchWork(count: number, size: number, step: number): Work {
  return timesWork(Math.ceil(count / step), addWork(fftWork(size), { flop: size / 2 + 1 }));
}

/**
 * Largest power of every bin over frames of `size` samples of `x[0..count-1]`, `step` apart, the last ones padded
 * with zeros. `frame [size]` is working memory, `power [size/2 + 1]` the result. No window function.
 * Performs the same float32 operations as welch.h.
 */
export function maxHoldSpectrum(
  x: Float32Array,
  count: number,
  step: number,
  sine: Float32Array,
  frame: Float32Array,
  power: Float32Array,
): void {
  const size = frame.length;
  power.fill(0);
  for (let start = 0; start < count; start += step) {
    for (let i = 0; i < size; i++) frame[i] = start + i < count ? x[start + i]! : 0;
    powerSpectrum(frame, size, sine);
    for (let b = 0; b <= size / 2; b++) {
      if (frame[b]! > power[b]!) power[b] = frame[b]!;
    }
  }
}
