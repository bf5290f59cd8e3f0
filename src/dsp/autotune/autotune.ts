import type { ProcessingBlock } from '../../block.js';
import { fail } from '../../errors.js';
import { signalSpec } from '../../spec.js';

/** Labelled windows of a signal, interleaved by time step, all of one length. */
export interface SignalData {
  readonly rateHz: number;
  readonly axes: readonly string[];
  readonly windows: readonly Float32Array[];
  /** Label of each window. */
  readonly labels: readonly string[];
}

/**
 * The same block with parameters chosen from data; blocks with nothing to choose come back as they are.
 *
 * `mfcc` goes by the rate alone; `mfe` sets its noise floor from the data; `spectrogram` and `spectral` choose the
 * transform that tells the classes apart best. Windows with values that are not finite do not count; large data is
 * sampled, the same way every time. The rules are those Edge Impulse once published, with corrections that each block's
 * documentation names.
 *
 * @throws `NO_DATA` without a finite window, `SHAPE_MISMATCH` for windows of different lengths or a label too few, and
 * what the block refuses
 * @example
 * ```ts
 * const block = autotune(spectral(), { rateHz: 62.5, axes: ['x', 'y', 'z'], windows, labels });
 * ```
 */
export function autotune<B extends ProcessingBlock<'signal'>>(block: B, data: SignalData): B {
  const { rateHz, axes, windows, labels } = data;
  if (!block.autotune) return block;
  const size = windows[0]?.length ?? 0;
  const samples = size / axes.length;
  const isEven = Number.isInteger(samples) && windows.every((window) => window.length === size);
  if (windows.length > 0 && (!isEven || size === 0 || labels.length !== windows.length)) {
    fail({
      code: 'SHAPE_MISMATCH',
      where: `autotune ${block.type}`,
      got: `${windows.length} windows, the first of ${size} values, ${labels.length} labels and ${axes.length} axes`,
      expected: 'windows of one length, whole time steps, and a label each',
      fix: 'Cut the recordings into windows of one size.',
    });
  }
  if (!windows.some((window) => window.every(Number.isFinite))) {
    fail({
      code: 'NO_DATA',
      where: `autotune ${block.type}`,
      got: `${windows.length} windows, none of them finite`,
      expected: 'at least one window of finite values',
      fix: 'Give windows of recordings.',
    });
  }
  return block.autotune(signalSpec(samples, axes, rateHz), { windows, labels }) as B;
}
