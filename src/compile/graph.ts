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
export type Padding = 'same' | 'valid';
export type OpKind =
  | 'conv2d'
  | 'depthwiseConv2d'
  | 'dense'
  | 'maxPool2d'
  | 'averagePool2d'
  | 'add'
  | 'softmax'
  | 'relu'
  | 'relu6'
  | 'reshape'
  | 'batchNorm'
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
}

/**
 * One operator. Inputs by kind (weights in TensorFlow Lite's layouts):
 * conv2d `[x, weights (O, kh, kw, I), bias (O)]`, depthwiseConv2d `[x, weights (1, kh, kw, I * multiplier), bias]`,
 * dense `[x, weights (O, I), bias (O)]` over a vector, add `[a, b]`,
 * batchNorm `[x, gamma (C), beta (C), mean (C), variance (C)]`, all others `[x]`.
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
