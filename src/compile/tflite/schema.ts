/** Generated from schema.fbs by scripts/tflite-schema.mjs. */

export const TensorType: readonly string[] =
  'FLOAT32 FLOAT16 INT32 UINT8 INT64 STRING BOOL INT16 COMPLEX64 INT8 FLOAT64 COMPLEX128 UINT64 RESOURCE VARIANT UINT32 UINT16 INT4 BFLOAT16'.split(
    ' ',
  );
export const Padding: readonly string[] = 'SAME VALID'.split(' ');
export const ActivationFunctionType: readonly string[] = 'NONE RELU RELU_N1_TO_1 RELU6 TANH SIGN_BIT'.split(' ');
export const BuiltinOperator: readonly string[] =
  'ADD AVERAGE_POOL_2D CONCATENATION CONV_2D DEPTHWISE_CONV_2D DEPTH_TO_SPACE DEQUANTIZE EMBEDDING_LOOKUP FLOOR FULLY_CONNECTED HASHTABLE_LOOKUP L2_NORMALIZATION L2_POOL_2D LOCAL_RESPONSE_NORMALIZATION LOGISTIC LSH_PROJECTION LSTM MAX_POOL_2D MUL RELU RELU_N1_TO_1 RELU6 RESHAPE RESIZE_BILINEAR RNN SOFTMAX SPACE_TO_DEPTH SVDF TANH CONCAT_EMBEDDINGS SKIP_GRAM CALL CUSTOM EMBEDDING_LOOKUP_SPARSE PAD UNIDIRECTIONAL_SEQUENCE_RNN GATHER BATCH_TO_SPACE_ND SPACE_TO_BATCH_ND TRANSPOSE MEAN SUB DIV SQUEEZE UNIDIRECTIONAL_SEQUENCE_LSTM STRIDED_SLICE BIDIRECTIONAL_SEQUENCE_RNN EXP TOPK_V2 SPLIT LOG_SOFTMAX DELEGATE BIDIRECTIONAL_SEQUENCE_LSTM CAST PRELU MAXIMUM ARG_MAX MINIMUM LESS NEG PADV2 GREATER GREATER_EQUAL LESS_EQUAL SELECT SLICE SIN TRANSPOSE_CONV SPARSE_TO_DENSE TILE EXPAND_DIMS EQUAL NOT_EQUAL LOG SUM SQRT RSQRT SHAPE POW ARG_MIN FAKE_QUANT REDUCE_PROD REDUCE_MAX PACK LOGICAL_OR ONE_HOT LOGICAL_AND LOGICAL_NOT UNPACK REDUCE_MIN FLOOR_DIV REDUCE_ANY SQUARE ZEROS_LIKE FILL FLOOR_MOD RANGE RESIZE_NEAREST_NEIGHBOR LEAKY_RELU SQUARED_DIFFERENCE MIRROR_PAD ABS SPLIT_V UNIQUE CEIL REVERSE_V2 ADD_N GATHER_ND COS WHERE RANK ELU REVERSE_SEQUENCE MATRIX_DIAG QUANTIZE MATRIX_SET_DIAG ROUND HARD_SWISH IF WHILE NON_MAX_SUPPRESSION_V4 NON_MAX_SUPPRESSION_V5 SCATTER_ND SELECT_V2 DENSIFY SEGMENT_SUM BATCH_MATMUL PLACEHOLDER_FOR_GREATER_OP_CODES CUMSUM CALL_ONCE BROADCAST_TO RFFT2D CONV_3D IMAG REAL COMPLEX_ABS HASHTABLE HASHTABLE_FIND HASHTABLE_IMPORT HASHTABLE_SIZE REDUCE_ALL CONV_3D_TRANSPOSE VAR_HANDLE READ_VARIABLE ASSIGN_VARIABLE BROADCAST_ARGS RANDOM_STANDARD_NORMAL BUCKETIZE RANDOM_UNIFORM MULTINOMIAL GELU DYNAMIC_UPDATE_SLICE RELU_0_TO_1 UNSORTED_SEGMENT_PROD UNSORTED_SEGMENT_MAX UNSORTED_SEGMENT_SUM ATAN2 UNSORTED_SEGMENT_MIN SIGN BITCAST BITWISE_XOR RIGHT_SHIFT'.split(
    ' ',
  );
