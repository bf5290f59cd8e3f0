import { show } from '../../errors.js';
import type { Attributes, OpKind, Padding } from '../graph.js';
import type { Call, Config, Conversion, GraphWriter } from './conversion.js';
import { RECURRENT } from './tfjs-recurrent.js';
import { transposed } from './transposed.js';

type Pair = readonly [number, number];
/** An operator without constants. */
function plain(kind: OpKind, attributes: (call: Call) => Attributes = () => ({})): Conversion {
  return (to, call) => to.op(call.name, kind, call.inputs, call.shape, attributes(call));
}

/** Layers that only do something in training. */
const nothing: Conversion = (_to, { inputs }) => inputs[0]!;
const flatten = plain('reshape');
const maxPool = plain('maxPool2d', ({ config }) => pooling(config));
const averagePool = plain('averagePool2d', ({ config }) => pooling(config));
const mean = plain('mean');

const globalMax: Conversion = (to, { name, inputs, shape }) => {
  const [height, width, channels] = to.shapeOf(inputs[0]!) as [number, number, number];
  const attributes: Attributes = { padding: 'valid', strides: [1, 1], pool: [height, width] };
  return to.op(name, 'reshape', [to.op(`${name}/max`, 'maxPool2d', inputs, [1, 1, channels], attributes)], shape);
};

/** Two inputs at a time. */
function elementwise(kind: 'add' | 'sub' | 'mul'): Conversion {
  return (to, { name, inputs, shape }) =>
    inputs.slice(1).reduce((sum, input, i) => {
      const last = i === inputs.length - 2;
      const from = to.shapeOf(sum);
      const sizes = last ? shape : from.map((size, d) => Math.max(size, to.shapeOf(input)[d]!));
      return to.op(last ? name : `${name}/${i}`, kind, [sum, input], sizes);
    }, inputs[0]!);
}

const dense: Conversion = (to, call) => {
  const { name, inputs, weights, shape } = call;
  const [from, units] = weights[0]!.shape as [number, number];
  const flat = to.shapeOf(inputs[0]!).length === 1;
  const matrix = transposed(weights[0]!.data, from, units);
  const constants = [
    to.constant(`${name}/weights`, flat ? [units, from] : [units, 1, 1, from], matrix),
    biasOf(to, call, 1, units),
  ];
  const attributes: Attributes = flat ? {} : { padding: 'valid', strides: [1, 1], dilations: [1, 1] };
  return activated(to, call, flat ? 'dense' : 'conv2d', [inputs[0]!, ...constants], shape, attributes);
};

const convolution: Conversion = (to, call) => {
  const { name, type, inputs, weights, shape, config } = call;
  const { data, shape: sizes } = weights[0]!;
  const outputs = sizes.at(-1)!;
  const window = [...(type === 'Conv1D' ? [1] : []), ...sizes.slice(0, -1)];
  const constants = [
    to.constant(`${name}/weights`, [outputs, ...window], transposed(data, data.length / outputs, outputs)),
    biasOf(to, call, 1, outputs),
  ];
  return activated(to, call, 'conv2d', [inputs[0]!, ...constants], shape, sliding(call, config));
};

const depthwise: Conversion = (to, call) => {
  const { name, inputs, weights, shape, config } = call;
  const [height, width, channels, multiplier] = weights[0]!.shape as [number, number, number, number];
  const outputs = channels * multiplier;
  const constants = [
    to.constant(`${name}/weights`, [1, height, width, outputs], weights[0]!.data.slice()),
    biasOf(to, call, 1, outputs),
  ];
  return activated(to, call, 'depthwiseConv2d', [inputs[0]!, ...constants], shape, sliding(call, config));
};

const separable: Conversion = (to, call) => {
  const { name, inputs, weights, shape, config } = call;
  const [height, width, channels, multiplier] = weights[0]!.shape as [number, number, number, number];
  const between = channels * multiplier;
  const first = [
    to.constant(`${name}/depthwise`, [1, height, width, between], weights[0]!.data.slice()),
    to.constant(`${name}/none`, [between], new Float32Array(between)),
  ];
  const middle = to.op(
    `${name}/depthwise`,
    'depthwiseConv2d',
    [inputs[0]!, ...first],
    [shape[0]!, shape[1]!, between],
    { ...sliding(call, config), activation: 'none' },
  );
  const outputs = shape[2]!;
  const second = [
    to.constant(`${name}/weights`, [outputs, 1, 1, between], transposed(weights[1]!.data, between, outputs)),
    biasOf(to, call, 2, outputs),
  ];
  const attributes: Attributes = { padding: 'valid', strides: [1, 1], dilations: [1, 1] };
  return activated(to, call, 'conv2d', [middle, ...second], shape, attributes);
};

