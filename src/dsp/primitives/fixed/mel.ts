import type { Work } from '../../../cost.js';
import { bitsOf, scaled, shifted } from './integers.js';
import { LOG2_WORK, logarithm2, logTable } from './log.js';

/** A mel filterbank for {@link melLogarithms}. */
export interface MelFilters {
  readonly bins: Uint16Array;
  /** For each distance of two corners 2^(16 + reciprocalShift) / distance. */
  readonly reciprocals: Uint16Array;
  readonly reciprocalShift: number;
  readonly logTable: Uint16Array;
  /** log2 that stands for an energy of 0, 16 bits behind the point. */
  readonly empty: number;
}

/** Tables of a filterbank with corners at `bins` (see ../mel/mel.ts); an energy of 0 counts as 2^emptyLog2. */
export function melFilters(bins: Uint16Array, emptyLog2: number): MelFilters {
  const widths = Array.from(bins.subarray(1), (bin, i) => bin - bins[i]!);
  const narrowest = Math.min(...widths.filter((width) => width > 1), 32_768);
  const reciprocalShift = Math.floor(Math.log2(narrowest)) - 1;
  const reciprocal = (width: number): number => (width > 1 ? Math.round(2 ** (16 + reciprocalShift) / width) : 0);
  return {
    bins,
    reciprocals: Uint16Array.from(widths, reciprocal),
    reciprocalShift,
    logTable: logTable(),
    empty: Math.round(65_536 * emptyLog2),
  };
}

/** The least shift of a spectrum's values whose powers and weighted sums stay below 2^53. */
export function melPowerShift(bins: Uint16Array): number {
  const widest = Math.max(1, ...Array.from(bins.subarray(1), (bin, i) => bin - bins[i]!));
  return Math.ceil(3 + Math.log2(widest));
}

/** Counts of {@link melLogarithms}. */
export function melWork(bins: Uint16Array): Work {
  const inside = Math.max(0, bins[bins.length - 1]! - bins[0]!);
  return { int: 24 * inside + (bins.length - 1) * (100 + LOG2_WORK.int!) };
}

/**
 * log2 of the energies of all triangles on a power spectrum, times 2^exponent, 16 bits behind the point.
 *
 * `power [bin], bins [filter F + 2] -> out [F]`. Weights count bins, so sums of sums stand for the products, exactly:
 * going down from a corner, `sum` adds up powers and `rise` adds up sums. Performs the same operations as mel.h.
 */
export function melLogarithms(power: Float64Array, mel: MelFilters, exponent: number, out: Int32Array): void {
  const { bins, reciprocals, reciprocalShift, logTable: table, empty } = mel;
  let risen = 0;
  let peak = 0;
  let risenFactor = 0;
  for (let i = 0; i < bins.length - 1; i++) {
    const left = bins[i]!;
    const right = bins[i + 1]!;
    let sum = 0;
    let rise = 0;
    for (let b = right - 1; b > left; b--) {
      sum += power[b]!;
      rise += sum;
    }
    const factor = reciprocals[i]!;
    if (i > 0) {
      const fall = sum * (right - left) - rise;
      const shift = Math.max(0, bitsOf(Math.max(risen, fall, peak)) - 30);
      const slopes = scaled(shifted(risen, shift), risenFactor) + scaled(shifted(fall, shift), factor);
      const energy = shifted(peak, shift) + shifted(slopes, reciprocalShift);
      out[i - 1] = energy === 0 ? empty : logarithm2(energy, exponent + shift, table);
    }
    risen = rise;
    risenFactor = factor;
    peak = power[right]!;
  }
}

/**
 * log2 of the energy of a filter that is bin 0 alone, 16 bits behind the point: of `sum^2 2^exponent`, from the exact sum
 * of a frame. The spectrum is as exact as the frame's loudest bin allows, and so much below it is 0.
 */
export function loneLogarithm(sum: number, { empty, logTable: table }: MelFilters, exponent: number): number {
  return sum === 0 ? empty : 2 * logarithm2(sum, 0, table) + exponent * 65_536;
}
