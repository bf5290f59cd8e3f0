import { type ProcessingBlock, processingBlock } from '../../block.js';
import { fail } from '../../errors.js';
import { choice, type Options, type Values, value } from '../../params.js';
import { type Spec, sizeOf } from '../../spec.js';
import header from './scaler.h.js';

const f32 = Math.fround;

/** A deviation below this share of the mean is float32 rounding of a constant. */
const ROUNDING = 1e-6;

type Scaled = 'features' | 'spectrogram';

const isList = (list: readonly number[]): boolean => Array.isArray(list) && list.every((v) => Number.isFinite(f32(v)));

const params = {
  per: choice(['band', 'feature', 'all'], 'band', 'One scale per place on the last axis, per value, or for all.', {
    tune: ['band', 'feature'],
  }),
  mean: value<readonly number[]>([], 'What is subtracted, one number per scale; empty: learnt in training.', {
    check: (list) => (isList(list) ? undefined : 'a list of finite numbers'),
  }),
  deviation: value<readonly number[]>([], 'What is divided by, one number per scale; empty: learnt in training.', {
    check: (list) => (isList(list) && list.every((v) => v >= 0) ? undefined : 'a list of numbers of at least 0'),
  }),
};

type Params = Values<typeof params>;

const block = processingBlock({
  type: 'scaler',
  version: 1,
  accepts: ['features', 'spectrogram'],
  params,
  output: (input: Spec<Scaled>, p) => {
    checkLength('mean', p.mean, countOf(input, p));
    checkLength('deviation', p.deviation, countOf(input, p));
    return input;
  },
  prepare: (input, p) => {
    const { count, mean, scale } = plan(input, p);
    if (!isFitted(p)) return refuseUnfitted;
    return (x, out) => {
      for (let i = 0; i < x.length; i++) out[i] = f32(x[i]! - mean[i % count]!) * scale[i % count]!;
    };
  },
  work: (input) => ({ flop: 2 * sizeOf(input), int: 4 * sizeOf(input), call: 1 }),
  fit: (input, p, windows) => {
    const learnt = statistics(windows, countOf(input, p));
    return {
      mean: p.mean.length > 0 ? p.mean : learnt.map(({ mean }) => f32(mean)),
      deviation: p.deviation.length > 0 ? p.deviation : learnt.map(({ deviation }) => f32(deviation)),
    };
  },
  cpp: {
    header,
    type: 'impulsekit::dsp::Scaler',
    traits: (input, p) => {
      const { count, mean, scale } = plan(input, p);
      return { ints: { kSize: sizeOf(input), kCount: count }, tables: { kMean: mean, kScale: scale } };
    },
    scratchBytes: () => 0,
    inPlace: true,
    codeBytes: { 'dsp/scaler': 60 },
  },
});

interface ScalerFactory {
  <K extends Scaled = Scaled>(options?: Options<typeof params>): ProcessingBlock<K, K>;
  readonly type: string;
  readonly version: number;
  readonly schema: typeof params;
}

/**
 * Standardises features: subtracts the mean and divides by the standard deviation, as learnt from the training windows.
 *
 * `features [N] -> features [N]`, `spectrogram [K x F] -> spectrogram [K x F]`: `(x - mean) / deviation`, with one pair
 * per place on the last axis (`band`), per value (`feature`) or for all of them. Mean and deviation (biased, divided
 * by the count) come from `Impulse.fit`; a deviation of 0, or below 1e-6 of the mean, counts as 1, as in scikit-learn's `StandardScaler`.
 * Errors: `SHAPE_MISMATCH` for lists of another length; `BAD_OPTION` when used before training without lists.
 *
 * @example
 * ```ts
 * impulse({ input: audio(), dsp: pipe(mfe(), scaler()), learn });
 * ```
 */
export const scaler = block as ScalerFactory;

/** Number of scales. */
function countOf(input: Spec, { per }: Params): number {
  if (per === 'all') return 1;
  return per === 'band' ? input.axes.at(-1)!.size : sizeOf(input);
}

function isFitted({ mean, deviation }: Params): boolean {
  return mean.length > 0 && deviation.length > 0;
}

function plan(input: Spec, p: Params) {
  const count = countOf(input, p);
  const at = (list: readonly number[], i: number): number => list[i] ?? 0;
  return {
    count,
    mean: Float32Array.from({ length: count }, (_, i) => at(p.mean, i)),
    scale: Float32Array.from({ length: count }, (_, i) => reciprocal(at(p.deviation, i))),
  };
}

/** 1 for what cannot be divided by in float32: constants stay at 0. */
function reciprocal(deviation: number): number {
  const inverse = f32(1 / f32(deviation));
  return Number.isFinite(inverse) ? inverse : 1;
}

/** Mean and biased deviation of every place, over all windows, in double precision. */
function statistics(windows: readonly Float32Array[], count: number): { mean: number; deviation: number }[] {
  if (windows.length === 0) refuseEmpty();
  return Array.from({ length: count }, (_, place) => {
    const mean = meanOver(windows, place, count, (v) => v);
    const deviation = Math.sqrt(meanOver(windows, place, count, (v) => (v - mean) ** 2));
    return { mean, deviation: deviation > ROUNDING * Math.abs(mean) ? deviation : 0 };
  });
}

function meanOver(windows: readonly Float32Array[], place: number, count: number, of: (v: number) => number): number {
  let [sum, n] = [0, 0];
  for (const window of windows) {
    for (let i = place; i < window.length; i += count, n++) sum += of(window[i]!);
  }
  return sum / n;
}

function checkLength(name: 'mean' | 'deviation', list: readonly number[], count: number): void {
  if (list.length === 0 || list.length === count) return;
  fail({
    code: 'SHAPE_MISMATCH',
    where: `scaler.${name}`,
    got: `${list.length} numbers`,
    expected: `${count}, one per scale, or none`,
    fix: 'Leave the list empty to learn it in training, or choose another per.',
  });
}

function refuseUnfitted(): never {
  return fail({
    code: 'BAD_OPTION',
    where: 'scaler.mean',
    got: 'a scaler that has learnt no mean and deviation',
    expected: 'lists of mean and deviation',
    fix: 'Train the impulse, which learns them, or pass mean and deviation.',
  });
}

function refuseEmpty(): never {
  return fail({
    code: 'NO_DATA',
    where: 'scaler.fit',
    got: 'no windows',
    expected: 'at least one window',
    fix: 'Train on recordings that hold at least one window.',
  });
}
