import { float } from '../../params.js';
import { type Random, seededRandom } from '../random.js';
import { augmentation } from './augmentation.js';

/** Normal deviates are drawn once; a row takes its own from a random place in a table longer than it by this. */
const SPARE = 65_536;

/**
 * Adds normal noise to every value.
 *
 * Its deviation is in deviations of the training data, axis by axis for windows of several axes.
 *
 * @throws `BAD_OPTION`, `UNKNOWN_OPTION`
 * @example
 * ```ts
 * classifier({ augment: [gaussianNoise({ deviations: 0.1 })] });
 * ```
 */
export const gaussianNoise = augmentation({
  type: 'gaussianNoise',
  kinds: ['signal', 'spectrogram', 'image', 'features'],
  schema: {
    deviations: float(0.1, 'Deviation of the noise, in deviations of the training data.', { min: 0, max: 100 }),
  },
  prepare: (p, { spec, deviations }) => {
    const size = spec.axes.reduce((n, axis) => n * axis.size, 1);
    const seeded = seededRandom(1, 'gaussian noise');
    const noise = Float32Array.from({ length: size + SPARE }, () => seeded.normal());
    const factors = deviations.map((deviation) => deviation * p.deviations);
    return (row, random) => {
      const from = random.below(SPARE);
      for (let i = 0; i < row.length; i++) row[i] = row[i]! + factors[i % factors.length]! * noise[from + i]!;
    };
  },
});

/**
 * Blends each row with another one of the training data, and what the network should say likewise.
 *
 * The share of the other row follows from a beta distribution, folded so that it is at most a half. It comes after all
 * other augmentations, whatever its place in the list.
 *
 * Source: mixup (Zhang et al., 2018).
 *
 * @throws `BAD_OPTION`, `UNKNOWN_OPTION`
 * @example
 * ```ts
 * classifier({ augment: [timeShift(), mixup({ alpha: 0.2 })] });
 * ```
 */
export const mixup = augmentation({
  type: 'mixup',
  kinds: ['signal', 'spectrogram', 'image', 'features'],
  schema: {
    alpha: float(0.2, 'Both parameters of the beta distribution; 1 draws all shares alike.', { min: 0.01, max: 1 }),
  },
});

/** A draw from the beta distribution with both parameters `alpha` <= 1 (Johnk, 1964). */
export function betaDraw(random: Random, alpha: number): number {
  for (;;) {
    const a = random.uniform() ** (1 / alpha);
    const b = random.uniform() ** (1 / alpha);
    if (a + b > 0 && a + b <= 1) return a / (a + b);
  }
}
