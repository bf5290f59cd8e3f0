// The worked example of an engine, a toolchain and a deployment that impulsekit does not know.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gateway } from '../examples/custom-deployment/gateway.js';
import { hardened } from '../examples/custom-deployment/hardened.js';
import { loops } from '../examples/custom-deployment/loops.js';
import { writeMotion } from '../examples/synthetic/files.js';
import {
  classifier,
  conv1d,
  cppLibrary,
  dense,
  impulse,
  mfe,
  motion,
  spectral,
  type TrainedImpulse,
} from '../src/index.js';
import { build, readDataset } from '../src/node/index.js';
import { has, run, unpack } from '../src/testing/compilers.js';

const root = mkdtempSync(join(tmpdir(), 'impulsekit-custom-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let model: TrainedImpulse;
let windows: readonly Float32Array[];
beforeAll(async () => {
  writeMotion(join(root, 'motion'), 4, 5);
  const data = await readDataset(join(root, 'motion'));
  const design = impulse({
    input: motion({ axes: ['accX', 'accY', 'accZ'], rateHz: 62.5, windowMs: 2000, strideMs: 400 }),
    dsp: spectral(),
    learn: classifier({ layers: [dense(12), dense(6)], epochs: 5 }),
  });
  model = await design.fit(data.train, { seed: 1 });
  windows = data.test
    .flatMap((sample) => model.design.input.windows(sample))
    .slice(0, 10)
    .map(({ values }) => values);
});

describe('an engine, a toolchain and a deployment of a third party', () => {
  it.skipIf(!has('g++'))('work together without a change to ours', async () => {
    const bundle = model.deploy(gateway(loops())({ name: 'machine', priority: 'high' }));
    expect(JSON.parse(bundle.files['acme.json'] as string)).toMatchObject({ priority: 'high', engine: 'plain loops' });
    const report = await build(bundle, join(root, 'machine'), { toolchain: hardened() });
    expect(report).toMatchObject({ toolchain: 'acme-hardened', version: expect.stringMatching(/\d+\.\d+/) });
    expect(report.flags).toContain('-static-pie');
    const input = windows.map((values) => values.join(' ')).join('\n');
    const lines = execFileSync(join(root, 'machine'), { input, encoding: 'utf8' }).trim().split('\n');
    expect(lines).toHaveLength(windows.length);
    for (const [i, values] of windows.entries()) {
      const got = lines[i]!.trim().split(' ').map(Number);
      const expected = Object.values(model.predict(values).scores!);
      for (const [k, score] of expected.entries()) expect(Math.abs(score - got[k]!)).toBeLessThan(1e-5);
    }
  });

  it.skipIf(!has('make'))('give a library that checks itself', () => {
    const dir = unpack(model.deploy(cppLibrary({ name: 'machine', engine: loops() })), join(root, 'library'));
    expect(run('make', ['-s', 'check', 'CXXFLAGS=-O1 -Wall -Wextra -Wpedantic -Wconversion -Werror'], dir)).toMatch(
      /OK\s*$/,
    );
  });

  it('leave networks alone that the engine does not know', () => {
    const block = mfe().bind({
      kind: 'signal',
      axes: [
        { name: 'time', size: 4000 },
        { name: 'axis', size: 1 },
      ],
      rateHz: 16_000,
    });
    const learner = classifier({ layers: [conv1d(4, 3)] }).sketch(block.output as never, ['a', 'b']);
    expect(loops().emit(learner)).toBeUndefined();
  });
});
