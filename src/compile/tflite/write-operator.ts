import { quantizationOf } from '../arithmetic/quantization.js';
import type { Activation, Attributes, Op, OpKind, Pads } from '../graph.js';
import type { Node } from '../op.js';
import type { Draft } from './encode.js';
import { ActivationFunctionType, type BuiltinOptions, Padding } from './schema.js';

/** An operator of the file that stands for one of the graph. */
export interface Written {
  /** Builtin name. */
  readonly operator: string;
  readonly version: number;
  readonly options?: Draft<BuiltinOptions>;
  /** Constant inputs after those of the graph: axes, sizes, paddings. */
  readonly description?: readonly Numbers[];
}

/** Whole numbers that are part of an operator. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly data: Int32Array;
}

function vector(values: readonly number[]): Numbers {
  return { shape: [values.length], data: Int32Array.from(values) };
}

/** The operator for one of the graph, and one before it on its first input with a result of `shape`. */
export interface WrittenPair extends Written {
  readonly before?: Written & { readonly shape: readonly number[] };
}

type Write = (node: Node, int8: boolean) => WrittenPair | undefined;

/** How an operator of the graph is written; undefined for those that TensorFlow Lite does not have. */
export function writtenAs(op: Op, node: Node): WrittenPair | undefined {
  return WRITERS[op.kind]?.(node, node.inputs[0]!.dtype === 'int8');
}

const ACTIVATIONS: Readonly<Record<Activation, string>> = { none: 'NONE', relu: 'RELU', relu6: 'RELU6' };

function fused({ activation = 'none' }: Attributes): { fusedActivationFunction: number } {
  return { fusedActivationFunction: ActivationFunctionType.indexOf(ACTIVATIONS[activation]) };
}

/** float32 operators are of version 1, their int8 forms of version 2. */
function plain(operator: string): Write {
  return (_, int8) => ({ operator, version: int8 ? 2 : 1 });
}

/** The options of windows, and the padding before one that "same" and "valid" cannot express. */
function windowOf({ inputs, attributes }: Node, int8: boolean) {
  const { padding = 'valid', strides = [1, 1], dilations = [1, 1] } = attributes;
  const [strideH, strideW] = strides;
  const [dilationHFactor, dilationWFactor] = dilations;
  const explicit = typeof padding === 'object' ? padding : undefined;
  const code = Padding.indexOf(typeof padding === 'object' ? 'VALID' : padding.toUpperCase());
  return {
    strides: { padding: code, strideH, strideW, ...fused(attributes) },
    dilations: { dilationHFactor, dilationWFactor },
    ...(explicit && { before: paddingOf(inputs[0]!.shape, explicit, int8) }),
  };
}

function paddingOf(shape: readonly number[], { top, bottom, left, right }: Pads, int8: boolean) {
  const [height, width, channels] = shape as [number, number, number];
  const data = Int32Array.of(0, 0, top, bottom, left, right, 0, 0);
  return {
    operator: 'PAD',
    version: int8 ? 2 : 1,
    description: [{ shape: [4, 2], data }],
    shape: [top + height + bottom, left + width + right, channels],
  };
}

const conv2d: Write = (node, int8) => {
  const { strides, dilations, ...before } = windowOf(node, int8);
  const options = { type: 'Conv2DOptions', value: { ...strides, ...dilations } } as const;
  return { operator: 'CONV_2D', version: int8 ? 3 : 1, options, ...before };
};

const depthwiseConv2d: Write = (node, int8) => {
  const { strides, dilations, ...before } = windowOf(node, int8);
  const depthMultiplier = node.output.shape[2]! / node.inputs[0]!.shape[2]!;
  const options = { type: 'DepthwiseConv2DOptions', value: { ...strides, ...dilations, depthMultiplier } } as const;
  const dilated = dilations.dilationHFactor !== 1 || dilations.dilationWFactor !== 1;
  return { operator: 'DEPTHWISE_CONV_2D', version: int8 ? 3 : dilated ? 2 : 1, options, ...before };
};

const dense: Write = ({ attributes }, int8) => ({
  operator: 'FULLY_CONNECTED',
  version: int8 ? 4 : 1,
  options: { type: 'FullyConnectedOptions', value: fused(attributes) },
});

function pool(operator: string): Write {
  return (node, int8) => {
    // Padding is left out of a pool, so zeros in front of it would not do.
    if (typeof node.attributes.padding === 'object') return undefined;
    const [filterHeight, filterWidth] = node.attributes.pool ?? [1, 1];
    const value = { ...windowOf(node, int8).strides, filterHeight, filterWidth };
    return { operator, version: int8 ? 2 : 1, options: { type: 'Pool2DOptions', value } };
  };
}

