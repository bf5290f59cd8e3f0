import type { Attributes } from '../graph.js';
import { elements } from '../op.js';
import type { Call } from './call.js';
import { damaged } from './problem.js';
import { graphShape, shifted } from './shapes.js';
import { windowAttributes } from './weighted.js';

/** RESHAPE, SQUEEZE and EXPAND_DIMS: the file says the shape of the result, which must hold as many values. */
export function reshape(call: Call): void {
  const { graph, output } = call;
  const index = call.required(0);
  if (graph.isConstant(index)) {
    graph.fold(output, graph.floats(index));
    return;
  }
  call.requireSameScale();
  const [from, to] = [call.shapeOf().shape, call.outputShape.shape];
  if (elements(from) !== elements(to)) {
    call.refuse(
      `[${to.join(', ')}] from [${from.join(', ')}]`,
      'as many values as before, known when converting',
      'Convert with a fixed batch of 1 (batch_size=1 in the input layer).',
    );
  }
  graph.add(output, { kind: 'reshape', name: call.name, inputs: [call.activation()] });
}

export function pool(kind: 'maxPool2d' | 'averagePool2d'): (call: Call) => void {
  return (call) => {
    const options = call.requiredOptions('Pool2DOptions');
    const { filterHeight, filterWidth } = options;
    const activation = call.activationFunction(options.fusedActivationFunction);
    const [height, width] = call.shapeOf().shape as [number, number, number];
    const window = windowAttributes(call, options);
    const inside =
      filterHeight >= 1 && filterHeight <= 2 * height + 1 && filterWidth >= 1 && filterWidth <= 2 * width + 1;
    if (!inside)
      damaged(call.where, `a window of ${filterHeight} x ${filterWidth}`, `one for ${height} x ${width} values`);
    call.requireSameScale();
    const attributes: Attributes = { ...window, pool: [filterHeight, filterWidth], activation };
    call.graph.add(call.output, { kind, name: call.name, inputs: [call.activation()], attributes });
  };
}

/** Mean over height and width, in whichever order and form the file names them. */
export function mean(call: Call): void {
  const keepDims = call.options('ReducerOptions')?.keepDims ?? false;
  const { shape, shift } = call.shapeOf();
  const rank = call.fileShape().length;
  const axes = new Set(call.integers(1).map((axis) => (axis < 0 ? axis + rank : axis) + shift));
  const [height, width] = shape;
  const spatial = shape.length === 3 && !axes.has(2) && (axes.has(0) || height === 1) && (axes.has(1) || width === 1);
  if (!spatial) {
    call.refuse(
      `a mean over dimensions [${call.integers(1).join(', ')}] of [${call.fileShape().join(', ')}]`,
      'one over height and width together',
      'Use AVERAGE_POOL_2D, or the mean of all positions.',
    );
  }
  void call.dtype;
  const channels = shape[2]!;
  const result = keepDims ? [1, 1, channels] : [channels];
  call.graph.add(call.output, {
    kind: 'mean',
    name: call.name,
    inputs: [call.activation()],
    attributes: { keepDims },
    shape: result,
  });
}

/** PAD and PADV2 with zeros around height and width. */
export function pad(call: Call): void {
  const { shape, shift } = call.shapeOf();
  const rank = call.fileShape().length;
  const given = call.integers(1);
  if (given.length !== 2 * rank) damaged(call.where, `${given.length} paddings`, `two for each of ${rank} dimensions`);
  const of = (dimension: number): readonly [number, number] => {
    const at = 2 * (dimension - shift);
    return [given[at] ?? 0, given[at + 1] ?? 0];
  };
  const pads = [...of(0), ...of(1)] as [number, number, number, number];
  const total = given.reduce((sum, n) => sum + Math.abs(n), 0);
  const spatial = shape.length === 3 && pads.reduce((sum, n) => sum + n, 0) === total;
  if (!spatial) {
    call.refuse(
      `paddings [${given.join(', ')}]`,
      'padding of height and width alone',
      'Pad before the batch and channels are joined.',
    );
  }
  const fill = call.input(2);
  if (fill !== undefined && !isZero(call, fill)) call.refuse('a padding that is not 0', 'zeros', 'Pad with zeros.');
  call.requireSameScale();
  call.graph.add(call.output, { kind: 'pad', name: call.name, inputs: [call.activation()], attributes: { pads } });
}

/** Whether a constant stands for 0: the zero point in int8. */
function isZero({ graph }: Call, index: number): boolean {
  const values = graph.isConstant(index) ? graph.values(index) : [];
  const zero = values instanceof Int8Array ? (graph.tensor(index).quantization?.zeroPoint ?? 0) : 0;
  return values.length === 1 && values[0] === zero;
}

