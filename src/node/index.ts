export { build } from './build.js';
export { type BlockCheck, type BlockReport, type CheckBlockOptions, checkBlock } from './check-block.js';
export { fileCheckpoint } from './checkpoint.js';
export { readDataset } from './dataset.js';
export { load, save } from './model.js';
export { write } from './write.js';
