import type { ProcessingBlock } from '../../block.js';
import { fail } from '../../errors.js';
import type { Spec } from '../../spec.js';
import { filterSample, startSteady } from '../primitives/butterworth/butterworth.js';
import { tableOf } from './filter.js';

/**
 * A filter over a signal that never ends: its state lasts from slice to slice, so that however the signal is cut, the
 * output is that of the whole. For signals that are filtered before they are cut into windows; the windows of a
 * `filter` block start anew each.
 *
 * Takes the same block as an impulse would; `start: 'steady'` concerns the first time step after `reset`. In C++:
 * `impulsekit::dsp::FilterStream` over the traits of the emitted block, the same bits.
 *
 * @throws `BAD_OPTION` as `filter`; `SHAPE_MISMATCH` for slices of no whole time steps or blocks that are no filter
 * @example
 * ```ts
 * const stream = new FilterStream(filter({ filter: 'high', cutoffHz: 0.5 }), signalSpec(1, ['x', 'y', 'z'], 62.5));
 * const filtered = stream.push(slice);
 * ```
 */
export class FilterStream {
  readonly #sections: Float32Array;
  readonly #floats: number;
  readonly #axes: number;
  readonly #state: Float32Array;
  #started = false;

  /** @param signal names axes and rate; its length does not matter */
  constructor(block: ProcessingBlock<'signal', 'signal'>, signal: Spec<'signal'>) {
    if (block.type !== 'filter') refuseBlock(block.type);
    const { sections, floats, axes, count } = tableOf(block, signal);
    this.#sections = sections;
    this.#floats = floats;
    this.#axes = axes;
    this.#state = new Float32Array(2 * axes * count);
  }

  /** Filters the next time steps, interleaved by time step; returns as many. */
  push(slice: Float32Array): Float32Array {
    if (slice.length % this.#axes !== 0) refuseSlice(slice.length, this.#axes);
    if (!this.#started && slice.length > 0) this.#start(slice);
    const states = Array.from({ length: this.#axes }, (_, a) => this.#stateOf(a));
    return slice.map((value, i) => filterSample(value, this.#sections, this.#floats, states[i % this.#axes]!));
  }

  /** Forgets the signal, as after an interruption. */
  reset(): void {
    this.#state.fill(0);
    this.#started = false;
  }

  #start(slice: Float32Array): void {
    this.#started = true;
    if (this.#floats !== 7) return;
    for (let a = 0; a < this.#axes; a++) startSteady(slice[a]!, this.#sections, this.#stateOf(a));
  }

  #stateOf(axis: number): Float32Array {
    const perAxis = this.#state.length / this.#axes;
    return this.#state.subarray(axis * perAxis, (axis + 1) * perAxis);
  }
}

function refuseBlock(type: string): never {
  return fail({
    code: 'SHAPE_MISMATCH',
    where: 'FilterStream',
    got: `a block of type ${type}`,
    expected: 'a filter',
    fix: 'Hand over a block made by filter().',
  });
}

function refuseSlice(length: number, axes: number): never {
  return fail({
    code: 'SHAPE_MISMATCH',
    where: 'FilterStream.push',
    got: `${length} values`,
    expected: `whole time steps of ${axes} values`,
    fix: 'Push whole time steps.',
  });
}
