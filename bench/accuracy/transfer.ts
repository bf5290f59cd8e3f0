/**
 * What a base that was trained before is worth with few recordings: `npm run bench:transfer`, with `-- --json` for rows
 * and `-- --seeds 1,2` to choose. Accuracy on recordings not seen, from scratch and on the base; neither sets recordings
 * aside, which costs more than it gains where there are few.
 *
 * digits: spoken digits, the base trained on the words of another corpus. voices: four digits that one speaker spoke,
 * recognised from other speakers; the base knows six other digits of all speakers and the words.
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

const scratch = classifier({ layers: LAYERS, epochs: 100, batchSize: 16, validationSplit: 0 });
/** The convolutions of the base, a new dense layer, and all of it at the rate that the whole network would have. */
const TUNING = {
  layer: 3,
  layers: [dense(48)],
  freeze: 'none',
  epochs: 20,
  fineTuneEpochs: 80,
  fineTuneRate: 0.005,
  augment: 'low',
} as const;

async function* compare(
  task: string,
  { withLearner }: ReturnType<typeof design>,
  base: LearningBlock<'spectrogram'>,
  train: readonly Sample[],
  test: readonly Sample[],
): AsyncGenerator<Row> {
  for (const clipsPerClass of CLIPS) {
    const reached = async (learner: LearningBlock<'spectrogram'>): Promise<number[]> => {
      const all: number[] = [];
      for (const seed of seeds) {
        const model = await withLearner(learner).fit(few(train, clipsPerClass, seed), { seed });
        all.push((await model.evaluate(test)).accuracy);
      }
      return all;
    };
    yield { task, clipsPerClass, scratch: await reached(scratch), base: await reached(base) };
  }
}

/** Keywords; the unknown ones are classes of their own here. */
async function words(): Promise<Sample[]> {
  const { train } = await recordings('kws-speech-commands');
  return train.map((sample) => {
    const word = sample.id.split('/').at(-1)!.split('-')[0]!;
    return sample.label === 'unknown' ? { ...sample, label: word } : sample;
  });
}

async function* digits(): AsyncGenerator<Row> {
  const spoken = await recordings('fsdd');
  const chain = design(1000);
  const base = await chain.withLearner(classifier({ layers: LAYERS, epochs: 40 })).fit(await words(), { seed: 1 });
  yield* compare('digits', chain, transfer({ from: base, ...TUNING }), spoken.train, spoken.test);
}

async function* voices(): AsyncGenerator<Row> {
  const { train, test } = await recordings('fsdd');
  const chain = design(1000);
  const known = (sample: Sample): boolean => Number(sample.label) < 6;
  const base = await chain
    .withLearner(classifier({ layers: LAYERS, epochs: 15 }))
    .fit(train.filter(known), { seed: 1 });
  const by = (sample: Sample): boolean => sample.id.includes('george');
  const [few, others] = [train.filter((s) => !known(s) && by(s)), test.filter((s) => !known(s) && !by(s))];
  yield* compare('voices', chain, transfer({ from: base, ...TUNING }), few, others);
}

if (!hasRecordings('fsdd') || !hasRecordings('kws-speech-commands')) {
  console.error('skipped: no reference recordings');
} else {
  const mean = (all: readonly number[]): string => ((100 * all.reduce((a, b) => a + b)) / all.length).toFixed(1);
  const spread = (all: readonly number[]): string => (100 * (Math.max(...all) - Math.min(...all))).toFixed(1);
  const part = (all: readonly number[]): string => `${mean(all)} (${spread(all)})`.padEnd(18);
  const rows: Row[] = [];
  if (!values.json) console.log('task       clips   scratch (spread)   base (spread), percent right');
  for (const task of [digits, voices]) {
    for await (const row of task()) {
      rows.push(row);
      if (values.json) continue;
      console.log(
        `${row.task.padEnd(10)} ${String(row.clipsPerClass).padEnd(7)} ${part(row.scratch)} ${part(row.base)}`,
      );
    }
  }
  if (values.json) console.log(JSON.stringify(rows, null, 2));
}
