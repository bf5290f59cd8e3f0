/**
 * The compiler's intermediate representation: a network as a list of operators over numbered tensors, in
 * execution order. No batch dimension. Spatial tensors are `[height, width, channel]`; a one-dimensional
 * sequence is `[1, time, channel]`; vectors are `[n]`.
 */
export type TensorData = Float32Array | Int8Array | Int32Array;

/** `real = scale * (q - zeroPoint)`; one scale, or one per index of dimension `axis`. Scales are float32 values. */
export interface Quantization {
  readonly scales: Float32Array;
  readonly zeroPoint: number;
  readonly axis?: number;
}

export interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: 'f32' | 'int8' | 'int32';
  readonly quantization?: Quantization;
  /** Present for constants. */
  readonly data?: TensorData;
}

export type Activation = 'none' | 'relu' | 'relu6';
/**
 * What surrounds the input of a window: as much as gives `ceil(in / stride)` outputs, nothing, or rows and columns of
 * zeros, fewer than the window spans.
 */
export type Padding = 'same' | 'valid' | Pads;

export interface Pads {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

export type OpKind =
  | 'conv2d'
  | 'depthwiseConv2d'
  | 'dense'
  | 'maxPool2d'
  | 'averagePool2d'
  | 'add'
  | 'sub'
  | 'mul'
  | 'softmax'
  | 'relu'
  | 'relu6'
  | 'leakyRelu'
  | 'hardSwish'
  | 'logistic'
  | 'tanh'
  | 'pad'
  | 'concat'
  | 'transpose'
  | 'stridedSlice'
  | 'resizeNearest'
  | 'mean'
  | 'reshape'
  | 'batchNorm'
  | 'lstm'
  | 'gru'
  | 'quantize'
  | 'dequantize';

export interface Attributes {
  readonly padding?: Padding;
  /** `[vertical, horizontal]` */
  readonly strides?: readonly [number, number];
  readonly dilations?: readonly [number, number];
  /** Pooling window, `[height, width]`. */
  readonly pool?: readonly [number, number];
  readonly activation?: Activation;
  /** Batch normalisation only. */
  readonly epsilon?: number;
  /** leakyRelu: slope below 0. */
  readonly alpha?: number;
  /** pad: rows and columns of zeros to add, `[top, bottom, left, right]`. */
  readonly pads?: readonly [number, number, number, number];
  /** concat: the dimension along which the inputs follow one another; from 0, no batch. */
  readonly axis?: number;
  /** transpose: dimension `i` of the output is dimension `perm[i]` of the input. */
  readonly perm?: readonly number[];
  /** stridedSlice: where to start, where to stop and how far to go, one of each per dimension. */
  readonly slice?: Slice;
  /** resizeNearest: `[height, width]` of the output. */
  readonly size?: readonly [number, number];
  /** resizeNearest: the corner values of input and output lie on one another. */
  readonly alignCorners?: boolean;
  /** resizeNearest: values lie in the middle of their cells. */
  readonly halfPixelCenters?: boolean;
  /** mean: keep height and width, as 1. */
  readonly keepDims?: boolean;
  /** lstm and gru: the state after every step instead of the last one. */
  readonly everyStep?: boolean;
  /** lstm and gru: the last step comes first. */
  readonly backwards?: boolean;
  /**
   * gru: the reset gate works on what the recurrent weights make of the state, with a bias of its own behind the others, as
   * in cuDNN; otherwise on the state.
   */
  readonly resetAfter?: boolean;
  /** lstm and gru: curve of the gates; `hardSigmoid` is x / 5 + 1 / 2, cut off at 0 and 1. Default `sigmoid`. */
  readonly gate?: 'sigmoid' | 'hardSigmoid';
}

/**
 * Per dimension the positions `begin`, `begin + stride`, ... that lie before `end` (after it, when the stride is
 * negative; -1 is then the end before the first value). Nothing counts from the end.
 */
export interface Slice {
  readonly begin: readonly number[];
  readonly end: readonly number[];
  readonly strides: readonly number[];
}

/**
 * One operator. Inputs by kind (weights in TensorFlow Lite's layouts):
 * conv2d `[x, weights (O, kh, kw, I), bias (O)]`, depthwiseConv2d `[x, weights (1, kh, kw, I * multiplier), bias]`,
 * dense `[x, weights (O, I), bias (O)]` over a vector, add, sub and mul `[a, b]` of shapes that broadcast,
 * concat `[x0, x1, ...]`, batchNorm `[x, gamma (C), beta (C), mean (C), variance (C)]`,
 * lstm and gru `[x, weights (G * U, C), bias (G * U), recurrent weights (G * U, U)]`, rows by gate as Keras orders them
 * (input, forget, candidate, output; update, reset, candidate), all others `[x]`.
 * `quantize` of an int8 tensor changes its scale.
 */
export interface Op {
  readonly kind: OpKind;
  readonly name: string;
  readonly inputs: readonly number[];
  readonly output: number;
  readonly attributes: Attributes;
}

export interface Graph {
  readonly tensors: readonly Tensor[];
  readonly ops: readonly Op[];
  readonly input: number;
  readonly output: number;
}
