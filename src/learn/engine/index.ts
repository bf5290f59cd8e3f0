// Importing this file makes every TensorFlow.js model of the process train on our kernels once its backend is 'wasm':
//   import 'impulsekit/learn/engine';
//   await tf.setBackend('wasm');
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { registerKernels } from './tfjs/register.js';

registerKernels(tf);

export { loadEngine } from './engine.js';
export type { Engine } from './tf.js';
