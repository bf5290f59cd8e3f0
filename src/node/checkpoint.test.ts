import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { fileCheckpoint } from './checkpoint.js';

const folder = mkdtempSync(join(tmpdir(), 'checkpoint-'));
afterAll(() => rmSync(folder, { recursive: true }));

const url = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);

/** Trains in a process of its own, prints a line per epoch and at last a hash of the model. */
const SCRIPT = `
  const { createHash } = await import('node:crypto');
  const { impulse, motion, flatten, classifier, dense } = await import(${url('../index.ts')});
  const { fileCheckpoint } = await import(${url('./checkpoint.ts')});
  const [dir] = process.argv.slice(1);
  const samples = Array.from({ length: 24 }, (_, i) => ({
    id: 'r' + i, label: i % 2 ? 'still' : 'shaken',
    signal: { rateHz: 50, axes: ['x'], values: Float32Array.from({ length: 200 }, (_, t) => (i % 2 ? 0.1 : 1) * Math.sin(t * t * (i + 1))) },
  }));
  const design = impulse({
    input: motion({ axes: ['x'], rateHz: 50, windowMs: 1000 }),
    dsp: flatten(),
    learn: classifier({ layers: [dense(8)], epochs: 12, quantizationAware: 4 }),
  });
  const model = await design.fit(samples, {
    ...(dir ? { checkpoint: fileCheckpoint(dir) } : {}),
    onProgress: async (p) => { console.log('epoch', p.epoch); if (dir) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60); },
  });
  const hash = createHash('sha256');
  for (const [name, data] of Object.entries(model.toBundle().files)) hash.update(name).update(data);
  console.log('model', hash.digest('hex'));
`;

/** What the process printed; it is killed without warning once it has printed `fatal`. */
function run(dir: string, fatal?: string): Promise<string> {
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', SCRIPT, dir]);
  let output = '';
  child.stdout.on('data', (text) => {
    output += text;
    if (fatal && output.includes(fatal)) child.kill('SIGKILL');
  });
  child.stderr.on('data', (text) => (output += text));
  return new Promise((resolve) => child.on('close', () => resolve(output)));
}

const modelOf = (output: string): string => output.match(/model (\w+)/)?.[1] ?? output;

it('gives the model of an uninterrupted run after the process was killed', { timeout: 120_000 }, async () => {
  const dir = join(folder, 'state');
  const whole = modelOf(await run(''));
  expect(whole).toMatch(/^[0-9a-f]{64}$/);
  const killed = await run(dir, 'epoch 7');
  expect(killed).not.toContain('model');
  const resumed = await run(dir);
  expect(resumed.indexOf('epoch 1\n')).toBeGreaterThan(resumed.indexOf('epoch 12\n'));
  expect(modelOf(resumed)).toBe(whole);
});

it('keeps what was there, and knows nothing at first', async () => {
  const store = fileCheckpoint(join(folder, 'other'));
  expect(await store.read('a/../b')).toBeUndefined();
  await store.write('a/../b', Uint8Array.of(1, 2));
  await store.write('c', Uint8Array.of(3));
  expect(await store.read('a/../b')).toEqual(Uint8Array.of(1, 2));
});
