import type { Attributes, Padding, Tensor } from '../graph.js';
import { elements } from '../op.js';
import type { Call } from './call.js';
import { damaged } from './problem.js';
import { Padding as PaddingCode } from './schema.js';

/** Larger strides and dilations come from damage. */
const MAX_STEP = 2 ** 15;

/** TensorFlow Lite takes a bias whose scale is off by this share of the output's. */
const BIAS_TOLERANCE = 0.02;

/** Padding, strides and dilations of an operator with a window. */
export function windowAttributes(
  call: Call,
  options: {
    padding: number;
    strideW: number;
    strideH: number;
    dilationWFactor?: number;
    dilationHFactor?: number;
  },
): Attributes {
  const { strideH, strideW, dilationHFactor = 1, dilationWFactor = 1 } = options;
  const padding = PaddingCode[options.padding]?.toLowerCase() as Padding | undefined;
  if (!padding) damaged(call.where, `padding ${options.padding}`, PaddingCode.join(' or '));
  const bad = [strideH, strideW, dilationHFactor, dilationWFactor].find((n) => n < 1 || n > MAX_STEP);
  if (bad !== undefined) damaged(call.where, `a stride or dilation of ${bad}`, `1 to ${MAX_STEP}`);
  if (call.fileShape().length !== 4) damaged(call.where, `an input of ${call.fileShape().length} dimensions`, '4');
  return { padding, strides: [strideH, strideW], dilations: [dilationHFactor, dilationWFactor] };
}

export function conv2d(call: Call): void {
  const options = call.requiredOptions('Conv2DOptions');
  const shape = weightShape(call, 4);
  const { shape: input } = call.shapeOf();
  if (shape[3] !== input[2]) {
    call.refuse(
      `weights for ${shape[3]} of ${input[2]} channels`,
      'weights for all channels',
      'Use no groups, or DEPTHWISE_CONV_2D.',
    );
  }
  const attributes = {
    ...windowAttributes(call, options),
    activation: call.activationFunction(options.fusedActivationFunction),
  };
  addWeighted(call, { kind: 'conv2d', x: call.activation(), shape, axis: 0, attributes });
}

export function depthwiseConv2d(call: Call): void {
  const options = call.requiredOptions('DepthwiseConv2DOptions');
  const shape = weightShape(call, 4);
  const attributes = {
    ...windowAttributes(call, options),
    activation: call.activationFunction(options.fusedActivationFunction),
  };
  addWeighted(call, { kind: 'depthwiseConv2d', x: call.activation(), shape, axis: 3, attributes });
}

/** A vector goes through a dense layer; rows of vectors through a convolution of window 1, which is the same. */
export function fullyConnected(call: Call): void {
  const options = call.options('FullyConnectedOptions');
  if (options && options.weightsFormat !== 0) {
    call.refuse('shuffled weights', 'the default format', 'Convert it again with the TensorFlow Lite converter.');
  }
  const [outputs, inputs] = weightShape(call, 2) as [number, number];
  const size = elements(call.fileShape());
  if (size % inputs !== 0) damaged(call.where, `${size} values`, `a multiple of ${inputs} inputs`);
  const activation = call.activationFunction(options?.fusedActivationFunction);
  const rows = size / inputs;
  // TensorFlow Lite rounds the one scale of a dense layer in another way than a convolution does.
  if (rows > 1 && call.dtype === 'int8' && call.graph.tensor(call.required(1)).quantization?.scales.length === 1) {
    call.refuse(
      `${rows} rows and one weight scale`,
      'a scale per output channel',
      'Use a convolution of window 1 instead.',
    );
  }
  const kind = rows === 1 ? 'dense' : 'conv2d';
  const shape = rows === 1 ? [outputs, inputs] : [outputs, 1, 1, inputs];
  const x = call.graph.reshaped(call.activation(), rows === 1 ? [inputs] : [1, rows, inputs], call.name);
  const output = rows === 1 ? [outputs] : [1, rows, outputs];
  addWeighted(call, { kind, x, shape, axis: 0, attributes: { activation }, output });
}

function weightShape(call: Call, dimensions: number): readonly number[] {
  const index = call.required(1);
  if (!call.graph.isConstant(index)) {
    call.refuse('computed weights', 'constant ones', 'Multiply by weights that are fixed after training.');
  }
  const shape = call.fileShape(1);
  if (shape.length !== dimensions) damaged(call.where, `weights of ${shape.length} dimensions`, `${dimensions}`);
  return shape;
}

