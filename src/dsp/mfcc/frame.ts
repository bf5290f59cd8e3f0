import { fail } from '../../errors.js';
import { logarithm } from '../../logarithm.js';
import type { Spec } from '../../spec.js';
import { dct, dctTable } from '../primitives/dct/dct.js';
import { powerScale, rawPowers, twiddleTable } from '../primitives/fft/fft.js';
import { emphasisedFrame, framing, preEmphasis } from '../primitives/frames/frames.js';
import { loneBin, melBins, melEnergies } from '../primitives/mel/mel.js';
import { normalisation, silenceResidue } from '../primitives/normalise/normalise.js';
import type { MfccParams } from './params.js';

const f32 = Math.fround;
const EMPTY = f32(1e-10);

export type MfccPlan = ReturnType<typeof mfccPlan>;

/** All sizes and tables for one input, and the steps from window to features. */
export function mfccPlan(input: Spec<'signal'>, p: MfccParams) {
  if (p.coefficients > p.filters) refuseCoefficients(p);
  const frames = framing('mfcc', input, p);
  /** Samples of a frame that the FFT sees. */
  const count = Math.min(frames.frameSamples, p.fftLength);
  const emphasis = preEmphasis(p.preEmphasis, p.preEmphasisShift, frames.samples);
  const twiddles = twiddleTable(p.fftLength);
  const bins = melBins('mfcc', frames.rateHz, p);
  const lone = emphasis.shift > 0 && loneBin(bins);
  const table = dctTable(p.filters, p.coefficients - 1);
  const silence = silenceResidue(Math.log(1e-10), p.normalizationFrames);
  const energies = new Float32Array(p.filters + 1);
  const inner = energies.subarray(0, p.filters);
  const scale = powerScale(p.fftLength);
  const size = p.normalizationFrames;
  const columns = size > 0 ? normalisation(frames.frames, size) : undefined;
  return {
    ...frames,
    /** Values of a row. */
    columns: p.coefficients,
    /** Floats that `frame` works in. */
    frameFloats: p.fftLength,
    count,
    emphasis,
    twiddles,
    bins,
    /** Whether `frame` takes the power of bin 0 from the sum of the frame. */
    lone,
    table,
    silence,
    /** Fills `x` with the pre-emphasised frame of a window that starts at sample `start`, and zeros; returns its sum. */
    fill: (window: Float32Array, start: number, x: Float32Array): number =>
      emphasisedFrame(window, start, count, emphasis, x),
    /** Turns a filled frame (destroyed) into one row of features in `out` from `at` on, not normalised. */
    frame: (x: Float32Array, out: Float32Array, at: number, sum: number): void => {
      rawPowers(x, p.fftLength, twiddles);
      if (lone) x[0] = f32(sum * sum);
      let total = melEnergies(x, bins, energies, 0);
      for (let b = 0; b <= bins[0]!; b++) total = f32(total + x[b]!);
      for (let b = bins[p.filters + 1]! + 1; b <= p.fftLength / 2; b++) total = f32(total + x[b]!);
      energies[p.filters] = total;
      for (let i = 0; i <= p.filters; i++) energies[i] = logOrFloor(f32(energies[i]! * scale));
      out[at] = energies[p.filters]!;
      dct(inner, table, p.coefficients - 1, out, at);
    },
    /** Normalises the matrix of all rows over time, in place. */
    finish: (matrix: Float32Array): void => {
      for (let j = 0; columns && j < p.coefficients; j++) {
        columns.run(matrix, j, p.coefficients, j === 0 ? silence : 0);
      }
    },
  };
}

function refuseCoefficients({ coefficients, filters }: MfccParams): never {
  return fail({
    code: 'BAD_OPTION',
    where: 'mfcc.coefficients',
    got: `${coefficients} coefficients of ${filters} filters`,
    expected: 'at most as many coefficients as filters',
    fix: 'Use more filters or fewer coefficients.',
  });
}

function logOrFloor(energy: number): number {
  return logarithm(energy === 0 ? EMPTY : energy);
}
