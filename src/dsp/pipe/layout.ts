import type { Stage } from '../../block.js';
import { sizeOf } from '../../spec.js';

/** Where the values between the stages of a pipe lie in its working memory. */
export interface PipeLayout {
  /** By stage: byte offset of its output, or `out` where that is written straight into the features. */
  readonly values: readonly (number | 'out')[];
  /** By stage: byte offset of its working memory. */
  readonly scratch: readonly number[];
  readonly bytes: number;
}

/**
 * Lays out the values between stages that run one after another.
 *
 * A stage needs its input, its working memory and its output at a time, and nothing else lives then; so values lie by
 * turns at the bottom and at the top, with the working memory between them, and the largest such sum is all that is
 * needed. A stage that may work in place shares its output's memory, up to the features themselves.
 */
export function layoutPipe(stages: readonly Stage[]): PipeLayout {
  const last = stages.length - 1;
  const places: ('out' | 'bottom' | 'top')[] = stages.map(() => 'out');
  for (let i = last - 1, turn = 0; i >= 0; i--) {
    if (stages[i + 1]!.cpp.inPlace) places[i] = places[i + 1]!;
    else places[i] = turn++ % 2 === 0 ? 'bottom' : 'top';
  }
  const sizes = stages.map((stage, i) => (places[i] === 'out' ? 0 : aligned(4 * sizeOf(stage.output))));
  /** Bytes at a place while stage i runs: its input, its output, or both at once. */
  const bytesAt = (place: 'bottom' | 'top', i: number): number =>
    Math.max(places[i] === place ? sizes[i]! : 0, i > 0 && places[i - 1] === place ? sizes[i - 1]! : 0);
  const needs = stages.map((stage, i) => bytesAt('bottom', i) + aligned(stage.cpp.scratchBytes) + bytesAt('top', i));
  const bytes = Math.max(...needs);
  return {
    bytes,
    values: places.map((place, i) => (place === 'out' ? 'out' : place === 'bottom' ? 0 : bytes - sizes[i]!)),
    scratch: stages.map((_, i) => bytesAt('bottom', i)),
  };
}

function aligned(bytes: number): number {
  return 16 * Math.ceil(bytes / 16);
}