const batchNorm: Conversion = (to, call) => {
  const { name, inputs, shape, config, inputShape } = call;
  const axis = config.axis as number | undefined;
  if (axis !== undefined && axis !== -1 && axis !== inputShape.length) call.refuse(`axis ${axis}`, 'the last axis');
  const left = call.weights.map(({ data }) => data.slice());
  const size = shape.at(-1)!;
  const gamma = config.scale === false ? new Float32Array(size).fill(1) : left.shift()!;
  const beta = config.center === false ? new Float32Array(size) : left.shift()!;
  const [average, variance] = left as [Float32Array, Float32Array];
  const constants = Object.entries({ gamma, beta, mean: average, variance }).map(([part, data]) =>
    to.constant(`${name}/${part}`, [size], data),
  );
  return to.op(name, 'batchNorm', [inputs[0]!, ...constants], shape, { epsilon: config.epsilon as number });
};

const concatenate: Conversion = (to, call) => {
  const { inputs, config, inputShape, name, shape } = call;
  const given = (config.axis as number | undefined) ?? -1;
  const axis = given < 0 ? given + inputShape.length : given - 1;
  // A sequence has a row in front.
  const inGraph = axis + (inputShape.length === 2 ? 1 : 0);
  return inputs.length === 1 ? inputs[0]! : to.op(name, 'concat', inputs, shape, { axis: inGraph });
};

const zeroPadding: Conversion = (to, { name, inputs, shape, config }) => {
  const [[top, bottom], [left, right]] = bothSides(config.padding) as [Pair, Pair];
  return to.op(name, 'pad', inputs, shape, { pads: [top, bottom, left, right] });
};

const cropping: Conversion = (to, { name, inputs, shape, config }) => {
  const sides = bothSides(config.cropping);
  const starts = [...(sides.length === 1 ? [0] : []), ...sides.map(([first]) => first), 0];
  const slice = { begin: starts, end: shape.map((size, d) => starts[d]! + size), strides: [1, 1, 1] };
  return to.op(name, 'stridedSlice', inputs, shape, { slice });
};

const upSampling: Conversion = (to, call) => {
  const { name, inputs, shape, config } = call;
  const { interpolation = 'nearest' } = config;
  if (interpolation !== 'nearest') call.refuse(`interpolation ${show(interpolation)}`, 'nearest');
  return to.op(name, 'resizeNearest', inputs, shape, { size: [shape[0]!, shape[1]!] });
};

const permute: Conversion = (to, { name, inputs, shape, config, inputShape }) => {
  const row = inputShape.length === 2 ? 1 : 0;
  const dims = (config.dims as number[]).map((d) => d - 1 + row);
  if (inputShape.length === 1) return inputs[0]!;
  return to.op(name, 'transpose', inputs, shape, { perm: row ? [0, ...dims] : dims });
};

const rescaling: Conversion = (to, { name, inputs, shape, config }) => {
  const { scale, offset = 0 } = config as { scale: number; offset?: number };
  const factor = to.constant(`${name}/scale`, [1], Float32Array.of(scale));
  const scaled = to.op(`${name}/scaled`, 'mul', [inputs[0]!, factor], shape);
  return to.op(name, 'add', [scaled, to.constant(`${name}/offset`, [1], Float32Array.of(offset))], shape);
};

const relu: Conversion = (to, call) => {
  const { maxValue } = call.config;
  return activate(to, call, call.inputs[0]!, maxValue === 6 ? 'relu6' : maxValue == null ? 'relu' : maxValue);
};

const leakyRelu = plain('leakyRelu', ({ config }) => ({ alpha: config.alpha as number }));

const softmax: Conversion = (to, call) => {
  const { axis = -1 } = call.config as { axis?: number };
  if (axis !== -1 && axis !== call.inputShape.length) call.refuse(`axis ${axis}`, 'the last axis');
  return activate(to, call, call.inputs[0]!, 'softmax');
};

