import { fail } from '../../errors.js';

/**
 * Builtin operators and the member of `tflite::MicroMutableOpResolver` that adds each.
 *
 * Source: tensorflow/lite/micro/micro_mutable_op_resolver.h
 */
const ADDERS: Readonly<Record<string, string>> = {
  ADD: 'AddAdd',
  AVERAGE_POOL_2D: 'AddAveragePool2D',
  CONCATENATION: 'AddConcatenation',
  CONV_2D: 'AddConv2D',
  DEPTHWISE_CONV_2D: 'AddDepthwiseConv2D',
  DEQUANTIZE: 'AddDequantize',
  FULLY_CONNECTED: 'AddFullyConnected',
  HARD_SWISH: 'AddHardSwish',
  LEAKY_RELU: 'AddLeakyRelu',
  LOGISTIC: 'AddLogistic',
  MAX_POOL_2D: 'AddMaxPool2D',
  MEAN: 'AddMean',
  MUL: 'AddMul',
  PAD: 'AddPad',
  QUANTIZE: 'AddQuantize',
  RELU: 'AddRelu',
  RELU6: 'AddRelu6',
  RESHAPE: 'AddReshape',
  RESIZE_NEAREST_NEIGHBOR: 'AddResizeNearestNeighbor',
  SOFTMAX: 'AddSoftmax',
  STRIDED_SLICE: 'AddStridedSlice',
  SUB: 'AddSub',
  TANH: 'AddTanh',
  TRANSPOSE: 'AddTranspose',
};

/**
 * The call that makes an operator known.
 *
 * @throws `UNSUPPORTED`
 */
export function adderOf(operator: string): string {
  return (
    ADDERS[operator] ??
    fail({
      code: 'UNSUPPORTED',
      where: 'tflm',
      got: `the operator ${operator}`,
      expected: `one of ${Object.keys(ADDERS).join(', ')}`,
      fix: 'Deploy with the native engine, or build the network from other layers.',
    })
  );
}
