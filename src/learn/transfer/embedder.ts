import { fail } from '../../errors.js';
import { type BaseSource, baseOf, embedding } from './base.js';

export interface EmbedderOptions {
  /**
   * What is given: the output of the operator of this name, or what the first so many layers with weights give. Default:
   * what enters the last layer with weights.
   */
  readonly layer?: string | number | undefined;
}

/** Turns what enters a network into the values inside it. */
export interface Embedder {
  /** Sizes of what is given, slowest first: `[n]`, or `[height, width, channel]`. */
  readonly shape: readonly number[];
  /** Values that one row has to have: those of the processing blocks, in their order. */
  readonly inputs: number;
  /** The values of the layer for one row, in an array of their own. */
  readonly embed: (row: Float32Array) => Float32Array;
}

/**
 * The values that a trained network computes on the way, to explore data, for nearest neighbours or for a learner of
 * one's own.
 *
 * @throws `BAD_OPTION`, `UNSUPPORTED` for networks in int8 and for learners that are no networks; `embed` throws
 * `SHAPE_MISMATCH`
 * @example
 * ```ts
 * const { embed } = embedder(model);
 * const point = embed(model.features(window).dsp!.data);
 * ```
 */
export function embedder(from: BaseSource, { layer }: EmbedderOptions = {}): Embedder {
  const base = baseOf('embedder', from, layer);
  const { tensors, input, output } = base.graph;
  const inputs = tensors[input]!.shape.reduce((a, b) => a * b, 1);
  const run = embedding(base);
  return {
    shape: tensors[output]!.shape,
    inputs,
    embed: (row) => {
      if (row.length === inputs) return run(row);
      return fail({
        code: 'SHAPE_MISMATCH',
        where: 'embedder',
        got: `${row.length} values`,
        expected: `${inputs}`,
        fix: 'Pass what the processing blocks of the model give for one window.',
      });
    },
  };
}
