export { TFLM_STATIC_BYTES, type TflmArena, tflmArena } from './arena.js';
export { readModel, type TflmModel, type TflmTensor } from './model.js';
export { type TflmOptions, tflm } from './tflm.js';
