import { float, int } from '../../params.js';
import { augmentation, between, most, range, signed } from './augmentation.js';
import { clamped, stepsOf } from './time.js';

const KINDS = ['spectrogram'] as const;

/**
 * Moves a spectrogram up or down by a few bands, as another voice would; the band at the border fills the gap.
 *
 * @throws `BAD_OPTION`, `UNKNOWN_OPTION`
 * @example
 * ```ts
 * classifier({ augment: [bandShift({ bands: 2 })] });
 * ```
 */
export const bandShift = augmentation({
  type: 'bandShift',
  kinds: KINDS,
  schema: { bands: most(1, 'Largest shift in bands; fractions lie between bands.', 1000) },
  prepare: (p, material) => {
    const moved = movedBands(...stepsOf(material));
    return (row, random) => {
      const by = signed(random, p.bands);
      moved(row, (band) => band - by);
    };
  },
});

/**
 * Stretches the bands of a spectrogram, as a longer or shorter vocal tract does.
 *
 * Source: vocal tract length perturbation (Jaitly and Hinton, 2013), applied to the bands as they lie.
 *
 * @throws `BAD_OPTION`, `UNKNOWN_OPTION`
 * @example
 * ```ts
 * classifier({ augment: [bandWarp({ factor: [0.85, 1.15] })] });
 * ```
 */
export const bandWarp = augmentation({
  type: 'bandWarp',
  kinds: KINDS,
  schema: { factor: range([0.9, 1.1], 'Factors of the stretch, lowest and highest.', 0.5, 2) },
  prepare: (p, material) => {
    const moved = movedBands(...stepsOf(material));
    return (row, random) => {
      const factor = between(random, p.factor);
      moved(row, (band) => band / factor);
    };
  },
});

/** Takes each band from another place, between two bands where that is no whole number. */
function movedBands(frames: number, bands: number) {
  const before = new Float32Array(bands);
  const low = new Int32Array(bands);
  const high = new Int32Array(bands);
  const weights = new Float32Array(bands);
  return (row: Float32Array, sourceOf: (band: number) => number): void => {
    for (let band = 0; band < bands; band++) {
      const source = sourceOf(band);
      low[band] = clamped(Math.floor(source), bands);
      high[band] = clamped(Math.floor(source) + 1, bands);
      weights[band] = source - Math.floor(source);
    }
    for (let frame = 0; frame < frames; frame++) {
      const at = frame * bands;
      before.set(row.subarray(at, at + bands));
      for (let band = 0; band < bands; band++) {
        const a = before[low[band]!]!;
        row[at + band] = a + weights[band]! * (before[high[band]!]! - a);
      }
    }
  };
}

/**
 * Replaces up to a share of neighbouring bands by the mean of the data, `count` times.
 *
 * Source: SpecAugment (Park et al., 2019).
 *
 * @throws `BAD_OPTION`, `UNKNOWN_OPTION`
 * @example
 * ```ts
 * classifier({ augment: [bandMask({ count: 2, share: 0.2 })] });
 * ```
 */
export const bandMask = augmentation({
  type: 'bandMask',
  kinds: KINDS,
  schema: {
    count: int(1, 'Masks per row.', { min: 0, max: 100 }),
    share: float(0.3, 'Largest width of a mask as a share of the bands.', { min: 0, max: 1 }),
  },
  prepare: (p, material) => {
    const [frames, bands] = stepsOf(material);
    return (row, random) => {
      for (let mask = 0; mask < p.count; mask++) {
        const width = random.below(Math.floor(bands * p.share) + 1);
        const start = random.below(bands - width + 1);
        for (let at = start; at < frames * bands; at += bands) row.fill(material.mean, at, at + width);
      }
    };
  },
});

/**
 * Makes a spectrogram of logarithms louder or softer: adds one number to all its values but those of silence.
 *
 * @throws `BAD_OPTION`, `UNKNOWN_OPTION`
 * @example
 * ```ts
 * classifier({ augment: [loudness({ deviations: 0.5 })] });
 * ```
 */
export const loudness = augmentation({
  type: 'loudness',
  kinds: KINDS,
  schema: { deviations: most(1, 'Largest change, in deviations of the training data.', 100) },
  prepare: (p, { deviations, floor = Number.NEGATIVE_INFINITY }) => {
    return (row, random) => {
      const by = signed(random, p.deviations) * deviations[0]!;
      for (let i = 0; i < row.length; i++) {
        // A change of loudness does not lift silence.
        row[i] = row[i]! > floor ? Math.max(row[i]! + by, floor) : floor;
      }
    };
  },
});

/**
 * Colours a spectrogram of logarithms as another microphone or room would: adds a random curve over the bands to all
 * frames, straight between `points` gains, which lie evenly over the bands. Silence stays silent.
 *
 * Source: FilterAugment (Nam et al., 2022), the linear type, with as many points and at the same places in every row.
 *
 * @throws `BAD_OPTION`, `UNKNOWN_OPTION`
 * @example
 * ```ts
 * classifier({ augment: [equalizer({ deviations: 0.5 }), bandWarp()] });
 * ```
 */
export const equalizer = augmentation({
  type: 'equalizer',
  kinds: KINDS,
  schema: {
    deviations: most(0.5, 'Largest gain, in deviations of the training data.', 100),
    points: int(4, 'Gains that are drawn; two tilt the spectrum.', { min: 2, max: 100 }),
  },
  prepare: (p, material) => {
    const [frames, bands] = stepsOf(material);
    const { floor = Number.NEGATIVE_INFINITY } = material;
    const curve = new Float32Array(bands);
    const limit = p.deviations * material.deviations[0]!;
    return (row, random) => {
      const gains = Array.from({ length: p.points }, () => signed(random, limit));
      for (let band = 0; band < bands; band++) {
        const at = (band * (p.points - 1)) / Math.max(bands - 1, 1);
        const low = Math.min(Math.floor(at), p.points - 2);
        curve[band] = gains[low]! + (at - low) * (gains[low + 1]! - gains[low]!);
      }
      for (let i = 0; i < frames * bands; i++) {
        row[i] = row[i]! > floor ? Math.max(row[i]! + curve[i % bands]!, floor) : floor;
      }
    };
  },
});
