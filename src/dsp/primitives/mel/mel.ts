import type { Work } from '../../../cost.js';
import { fail } from '../../../errors.js';

const f32 = Math.fround;

const mel = (hz: number): number => 1127 * Math.log(1 + hz / 700);
const hertz = (m: number): number => 700 * (Math.exp(m / 1127) - 1);

export interface MelBand {
  readonly filters: number;
  readonly fftLength: number;
  readonly lowHz: number;
  /** 0 means half the sampling rate. */
  readonly highHz: number;
  /** Versions 1 to 3 of a block put all corners at about half their frequency; absent is the newest. */
  readonly version?: number;
}

/**
 * Corner bins of a mel filterbank: filter i rises from bin i to bin i + 1 and falls to bin i + 2.
 *
 * `filters + 2` points equally spaced in mel between the band edges, rounded down to FFT bins in double precision,
 * so that host and device cannot disagree. Bin c stands for c rate / (fftLength + 1) Hz.
 *
 * @throws `BAD_OPTION` when the band is empty or above half the rate; `SHAPE_MISMATCH` when a filter covers no bin.
 */
export function melBins(where: string, rateHz: number, band: MelBand): Uint16Array {
  const { filters, fftLength, lowHz } = band;
  const highHz = band.highHz === 0 ? rateHz / 2 : band.highHz;
  if (highHz > rateHz / 2 || lowHz >= highHz) refuseBand(where, rateHz, lowHz, highHz);
  const low = mel(lowHz);
  const step = (mel(highHz) - low) / (filters + 1);
  const points = (band.version ?? 4) < 4 ? fftLength / 2 + 1 : fftLength;
  const bins = Uint16Array.from({ length: filters + 2 }, (_, i) => {
    const hz = hertz(low + i * step) - (i === filters + 1 ? 0.001 : 0);
    return Math.max(0, Math.floor(((points + 1) * hz) / rateHz));
  });
  const empty = bins.findIndex((bin, i) => i < filters && bins[i + 2] === bin);
  if (empty >= 0) refuseFilter(where, band, empty);
  return bins;
}

function refuseBand(where: string, rateHz: number, lowHz: number, highHz: number): never {
  return fail({
    code: 'BAD_OPTION',
    where: `${where}.${highHz > rateHz / 2 ? 'highHz' : 'lowHz'}`,
    got: `a band from ${lowHz} to ${highHz} Hz`,
    expected: `lowHz < highHz <= ${rateHz / 2} Hz, half the sampling rate`,
    fix: 'Change lowHz or highHz, or record at a higher rate.',
  });
}

function refuseFilter(where: string, { filters, fftLength }: MelBand, empty: number): never {
  const most = Math.floor((fftLength / 2 + 1) / 4);
  return fail({
    code: 'SHAPE_MISMATCH',
    where: `${where}.filters`,
    got: `${filters} filters on ${fftLength / 2 + 1} FFT bins, so that filter ${empty} covers no bin`,
    expected: `filters that cover at least one bin each (about ${most} at most)`,
    fix: 'Use fewer filters, a longer fftLength or a wider band.',
  });
}

/** Whether the first filter is bin 0 alone: its energy is then the square of a sum, which may be exactly 0. */
export const loneBin = (bins: Uint16Array): boolean => bins[1] === 0 && bins[2] === 1;

/** Counts of {@link melEnergies}. */
export function melWork(bins: Uint16Array): Work {
  const inside = Math.max(0, bins[bins.length - 1]! - bins[0]!);
  const filters = bins.length - 1;
  return { flop: 5 * inside + 7 * filters, int: 3 * inside + 13 * filters, div: filters };
}

/**
 * Energies of overlapping triangles on a power spectrum.
 *
 * `power [bin], bins [filter F + 2] -> energies [F]` from `at` on; returns the sum of all powers after the first
 * corner up to the last. The weights follow from the corners; no filter matrix exists. Performs the same float32
 * operations as mel.h.
 */
export function melEnergies(power: Float32Array, bins: Uint16Array, energies: Float32Array, at: number): number {
  const filters = bins.length - 2;
  let risen = 0;
  let total = 0;
  for (let i = 0; i <= filters; i++) {
    const left = bins[i]!;
    const right = bins[i + 1]!;
    let rise = 0;
    let fall = 0;
    if (left < right) {
      let sum = 0;
      for (let b = left + 1; b < right; b++) {
        const p = power[b]!;
        rise = f32(rise + f32((b - left) * p));
        sum = f32(sum + p);
        fall = f32(fall + sum);
      }
      const share = f32(1 / (right - left));
      rise = f32(rise * share);
      fall = f32(fall * share);
      total = f32(total + f32(sum + power[right]!));
    }
    if (i > 0) energies[at + i - 1] = f32(risen + fall);
    risen = f32(rise + power[right]!);
  }
  return total;
}
