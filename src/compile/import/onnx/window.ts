import type { Attributes, Pads } from '../../graph.js';
import type { Call } from './call.js';
import { damaged } from './problem.js';
import type { View } from './view.js';

type Pair = readonly [number, number];

/** Larger strides, dilations, windows and paddings come from damage. */
const MAX_STEP = 2 ** 15;

/** A window over height and width; a sequence has height 1. */
export interface SlidingWindow {
  readonly attributes: Attributes;
  readonly pads: Pads;
  /** Height and width of the result. */
  readonly size: Pair;
}

/** The dimensions of ONNX that height, width and channel of the graph hold. */
export function channelsLast(call: Call, view: View): readonly (readonly number[])[] {
  const { shape } = view;
  if (shape.length === 4) return [[2], [3], [1]];
  if (shape.length === 3) return [[], [2], [1]];
  return call.refuse(
    `an input of shape [${shape.join(', ')}]`,
    '[1, C, T] or [1, C, H, W]',
    'Use one- or two-dimensional layers.',
  );
}

/** Shape in ONNX of a result of this height, width and number of channels. */
export function spatialShape({ shape }: View, [height, width]: Pair, channels: number): readonly number[] {
  return shape.length === 4 ? [1, channels, height, width] : [1, channels, width];
}

/** A number for height and one for width; along time there is one. */
export function pair(
  call: Call,
  given: readonly number[] | undefined,
  rank: number,
  least: number,
  otherwise: number,
): Pair {
  const values = given ?? Array.from({ length: rank - 2 }, () => otherwise);
  const good = values.length === rank - 2 && values.every((n) => Number.isInteger(n) && n >= least && n <= MAX_STEP);
  if (!good) damaged(call.where, `[${values.join(', ')}]`, `${rank - 2} whole numbers from ${least} to ${MAX_STEP}`);
  return rank === 4 ? [values[0]!, values[1]!] : [otherwise, values[0]!];
}

/** Reads strides, dilations and padding of a window of `kernel` taps. */
export function slidingWindow(call: Call, { shape }: View, kernel: Pair): SlidingWindow {
  const rank = shape.length;
  const strides = pair(call, orNone(call.ints('strides')), rank, 1, 1);
  const dilations = pair(call, orNone(call.ints('dilations')), rank, 1, 1);
  const input: Pair = [rank === 4 ? shape[2]! : 1, shape.at(-1)!];
  const extent = kernel.map((size, d) => (size - 1) * dilations[d as 0 | 1] + 1);
  const given = givenPads(call, rank);
  const sides = [0, 1].map((d): Pair => {
    const same = Math.max(
      0,
      (Math.ceil(input[d as 0 | 1] / strides[d as 0 | 1]) - 1) * strides[d as 0 | 1] + extent[d]! - input[d as 0 | 1],
    );
    const auto = call.text('auto_pad', 'NOTSET');
    if (auto === 'SAME_UPPER') return [same >> 1, same - (same >> 1)];
    if (auto === 'SAME_LOWER') return [same - (same >> 1), same >> 1];
    if (auto === 'VALID') return [0, 0];
    if (auto !== 'NOTSET' && auto !== '')
      call.refuse(`auto_pad ${auto}`, 'SAME_UPPER, SAME_LOWER or VALID', 'Give the padding in numbers.');
    return given[d]!;
  });
  const counts = sides.map(([before, after], d) => {
    const room = input[d as 0 | 1] + before + after - extent[d]!;
    if (room < 0)
      damaged(call.where, `a window of ${extent[d]} over ${input[d as 0 | 1]} values`, 'one no larger than its input');
    const round = call.int('ceil_mode', 0) === 0 ? Math.floor : Math.ceil;
    const count = round(room / strides[d as 0 | 1]) + 1;
    // A window must start within the input or the padding before it.
    return (count - 1) * strides[d as 0 | 1] >= input[d as 0 | 1] + before ? count - 1 : count;
  });
  // Rounding up is padding behind the input.
  const padded = sides.map(([before, after], d): Pair => {
    const end = (counts[d]! - 1) * strides[d as 0 | 1] + extent[d]! - before - input[d as 0 | 1];
    return [before, Math.max(after, end)];
  });
  const [[top, bottom], [left, right]] = padded as [Pair, Pair];
  const pads = { top, bottom, left, right };
  const like = (wanted: (total: number) => Pair): boolean =>
    padded.every(([before, after], d) => {
      const total = Math.max(0, (counts[d]! - 1) * strides[d as 0 | 1] + extent[d]! - input[d as 0 | 1]);
      const full = Math.ceil(input[d as 0 | 1] / strides[d as 0 | 1]) === counts[d];
      return full && wanted(total).join() === [before, after].join();
    });
  const none = padded.flat().every((side) => side === 0);
  const padding = none ? 'valid' : like((total) => [total >> 1, total - (total >> 1)]) ? 'same' : pads;
  return { attributes: { padding, strides, dilations }, pads, size: counts as unknown as Pair };
}

/** Padding before and behind height and width. */
function givenPads(call: Call, rank: number): readonly Pair[] {
  const pads = orNone(call.ints('pads')) ?? Array.from({ length: 2 * (rank - 2) }, () => 0);
  const good = pads.length === 2 * (rank - 2) && pads.every((n) => Number.isInteger(n) && Math.abs(n) <= MAX_STEP);
  if (!good) damaged(call.where, `paddings [${pads.join(', ')}]`, `${2 * (rank - 2)} whole numbers`);
  if (pads.some((n) => n < 0)) call.refuse('a padding below 0', '0 or more', 'Slice the input in a layer before it.');
  return rank === 4
    ? [
        [pads[0]!, pads[2]!],
        [pads[1]!, pads[3]!],
      ]
    : [
        [0, 0],
        [pads[0]!, pads[1]!],
      ];
}

function orNone(list: readonly number[] | undefined): readonly number[] | undefined {
  return list?.length ? list : undefined;
}

/** Whether a kernel takes this padding itself: fewer rows and columns than its window spans. */
export function fitsWindow({ pads, attributes }: SlidingWindow, kernel: Pair): boolean {
  const [height, width] = kernel.map((size, d) => (size - 1) * attributes.dilations![d as 0 | 1] + 1) as [
    number,
    number,
  ];
  return Math.max(pads.top, pads.bottom) < height && Math.max(pads.left, pads.right) < width;
}

/** Zeros around height and width of a tensor, as an operator of its own. */
export function padded(call: Call, tensor: number, { top, bottom, left, right }: Pads): number {
  const [height, width, channels] = call.graph.tensors[tensor]!.shape as [number, number, number];
  const shape = [top + height + bottom, left + width + right, channels];
  return call.graph.op('pad', call.part('pad'), [tensor], shape, { pads: [top, bottom, left, right] });
}
