import type { OpTable } from '../op.js';
import { add } from './add/op.js';
import { averagePool2d } from './average-pool/op.js';
import { batchNorm } from './batch-norm/op.js';
import { conv2d } from './conv2d/op.js';
import { dense } from './dense/op.js';
import { depthwiseConv2d } from './depthwise-conv2d/op.js';
import { maxPool2d } from './max-pool/op.js';
import { dequantize, quantize } from './quantize/op.js';
import { relu, relu6 } from './relu/op.js';
import { reshape } from './reshape/op.js';
import { softmax } from './softmax/op.js';

/** Every operator of the compiler. */
export const OPS: OpTable = {
  conv2d,
  depthwiseConv2d,
  dense,
  maxPool2d,
  averagePool2d,
  add,
  softmax,
  relu,
  relu6,
  reshape,
  batchNorm,
  quantize,
  dequantize,
};
