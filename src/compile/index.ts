export { checkGraph } from './check.js';
export { arenaSvg } from './describe/arena-svg.js';
export { type DescribeOptions, describe } from './describe/describe.js';
export { type LayerFacts, layersOf } from './describe/layers.js';
export { type EmitOptions, emitModel } from './emit/emit.js';
export { constBytes, networkStage, work } from './emit/network.js';
export * from './graph.js';
export { type OnnxReadOptions, readOnnx } from './import/onnx/index.js';
export { isTflite, type OperatorReport, operatorReport, type ReportedOperator } from './import/report.js';
export { type Binding, bindGraph, type InterpreterOptions, interpret, interpreter } from './interpret/interpreter.js';
export { traceLayers } from './interpret/trace.js';
export { elements } from './op.js';
export { optimize } from './optimize/optimize.js';
export { reorder } from './plan/order.js';
export {
  type MemoryPlan,
  type Placement,
  type PlannedBuffer,
  type PlanOptions,
  plan,
  planBuffers,
  type Sharing,
} from './plan/plan.js';
export {
  type CalibrationMethod,
  type CalibrationOptions,
  calibrate,
  quantize,
  type Range,
  type Ranges,
  sketchQuantize,
} from './quantize/quantize.js';
export { type LayerError, type QuantizationReport, quantizationReport } from './quantize/report.js';
export { readTfliteLabels } from './tflite/labels.js';
export { readTflite } from './tflite/read.js';
export { type WriteOptions, writeTflite } from './tflite/write.js';
export { TFLM_STATIC_BYTES, type TflmArena, type TflmOptions, tflm, tflmArena } from './tflm/index.js';
