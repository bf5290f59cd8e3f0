export { build } from './build.js';
export { readDataset } from './dataset.js';
export { load, save } from './model.js';
export { write } from './write.js';
