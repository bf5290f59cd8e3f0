import type { OpTable } from '../op.js';
import { add } from './add/op.js';
import { averagePool2d } from './average-pool/op.js';
import { batchNorm } from './batch-norm/op.js';
import { concat } from './concat/op.js';
import { conv2d } from './conv2d/op.js';
import { dense } from './dense/op.js';
import { depthwiseConv2d } from './depthwise-conv2d/op.js';
import { gru } from './gru/op.js';
import { hardSwish } from './hard-swish/op.js';
import { leakyRelu } from './leaky-relu/op.js';
import { logistic } from './logistic/op.js';
import { lstm } from './lstm/op.js';
import { maxPool2d } from './max-pool/op.js';
import { mean } from './mean/op.js';
import { mul } from './mul/op.js';
import { pad } from './pad/op.js';
import { dequantize, quantize } from './quantize/op.js';
import { relu, relu6 } from './relu/op.js';
import { reshape } from './reshape/op.js';
import { resizeNearest } from './resize-nearest/op.js';
import { softmax } from './softmax/op.js';
import { stridedSlice } from './strided-slice/op.js';
import { sub } from './sub/op.js';
import { tanh } from './tanh/op.js';
import { transpose } from './transpose/op.js';

/** Every operator of the compiler. */
export const OPS: OpTable = {
  conv2d,
  depthwiseConv2d,
  dense,
  maxPool2d,
  averagePool2d,
  mean,
  add,
  sub,
  mul,
  relu,
  relu6,
  leakyRelu,
  hardSwish,
  logistic,
  tanh,
  softmax,
  pad,
  concat,
  transpose,
  stridedSlice,
  resizeNearest,
  reshape,
  batchNorm,
  lstm,
  gru,
  quantize,
  dequantize,
};
