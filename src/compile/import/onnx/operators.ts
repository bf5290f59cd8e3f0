import type { Call, Value } from './call.js';
import type { Fold } from './fold.js';
import * as fold from './fold.js';
import * as pointwise from './pointwise.js';
import { recurrent } from './recurrent.js';
import * as spatial from './spatial.js';
import * as stored from './stored.js';
import * as structural from './structural.js';
import * as weighted from './weighted.js';

/** How a node of a file becomes part of the graph. */
export interface Reader {
  /** Over computed values. */
  readonly read?: (call: Call) => Value | readonly Value[];
  /** Over constants alone. */
  readonly fold?: Fold;
}

const unary = (kind: 'relu' | 'logistic' | 'tanh' | 'hardSwish'): Reader => ({ read: pointwise.unary(kind) });

/** Operators of ONNX that can be read, by name in the default domain. */
export const READERS: Readonly<Record<string, Reader>> = {
  Add: { read: pointwise.binary('add'), fold: fold.pairs((a, b) => a + b) },
  AveragePool: { read: spatial.pool('averagePool2d') },
  BatchNormalization: { read: weighted.batchNormalization },
  Cast: { read: pointwise.cast, fold: fold.cast },
  Ceil: { fold: fold.each(Math.ceil) },
  Clip: { read: pointwise.clip },
  Concat: { read: structural.concat, fold: fold.concat },
  Constant: { fold: fold.constant },
  ConstantOfShape: { fold: fold.constantOfShape },
  Conv: { read: weighted.conv },
  DequantizeLinear: { read: stored.dequantizeLinear, fold: stored.dequantizeLinear as Fold },
  Div: { read: pointwise.divide, fold: fold.pairs(fold.quotient) },
  Dropout: { read: pointwise.nothing, fold: fold.same },
  Expand: { read: structural.expand, fold: fold.expand },
  Flatten: { read: structural.flatten, fold: fold.flatten },
  Floor: { fold: fold.each(Math.floor) },
  Gather: { read: structural.gather, fold: fold.gather },
  Gemm: { read: weighted.gemm },
  GlobalAveragePool: { read: spatial.globalAverage },
  GlobalMaxPool: { read: spatial.globalMax },
  GRU: { read: recurrent('gru') },
  HardSigmoid: { read: pointwise.hardSigmoid },
  HardSwish: unary('hardSwish'),
  Identity: { read: pointwise.nothing, fold: fold.same },
  LSTM: { read: recurrent('lstm') },
  LeakyRelu: { read: pointwise.leakyRelu },
  LogSoftmax: { read: pointwise.logSoftmax },
  MatMul: { read: weighted.matMul },
  MaxPool: { read: spatial.pool('maxPool2d') },
  Mul: { read: pointwise.binary('mul'), fold: fold.pairs((a, b) => a * b) },
  Neg: { read: pointwise.negate, fold: fold.each((x) => -x) },
  Pad: { read: spatial.pad },
  Pow: { read: pointwise.power, fold: fold.pairs((a, b) => a ** b) },
  PRelu: { read: pointwise.pRelu },
  QuantizeLinear: { read: stored.quantizeLinear, fold: stored.quantizeLinear as Fold },
  ReduceMax: { read: spatial.reduce('maxPool2d') },
  ReduceMean: { read: spatial.reduce('mean') },
  Relu: unary('relu'),
  Reshape: { read: structural.reshape, fold: fold.reshape },
  Resize: { read: spatial.resize },
  Shape: { read: fold.shapeOf, fold: fold.shapeOf },
  Sigmoid: unary('logistic'),
  Slice: { read: structural.slice, fold: fold.slice },
  Softmax: { read: pointwise.softmax },
  Split: { read: structural.split },
  Sqrt: { fold: fold.each(Math.sqrt) },
  Squeeze: { read: structural.squeeze, fold: fold.squeeze },
  Sub: { read: pointwise.binary('sub'), fold: fold.pairs((a, b) => a - b) },
  Sum: { read: pointwise.sum, fold: fold.pairs((a, b) => a + b) },
  Tanh: unary('tanh'),
  Transpose: { read: structural.transpose, fold: fold.transpose },
  Unsqueeze: { read: structural.unsqueeze, fold: fold.unsqueeze },
  Upsample: { read: spatial.resize },
};

/** Readers that only compute constants or pass values on: none of them is in a network afterwards. */
export const VANISHING: readonly string[] = [
  'Cast',
  'Ceil',
  'Constant',
  'ConstantOfShape',
  'Dropout',
  'Expand',
  'Floor',
  'Identity',
  'Shape',
  'Sqrt',
];
