/**
 * What a base that was trained before is worth with few recordings: `npm run bench:transfer`, with `-- --json` for rows
 * and `-- --seeds 1,2` to choose. Accuracy on recordings not seen, from scratch and on the base.
 *
 * speaker: spoken digits of a speaker, the base trained on the digits of all others. keywords: six keywords, the base
 * trained without labels on all training clips.
 */
import { parseArgs } from 'node:util';
import {
  audio,
  classifier,
  conv1d,
  dense,
  type Impulse,
  impulse,
  type LearningBlock,
  mfe,
  pretrain,
  type Sample,
  transfer,
} from '../../src/index.js';
import { seededRandom } from '../../src/learn/random.js';
import { hasRecordings, recordings } from './recordings.js';

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, seeds: { type: 'string', default: '1,2,3' } },
});
const seeds = values.seeds.split(',').map(Number);
const LAYERS = [conv1d(24, 3), conv1d(32, 3), conv1d(32, 3, { pool: 1 }), dense(48)];
const CLIPS = [5, 20];

interface Row {
  readonly task: string;
  readonly clipsPerClass: number;
  readonly scratch: readonly number[];
  readonly base: readonly number[];
}

/** Impulses of one input and one processing block. */
function design(windowMs: number) {
  const input = audio({ rateHz: 8000, windowMs, strideMs: windowMs });
  const dsp = mfe({ frameLengthMs: 25, frameStrideMs: 20, filters: 24, fftLength: 256 });
  const withLearner = (learn: LearningBlock<'spectrogram'>): Impulse => impulse({ input, dsp, learn });
  return { input, dsp, withLearner };
}

/** `count` recordings of each label, drawn. */
function few(samples: readonly Sample[], count: number, seed: number): Sample[] {
  const order = seededRandom(seed, 'few')
    .shuffle([...samples.keys()])
    .map((i) => samples[i]!);
  const labels = [...new Set(samples.map(({ label }) => label))];
  return labels.flatMap((label) => order.filter((sample) => sample.label === label).slice(0, count));
}

const scratch = classifier({ layers: LAYERS, epochs: 100, batchSize: 16 });

async function compare(
  task: string,
  { withLearner }: ReturnType<typeof design>,
  base: LearningBlock<'spectrogram'>,
  train: readonly Sample[],
  test: readonly Sample[],
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const clipsPerClass of CLIPS) {
    const reached = async (learner: LearningBlock<'spectrogram'>): Promise<number[]> => {
      const all: number[] = [];
      for (const seed of seeds) {
        const model = await withLearner(learner).fit(few(train, clipsPerClass, seed), { seed });
        all.push((await model.evaluate(test)).accuracy);
      }
      return all;
    };
    rows.push({ task, clipsPerClass, scratch: await reached(scratch), base: await reached(base) });
  }
  return rows;
}

async function speaker(): Promise<Row[]> {
  const { train, test } = await recordings('fsdd');
  const chain = design(600);
  const of = (samples: readonly Sample[], own: boolean) => samples.filter(({ id }) => id.includes('theo') === own);
  const base = await chain.withLearner(classifier({ layers: LAYERS, epochs: 15 })).fit(of(train, false), { seed: 1 });
  const learner = transfer({ from: base, freeze: 'none', augment: 'low' });
  return compare('speaker', chain, learner, of(train, true), of(test, true));
}

async function keywords(): Promise<Row[]> {
  const { train, test } = await recordings('kws-speech-commands');
  const chain = design(1000);
  const base = await pretrain(chain, train, { layers: LAYERS, epochs: 60, seed: 1 });
  const learner = transfer({
    from: base.graph,
    freeze: 'none',
    fineTuneRate: 0.003,
    fineTuneEpochs: 60,
    augment: 'low',
  });
  return compare('keywords', chain, learner, train, test);
}

if (!hasRecordings('fsdd') || !hasRecordings('kws-speech-commands')) {
  console.error('skipped: no reference recordings');
} else {
  const rows = [...(await speaker()), ...(await keywords())];
  const mean = (all: readonly number[]): string => ((100 * all.reduce((a, b) => a + b)) / all.length).toFixed(1);
  const spread = (all: readonly number[]): string => (100 * (Math.max(...all) - Math.min(...all))).toFixed(1);
  if (values.json) console.log(JSON.stringify(rows, null, 2));
  else {
    console.log('task       clips   scratch (spread)   base (spread), percent right');
    for (const row of rows) {
      const part = (all: readonly number[]): string => `${mean(all)} (${spread(all)})`.padEnd(18);
      console.log(
        `${row.task.padEnd(10)} ${String(row.clipsPerClass).padEnd(7)} ${part(row.scratch)} ${part(row.base)}`,
      );
    }
  }
}
