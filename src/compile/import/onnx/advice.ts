const ACTIVATION = 'Use Relu, Relu6, LeakyRelu, HardSwish, Sigmoid or Tanh instead.';
const OUTSIDE = 'End the model before it and do this step in the application.';
const FIXED = 'Trace the model (torch.jit.trace, torch.onnx.export of the model itself), so that no branch is left.';
const QDQ = 'Quantise in the QDQ format: QuantizeLinear and DequantizeLinear around float operators.';
const NORMALISE = 'Use BatchNormalization instead, which vanishes into weights.';
const REDUCE = 'Use ReduceMean instead, and a factor.';

/** What works instead of operators that people meet. */
const INSTEAD: Readonly<Record<string, string>> = {
  RNN: 'Use an LSTM, or one-dimensional convolutions over time.',
  Elu: ACTIVATION,
  Celu: ACTIVATION,
  Selu: ACTIVATION,
  Gelu: ACTIVATION,
  Erf: ACTIVATION,
  Mish: ACTIVATION,
  Softplus: ACTIVATION,
  Softsign: ACTIVATION,
  ThresholdedRelu: ACTIVATION,
  ConvTranspose: 'Use Resize (nearest) followed by Conv instead.',
  Attention: 'Use convolutions instead of attention.',
  LayerNormalization: NORMALISE,
  InstanceNormalization: NORMALISE,
  GroupNormalization: NORMALISE,
  LpNormalization: NORMALISE,
  LRN: NORMALISE,
  GlobalLpPool: 'Use GlobalAveragePool instead.',
  LpPool: 'Use AveragePool instead.',
  ReduceSum: REDUCE,
  ReduceL2: REDUCE,
  ReduceMin: REDUCE,
  ArgMax: OUTSIDE,
  TopK: OUTSIDE,
  NonMaxSuppression: OUTSIDE,
  If: FIXED,
  Loop: FIXED,
  Scan: FIXED,
  Where: FIXED,
  Tile: 'Use Resize (nearest), or let Add and Mul broadcast.',
  DepthToSpace: 'Use Resize (nearest) followed by Conv instead.',
  SpaceToDepth: 'Use a convolution with a stride instead.',
  Einsum: 'Use fully connected layers with constant weights.',
  QLinearConv: QDQ,
  QLinearMatMul: QDQ,
  ConvInteger: QDQ,
  MatMulInteger: QDQ,
  DynamicQuantizeLinear: QDQ,
};

/** One sentence on what to do about an operator that is not available. */
export function adviceFor(operator: string): string {
  if (Object.hasOwn(INSTEAD, operator)) return INSTEAD[operator]!;
  return 'Build the network from the operators in docs/operators.md.';
}