export function concat(call: Call): void {
  const options = call.requiredOptions('ConcatenationOptions');
  if (call.activationFunction(options.fusedActivationFunction) !== 'none') {
    call.refuse('a fused activation', 'none', 'Make the activation a layer of its own.');
  }
  const { shift } = call.outputShape;
  const rank = call.graph.tensor(call.output).shape.length;
  const axis = (options.axis < 0 ? options.axis + rank : options.axis) + shift;
  if (axis < 0) call.refuse('parts along the batch', 'another dimension', 'Concatenate height, width or channels.');
  const inputs = Array.from(call.inputs, (_, i) => {
    call.requireSameScale(i);
    if (call.fileShape(i).length !== rank)
      damaged(call.where, `an input of ${call.fileShape(i).length} dimensions`, `${rank}`);
    const shape = shifted(call.fileShape(i), shift);
    return call.graph.reshaped(call.activation(i), shape, `${call.name}/${i}`);
  });
  call.graph.add(call.output, { kind: 'concat', name: call.name, inputs, attributes: { axis } });
}

export function transpose(call: Call): void {
  const perm = call.integers(1);
  const from = call.fileShape();
  const { shape, shift } = call.shapeOf();
  if ([...perm].sort((a, b) => a - b).join() !== from.map((_, d) => d).join()) {
    damaged(call.where, `an order of [${perm.join(', ')}]`, `every dimension of [${from.join(', ')}] once`);
  }
  call.requireSameScale();
  const inputs = [call.activation()];
  const moving = perm.filter((d) => from[d] !== 1);
  // Only dimensions of size 1 move: the values stay where they are.
  if (moving.every((d, i) => i === 0 || d > moving[i - 1]!)) {
    call.graph.add(call.output, { kind: 'reshape', name: call.name, inputs });
    return;
  }
  const batch = perm.slice(0, Math.max(0, -shift));
  if (batch.some((d, i) => d !== i)) {
    call.refuse(
      `an order of [${perm.join(', ')}]`,
      'an order that leaves the batch in front',
      'Transpose the other dimensions.',
    );
  }
  const added = Array.from({ length: Math.max(0, shift) }, (_, i) => i);
  const order = [...added, ...perm.slice(batch.length).map((d) => d + shift)];
  const result = order.map((d) => shape[d]!);
  call.graph.add(call.output, {
    kind: 'transpose',
    name: call.name,
    inputs,
    attributes: { perm: order },
    shape: result,
  });
}

interface Range {
  readonly begin: number;
  readonly end: number;
  readonly stride: number;
}

export function stridedSlice(call: Call): void {
  const options = call.requiredOptions('StridedSliceOptions');
  const { beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask, offset } = options;
  if (ellipsisMask !== 0 || newAxisMask !== 0 || offset) {
    call.refuse(
      'an ellipsis, a new dimension or an offset',
      'begin, end and strides',
      'Name every dimension of the slice.',
    );
  }
  const from = call.fileShape();
  const { shift } = call.shapeOf();
  const [begin, end, strides] = [1, 2, 3].map((i) => call.integers(i)) as [number[], number[], number[]];
  if ([begin, end, strides].some(({ length }) => length !== from.length)) {
    damaged(call.where, `a slice of ${begin.length} dimensions`, `${from.length}`);
  }
  const bit = (mask: number, d: number): boolean => ((mask >> d) & 1) === 1;
  const ranges = from.map((size, d): Range => {
    const stride = strides[d]!;
    if (stride === 0) damaged(call.where, 'a stride of 0', 'another stride');
    const position = (at: number): number => {
      const [low, high] = stride > 0 ? [0, size] : [-1, size - 1];
      return Math.min(high, Math.max(low, at < 0 ? at + size : at));
    };
    const first = bit(beginMask, d) ? (stride > 0 ? 0 : size - 1) : position(begin[d]!);
    if (bit(shrinkAxisMask, d)) return { begin: first, end: first + 1, stride: 1 };
    return { begin: first, end: bit(endMask, d) ? (stride > 0 ? size : -1) : position(end[d]!), stride };
  });
  if (ranges.slice(0, Math.max(0, -shift)).some((range) => range.begin !== 0 || range.end !== 1)) {
    call.refuse('a slice of the batch', 'the whole batch', 'Slice height, width or channels.');
  }
  const whole = { begin: 0, end: 1, stride: 1 };
  const kept = shift < 0 ? ranges.slice(-shift) : [...Array.from({ length: shift }, () => whole), ...ranges];
  const shape = kept.map((range) => Math.ceil((range.end - range.begin) / range.stride));
  if (shape.some((size) => size < 1)) damaged(call.where, 'a slice without values', 'at least one value');
  call.requireSameScale();
  const slice = { begin: kept.map((r) => r.begin), end: kept.map((r) => r.end), strides: kept.map((r) => r.stride) };
  const inputs = [call.activation()];
  call.graph.add(call.output, { kind: 'stridedSlice', name: call.name, inputs, attributes: { slice }, shape });
}

export function resizeNearest(call: Call): void {
  const options = call.options('ResizeNearestNeighborOptions');
  const { alignCorners = false, halfPixelCenters = false } = options ?? {};
  const size = call.integers(1);
  const { shape } = graphShape(call.name, call.fileShape());
  if (size.length !== 2 || shape.length !== 3)
    damaged(call.where, `a size of ${size.length} numbers`, 'height and width');
  call.requireSameScale();
  const attributes: Attributes = { size: [size[0]!, size[1]!], alignCorners, halfPixelCenters };
  call.graph.add(call.output, { kind: 'resizeNearest', name: call.name, inputs: [call.activation()], attributes });
}
