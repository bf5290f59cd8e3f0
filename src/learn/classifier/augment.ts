import type { Random } from '../random.js';

/** Copies a row with random changes. */
export type Augment = (row: Float32Array, out: Float32Array) => void;

/** What a level of augmentation changes; widths are the largest that are drawn. */
interface Level {
  /** Shift in time, as a share of the frames. */
  readonly shift: number;
  /** Bands the spectrum is moved by, as another vocal tract would. */
  readonly bands: number;
  /** Change of loudness, in deviations of the training data. */
  readonly gain: number;
  readonly timeMasks: number;
  /** Frames per time mask. */
  readonly timeWidth: number;
  readonly bandMasks: number;
  /** Share of the bands per mask. */
  readonly bandShare: number;
  /** Deviation of the noise added to each value, in deviations of the training data. */
  readonly noise: number;
}

export const LEVELS: Record<'low' | 'high', Level> = {
  low: { shift: 0.1, bands: 1, gain: 0.4, timeMasks: 1, timeWidth: 1, bandMasks: 1, bandShare: 0.3, noise: 0.1 },
  high: { shift: 0.1, bands: 2, gain: 0.8, timeMasks: 3, timeWidth: 2, bandMasks: 3, bandShare: 0.3, noise: 0.2 },
};

/** Normal deviates drawn once; a row takes its noise from a random place. */
const NOISE_LENGTH = 65_536;

/**
 * Random changes to spectrograms with values in deviations of the training data: shifts in time, pitch and loudness,
 * masked frames and bands (SpecAugment, Park et al., 2019, with Edge Impulse's published masks) and noise.
 */
export function augmentation(level: 'low' | 'high', frames: number, bands: number, random: Random): Augment {
  const set = LEVELS[level];
  const noise = Float32Array.from({ length: NOISE_LENGTH }, () => set.noise * random.normal());
  const signed = (limit: number): number => (2 * random.uniform() - 1) * limit;
  return (row, out) => {
    shifted(row, out, frames, bands, Math.round(signed(set.shift * frames)), Math.round(signed(set.bands)));
    const gain = signed(set.gain);
    let from = random.below(NOISE_LENGTH - out.length);
    // Values at 0 lie under the noise floor; a change of loudness does not lift them.
    if (set.gain > 0) for (let i = 0; i < out.length; i++) if (out[i]! > 0) out[i] = Math.max(out[i]! + gain, 0);
    if (set.noise > 0) for (let i = 0; i < out.length; i++) out[i] = out[i]! + noise[from++]!;
    for (let mask = 0; mask < set.timeMasks; mask++) {
      const width = random.below(Math.min(set.timeWidth, frames) + 1);
      const start = random.below(frames - width + 1);
      out.fill(0, start * bands, (start + width) * bands);
    }
    for (let mask = 0; mask < set.bandMasks; mask++) {
      const width = random.below(Math.floor(bands * set.bandShare) + 1);
      const start = random.below(bands - width + 1);
      for (let frame = 0; frame < frames; frame++) out.fill(0, frame * bands + start, frame * bands + start + width);
    }
  };
}

/** Moves frames and bands; the values at the border fill the gap. */
function shifted(
  row: Float32Array,
  out: Float32Array,
  frames: number,
  bands: number,
  byFrames: number,
  byBands: number,
): void {
  for (let frame = 0; frame < frames; frame++) {
    const from = clamp(frame - byFrames, frames) * bands;
    const to = frame * bands;
    if (byBands === 0) out.set(row.subarray(from, from + bands), to);
    else for (let band = 0; band < bands; band++) out[to + band] = row[from + clamp(band - byBands, bands)]!;
  }
}

function clamp(index: number, size: number): number {
  return index < 0 ? 0 : Math.min(index, size - 1);
}

/** Adds normal noise to each value. */
export function noisy(deviation: number, random: Random): Augment {
  return (row, out) => {
    for (let i = 0; i < out.length; i++) out[i] = row[i]! + deviation * random.normal();
  };
}