export type CustomQuantization = Readonly<Record<string, never>>;
export interface QuantizationParameters {
  readonly min: Float32Array;
  readonly max: Float32Array;
  readonly scale: Float32Array;
  readonly zeroPoint: readonly number[];
  readonly details: QuantizationDetails | undefined;
  readonly quantizedDimension: number;
}
export type SparsityParameters = Readonly<Record<string, never>>;
export interface Tensor {
  readonly shape: Int32Array;
  readonly type: number;
  readonly buffer: number;
  readonly name: string;
  readonly quantization: QuantizationParameters | undefined;
  readonly isVariable: boolean;
  readonly sparsity: SparsityParameters | undefined;
  readonly shapeSignature: Int32Array;
}
export interface Conv2DOptions {
  readonly padding: number;
  readonly strideW: number;
  readonly strideH: number;
  readonly fusedActivationFunction: number;
  readonly dilationWFactor: number;
  readonly dilationHFactor: number;
}
export interface DepthwiseConv2DOptions {
  readonly padding: number;
  readonly strideW: number;
  readonly strideH: number;
  readonly depthMultiplier: number;
  readonly fusedActivationFunction: number;
  readonly dilationWFactor: number;
  readonly dilationHFactor: number;
}
export interface Pool2DOptions {
  readonly padding: number;
  readonly strideW: number;
  readonly strideH: number;
  readonly filterWidth: number;
  readonly filterHeight: number;
  readonly fusedActivationFunction: number;
}
export interface FullyConnectedOptions {
  readonly fusedActivationFunction: number;
  readonly weightsFormat: number;
  readonly keepNumDims: boolean;
  readonly asymmetricQuantizeInputs: boolean;
}
export interface SoftmaxOptions {
  readonly beta: number;
}
export interface ConcatenationOptions {
  readonly axis: number;
  readonly fusedActivationFunction: number;
}
export interface AddOptions {
  readonly fusedActivationFunction: number;
}
export interface MulOptions {
  readonly fusedActivationFunction: number;
}
export interface SubOptions {
  readonly fusedActivationFunction: number;
}
export interface ReshapeOptions {
  readonly newShape: Int32Array;
}
export interface ReducerOptions {
  readonly keepDims: boolean;
}
export interface SqueezeOptions {
  readonly squeezeDims: Int32Array;
}
export interface LeakyReluOptions {
  readonly alpha: number;
}
export interface ResizeNearestNeighborOptions {
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
}
export interface StridedSliceOptions {
  readonly beginMask: number;
  readonly endMask: number;
  readonly ellipsisMask: number;
  readonly newAxisMask: number;
  readonly shrinkAxisMask: number;
  readonly offset: boolean;
}
export type Unread = Readonly<Record<string, never>>;
export interface OperatorCode {
  readonly deprecatedBuiltinCode: number;
  readonly customCode: string;
  readonly version: number;
  readonly builtinCode: number;
}
export interface Operator {
  readonly opcodeIndex: number;
  readonly inputs: Int32Array;
  readonly outputs: Int32Array;
  readonly builtinOptions: BuiltinOptions | undefined;
}
export interface SubGraph {
  readonly tensors: readonly Tensor[];
  readonly inputs: Int32Array;
  readonly outputs: Int32Array;
  readonly operators: readonly Operator[];
  readonly name: string;
}
export interface Buffer {
  readonly data: Uint8Array;
  readonly offset: number;
}
export interface Metadata {
  readonly name: string;
  readonly buffer: number;
}
export interface Model {
  readonly version: number;
  readonly operatorCodes: readonly OperatorCode[];
  readonly subgraphs: readonly SubGraph[];
  readonly description: string;
  readonly buffers: readonly Buffer[];
  readonly metadataBuffer: Int32Array;
  readonly metadata: readonly Metadata[];
}
export type QuantizationDetails = { readonly type: 'CustomQuantization'; readonly value: CustomQuantization };
export type BuiltinOptions =
  | { readonly type: 'Conv2DOptions'; readonly value: Conv2DOptions }
  | { readonly type: 'DepthwiseConv2DOptions'; readonly value: DepthwiseConv2DOptions }
  | { readonly type: 'Unread'; readonly value: Unread }
  | { readonly type: 'Pool2DOptions'; readonly value: Pool2DOptions }
  | { readonly type: 'FullyConnectedOptions'; readonly value: FullyConnectedOptions }
  | { readonly type: 'SoftmaxOptions'; readonly value: SoftmaxOptions }
  | { readonly type: 'ConcatenationOptions'; readonly value: ConcatenationOptions }
  | { readonly type: 'AddOptions'; readonly value: AddOptions }
  | { readonly type: 'ReshapeOptions'; readonly value: ReshapeOptions }
  | { readonly type: 'MulOptions'; readonly value: MulOptions }
  | { readonly type: 'ReducerOptions'; readonly value: ReducerOptions }
  | { readonly type: 'SubOptions'; readonly value: SubOptions }
  | { readonly type: 'SqueezeOptions'; readonly value: SqueezeOptions }
  | { readonly type: 'StridedSliceOptions'; readonly value: StridedSliceOptions }
  | { readonly type: 'ResizeNearestNeighborOptions'; readonly value: ResizeNearestNeighborOptions }
  | { readonly type: 'LeakyReluOptions'; readonly value: LeakyReluOptions };
