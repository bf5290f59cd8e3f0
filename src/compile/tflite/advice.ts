const LAYERS = 'Use one-dimensional convolutions over time, or bring recurrent layers as ONNX.';
const FIXED_BATCH =
  'Convert with a fixed batch of 1 (batch_size=1 in the input layer), which lets the converter resolve this.';
const CONSTANTS = 'Convert from the Keras model or a saved model, so that weights become constants.';
const ACTIVATION = 'Use ReLU, ReLU6, LeakyReLU, hard swish, sigmoid or tanh instead.';
const OUTSIDE = 'End the model before it and do this step in the application.';

/** What works instead of operators that people meet; by builtin name. */
const INSTEAD: Readonly<Record<string, string>> = {
  UNIDIRECTIONAL_SEQUENCE_LSTM: LAYERS,
  BIDIRECTIONAL_SEQUENCE_LSTM: LAYERS,
  UNIDIRECTIONAL_SEQUENCE_RNN: LAYERS,
  BIDIRECTIONAL_SEQUENCE_RNN: LAYERS,
  LSTM: LAYERS,
  RNN: LAYERS,
  SVDF: LAYERS,
  WHILE: LAYERS,
  PRELU: 'Use LeakyReLU instead.',
  ELU: ACTIVATION,
  GELU: ACTIVATION,
  RELU_N1_TO_1: ACTIVATION,
  RELU_0_TO_1: ACTIVATION,
  RESIZE_BILINEAR: 'Use RESIZE_NEAREST_NEIGHBOR instead.',
  TRANSPOSE_CONV: 'Use RESIZE_NEAREST_NEIGHBOR followed by CONV_2D instead.',
  CONV_3D: 'Use CONV_2D with the third dimension as channels instead.',
  MIRROR_PAD: 'Pad with zeros (PAD) instead.',
  L2_POOL_2D: 'Use AVERAGE_POOL_2D or MAX_POOL_2D instead.',
  SUM: 'Use MEAN over height and width instead.',
  REDUCE_MAX: 'Use MAX_POOL_2D over height and width instead.',
  DIV: 'Multiply by the reciprocal (MUL) instead.',
  LOG_SOFTMAX: 'Use SOFTMAX instead.',
  SPLIT: 'Use STRIDED_SLICE instead.',
  SPLIT_V: 'Use STRIDED_SLICE instead.',
  SLICE: 'Use STRIDED_SLICE instead.',
  PACK: 'Use CONCATENATION instead.',
  BATCH_MATMUL: 'Use FULLY_CONNECTED with constant weights instead.',
  SPACE_TO_BATCH_ND: FIXED_BATCH,
  BATCH_TO_SPACE_ND: FIXED_BATCH,
  SHAPE: FIXED_BATCH,
  VAR_HANDLE: CONSTANTS,
  READ_VARIABLE: CONSTANTS,
  TILE: 'Use RESIZE_NEAREST_NEIGHBOR instead.',
  ARG_MAX: OUTSIDE,
  TOPK_V2: OUTSIDE,
  NON_MAX_SUPPRESSION_V4: OUTSIDE,
  NON_MAX_SUPPRESSION_V5: OUTSIDE,
  CAST: 'Convert with float32 or int8 inputs and outputs.',
};

/** One sentence on what to do about an operator that is not available. */
export function adviceFor(operator: string): string {
  if (Object.hasOwn(INSTEAD, operator)) return INSTEAD[operator]!;
  if (/^CUSTOM \("Flex/.test(operator)) return 'Convert without SELECT_TF_OPS, so that only builtin operators remain.';
  return 'Build the network from the operators named here.';
}