function add(node: Node, int8: boolean): WrittenPair {
  return { operator: 'ADD', version: int8 ? 2 : 1, options: { type: 'AddOptions', value: fused(node.attributes) } };
}

function sub(node: Node, int8: boolean): WrittenPair {
  return { operator: 'SUB', version: int8 ? 2 : 1, options: { type: 'SubOptions', value: fused(node.attributes) } };
}

function mul(node: Node, int8: boolean): WrittenPair {
  const options = { type: 'MulOptions', value: fused(node.attributes) } as const;
  if (!int8) return { operator: 'MUL', version: 1, options };
  const [a, b, output] = [...node.inputs, node.output].map((tensor) => quantizationOf(tensor).scale);
  return { operator: 'MUL', version: (a! * b!) / output! >= 1 ? 3 : 2, options };
}

const stridedSlice: Write = (node, int8) => {
  const { begin, end, strides } = node.attributes.slice!;
  // -1 is the end before the first value here, but the last value in the file.
  const endMask = end.reduce((mask, at, d) => (at < 0 ? mask | (1 << (d + 1)) : mask), 0);
  const options = { type: 'StridedSliceOptions', value: { endMask } } as const;
  const description = [
    [0, ...begin],
    [1, ...end],
    [1, ...strides],
  ].map(vector);
  return { operator: 'STRIDED_SLICE', version: int8 ? 2 : 1, options, description };
};

const WRITERS: Readonly<Partial<Record<OpKind, Write>>> = {
  conv2d,
  depthwiseConv2d,
  dense,
  maxPool2d: pool('MAX_POOL_2D'),
  averagePool2d: pool('AVERAGE_POOL_2D'),
  add,
  sub,
  mul,
  relu: plain('RELU'),
  relu6: plain('RELU6'),
  logistic: plain('LOGISTIC'),
  tanh: plain('TANH'),
  hardSwish: () => ({ operator: 'HARD_SWISH', version: 1 }),
  leakyRelu: ({ attributes: { alpha = 0 } }, int8) => ({
    operator: 'LEAKY_RELU',
    version: int8 ? 2 : 1,
    options: { type: 'LeakyReluOptions', value: { alpha } },
  }),
  softmax: (_, int8) => ({
    operator: 'SOFTMAX',
    version: int8 ? 2 : 1,
    options: { type: 'SoftmaxOptions', value: { beta: 1 } },
  }),
  pad: ({ inputs, attributes }, int8) => {
    const [top, bottom, left, right] = attributes.pads!;
    return paddingOf(inputs[0]!.shape, { top, bottom, left, right }, int8);
  },
  concat: ({ attributes: { axis = 0 } }, int8) => ({
    operator: 'CONCATENATION',
    version: int8 ? 2 : 1,
    options: { type: 'ConcatenationOptions', value: { axis: axis + 1 } },
  }),
  transpose: ({ attributes: { perm = [] } }, int8) => ({
    operator: 'TRANSPOSE',
    version: int8 ? 2 : 1,
    description: [vector([0, ...perm.map((d) => d + 1)])],
  }),
  stridedSlice,
  resizeNearest: ({ inputs, attributes }, int8) => {
    const { size = inputs[0]!.shape.slice(0, 2), alignCorners = false, halfPixelCenters = false } = attributes;
    const value = { alignCorners, halfPixelCenters };
    const version = alignCorners || halfPixelCenters ? 3 : int8 ? 2 : 1;
    const options = { type: 'ResizeNearestNeighborOptions', value } as const;
    return { operator: 'RESIZE_NEAREST_NEIGHBOR', version, options, description: [vector(size)] };
  },
  mean: ({ inputs, attributes: { keepDims = false } }, int8) => ({
    operator: 'MEAN',
    version: int8 ? 2 : 1,
    options: { type: 'ReducerOptions', value: { keepDims } },
    description: [vector(inputs[0]!.shape.slice(1).map((_, d) => d + 1))],
  }),
  reshape: ({ output }) => {
    const newShape = Int32Array.from([1, ...output.shape]);
    return {
      operator: 'RESHAPE',
      version: 1,
      options: { type: 'ReshapeOptions', value: { newShape } },
      description: [vector([1, ...output.shape])],
    };
  },
  quantize: (_, int8) => ({ operator: 'QUANTIZE', version: int8 ? 2 : 1 }),
  dequantize: () => ({ operator: 'DEQUANTIZE', version: 2 }),
};
