import type * as tfjs from '@tensorflow/tfjs-core';

/** TensorFlow.js core: tensors, operators and automatic differentiation. */
export type Engine = typeof tfjs;