interface Weighted {
  readonly kind: 'conv2d' | 'depthwiseConv2d' | 'dense';
  /** Number of the input in the graph. */
  readonly x: number;
  /** Shape of the weights in the graph. */
  readonly shape: readonly number[];
  /** Dimension of the weights that counts output channels. */
  readonly axis: number;
  readonly attributes: Attributes;
  /** Shape of the result, when it is not the file's. */
  readonly output?: readonly number[];
}

function addWeighted(call: Call, op: Weighted): void {
  const { kind, x, attributes, output } = op;
  const { constants, factor } = call.dtype === 'f32' ? floatConstants(call, op) : storedConstants(call, op);
  const inputs = [x, ...constants];
  call.graph.add(call.output, { kind, name: call.name, inputs, attributes, factor, ...(output && { shape: output }) });
}

function floatConstants(call: Call, { shape, axis }: Weighted) {
  const { graph, name } = call;
  const [weights, bias] = [call.required(1), call.input(2)];
  const channels = shape[axis]!;
  const w = graph.constant(`f32 ${weights} ${shape.length}`, () => {
    return { name: graph.tensor(weights).name, shape, dtype: 'f32', data: graph.floats(weights) };
  });
  const b = graph.constant(bias === undefined ? `${name} bias` : `f32 bias ${bias}`, () => {
    const data = bias === undefined ? new Float32Array(channels) : graph.floats(bias);
    return {
      name: bias === undefined ? `${name}/bias` : graph.tensor(bias).name,
      shape: [channels],
      dtype: 'f32',
      data,
    };
  });
  return { constants: [w, b], factor: 0 };
}

function storedConstants(call: Call, { x, shape, axis }: Weighted) {
  const { graph, name } = call;
  const [weights, bias] = [call.required(1), call.input(2)];
  const scales = weightScales(call, weights, shape, axis);
  const channels = shape[axis]!;
  const inputScale = graph.tensors[x]!.quantization!.scales[0]!;
  const outputScale = graph.tensor(call.output).quantization!.scales[0]!;
  const biasScales = scales.map((scale) => scale * inputScale);
  checkBiasScales(call, bias, biasScales, outputScale);
  const w = graph.constant(`int8 ${weights} ${shape.length}`, (): Tensor => {
    const data = graph.values(weights);
    const quantization = { scales, zeroPoint: 0, ...(scales.length > 1 && { axis }) };
    return { name: graph.tensor(weights).name, shape, dtype: 'int8', data, quantization };
  });
  // The same values may be the bias of several layers, each with scales of its own.
  const b = graph.constant(`${name} bias`, (): Tensor => {
    const data = bias === undefined ? new Int32Array(channels) : graph.values(bias);
    if (!(data instanceof Int32Array)) call.refuse('a bias that is not int32', 'int32', 'Convert it as full int8.');
    const quantization = { scales: biasScales, zeroPoint: 0, ...(scales.length > 1 && { axis: 0 }) };
    const label = bias === undefined ? `${name}/bias` : graph.tensor(bias).name;
    return { name: label, shape: [channels], dtype: 'int32', data, quantization };
  });
  return { constants: [w, b], factor: Math.max(...scales.map((scale) => (scale * inputScale) / outputScale)) };
}

function weightScales(call: Call, weights: number, shape: readonly number[], axis: number): Float32Array {
  const { type, quantization, mixedZeroPoints, shape: fileShape } = call.graph.tensor(weights);
  if (type !== 'INT8' || !quantization) {
    return call.refuse(`weights of type ${type}`, 'int8 weights with scales', 'Convert it as full int8.');
  }
  const { scales, zeroPoint } = quantization;
  if (zeroPoint !== 0 || mixedZeroPoints) {
    call.refuse('asymmetric weights', 'weights with zero point 0', 'Convert with the TensorFlow 2 converter.');
  }
  // A dense layer over rows keeps its output channels in front, as a convolution does.
  const channelAxis = fileShape.length === shape.length ? axis : 0;
  if (scales.length > 1 && quantization.axis !== channelAxis) {
    call.refuse(`scales along dimension ${quantization.axis}`, `dimension ${channelAxis}`, 'Convert it again.');
  }
  return scales;
}

function checkBiasScales(call: Call, bias: number | undefined, expected: Float32Array, outputScale: number): void {
  const given = bias === undefined ? undefined : call.graph.tensor(bias).quantization?.scales;
  if (!given) return;
  const off = expected.some(
    (scale, i) => Math.abs(scale - (given[given.length === 1 ? 0 : i] ?? 0)) > BIAS_TOLERANCE * outputScale,
  );
  if (off) call.refuse('a bias of another scale', 'input scale * weight scale', 'Convert it again.');
}
