import type { Random } from '../random.js';

/** Copies a row with random changes. */
export type Augment = (row: Float32Array, out: Float32Array, random: Random) => void;

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

const LOW: Level = { shift: 0.1, bands: 1, gain: 1, timeMasks: 1, timeWidth: 1, bandMasks: 0, bandShare: 0, noise: 0 };
const LEVELS = { low: LOW, high: { ...LOW, timeMasks: 3, timeWidth: 2, bandMasks: 3, bandShare: 0.3, noise: 0.45 } };

/**
 * Random changes to spectrograms whose values are standardised: shifts in time, pitch and loudness, masked frames and
 * bands, noise. `floor` is the least value of the data, where there is silence; without one the values are no energies
 * (cepstra, say) and keep their pitch and loudness. `seeded` draws the noise that rows share.
 *
 * Masks and noise follow SpecAugment (Park et al., 2019) at Edge Impulse's published levels. Different on purpose: the
 * low level adds no noise and masks no bands, which costs small networks accuracy; shifts are ours, for speakers not heard in training.
 */
export function augmentation(
  level: 'low' | 'high',
  frames: number,
  bands: number,
  floor: number | undefined,
  seeded: Random,
): Augment {
  const set = floor === undefined ? { ...LEVELS[level], bands: 0, gain: 0 } : LEVELS[level];
  const least = floor ?? Number.NEGATIVE_INFINITY;
  const spare = 65_536;
  const noise = Float32Array.from({ length: frames * bands + spare }, () => set.noise * seeded.normal());
  return (row, out, random) => {
    const signed = (limit: number): number => (2 * random.uniform() - 1) * limit;
    shifted(row, out, frames, bands, Math.round(signed(set.shift * frames)), Math.round(signed(set.bands)));
    const gain = signed(set.gain);
    // Normal deviates are drawn once; a row takes its noise from a random place.
    const from = random.below(spare);
    for (let i = 0; i < out.length; i++) {
      // A change of loudness does not lift silence.
      const value = out[i]! > least ? Math.max(out[i]! + gain, least) : least;
      out[i] = value + noise[from + i]!;
    }
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
