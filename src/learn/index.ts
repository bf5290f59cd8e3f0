export { classifier } from './classifier/classifier.js';
export { type Engine, loadEngine } from './engine/engine.js';
export { kMeans } from './k-means/k-means.js';
export * from './layers.js';
