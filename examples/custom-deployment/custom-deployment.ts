// An engine, a toolchain and a deployment of one's own, none of which impulsekit knows: train, emit, build, compare.
//   npx tsx examples/custom-deployment/custom-deployment.ts
import { execFileSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { classifier, customDeployment, dense, impulse, motion, spectral } from 'impulsekit';
import { build, readDataset, write } from 'impulsekit/node';
import { writeMotion } from '../synthetic/files.js';
import { gateway } from './gateway.js';
import { hardened } from './hardened.js';
import { loops } from './loops.js';

const OUT = 'out/custom-deployment';
await rm(OUT, { recursive: true, force: true });
writeMotion(`${OUT}/motion`, 8, 10);
const data = await readDataset(`${OUT}/motion`);
const design = impulse({
  input: motion({ axes: ['accX', 'accY', 'accZ'], rateHz: 62.5, windowMs: 2000, strideMs: 400 }),
  dsp: spectral(),
  learn: classifier({ layers: [dense(16), dense(8)], epochs: 20 }),
});
const model = await design.fit(data.train, { seed: 1 });

// 1. The deployment emits files, with the network as the engine writes it.
const bundle = model.deploy(gateway(loops())({ name: 'machine', priority: 'high' }));
await write(bundle, `${OUT}/machine`);
console.log(bundle.files['acme.json']);

// 2. The toolchain makes a program of them, and the report says what of.
const report = await build(bundle, `${OUT}/machine.bin`, { toolchain: hardened() });
console.log(`${report.toolchain}: ${report.version}; ${report.flashBytes} bytes of code and constants`);

// 3. The program gives the scores of the model.
const windows = data.test.flatMap((sample) => model.design.input.windows(sample)).slice(0, 20);
const input = windows.map(({ values }) => values.join(' ')).join('\n');
const lines = execFileSync(`${OUT}/machine.bin`, { input, encoding: 'utf8' }).trim().split('\n');
const differences = windows.map(({ values }, i) => {
  const expected = Object.values(model.predict(values).scores!);
  const got = lines[i]!.trim().split(' ').map(Number);
  return Math.max(...expected.map((score, k) => Math.abs(score - got[k]!)));
});
const largest = Math.max(...differences);
console.log(`${windows.length} windows: scores differ by ${largest.toExponential(1)} at most`);

// 4. Custom deployment containers that exist take the same impulse, as the folder they expect.
await write(model.deploy(customDeployment({ name: 'machine', projectName: 'Machine' })), `${OUT}/home/input`);
console.log(`docker run --rm -v $PWD/${OUT}/home:/home <block> --metadata /home/input/deployment-metadata.json`);
if (largest > 1e-5) process.exitCode = 1;
