import type { OpKind, Quantization } from '../../graph.js';
import { elements } from '../../op.js';
import { broadcastTo, permuted, transposedConstant } from './arrays.js';
import { type Call, isConstant } from './call.js';
import type { Constant } from './constant.js';
import { damaged } from './problem.js';
import { everyDimension, partsOf, storedIndices, type View } from './view.js';
import { channelsLast, fitsWindow, padded, pair, slidingWindow, spatialShape } from './window.js';

/** Weights of the file in the graph's layout, whose dimension `axis` counts output channels. */
interface Weights {
  readonly shape: readonly number[];
  readonly axis: number;
  readonly data: Float32Array;
  /** Scales that the file stores them with. */
  readonly scales?: Float32Array | undefined;
}

/** Appends weights and bias and gives their numbers. */
function constants(call: Call, { shape, axis, data, scales }: Weights, bias: Float32Array): readonly number[] {
  const { graph, name } = call;
  const quantization: Quantization | undefined = scales && {
    scales,
    zeroPoint: 0,
    ...(scales.length > 1 && { axis }),
  };
  return [
    graph.constant(`${name}/weights`, shape, data, quantization),
    graph.constant(`${name}/bias`, [shape[axis]!], bias),
  ];
}

/** Scales of stored weights, when they are one for all or one per output channel. */
function scalesOf({ scales, axis }: Constant, channel: number): Float32Array | undefined {
  return scales && (scales.length === 1 || axis === channel) ? scales : undefined;
}

function floats(call: Call, { data }: Constant): Float32Array {
  if (data instanceof Float32Array) return data;
  return call.refuse('whole numbers as weights', 'float32 weights', 'Export integer weights behind DequantizeLinear.');
}

/** Bias of this many channels; zeros when it is left out. */
function biasOf(call: Call, given: Constant | undefined, channels: number): Float32Array {
  if (!given) return new Float32Array(channels);
  const bias = floats(call, given);
  return bias.length === channels ? bias : damaged(call.where, `a bias of ${bias.length} values`, `${channels}`);
}

export function conv(call: Call): View {
  const x = call.view();
  const weights = call.requiredConstant(1);
  const rank = x.shape.length;
  const groups = channelsLast(call, x);
  if (weights.shape.length !== rank) damaged(call.where, `weights of ${weights.shape.length} dimensions`, `${rank}`);
  const kernel = pair(call, weights.shape.slice(2), rank, 1, 1);
  const [outputs, perGroup] = weights.shape as [number, number];
  const channels = x.shape[1]!;
  const count = call.int('group', 1);
  if (!(count >= 1 && perGroup * count === channels && outputs % count === 0 && outputs > 0)) {
    damaged(call.where, `${count} groups of weights [${weights.shape.join(', ')}]`, `weights for ${channels} channels`);
  }
  const window = slidingWindow(call, x, kernel);
  const bias = biasOf(call, call.constant(2), outputs);
  const whole = floats(call, weights);
  let from = call.graph.arrange(x, groups, call.name);
  let { attributes } = window;
  if (!fitsWindow(window, kernel)) {
    from = padded(call, from, window.pads);
    attributes = { ...attributes, padding: 'valid' };
  }
  const shape = [...window.size, outputs];
  const scales = scalesOf(weights, 0);
  let tensor: number;
  if (count === channels && count > 1) {
    const data = permuted(whole, [outputs, ...kernel], [1, 2, 0]);
    const own = constants(call, { shape: [1, ...kernel, outputs], axis: 3, data, scales }, bias);
    tensor = call.graph.op('depthwiseConv2d', call.name, [from, ...own], shape, attributes);
  } else {
    const data = permuted(whole, [outputs, perGroup, ...kernel], [0, 2, 3, 1]);
    const all = { shape: [outputs, ...kernel, perGroup], axis: 0, data, scales };
    tensor =
      count === 1
        ? convolve(call, from, all, bias, shape, attributes)
        : inGroups(call, from, all, bias, count, shape, attributes);
  }
  return call.graph.result(tensor, spatialShape(x, window.size, outputs), groups, call.name);
}

function convolve(
  call: Call,
  from: number,
  weights: Weights,
  bias: Float32Array,
  shape: readonly number[],
  attributes: object,
): number {
  return call.graph.op('conv2d', call.name, [from, ...constants(call, weights, bias)], shape, attributes);
}

/** Some of the channels go into some of the others: a convolution for each group, between slices and a concatenation. */
function inGroups(
  call: Call,
  from: number,
  { shape: weightShape, data, scales }: Weights,
  bias: Float32Array,
  count: number,
  shape: readonly number[],
  attributes: object,
): number {
  const { graph } = call;
  const [height, width, channels] = graph.tensors[from]!.shape as [number, number, number];
  const [inputs, outputs] = [channels / count, shape[2]! / count];
  const parts = Array.from({ length: count }, (_, g) => {
    const slice = { begin: [0, 0, g * inputs], end: [height, width, (g + 1) * inputs], strides: [1, 1, 1] };
    const part = graph.op('stridedSlice', call.part(`group${g}/slice`), [from], [height, width, inputs], { slice });
    const size = data.length / count;
    const own = constants(
      call,
      {
        shape: weightShape.with(0, outputs),
        axis: 0,
        data: data.slice(g * size, (g + 1) * size),
        scales: scales && scales.length > 1 ? scales.slice(g * outputs, (g + 1) * outputs) : scales,
      },
      bias.slice(g * outputs, (g + 1) * outputs),
    );
    return graph.op('conv2d', call.part(`group${g}`), [part, ...own], [shape[0]!, shape[1]!, outputs], attributes);
  });
  return graph.op('concat', call.name, parts, shape, { axis: 2 });
}

