/**
 * The EIM server under load: classifications per second and latency over JSON and shared memory, next to the time the
 * model itself takes: `npm run bench:eim`, with `-- --seconds 5` for each row and `-- --json` for rows only.
 *
 * `-- --hostile 10` lets a hostile client loose for ten minutes and reports the server's resident memory.
 *
 * Latency is what a caller of `EimRunner` sees in this process, one call after another; the model's own time is what the
 * server reports, in the same calls.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { TrainedImpulse } from '../../src/index.js';
import { annoy } from '../../src/node/eim/testing/hostile.js';
import { audioModel, imageModel, motionModel } from '../../src/node/eim/testing/models.js';
import { build, EimRunner, packPixels } from '../../src/node/index.js';
import { eim } from '../../src/targets/index.js';

export interface EimRow {
  readonly model: string;
  readonly transport: 'json' | 'shared memory';
  /** Numbers of one classification. */
  readonly features: number;
  readonly calls: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Median of what the server says that processing and learning blocks took. */
  readonly modelMs: number;
}

const MODELS: Readonly<Record<string, () => Promise<TrainedImpulse>>> = {
  audio: audioModel,
  motion: motionModel,
  image: imageModel,
};
const PARTS = ['dsp', 'classification', 'anomaly', 'postprocessing'];

const { values: args } = parseArgs({
  options: { json: { type: 'boolean' }, hostile: { type: 'string' }, seconds: { type: 'string', default: '3' } },
});
const say = (text: string): void => {
  if (!args.json) console.log(text);
};
const dir = mkdtempSync(join(tmpdir(), 'impulsekit-eim-'));
try {
  if (args.hostile === undefined) await load(Number(args.seconds));
  else await hostile(Number(args.hostile));
} finally {
  rmSync(dir, { recursive: true });
}

async function load(seconds: number): Promise<void> {
  const rows: EimRow[] = [];
  say('model    transport      features   calls/s    p50 ms    p99 ms   model ms');
  for (const [name, make] of Object.entries(MODELS)) {
    const model = await make();
    const path = await executable(name, model);
    const isImage = model.program.input.kind === 'image';
    const windows = model.program.golden.map(({ window }) => (isImage ? packPixels(window, 3) : window));
    for (const transport of ['json', 'shared memory'] as const) {
      const row = { model: name, ...(await measure(path, transport, windows, seconds)) };
      rows.push(row);
      say(lineOf(row));
    }
  }
  if (args.json) console.log(JSON.stringify(rows, null, 2));
}

async function executable(name: string, model: TrainedImpulse): Promise<string> {
  const path = join(dir, `${name}.eim`);
  await build(model.deploy(eim({ name })), path);
  return path;
}

async function measure(
  path: string,
  transport: EimRow['transport'],
  windows: readonly Float32Array[],
  seconds: number,
): Promise<Omit<EimRow, 'model'>> {
  const runner = await EimRunner.start(path, { sharedMemory: transport === 'json' ? 'never' : 'always' });
  const [latencies, own]: [number[], number[]] = [[], []];
  const call = async (i: number): Promise<void> => {
    const start = performance.now();
    const { timing } = await runner.answer(windows[i % windows.length]!);
    latencies.push(performance.now() - start);
    own.push(PARTS.reduce((sum, part) => sum + Number(timing[part] ?? 0), 0));
  };
  for (let i = 0; i < 50; i++) await call(i);
  latencies.length = own.length = 0;
  const start = performance.now();
  for (let i = 0; performance.now() < start + 1000 * seconds; i++) await call(i);
  const elapsed = performance.now() - start;
  await runner.stop();
  return {
    transport,
    features: windows[0]!.length,
    calls: latencies.length,
    perSecond: (1000 * latencies.length) / elapsed,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    modelMs: quantile(own, 0.5),
  };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}

function lineOf({ model, transport, features, perSecond, p50Ms, p99Ms, modelMs }: EimRow): string {
  const cells = [perSecond.toFixed(0), p50Ms.toFixed(3), p99Ms.toFixed(3), modelMs.toFixed(3)];
  return `${model.padEnd(9)}${transport.padEnd(15)}${String(features).padStart(8)}${cells.map((c) => c.padStart(10)).join('')}`;
}

async function hostile(minutes: number): Promise<void> {
  const path = await executable('audio', await audioModel());
  const socket = join(dir, 'runner.sock');
  const child = spawn(path, [socket, '--stay'], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  while (!existsSync(socket)) await sleep(10);
  const end = Date.now() + 60_000 * minutes;
  let shown = Date.now();
  const report = await annoy({ path: socket, pid: child.pid!, features: 16_000 }, (connections) => {
    if (Date.now() > shown + 60_000) {
      shown = Date.now();
      say(`${connections} connections, ${Math.ceil((end - shown) / 60_000)} min left`);
    }
    return Date.now() < end;
  });
  child.kill('SIGTERM');
  await ended;
  const grownBytes = report.highestBytes - report.firstBytes;
  say(`${report.connections} hostile connections in ${minutes} min; the last hello was answered`);
  say(
    `resident memory: ${report.firstBytes} bytes at first, ${report.highestBytes} at most, ${report.lastBytes} at the end`,
  );
  say(`slowest hello: ${report.slowestHelloMs.toFixed(0)} ms`);
  if (args.json) console.log(JSON.stringify({ minutes, ...report }, null, 2));
  // A page may be touched late; what leaks grows with every connection.
  if (grownBytes > 256 * 1024) process.exitCode = 1;
}
