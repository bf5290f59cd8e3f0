import type { Work } from '../../../cost.js';
import { fail } from '../../../errors.js';

const f32 = Math.fround;

export interface FilterDesign {
  readonly filter: 'low' | 'high';
  readonly cutoffHz: number;
  /** Even. */
  readonly filterOrder: number;
}

/**
 * Second-order sections of a Butterworth filter (bilinear transform, pre-warped), three float32 each: gain A and
 * feedback factors d1, d2 of `y[i] = A (x[i] +- 2 x[i-1] + x[i-2]) + d1 y[i-1] + d2 y[i-2]`. Designed in double
 * precision.
 *
 * @throws `BAD_OPTION` when the cut-off is not below half the rate, or the float32 filter is unstable.
 */
export function butterworthSections(where: string, rateHz: number, design: FilterDesign): Float32Array {
  const { filter, cutoffHz, filterOrder } = design;
  if (cutoffHz >= rateHz / 2) {
    return fail({
      code: 'BAD_OPTION',
      where: `${where}.cutoffHz`,
      got: `${cutoffHz} Hz`,
      expected: `below ${rateHz / 2} Hz, half the sampling rate (after decimation)`,
      fix: 'Lower cutoffHz or decimation, or record at a higher rate.',
    });
  }
  const count = filterOrder / 2;
  const sections = new Float32Array(3 * count);
  const a = Math.tan((Math.PI * cutoffHz) / rateHz);
  for (let i = 0; i < count; i++) {
    const r = Math.sin((Math.PI * (2 * i + 1)) / (2 * filterOrder));
    if (!isStable(f32(a), f32(r))) refuseUnstable(where, cutoffHz);
    const s = a * a + 2 * a * r + 1;
    sections[3 * i] = filter === 'low' ? (a * a) / s : 1 / s;
    sections[3 * i + 1] = (2 * (1 - a * a)) / s;
    sections[3 * i + 2] = -(a * a - 2 * a * r + 1) / s;
  }
  return sections;
}

/** Whether both roots of `z^2 - d1 z - d2` are inside the unit circle when the design is done in float32. */
function isStable(a: number, r: number): boolean {
  const a2 = f32(a * a);
  const ar = f32(f32(2 * a) * r);
  const s = f32(f32(a2 + ar) + 1);
  const d1 = f32(f32(2 * f32(1 - a2)) / s);
  const d2 = f32(-f32(f32(a2 - ar) + 1) / s);
  return Math.abs(d2) < 1 && Math.abs(d1) < 1 - d2;
}

function refuseUnstable(where: string, cutoffHz: number): never {
  return fail({
    code: 'BAD_OPTION',
    where: `${where}.cutoffHz`,
    got: `${cutoffHz} Hz, with which the filter is unstable in single precision`,
    expected: 'a cut-off well between 0 and half the sampling rate',
    fix: 'Raise cutoffHz, or decimate first.',
  });
}

/** Counts of {@link butterworth}. */
export function butterworthWork(count: number, sections: number): Work {
  return { flop: 9 * count * sections, int: 3 * count * sections };
}

/**
 * Filters `x[0..count-1]` in place, from zero state, forward only. `middle` is 2 for a low-pass and -2 for a
 * high-pass. Transposed direct form II: in float32 the other forms differ by up to 3e-4 for low cut-offs. Performs the same float32 operations as filter.h.
 */
export function butterworth(x: Float32Array, count: number, sections: Float32Array, middle: number): void {
  for (let s = 0; s < sections.length; s += 3) {
    const gain = sections[s]!;
    const d1 = sections[s + 1]!;
    const d2 = sections[s + 2]!;
    const gain1 = f32(middle * gain);
    let z0 = 0;
    let z1 = 0;
    for (let i = 0; i < count; i++) {
      const input = x[i]!;
      const output = f32(f32(gain * input) + z0);
      z0 = f32(f32(f32(gain1 * input) + f32(d1 * output)) + z1);
      z1 = f32(f32(gain * input) + f32(d2 * output));
      x[i] = output;
    }
  }
}
