import type { PublishedWork, Work } from './cost.js';
import type { CppStage } from './cpp.js';
import type { Spec } from './spec.js';

/** A block bound to one input size: tables are made, sizes are checked, nothing is allocated per call. */
export interface Stage {
  readonly input: Spec;
  readonly output: Spec;
  /** Computes `out` (length `sizeOf(output)`) from `x` (length `sizeOf(input)`); neither is kept. */
  readonly run: (x: Float32Array, out: Float32Array) => void;
  /** What one call does. */
  readonly work: Work;
  /** What the published library does for the same features; absent where no times of it are known. */
  readonly published?: PublishedWork | undefined;
  readonly cpp: CppStage;
}