export interface Tables {
  readonly CustomQuantization: CustomQuantization;
  readonly QuantizationParameters: QuantizationParameters;
  readonly SparsityParameters: SparsityParameters;
  readonly Tensor: Tensor;
  readonly Conv2DOptions: Conv2DOptions;
  readonly DepthwiseConv2DOptions: DepthwiseConv2DOptions;
  readonly Pool2DOptions: Pool2DOptions;
  readonly FullyConnectedOptions: FullyConnectedOptions;
  readonly SoftmaxOptions: SoftmaxOptions;
  readonly ConcatenationOptions: ConcatenationOptions;
  readonly AddOptions: AddOptions;
  readonly MulOptions: MulOptions;
  readonly SubOptions: SubOptions;
  readonly ReshapeOptions: ReshapeOptions;
  readonly ReducerOptions: ReducerOptions;
  readonly SqueezeOptions: SqueezeOptions;
  readonly LeakyReluOptions: LeakyReluOptions;
  readonly ResizeNearestNeighborOptions: ResizeNearestNeighborOptions;
  readonly StridedSliceOptions: StridedSliceOptions;
  readonly Unread: Unread;
  readonly OperatorCode: OperatorCode;
  readonly Operator: Operator;
  readonly SubGraph: SubGraph;
  readonly Buffer: Buffer;
  readonly Metadata: Metadata;
  readonly Model: Model;
}
export type TableName = keyof Tables;
export type UnionName = 'QuantizationDetails' | 'BuiltinOptions';
export type Scalar = 'byte' | 'ubyte' | 'bool' | 'int' | 'uint' | 'long' | 'ulong' | 'float';
/** One field of a table: where its place stands in the vtable, and what is there. */
export interface Field {
  readonly name: string;
  readonly slot: number;
  readonly type: Scalar | 'string' | TableName | UnionName;
  readonly vector?: boolean;
  readonly initial?: number;
  readonly align?: number;
}
export const TABLES: Readonly<Record<TableName, readonly Field[]>> = {
  CustomQuantization: [],
  QuantizationParameters: [
    { name: 'min', slot: 0, type: 'float', vector: true },
    { name: 'max', slot: 1, type: 'float', vector: true },
    { name: 'scale', slot: 2, type: 'float', vector: true },
    { name: 'zeroPoint', slot: 3, type: 'long', vector: true },
    { name: 'details', slot: 5, type: 'QuantizationDetails' },
    { name: 'quantizedDimension', slot: 6, type: 'int' },
  ],
  SparsityParameters: [],
  Tensor: [
    { name: 'shape', slot: 0, type: 'int', vector: true },
    { name: 'type', slot: 1, type: 'byte' },
    { name: 'buffer', slot: 2, type: 'uint' },
    { name: 'name', slot: 3, type: 'string' },
    { name: 'quantization', slot: 4, type: 'QuantizationParameters' },
    { name: 'isVariable', slot: 5, type: 'bool' },
    { name: 'sparsity', slot: 6, type: 'SparsityParameters' },
    { name: 'shapeSignature', slot: 7, type: 'int', vector: true },
  ],
  Conv2DOptions: [
    { name: 'padding', slot: 0, type: 'byte' },
    { name: 'strideW', slot: 1, type: 'int' },
    { name: 'strideH', slot: 2, type: 'int' },
    { name: 'fusedActivationFunction', slot: 3, type: 'byte' },
    { name: 'dilationWFactor', slot: 4, type: 'int', initial: 1 },
    { name: 'dilationHFactor', slot: 5, type: 'int', initial: 1 },
  ],
  DepthwiseConv2DOptions: [
    { name: 'padding', slot: 0, type: 'byte' },
    { name: 'strideW', slot: 1, type: 'int' },
    { name: 'strideH', slot: 2, type: 'int' },
    { name: 'depthMultiplier', slot: 3, type: 'int' },
    { name: 'fusedActivationFunction', slot: 4, type: 'byte' },
    { name: 'dilationWFactor', slot: 5, type: 'int', initial: 1 },
    { name: 'dilationHFactor', slot: 6, type: 'int', initial: 1 },
  ],
  Pool2DOptions: [
    { name: 'padding', slot: 0, type: 'byte' },
    { name: 'strideW', slot: 1, type: 'int' },
    { name: 'strideH', slot: 2, type: 'int' },
    { name: 'filterWidth', slot: 3, type: 'int' },
    { name: 'filterHeight', slot: 4, type: 'int' },
    { name: 'fusedActivationFunction', slot: 5, type: 'byte' },
  ],
  FullyConnectedOptions: [
    { name: 'fusedActivationFunction', slot: 0, type: 'byte' },
    { name: 'weightsFormat', slot: 1, type: 'byte' },
    { name: 'keepNumDims', slot: 2, type: 'bool' },
    { name: 'asymmetricQuantizeInputs', slot: 3, type: 'bool' },
  ],
  SoftmaxOptions: [{ name: 'beta', slot: 0, type: 'float' }],
  ConcatenationOptions: [
    { name: 'axis', slot: 0, type: 'int' },
    { name: 'fusedActivationFunction', slot: 1, type: 'byte' },
  ],
  AddOptions: [{ name: 'fusedActivationFunction', slot: 0, type: 'byte' }],
  MulOptions: [{ name: 'fusedActivationFunction', slot: 0, type: 'byte' }],
  SubOptions: [{ name: 'fusedActivationFunction', slot: 0, type: 'byte' }],
  ReshapeOptions: [{ name: 'newShape', slot: 0, type: 'int', vector: true }],
  ReducerOptions: [{ name: 'keepDims', slot: 0, type: 'bool' }],
  SqueezeOptions: [{ name: 'squeezeDims', slot: 0, type: 'int', vector: true }],
  LeakyReluOptions: [{ name: 'alpha', slot: 0, type: 'float' }],
  ResizeNearestNeighborOptions: [
    { name: 'alignCorners', slot: 0, type: 'bool' },
    { name: 'halfPixelCenters', slot: 1, type: 'bool' },
  ],
  StridedSliceOptions: [
    { name: 'beginMask', slot: 0, type: 'int' },
    { name: 'endMask', slot: 1, type: 'int' },
    { name: 'ellipsisMask', slot: 2, type: 'int' },
    { name: 'newAxisMask', slot: 3, type: 'int' },
    { name: 'shrinkAxisMask', slot: 4, type: 'int' },
    { name: 'offset', slot: 5, type: 'bool' },
  ],
  Unread: [],
  OperatorCode: [
    { name: 'deprecatedBuiltinCode', slot: 0, type: 'byte' },
    { name: 'customCode', slot: 1, type: 'string' },
    { name: 'version', slot: 2, type: 'int', initial: 1 },
    { name: 'builtinCode', slot: 3, type: 'int' },
  ],
  Operator: [
    { name: 'opcodeIndex', slot: 0, type: 'uint' },
    { name: 'inputs', slot: 1, type: 'int', vector: true },
    { name: 'outputs', slot: 2, type: 'int', vector: true },
    { name: 'builtinOptions', slot: 4, type: 'BuiltinOptions' },
  ],
  SubGraph: [
    { name: 'tensors', slot: 0, type: 'Tensor', vector: true },
    { name: 'inputs', slot: 1, type: 'int', vector: true },
    { name: 'outputs', slot: 2, type: 'int', vector: true },
    { name: 'operators', slot: 3, type: 'Operator', vector: true },
    { name: 'name', slot: 4, type: 'string' },
  ],
  Buffer: [
    { name: 'data', slot: 0, type: 'ubyte', vector: true, align: 16 },
    { name: 'offset', slot: 1, type: 'ulong' },
  ],
  Metadata: [
    { name: 'name', slot: 0, type: 'string' },
    { name: 'buffer', slot: 1, type: 'uint' },
  ],
  Model: [
    { name: 'version', slot: 0, type: 'uint' },
    { name: 'operatorCodes', slot: 1, type: 'OperatorCode', vector: true },
    { name: 'subgraphs', slot: 2, type: 'SubGraph', vector: true },
    { name: 'description', slot: 3, type: 'string' },
    { name: 'buffers', slot: 4, type: 'Buffer', vector: true },
    { name: 'metadataBuffer', slot: 5, type: 'int', vector: true },
    { name: 'metadata', slot: 6, type: 'Metadata', vector: true },
  ],
};
/** Members of each union; the type numbers start at 1. */
export const UNIONS: Readonly<Record<UnionName, readonly TableName[]>> = {
  QuantizationDetails: ['CustomQuantization'],
  BuiltinOptions: [
    'Conv2DOptions',
    'DepthwiseConv2DOptions',
    'Unread',
    'Unread',
    'Pool2DOptions',
    'Unread',
    'Unread',
    'FullyConnectedOptions',
    'SoftmaxOptions',
    'ConcatenationOptions',
    'AddOptions',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'ReshapeOptions',
    'Unread',
    'Unread',
    'Unread',
    'MulOptions',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'ReducerOptions',
    'SubOptions',
    'Unread',
    'SqueezeOptions',
    'Unread',
    'StridedSliceOptions',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'Unread',
    'ResizeNearestNeighborOptions',
    'LeakyReluOptions',
  ],
};
