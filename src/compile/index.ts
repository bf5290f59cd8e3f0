export { checkGraph } from './check.js';
export { describe } from './describe.js';
export * from './graph.js';
export { type Binding, bindGraph, interpret, interpreter } from './interpreter.js';
export { constBytes, networkStage, work } from './network.js';
export { optimize } from './optimize.js';
export { type MemoryPlan, type PlannedBuffer, plan, planBuffers } from './plan.js';
export { calibrate, quantize, type Range, type Ranges, sketchQuantize } from './quantize.js';
