/** From the places of beats to features. Performs the same float32 operations as hr.h. */
const f32 = Math.fround;
const NEAREST = f32(0.7);
const FURTHEST = f32(1.3);

export interface IntervalRules {
  readonly samples: number;
  /** Longest interval that may be, in samples. */
  readonly mostInterval: number;
  /** 50 ms in samples. */
  readonly largeStep: number;
  /** Samples in a minute, and milliseconds in a sample. */
  readonly perMinute: number;
  readonly ms: number;
}

/** Fills `out` with rate, mean, SDNN, RMSSD, pNN50, number of beats and quality. */
export function describe(beats: readonly number[], rules: IntervalRules, out: Float32Array): void {
  out.fill(0);
  out[5] = beats.length;
  const all = beats.slice(1).map((place, i) => f32(place - beats[i]!));
  const sorted = all.filter((v) => v <= rules.mostInterval).sort((a, b) => a - b);
  if (sorted.length === 0) return;
  const [lower, upper] = [sorted[(sorted.length - 1) >> 1]!, sorted[sorted.length >> 1]!];
  const median = f32(0.5 * f32(lower + upper));
  const [least, most] = [f32(NEAREST * median), f32(FURTHEST * median)];
  const intervals = all.map((v) => (v <= rules.mostInterval && v >= least && v <= most ? v : 0));
  const valid = intervals.filter((v) => v > 0).length;
  if (valid === 0) return;
  const sum = intervals.reduce((total, v) => f32(total + v), 0);
  const mean = f32(sum / valid);
  out[0] = rules.perMinute / median;
  out[1] = rules.ms * mean;
  variability(intervals, mean, valid, rules, out);
  // All of the window but an interval at each end should be covered.
  const covered = f32(sum / f32(rules.samples - f32(2 * median)));
  out[6] = covered > 0 && covered < 1 ? covered * covered : 1;
}

function variability(
  intervals: readonly number[],
  mean: number,
  valid: number,
  { ms, largeStep }: IntervalRules,
  out: Float32Array,
): void {
  let squares = 0;
  let steps = 0;
  let pairs = 0;
  let large = 0;
  intervals.forEach((v, i) => {
    if (v === 0) return;
    const deviation = f32(v - mean);
    squares = f32(squares + f32(deviation * deviation));
    if (i === 0 || intervals[i - 1] === 0) return;
    const step = f32(v - intervals[i - 1]!);
    steps = f32(steps + f32(step * step));
    if (Math.abs(step) > largeStep) large++;
    pairs++;
  });
  if (valid > 1) out[2] = ms * f32(Math.sqrt(f32(squares / (valid - 1))));
  if (pairs === 0) return;
  out[3] = ms * f32(Math.sqrt(f32(steps / pairs)));
  out[4] = large / pairs;
}
