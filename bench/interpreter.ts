/**
 * Inferences per second of the interpreter on the reference models, on one core, in TypeScript and on the WebAssembly
 * engine, beside the plain kernels of `src/compile/testing/naive.ts` in the same run:
 * `npx tsx bench/interpreter.ts [--json]`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { runnerOf } from '../src/compile/engine/engine.js';
import { type Binding, bindGraph } from '../src/compile/interpret/interpreter.js';
import { bindNaive } from '../src/compile/testing/naive.js';
import { readTflite } from '../src/compile/tflite/read.js';

const models = new URL('../../shared/reference/models/', import.meta.url).pathname;
const MODELS = ['kws_int8', 'ic_int8', 'vww_int8', 'ad_int8', 'kws_f32dq', 'ic_f32', 'vww_f32', 'ad_f32'];
/** All kinds of kernels take turns, so that other load on the machine meets all. */
const ROUNDS = 15;
const ROUND_MS = 60;

function runOf({ steps }: Binding): () => void {
  return () => {
    for (const step of steps) step();
  };
}

/** Milliseconds per inference in one round. */
function time(run: () => void): number {
  const start = performance.now();
  let runs = 0;
  do {
    run();
    runs++;
  } while (performance.now() - start < ROUND_MS);
  return (performance.now() - start) / runs;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

function measure(model: string) {
  const graph = readTflite(readFileSync(`${models}${model}.tflite`));
  const [tiled, plain, compiled] = [bindGraph(graph), bindNaive(graph), runnerOf(graph)];
  const input = readFileSync(`${models}${model}/inputs.bin`);
  for (const stored of [
    tiled.values[graph.input]!,
    plain.values[graph.input]!,
    ...(compiled ? [compiled.input] : []),
  ]) {
    new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength).set(input.subarray(0, stored.byteLength));
  }
  const times = Array.from({ length: ROUNDS }, () => ({
    tiled: time(runOf(tiled)),
    plain: time(runOf(plain)),
    ...(compiled && { compiled: time(compiled.run) }),
  })).slice(3);
  const ms = median(times.map((t) => t.tiled));
  const ratio = median(times.map((t) => t.plain / t.tiled));
  return {
    model,
    inferencesPerSecond: 1000 / ms,
    best: 1000 / Math.min(...times.map((t) => t.tiled)),
    ratio,
    ...(compiled && { engine: 1000 / median(times.map((t) => t.compiled!)) }),
  };
}

if (existsSync(models)) {
  const rows = MODELS.map(measure);
  if (process.argv.includes('--json')) console.log(JSON.stringify(rows));
  else {
    console.log('             inferences/s of TypeScript  of the engine  TypeScript by plain kernels');
    console.log('model              median   best round         median                       median');
    for (const { model, inferencesPerSecond, best, engine, ratio } of rows) {
      const cells = [inferencesPerSecond.toFixed(0).padStart(13), best.toFixed(0).padStart(11)];
      const rest = [(engine?.toFixed(0) ?? '-').padStart(13), ratio.toFixed(2).padStart(27)];
      console.log(`${model.padEnd(12)}${[...cells, ...rest].join('  ')}`);
    }
  }
} else console.log(`no reference models at ${models}`);
