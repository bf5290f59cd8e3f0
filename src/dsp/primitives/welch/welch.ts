import { addWork, timesWork, type Work } from '../../../cost.js';
import { fftWork, powerSpectrum } from '../fft/fft.js';
import { holdSixteen, SIXTEEN_FLOPS } from './sixteen.js';

const f32 = Math.fround;

/** Counts of {@link maxHoldSpectrum}. */
export function welchWork(count: number, size: number, step: number): Work {
  const frame = size === 16 ? { flop: SIXTEEN_FLOPS, int: 30 } : addWork(fftWork(size), { flop: size, int: 6 * size });
  return addWork(timesWork(Math.ceil(count / step), frame), { int: 3 * size });
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
  twiddles: Float32Array,
  frame: Float32Array,
  power: Float32Array,
): void {
  const size = frame.length;
  power.fill(0);
  for (let start = 0; start < count; start += step) {
    const there = Math.min(size, count - start);
    for (let i = 0; i < there; i++) frame[i] = x[start + i]!;
    frame.fill(0, there);
    if (size === 16) {
      holdSixteen(frame, power);
      continue;
    }
    powerSpectrum(frame, size, twiddles);
    for (let b = 0; b <= size / 2; b++) {
      if (frame[b]! > power[b]!) power[b] = frame[b]!;
    }
  }
  if (size === 16) for (let b = 0; b <= 8; b++) power[b] = f32(power[b]! * 0.0625);
}
