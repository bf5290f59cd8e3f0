import type { Call } from './call.js';
import { binary, dequantize, leakyRelu, logistic, quantize, softmax, tanh, unary } from './pointwise.js';
import { concat, mean, pad, pool, reshape, resizeNearest, stridedSlice, transpose } from './structural.js';
import { conv2d, depthwiseConv2d, fullyConnected } from './weighted.js';

/** How an operator of a file becomes one of the graph. */
export interface Reader {
  /** Newest version whose meaning is known; newer ones may mean something else. */
  readonly version: number;
  readonly read: (call: Call) => void;
  /** Inputs that are looked at, from the first; all when absent. */
  readonly inputs?: number;
}

/** Operators of TensorFlow Lite that can be read, by builtin name. */
export const READERS: Readonly<Record<string, Reader>> = {
  ADD: { version: 5, read: binary('add') },
  AVERAGE_POOL_2D: { version: 3, read: pool('averagePool2d') },
  CONCATENATION: { version: 4, read: concat },
  CONV_2D: { version: 8, read: conv2d },
  DEPTHWISE_CONV_2D: { version: 7, read: depthwiseConv2d },
  DEQUANTIZE: { version: 6, read: dequantize },
  EXPAND_DIMS: { version: 1, read: reshape, inputs: 1 },
  FULLY_CONNECTED: { version: 13, read: fullyConnected },
  HARD_SWISH: { version: 1, read: unary('hardSwish') },
  LEAKY_RELU: { version: 2, read: leakyRelu },
  LOGISTIC: { version: 3, read: logistic },
  MAX_POOL_2D: { version: 3, read: pool('maxPool2d') },
  MEAN: { version: 3, read: mean },
  MUL: { version: 8, read: binary('mul') },
  PAD: { version: 4, read: pad },
  PADV2: { version: 4, read: pad },
  QUANTIZE: { version: 3, read: quantize },
  RELU: { version: 3, read: unary('relu') },
  RELU6: { version: 3, read: unary('relu6') },
  RESHAPE: { version: 1, read: reshape, inputs: 1 },
  RESIZE_NEAREST_NEIGHBOR: { version: 4, read: resizeNearest },
  SOFTMAX: { version: 3, read: softmax },
  SQUEEZE: { version: 2, read: reshape, inputs: 1 },
  STRIDED_SLICE: { version: 8, read: stridedSlice },
  SUB: { version: 5, read: binary('sub') },
  TANH: { version: 3, read: tanh },
  TRANSPOSE: { version: 8, read: transpose },
};
