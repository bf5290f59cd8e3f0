import type * as tfl from '@tensorflow/tfjs-layers';
import { loadEngine } from '../engine/engine.js';
import type { Engine } from '../engine/tf.js';

/** TensorFlow.js: core and layers in one namespace, on impulsekit's backend. */
export type ExpertTf = Engine & typeof tfl;

let loading: Promise<ExpertTf> | undefined;

/** Loads both. */
export function loadExpert(): Promise<ExpertTf> {
  loading ??= (async () => {
    const core = await loadEngine();
    const layers = await import('@tensorflow/tfjs-layers');
    // Operators as methods of tensors, which initialisers and many losses call, come with the whole package alone.
    await import('@tensorflow/tfjs');
    return { ...layers, ...core } as ExpertTf;
  })();
  return loading;
}
