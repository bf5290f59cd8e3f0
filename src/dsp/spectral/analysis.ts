import type { Work } from '../../cost.js';
import type { Traits } from '../../cpp.js';
import type { Spec } from '../../spec.js';

/** What is computed of one axis after scaling, decimation, filter and mean. */
export interface Analysis {
  /** `P::kAnalysis` in C++. */
  readonly kind: 0 | 1 | 2;
  /** Of the features of one axis, in order. */
  readonly labels: readonly string[];
  /** Makes the tables and returns the function that writes the features of `x[0..count-1]` (destroyed) from `at` on. */
  readonly open: () => (x: Float32Array, out: Float32Array, at: number) => void;
  /** Of one axis. */
  readonly work: Work;
  /** Floats of working memory behind the axis. */
  readonly scratchFloats: number;
  readonly traits: () => Traits;
  readonly codeBytes: Readonly<Record<string, number>>;
  /** The step between axis and features, for eyes: what it is called, its dimensions, its values for one axis. */
  readonly view: {
    readonly name: string;
    readonly axes: Spec['axes'];
    readonly open: () => (x: Float32Array) => Float32Array;
  };
}
