import { throwIfAborted } from './errors.js';

/**
 * Lets timers, signals and progress output run during long synchronous work: call it once per step. It gives the
 * event loop a turn about every 40 ms and throws `ABORTED` when asked to stop.
 */
export function pacer(where: string, signal: AbortSignal | undefined): () => Promise<void> {
  let last = performance.now();
  return async () => {
    throwIfAborted(signal, where);
    if (performance.now() - last < 40) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    throwIfAborted(signal, where);
    last = performance.now();
  };
}