/** `alpha * A * B + beta * C`, B and C constant. */
export function gemm(call: Call): View {
  const x = call.view();
  if (x.shape.length !== 2) damaged(call.where, `an input of ${x.shape.length} dimensions`, '2');
  if (call.int('transA', 0) !== 0) call.refuse('a transposed input', 'transA 0', 'Transpose in a layer before it.');
  const given = call.requiredConstant(1);
  if (given.shape.length !== 2) damaged(call.where, `weights of ${given.shape.length} dimensions`, '2');
  const weights = call.int('transB', 0) === 0 ? transposedConstant(given, [1, 0]) : given;
  const [alpha, beta] = [call.float('alpha', 1), call.float('beta', 1)];
  const units = weights.shape[0]!;
  const c = call.constant(2);
  const fits = !c || elements(c.shape) === 1 || (c.shape.at(-1) === units && elements(c.shape) === units);
  if (!fits)
    call.refuse(
      `a third input of shape [${c.shape.join(', ')}]`,
      `${units} values, one per output`,
      'Add it in a layer of its own.',
    );
  const bias = c ? broadcastTo(floats(call, c), [elements(c.shape)], [units]).map((v) => v * beta) : undefined;
  const scaled = alpha === 1 ? weights : { shape: weights.shape, data: floats(call, weights).map((w) => w * alpha) };
  return dense(call, x, scaled, bias as Float32Array | undefined);
}

/** A product with constant weights on the right. */
export function matMul(call: Call): View {
  const [a, b] = [call.required(0), call.required(1)];
  if (isConstant(a) || !isConstant(b)) {
    return call.refuse(
      isConstant(a) ? 'constant weights on the left' : 'two computed inputs',
      'computed values times constant weights',
      'Use fully connected layers in place of attention and of products of activations.',
    );
  }
  const ones = b.shape.slice(0, -2);
  if (b.shape.length < 2 || ones.some((size) => size !== 1)) {
    call.refuse(`weights of shape [${b.shape.join(', ')}]`, 'a matrix', 'Use one matrix for all positions.');
  }
  const flat: Constant = {
    ...b,
    shape: b.shape.slice(-2),
    ...(b.axis !== undefined && { axis: b.axis - ones.length }),
  };
  return dense(call, call.view(), transposedConstant(flat, [1, 0]));
}

/** Weights `(O, I)` over the last dimension: a dense layer for one row, a convolution of window 1 for many. */
function dense(call: Call, x: View, weights: Constant, bias?: Float32Array): View {
  const { graph, name } = call;
  const last = x.shape.length - 1;
  const [outputs, inputs] = weights.shape as [number, number];
  if (x.shape[last] !== inputs) damaged(call.where, `weights for ${inputs} values`, `${x.shape[last]}`);
  const rest = everyDimension(x).filter((d) => d !== last);
  const rows = elements(rest.map((d) => x.shape[d]!));
  // The features stay as they are stored, and the columns of the weights follow them.
  const order = storedIndices(x, last);
  const stored: View = order
    ? {
        ...x,
        axes: x.axes.with(
          last,
          [...partsOf(x, [last])].sort((a, b) => a - b),
        ),
      }
    : x;
  const matrix = floats(call, weights);
  const data = order ? matrix.map((_, i) => matrix[i - (i % inputs) + order[i % inputs]!]!) : matrix;
  const kind: OpKind = rows === 1 ? 'dense' : 'conv2d';
  const groups = rows === 1 ? [[last]] : [[], rest, [last]];
  const from = graph.arrange(stored, groups, name);
  const shape = rows === 1 ? [outputs, inputs] : [outputs, 1, 1, inputs];
  const own = constants(
    call,
    { shape, axis: 0, data, scales: scalesOf(weights, 0) },
    bias ?? new Float32Array(outputs),
  );
  const attributes = rows === 1 ? {} : ({ padding: 'valid', strides: [1, 1], dilations: [1, 1] } as const);
  const tensor = graph.op(kind, name, [from, ...own], rows === 1 ? [outputs] : [1, rows, outputs], attributes);
  return graph.result(tensor, x.shape.with(last, outputs), groups, name);
}

export function batchNormalization(call: Call): View {
  const { graph, name } = call;
  const x = call.view();
  const groups = x.shape.length === 2 ? [[1]] : channelsLast(call, x);
  const channels = x.shape[1]!;
  if (call.int('training_mode', 0) !== 0)
    call.refuse('training mode', 'inference', 'Call model.eval() before exporting.');
  const parts = ['gamma', 'beta', 'mean', 'variance'].map((part, i) => {
    const data = floats(call, call.requiredConstant(i + 1));
    if (data.length !== channels) damaged(call.where, `${part} of ${data.length} values`, `${channels}`);
    return graph.constant(`${name}/${part}`, [channels], data);
  });
  const epsilon = call.float('epsilon', 1e-5);
  const from = graph.arrange(x, groups, name);
  const tensor = graph.op('batchNorm', name, [from, ...parts], graph.tensors[from]!.shape, { epsilon });
  return graph.result(tensor, x.shape, groups, name);
}
