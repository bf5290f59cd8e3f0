import { float, int } from '../../params.js';
import { type Axis, shapeOf } from '../../spec.js';
import { augmentation, most, refuseRows, signed } from './augmentation.js';
import type { Material } from './material.js';

const KINDS = ['signal', 'spectrogram'] as const;

/** Steps in time and values per step; a signal and a spectrogram have the same layout. */
export function stepsOf({ spec }: Material): readonly [number, number] {
  return shapeOf(spec) as [number, number];
}

/** Index `i` reflected into `[0, size)`: the border is repeated once. */
export function reflected(i: number, size: number): number {
  const period = 2 * size;
  const at = ((i % period) + period) % period;
  return at < size ? at : period - 1 - at;
}

export function clamped(i: number, size: number): number {
  return i < 0 ? 0 : Math.min(i, size - 1);
}

/** Zeros at the end of a signal are padding from this share of the window on; a few may be chance. */
const LEAST_PADDING = 0.01;

/** Steps in time before the zeros that a recording shorter than the window was padded with; all without such. */
export function recordedSteps({ spec, zero }: Material, row: Float32Array, steps: number, size: number): number {
  if (spec.kind !== 'signal') return steps;
  let end = row.length;
  while (end > 0 && row[end - 1] === zero) end--;
  const recorded = Math.ceil(end / size);
  return steps - recorded >= LEAST_PADDING * steps ? recorded : steps;
}

/** Milliseconds as steps in time, of rows that say how long one is. */
export function stepsIn({ spec }: Material, ms: number, where: string): number {
  const seconds = (spec.axes[0] as Axis).step;
  if (seconds === undefined || !(seconds > 0)) {
    refuseRows(`${where}.ms`, 'features without a time axis', 'a spectrogram or a signal', 'Use share instead.');
  }
  return ms / 1000 / seconds;
}

/**
 * Moves a signal or a spectrogram in time by a random amount, either way.
 *
 * The gap is filled with the reflected signal, or the spectrogram's frame at the border. A signal that was padded with
 * zeros moves into its padding only, and loses nothing.
 *
 * @throws `BAD_OPTION`, `UNKNOWN_OPTION`
 * @example
 * ```ts
 * classifier({ augment: [timeShift({ ms: 100 })] });
 * ```
 */
export const timeShift = augmentation({
  type: 'timeShift',
  kinds: KINDS,
  schema: {
    ms: most(0, 'Largest shift in ms; 0 leaves it to share.', 600_000),
    share: most(0.1, 'Largest shift as a share of the window, where ms is 0.', 1),
  },
  prepare: (p, material, where) => {
    const [steps, size] = stepsOf(material);
    const limit = Math.min(p.ms > 0 ? stepsIn(material, p.ms, where) : p.share * steps, steps);
    const filled = material.spec.kind === 'signal' ? reflected : clamped;
    const before = new Float32Array(steps * size);
    return (row, random) => {
      const drawn = Math.round(signed(random, limit));
      if (drawn === 0) return;
      const padding = steps - recordedSteps(material, row, steps, size);
      if (padding > 0) {
        const by = Math.min(Math.abs(drawn), padding);
        row.copyWithin(by * size, 0, (steps - by) * size);
        row.fill(material.zero, 0, by * size);
        return;
      }
      const by = drawn;
      before.set(row);
      for (let t = 0; t < steps; t++) {
        const from = filled(t - by, steps) * size;
        for (let i = 0; i < size; i++) row[t * size + i] = before[from + i]!;
      }
    };
  },
});

/**
 * Replaces up to `frames` neighbouring steps in time by the mean of the data, `count` times.
 *
 * Source: SpecAugment (Park et al., 2019).
 *
 * @throws `BAD_OPTION`, `UNKNOWN_OPTION`
 * @example
 * ```ts
 * classifier({ augment: [timeMask({ count: 2, frames: 3 })] });
 * ```
 */
export const timeMask = augmentation({
  type: 'timeMask',
  kinds: KINDS,
  schema: {
    count: int(1, 'Masks per row.', { min: 0, max: 100 }),
    frames: int(1, 'Largest width of a mask in frames, or time steps of a signal.', { min: 1, max: 100_000 }),
  },
  prepare: (p, material) => {
    const [steps, size] = stepsOf(material);
    return (row, random) => {
      for (let mask = 0; mask < p.count; mask++) {
        const width = random.below(Math.min(p.frames, steps) + 1);
        const start = random.below(steps - width + 1);
        row.fill(material.mean, start * size, (start + width) * size);
      }
    };
  },
});

/**
 * Moves a random point in time and stretches what lies on both sides of it.
 *
 * Source: SpecAugment (Park et al., 2019), with straight lines between the three fixed points instead of splines.
 *
 * @throws `BAD_OPTION`, `UNKNOWN_OPTION`
 * @example
 * ```ts
 * classifier({ augment: [timeWarp({ frames: 6 })] });
 * ```
 */
export const timeWarp = augmentation({
  type: 'timeWarp',
  kinds: KINDS,
  schema: {
    frames: float(6, 'Largest distance in frames, or time steps of a signal.', { min: 0, max: 100_000 }),
  },
  prepare: (p, material) => {
    const [steps, size] = stepsOf(material);
    const limit = Math.min(p.frames, steps / 4);
    const before = new Float32Array(steps * size);
    return (row, random) => {
      const last = steps - 1;
      const from = limit + random.uniform() * (last - 2 * limit);
      const to = from + signed(random, limit);
      if (!(to > 0 && to < last)) return;
      before.set(row);
      for (let t = 0; t < steps; t++) {
        const source = t <= to ? (t * from) / to : last - ((last - t) * (last - from)) / (last - to);
        interpolate(before, row, size, source, t, steps);
      }
    };
  },
});

/** Writes step `to` of `out` as the step at `source` of `row`, between two of which it may lie. */
function interpolate(
  row: Float32Array,
  out: Float32Array,
  size: number,
  source: number,
  to: number,
  steps: number,
): void {
  const low = clamped(Math.floor(source), steps);
  const high = clamped(low + 1, steps);
  const weight = source - low;
  for (let i = 0; i < size; i++) {
    const a = row[low * size + i]!;
    out[to * size + i] = a + weight * (row[high * size + i]! - a);
  }
}
