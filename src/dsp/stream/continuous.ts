import type { ProcessingBlock } from '../../block.js';
import { fail, show } from '../../errors.js';
import { type Kind, type Spec, signalSpec, sizeOf } from '../../spec.js';
import { checkedSlice } from '../../stream.js';

/** How a signal is cut into windows that slide over it; lengths in samples or in milliseconds. */
export type ContinuousOptions = {
  readonly rateHz: number;
  readonly axes: readonly string[];
} & ({ readonly windowSamples: number } | { readonly windowMs: number }) &
  ({ readonly strideSamples: number } | { readonly strideMs: number });

/** A block that is fed a signal slice by slice. */
export interface ContinuousFeatures<O extends Kind = Kind> {
  /** What `push` returns. */
  readonly spec: Spec<O>;
  readonly windowSamples: number;
  /** Time steps of a slice. */
  readonly strideSamples: number;
  /** Values of a slice: strideSamples x axes. */
  readonly sliceSize: number;
  /**
   * Takes the next slice, interleaved by time step, and returns the features of the latest window in an array of its
   * own; undefined until a whole window has been seen.
   *
   * @throws `SHAPE_MISMATCH`, `BAD_DATA`; the slice is then not taken, and nothing is lost
   */
  readonly push: (slice: ArrayLike<number>) => Float32Array | undefined;
  /** Forgets the signal: call it when samples were lost. */
  readonly reset: () => void;
}

/**
 * Features of a window that slides over a signal: slices in, features of the latest window out.
 *
 * `signal [stride x axis A]` per slice `-> ` the block's output for `signal [time T, axis A]`, equal to that of the block
 * on the same window. `spectrogram`, `mfe` and `mfcc` compute only frames that are new when the stride is a multiple of
 * theirs; other blocks compute the window anew. Errors: `BAD_OPTION`, and those of the block. Where Edge Impulse starts
 * its filters again at every slice, this one does not.
 *
 * @example
 * ```ts
 * const stream = continuous(mfe(), { rateHz: 16_000, axes: ['audio'], windowMs: 1000, strideMs: 250 });
 * for (const slice of slices) {
 *   const features = stream.push(slice);
 *   if (features) show(features);
 * }
 * ```
 */
export function continuous<O extends Kind>(
  block: ProcessingBlock<'signal', O>,
  options: ContinuousOptions,
): ContinuousFeatures<O> {
  const { rateHz, axes } = options;
  if (!(rateHz > 0 && Number.isFinite(rateHz))) refuse('rateHz', rateHz, 'a positive number of hertz');
  if (!Array.isArray(axes) || axes.length === 0) refuse('axes', axes, 'at least one axis name');
  const windowSamples =
    'windowSamples' in options ? options.windowSamples : Math.round((rateHz * options.windowMs) / 1000);
  const strideSamples =
    'strideSamples' in options ? options.strideSamples : Math.round((rateHz * options.strideMs) / 1000);
  const steps = 'a whole number of time steps, at least 1';
  if (!(Number.isInteger(windowSamples) && windowSamples > 0)) refuse('window', windowSamples, steps);
  if (!(Number.isInteger(strideSamples) && strideSamples > 0)) refuse('stride', strideSamples, steps);

  const input = signalSpec(windowSamples, axes, rateHz);
  const spec = block.output(input);
  const stream = block.bind(input).stream(strideSamples).open();
  const sliceSize = strideSamples * axes.length;
  return {
    spec,
    windowSamples,
    strideSamples,
    sliceSize,
    push: (slice) => {
      const values = checkedSlice(slice, sliceSize);
      const features = new Float32Array(sizeOf(spec));
      return stream.push(values, features) ? features : undefined;
    },
    reset: stream.reset,
  };
}

function refuse(name: string, got: unknown, expected: string): never {
  return fail({ code: 'BAD_OPTION', where: `continuous.${name}`, got: show(got), expected, fix: `Correct ${name}.` });
}
