import { show } from '../../errors.js';
import { choice, value } from '../../params.js';
import { type Random, seededRandom } from '../random.js';
import { augmentation, between, range, refuseRows, share } from './augmentation.js';
import type { Material } from './material.js';
import { keepWithin } from './signal.js';
import { stepsOf } from './time.js';

/** Made-up noise is drawn once, longer than a window by this; a window takes its own from a random place. */
const SPARE = 65_536;

/**
 * Mixes noise into a signal, at a random ratio of the signal's power to the noise's.
 *
 * Noise comes from windows of one label of the training data, from recordings given beside the list
 * (`augment: { noise }`), or is made up: white, pink (power falls with frequency) or brown (with its square). Power is
 * that about the mean, over all axes. What goes beyond the range of the microphone is cut off. For raw windows only.
 *
 * @throws `BAD_OPTION`, `UNKNOWN_OPTION`
 * @example
 * ```ts
 * await keyword.fit(train, { augment: { copies: 3, with: [noiseMix({ snrDb: [0, 20], label: 'noise' })] } });
 * ```
 */
export const noiseMix = augmentation({
  type: 'noiseMix',
  kinds: ['signal'],
  schema: {
    snrDb: range([0, 20], 'Signal to noise in dB, lowest and highest.', -60, 100),
    label: value('', 'Label of the training data whose windows are the noise.', {
      check: (label) => (typeof label === 'string' ? undefined : 'a label'),
    }),
    colour: choice(
      ['given', 'white', 'pink', 'brown'],
      'given',
      "Noise that is made up; 'given' mixes in the recordings given beside the list, or pink noise without any.",
    ),
    share: share(1),
  },
  prepare: (p, material, where) => {
    if (!material.noise) {
      refuseRows(where, 'features', 'raw windows', 'Hand it to fit: { augment: { copies: 2, with: [noiseMix()] } }.');
    }
    const [steps, size] = stepsOf(material);
    const rows = noiseRows(p, material, where);
    const made = rows.length > 0 ? undefined : madeNoise(p.colour === 'given' ? 'pink' : p.colour, steps * size, size);
    return (row, random) => {
      if (random.uniform() >= p.share) return;
      const ratio = between(random, p.snrDb);
      const noise = made ? madeRow(made, steps, size, random) : rows[random.below(rows.length)]!;
      const turned = random.below(steps) * size;
      const factor = deviationOf(row) / (deviationOf(noise) * 10 ** (ratio / 20));
      if (!Number.isFinite(factor)) return;
      const ahead = row.length - turned;
      for (let i = 0; i < row.length; i++) row[i] = row[i]! + factor * noise[i < ahead ? i + turned : i - ahead]!;
      if (material.limits) keepWithin(row, material.limits);
    };
  },
});

function noiseRows(
  p: { readonly label: string; readonly colour: string },
  { noise }: Material,
  where: string,
): readonly Float32Array[] {
  if (p.label === '') return p.colour === 'given' ? noise!(undefined) : [];
  const rows = noise!(p.label);
  if (rows.length > 0) return rows;
  return refuseRows(
    `${where}.label`,
    show(p.label),
    'a label of the training data',
    'Name a label that has windows, or give recordings: augment: { noise }.',
  );
}

/** Deviation of all values from their mean. */
function deviationOf(row: Float32Array): number {
  let sum = 0;
  let squares = 0;
  for (const v of row) sum += v;
  const mean = sum / row.length;
  for (const v of row) squares += (v - mean) ** 2;
  return Math.sqrt(squares / row.length);
}

function madeRow(made: Float32Array, steps: number, size: number, random: Random): Float32Array {
  const from = random.below(Math.floor(SPARE / size)) * size;
  return made.subarray(from, from + steps * size);
}

/** Noise of each axis on its own, interleaved. */
function madeNoise(colour: 'white' | 'pink' | 'brown', values: number, axes: number): Float32Array {
  const out = new Float32Array(values + SPARE);
  const random = seededRandom(1, `${colour} noise`);
  for (let axis = 0; axis < axes; axis++) {
    const next = generator(colour, random);
    for (let i = axis; i < out.length; i += axes) out[i] = next();
  }
  return out;
}

/** Corner frequencies an octave apart, as shares of the rate: their sum falls by 3 dB per octave. */
const OCTAVES = 12;

function generator(colour: 'white' | 'pink' | 'brown', { normal }: Random): () => number {
  if (colour === 'white') return normal;
  const corners = colour === 'brown' ? [2 ** -OCTAVES] : Array.from({ length: OCTAVES }, (_, k) => 2 ** -(k + 1));
  const poles = corners.map((corner) => Math.exp(-2 * Math.PI * corner));
  // All parts have the same power: each follows its own white noise through one pole.
  const state = poles.map(() => normal());
  return () =>
    poles.reduce((sum, pole, k) => {
      state[k] = pole * state[k]! + Math.sqrt(1 - pole * pole) * normal();
      return sum + state[k]!;
    }, 0);
}
