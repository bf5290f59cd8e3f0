import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { instantiate, type LinearMemory, STACK_BYTES } from '../../src/learn/engine/module.js';

// Asked before the first pin, which would leave one.
const CORES = availableParallelism();

/**
 * Puts processes on one core, another one every turn: cores of a machine may have neighbours that slow one of them and
 * not the other, and both sides shall meet the same. Nothing where there is no `taskset` (it is Linux').
 */
export function pin(turn: number, processes: readonly number[]): void {
  for (const process of processes) {
    try {
      const core = String(turn % CORES);
      execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', core, String(process)], { stdio: 'ignore' });
    } catch {
      return;
    }
  }
}

const SIDE = 64;
const PRODUCTS = 80;

/**
 * Milliseconds that a piece of arithmetic takes, always the same: how fast the core is at this moment. A virtual machine
 * does not see who shares its cores' units; this does.
 */
export function pace(): number {
  const start = performance.now();
  for (let k = 0; k < PRODUCTS; k++) product();
  return performance.now() - start;
}

const product = ((): (() => void) => {
  const { WebAssembly } = globalThis as unknown as {
    WebAssembly: { Memory: new (limits: { initial: number }) => LinearMemory };
  };
  const memory = new WebAssembly.Memory({ initial: 4 });
  const kernels = instantiate(memory, 0);
  const bytes = 4 * SIDE * SIDE;
  const [a, b, c, scratch] = [0, 1, 2, 3].map((i) => STACK_BYTES + i * bytes) as [number, number, number, number];
  new Float32Array(memory.buffer, a, 2 * SIDE * SIDE).fill(0.5);
  return () => kernels.matmul(SIDE, SIDE, SIDE, a, 0, b, 0, 0, c, 0, scratch);
})();
