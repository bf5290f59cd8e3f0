// Cross-validation with a fold on each core.
//   npm install tinypool
//   npx tsx examples/parallel/folds.ts path/to/motion
import { availableParallelism } from 'node:os';
import { crossValidate, type Evaluation } from 'impulsekit';
import { readDataset } from 'impulsekit/node';
import { Tinypool } from 'tinypool';
import { gestures } from './gestures.js';

const [path = 'motion'] = process.argv.slice(2);

const { train } = await readDataset(path);
const cores = availableParallelism();
const pool = new Tinypool({
  filename: new URL('fold.ts', import.meta.url).href,
  runtime: 'child_process',
  serialization: 'advanced',
  maxThreads: cores,
});
const { accuracy, folds } = await crossValidate(gestures, train, {
  folds: 4,
  parallel: cores,
  // Functions and the design stay here; the rest of a fold is data.
  run: ({ index, folds, train, test, seed, int8, score }): Promise<Evaluation> =>
    pool.run({ index, folds, train, test, seed, int8, score }),
});
await pool.destroy();
console.log(`accuracy ${accuracy.mean.toFixed(3)} +- ${accuracy.deviation.toFixed(3)}`);
for (const { index, evaluation } of folds) console.log(index, evaluation.accuracy.toFixed(3));
