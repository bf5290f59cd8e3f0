import type { ProcessingBlock } from '../block.js';
import { fail } from '../errors.js';
import { finiteValues } from '../finite.js';
import { imageSpec, type Kind, type Spec, signalSpec, sizeOf } from '../spec.js';

/** One window of a signal, interleaved by time step. */
export interface SignalWindow {
  readonly rateHz: number;
  readonly axes: readonly string[];
  readonly values: ArrayLike<number>;
}

/** One image, or several frames one after the other, row by row from the top left. */
export interface ImageWindow {
  readonly width: number;
  readonly height: number;
  /** Absent: packed pixels 0xRRGGBB, with or without width and height in front. 1 or 3: bytes 0..255, channels last. */
  readonly channels?: 1 | 3;
  readonly values: ArrayLike<number>;
}

/**
 * Features of one window or image, in the block's order.
 *
 * Errors: `SHAPE_MISMATCH` when the values do not fill whole time steps or frames, `BAD_DATA` when one is not finite,
 * and those of the block.
 *
 * @example
 * ```ts
 * features(flatten(), { rateHz: 62.5, axes: ['x', 'y'], values: [1, 2, 3, 4] }); // 14 values
 * features(pixels(), { width: 1, height: 1, values: [0xff0000] }); // 1, 0, 0
 * ```
 */
export function features(block: ProcessingBlock<'signal'>, window: SignalWindow): Float32Array;
export function features(block: ProcessingBlock<'image'>, window: ImageWindow): Float32Array;
export function features(block: ProcessingBlock, window: SignalWindow | ImageWindow): Float32Array {
  const { spec, values } = windowOf(block.type, window);
  finiteValues(block.type, values);
  const stage = (block as ProcessingBlock<Kind>).bind(spec);
  const out = new Float32Array(sizeOf(stage.output));
  stage.run(values, out);
  return out;
}

/** Spec and values of a window given in words; `where` names who asks. */
export function windowOf(
  where: string,
  window: SignalWindow | ImageWindow,
): { readonly spec: Spec<'signal'> | Spec<'image'>; readonly values: Float32Array } {
  return 'width' in window ? imageWindow(where, window) : signalWindow(where, window);
}

function signalWindow(where: string, { rateHz, axes, values }: SignalWindow) {
  const samples = values.length / axes.length;
  if (!Number.isInteger(samples) || samples === 0) {
    return fail({
      code: 'SHAPE_MISMATCH',
      where,
      got: `${values.length} values for ${axes.length} axes`,
      expected: 'one value per axis and time step, at least one step',
      fix: 'Cut the window to whole time steps.',
    });
  }
  return { spec: signalSpec(samples, axes, rateHz), values: Float32Array.from(values) };
}

function imageWindow(where: string, { width, height, channels, values: given }: ImageWindow) {
  const size = width * height * (channels ?? 1);
  const isWhole = Number.isInteger(width) && Number.isInteger(height) && size > 0;
  // The reference block's own list starts with the size.
  const headed = channels === undefined && given[0] === width && given[1] === height && (given.length - 2) % size === 0;
  const from = headed && given.length % size !== 0 ? 2 : 0;
  const frames = (given.length - from) / size;
  if (!isWhole || !Number.isInteger(frames) || frames < 1) {
    return fail({
      code: 'SHAPE_MISMATCH',
      where,
      got: `${given.length} values for ${width} x ${height} pixels`,
      expected: channels === undefined ? 'one packed value per pixel' : `${channels} values per pixel`,
      fix: 'Give whole images; name the channels when there are several values per pixel.',
    });
  }
  const values = Float32Array.from({ length: given.length - from }, (_, i) => given[i + from]!);
  return {
    spec: imageSpec({ width, height, channels: channels ?? 1, packed: channels === undefined, frames }),
    values,
  };
}
