import type { Engine } from './tf.js';
import { registerKernels } from './tfjs/register.js';

let loading: Promise<Engine> | undefined;

/**
 * Loads TensorFlow.js on its WebAssembly backend, with our kernels for training.
 *
 * Nothing of TensorFlow.js is loaded before the first call; later calls return the same engine. Where
 * WebAssembly is not available the plain JavaScript backend takes over: the same results to about 1e-5, a
 * hundred times slower for convolutions. Sets the process-wide TensorFlow.js backend.
 *
 * @example
 * ```ts
 * const tf = await loadEngine();
 * console.log(tf.getBackend()); // 'wasm'
 * ```
 */
export function loadEngine(): Promise<Engine> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Engine> {
  const tf = await import('@tensorflow/tfjs-core');
  // The gradients of the operators are registered by the layers package, not by the core.
  await import('@tensorflow/tfjs-layers');
  await import('@tensorflow/tfjs-backend-wasm');
  registerKernels(tf);
  if (await startWasm(tf)) return tf;
  await import('@tensorflow/tfjs-backend-cpu');
  await tf.setBackend('cpu');
  await tf.ready();
  quietFirstUse(tf);
  return tf;
}

/** Starts the WebAssembly backend without the process-wide error handlers it would leave behind in Node. */
async function startWasm(tf: Engine): Promise<boolean> {
  const { process } = globalThis as { process?: NodeJS.EventEmitter };
  const events = ['uncaughtException', 'unhandledRejection'];
  const before = new Map(events.map((event) => [event, process?.listeners?.(event) ?? []]));
  const started = await tf.setBackend('wasm').catch(() => false);
  if (started) await tf.ready();
  for (const event of events) {
    const added = process?.listeners?.(event).filter((listener) => !before.get(event)!.includes(listener)) ?? [];
    for (const listener of added) process!.removeListener(event, listener as (...args: unknown[]) => void);
  }
  return started;
}

/** The JavaScript backend prints an advertisement at its first tensor; this makes that tensor unnoticed. */
function quietFirstUse(tf: Engine): void {
  tf.env().set('PROD', true);
  tf.scalar(0).dispose();
  tf.env().set('PROD', false);
}
