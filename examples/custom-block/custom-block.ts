// A block of one's own, all the way: check it, train with it, see what it costs, compile it and compare.
//   npx tsx examples/custom-block/custom-block.ts
import { rm } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import {
  classifier,
  cppLibrary,
  dense,
  eim,
  graph,
  kMeans,
  motion,
  nano33ble,
  on,
  signalSpec,
  spectral,
} from 'impulsekit';
import { build, checkBlock, EimRunner, readDataset, write } from 'impulsekit/node';
import { writeMotion } from '../synthetic/files.js';
import { rms } from './rms.js';

const OUT = 'out/custom-block';
await rm(OUT, { recursive: true, force: true });

// 1. Does it keep what every block promises, in TypeScript and in C++?
const report = await checkBlock(rms(), { input: signalSpec(125, ['accX', 'accY', 'accZ'], 62.5) });
for (const { name, ok, detail } of report.checks) console.log(ok ? '  kept ' : 'BROKEN ', name, detail ?? '');

// 2. It stands beside built-in blocks, and its kinds are checked by the compiler.
writeMotion(`${OUT}/motion`, 8, 10);
const data = await readDataset(`${OUT}/motion`);
const design = graph({
  input: motion({ axes: ['accX', 'accY', 'accZ'], rateHz: 62.5, windowMs: 2000, strideMs: 400 }),
  dsp: { spectrum: spectral(), power: rms({ frames: 5 }) },
  learn: {
    state: on('spectrum', 'power').use(classifier({ layers: [dense(20), dense(10)], epochs: 20 })),
    anomaly: on('power').use(kMeans({ clusters: 8 })),
  },
});
const model = await (await design.fit(data.train, { seed: 1 })).quantize(data.train);
console.log(
  `accuracy on ${(await model.evaluate(data.test)).windows} test windows:`,
  (await model.evaluate(data.test)).accuracy,
);
console.log(model.estimate(nano33ble));

// 3. It is emitted with its own header, and compiled with the rest.
await write(model.deploy(cppLibrary({ name: 'machine' })), `${OUT}/machine-cpp`);
await build(model.deploy(eim({ name: 'machine' })), `${OUT}/machine.eim`);
const runner = await EimRunner.start(`${OUT}/machine.eim`);
const window = model.design.input.windows(data.test[0]!)[0]!.values;
const [here, compiled] = [model.predict(window), await runner.classify(window)];
await runner.stop();
const equal = isDeepStrictEqual(compiled, here);
console.log(`compiled and TypeScript scores are ${equal ? 'equal bit for bit' : 'DIFFERENT'}`);
if (!report.ok || !equal) process.exitCode = 1;