/** How each type of layer becomes operators. */
export const CONVERSIONS: Readonly<Record<string, Conversion>> = {
  Dropout: nothing,
  SpatialDropout1D: nothing,
  GaussianNoise: nothing,
  GaussianDropout: nothing,
  AlphaDropout: nothing,
  ActivityRegularization: nothing,
  Flatten: flatten,
  Reshape: flatten,
  ReLU: relu,
  LeakyReLU: leakyRelu,
  Softmax: softmax,
  Activation: (to, call) => activate(to, call, call.inputs[0]!, call.config.activation),
  MaxPooling1D: maxPool,
  MaxPooling2D: maxPool,
  AveragePooling1D: averagePool,
  AveragePooling2D: averagePool,
  GlobalAveragePooling1D: mean,
  GlobalAveragePooling2D: mean,
  GlobalMaxPooling1D: globalMax,
  GlobalMaxPooling2D: globalMax,
  BatchNormalization: batchNorm,
  Add: elementwise('add'),
  Subtract: elementwise('sub'),
  Multiply: elementwise('mul'),
  Concatenate: concatenate,
  ZeroPadding2D: zeroPadding,
  Cropping1D: cropping,
  Cropping2D: cropping,
  UpSampling2D: upSampling,
  Permute: permute,
  Rescaling: rescaling,
  Dense: dense,
  Conv1D: convolution,
  Conv2D: convolution,
  DepthwiseConv2D: depthwise,
  SeparableConv2D: separable,
  ...RECURRENT,
};

/** Appends an operator with weights and the activation behind it. */
function activated(
  to: GraphWriter,
  call: Call,
  kind: OpKind,
  inputs: readonly number[],
  shape: readonly number[],
  attributes: Attributes,
): number {
  const { activation = 'linear' } = call.config;
  const fused = activation === 'relu' || activation === 'relu6' ? activation : undefined;
  const output = to.op(call.name, kind, inputs, shape, { ...attributes, activation: fused ?? 'none' });
  return fused ? output : activate(to, call, output, activation);
}

const ACTIVATIONS: Readonly<Record<string, OpKind>> = {
  relu: 'relu',
  relu6: 'relu6',
  softmax: 'softmax',
  sigmoid: 'logistic',
  tanh: 'tanh',
};

function activate(to: GraphWriter, call: Call, input: number, activation: unknown): number {
  const { name } = call;
  if (activation === 'linear') return input;
  const shape = to.shapeOf(input);
  if (activation === 'swish') {
    return to.op(`${name}/swish`, 'mul', [input, to.op(`${name}/sigmoid`, 'logistic', [input], shape)], shape);
  }
  const known = Object.hasOwn(ACTIVATIONS, String(activation));
  if (!known) {
    call.refuse(`activation ${show(activation)}`, `linear, ${Object.keys(ACTIVATIONS).join(', ')} or swish`);
  }
  return to.op(`${name}/${activation}`, ACTIVATIONS[String(activation)]!, [input], shape);
}

/** The bias, which follows the other weights; zeros when there is none. */
function biasOf(to: GraphWriter, { name, weights }: Call, position: number, outputs: number): number {
  return to.constant(`${name}/bias`, [outputs], weights[position]?.data.slice() ?? new Float32Array(outputs));
}

function sliding(call: Call, config: Config): Attributes {
  const { padding } = config;
  if (padding !== 'same' && padding !== 'valid') call.refuse(`padding ${show(padding)}`, 'same or valid');
  return {
    padding: padding as Padding,
    strides: pair(config.strides),
    dilations: pair(config.dilationRate ?? 1),
  };
}

function pooling(config: Config): Attributes {
  return { padding: config.padding as Padding, strides: pair(config.strides), pool: pair(config.poolSize) };
}

/** `[vertical, horizontal]`; one number is along time. */
function pair(given: unknown): Pair {
  const sizes = [given].flat() as number[];
  return sizes.length === 1 ? [1, sizes[0]!] : [sizes[0]!, sizes[1]!];
}

/** `[before, after]` by dimension, of `[a, b]` along time or `[[a, b], [c, d]]`. */
function bothSides(given: unknown): readonly Pair[] {
  const sides = given as readonly (number | Pair)[];
  return typeof sides[0] === 'number' ? [sides as unknown as Pair] : (sides as readonly Pair[]);
}
