import type { Engine } from '../tf.js';
import { replaceRectifierGradient } from './activation.js';
import { replaceAdam } from './adam.js';
import { putConvolutions } from './convolution.js';
import { interceptConvolutions } from './convolution-layer.js';
import { interceptNormalisation } from './normalisation.js';
import { putPooling } from './pooling.js';
import { putProducts } from './product.js';
import { interceptRecurrent } from './recurrent.js';
import { refuseWrongKernels } from './refused.js';
import { putSums } from './sums.js';

const done = new WeakSet<object>();

/**
 * Makes the WebAssembly backend of TensorFlow.js train, and train fast: kernels it lacks, gets wrong or runs slowly are
 * replaced by ours, and layers that call a hundred kernels where one will do are given one. Needs the layers and the
 * backend to be loaded; the backend need not be in use, and others are left as they are. Further calls change nothing.
 */
export function registerKernels(tf: Engine): void {
  if (done.has(tf.engine())) return;
  done.add(tf.engine());
  // Threads would need a memory shared between them, and the kernels are for one.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  putConvolutions(tf);
  putPooling(tf);
  putProducts(tf);
  putSums(tf);
  refuseWrongKernels(tf);
  interceptConvolutions(tf);
  interceptNormalisation(tf);
  interceptRecurrent(tf);
  replaceRectifierGradient(tf);
  replaceAdam(tf);
}
