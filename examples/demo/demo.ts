// The whole way in one run, on data made here: recordings -> training -> int8 -> report -> C++ and a native executable
// that gives the same answers.
import { rm } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { cppLibrary, eim, nano33ble, type Sample, type TrainedImpulse } from 'impulsekit';
import { build, EimRunner, readDataset, write } from 'impulsekit/node';
import { writeMotion, writeSpeech } from '../synthetic/files.js';
import { keyword, machine } from './impulses.js';

const OUT = 'out/demo';
const started = performance.now();

await rm(OUT, { recursive: true, force: true });
console.log('making recordings: three spoken-like words and noise, four motions');
writeSpeech(`${OUT}/speech`, 50);
writeMotion(`${OUT}/motion`, 10, 10);

const agree = [await run('keyword', keyword(), `${OUT}/speech`), await run('motion', machine(), `${OUT}/motion`)];
console.log(`\ndone in ${((performance.now() - started) / 1000).toFixed(0)} s`);
if (agree.includes(false)) {
  console.error('compiled and TypeScript results differ');
  process.exitCode = 1;
}

/** Carries one design through everything; true when the executable and TypeScript agree bit for bit. */
async function run(name: string, design: ReturnType<typeof keyword>, dir: string): Promise<boolean> {
  console.log(`\n== ${name}`);
  const data = await readDataset(dir);
  console.log(`${data.train.length} recordings to train on, ${data.test.length} to test`);
  const model = await design.fit(data.train, {
    seed: 1,
    onProgress: (p) => {
      if (p.epoch !== 1 && p.epoch % 10 !== 0) return;
      const accuracy = `${(100 * p.valAccuracy).toFixed(1)} %`;
      console.log(
        `  ${p.learner}: epoch ${p.epoch} of ${p.epochs}, validation ${accuracy}, ${(p.remainingMs / 1000).toFixed(0)} s left`,
      );
    },
  });
  const small = await model.quantize(data.train);
  const [float, int8] = [await model.evaluate(data.test), await small.evaluate(data.test)];
  console.log(
    `accuracy on ${float.windows} test windows: float ${percent(float.accuracy)}, int8 ${percent(int8.accuracy)}`,
  );
  console.log(small.estimate(nano33ble));
  await write(small.deploy(cppLibrary({ name })), `${OUT}/${name}-cpp`);
  await build(small.deploy(eim({ name })), `${OUT}/${name}.eim`);
  console.log(`wrote ${OUT}/${name}-cpp and ${OUT}/${name}.eim`);
  return compare(small, `${OUT}/${name}.eim`, data.test);
}

/** Sends test windows through the executable and compares every number. */
async function compare(model: TrainedImpulse, path: string, samples: readonly Sample[]): Promise<boolean> {
  const runner = await EimRunner.start(path);
  let windows = 0;
  let equal = 0;
  for (const sample of samples) {
    const window = model.design.input.windows(sample)[0]!.values;
    windows += 1;
    if (isDeepStrictEqual(await runner.classify(window), model.predict(window))) equal += 1;
  }
  await runner.stop();
  console.log(`executable and TypeScript: ${equal} of ${windows} test windows equal bit for bit`);
  return equal === windows;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
