import type { View } from '../../../block.js';
import { type Spec, spectrogramSpec } from '../../../spec.js';
import { powerScale, rawPowers, twiddleTable } from '../fft/fft.js';
import type { Framing } from '../frames/frames.js';
import { melEnergies } from '../mel/mel.js';

/** What {@link melViews} needs of a block on mel filters. */
export interface MelPlan extends Framing {
  readonly count: number;
  readonly bins: Uint16Array;
  readonly lone: boolean;
  readonly fill: (window: Float32Array, start: number, x: Float32Array) => number;
}

/** `[frame K, band F]` with the frequency of every band. */
export function bandSpec(plan: Framing, centresHz: readonly number[], unit?: string): Spec<'spectrogram'> {
  const { frames, strideSamples, rateHz } = plan;
  const [frame] = spectrogramSpec(frames, centresHz.length, strideSamples / rateHz).axes;
  const band = { name: 'band', size: centresHz.length, positions: centresHz, unit: 'Hz' };
  return { kind: 'spectrogram', axes: [frame!, band], ...(unit === undefined ? {} : { unit }) };
}

/** Frequencies of the bins where the filters are 1. */
export function melCentresHz({ rateHz }: Framing, bins: Uint16Array, fftLength: number): number[] {
  return Array.from(bins.subarray(1, -1), (bin) => (bin * rateHz) / fftLength);
}

/**
 * What a block on mel filters does on the way: the pre-emphasised window, the power spectrum of every frame and the mel
 * energies, both in dB. `fullScale` is the sample that counts as 1.
 */
export function melViews(plan: MelPlan, input: Spec<'signal'>, fftLength: number, fullScale: number) {
  const { frames, strideSamples, samples, rateHz, count, bins, lone, fill } = plan;
  const columns = fftLength / 2 + 1;
  const twiddles = twiddleTable(fftLength);
  const filters = bins.length - 2;
  const decibels = (power: number): number =>
    10 * Math.log10(Math.max((power * powerScale(fftLength)) / fullScale ** 2, 1e-10));
  const binSpec: Spec<'spectrogram'> = {
    ...spectrogramSpec(frames, columns, strideSamples / rateHz),
    unit: 'dB',
  };
  const power: Spec<'spectrogram'> = {
    ...binSpec,
    axes: [binSpec.axes[0]!, { name: 'bin', size: columns, step: rateHz / fftLength, unit: 'Hz' }],
  };
  return (window: Float32Array): readonly View[] => {
    const emphasised = new Float32Array(samples);
    const spectra = new Float32Array(frames * columns);
    const energies = new Float32Array(frames * filters);
    const x = new Float32Array(fftLength);
    for (let start = 0; start < samples; start += count) {
      fill(window, Math.min(start, samples - count), x);
      emphasised.set(x.subarray(0, count), Math.min(start, samples - count));
    }
    for (let k = 0; k < frames; k++) {
      const sum = fill(window, k * strideSamples, x);
      rawPowers(x, fftLength, twiddles);
      if (lone) x[0] = Math.fround(sum * sum);
      melEnergies(x, bins, energies, k * filters);
      for (let b = 0; b < columns; b++) spectra[k * columns + b] = decibels(x[b]!);
    }
    return [
      { name: 'pre-emphasised window', spec: input, values: emphasised },
      { name: 'power spectrum', spec: power, values: spectra },
      {
        name: 'mel energies',
        spec: bandSpec(plan, melCentresHz(plan, bins, fftLength), 'dB'),
        values: energies.map(decibels),
      },
    ];
  };
}
