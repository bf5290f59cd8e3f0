/**
 * What a base that was trained before is worth with few recordings: `npm run bench:transfer`, with `-- --json` for rows,
 * `--seeds 1,2` and `--clips 2,5` to choose.
 *
 * A new user says each digit a few times; judged on other recordings of the same user. The base knows the digits of four
 * other speakers. All learners see the same recordings and the same changed copies of them; every draw has a user, a
 * base and recordings of its own.
 */
import { parseArgs } from 'node:util';
import {
  audio,
  batchNorm,
  classifier,
  conv2d,
  depthwiseConv2d,
  dropout,
  gain,
  gaussianNoise,
  globalAveragePool,
  type Impulse,
  impulse,
  type Layer,
  type LearningBlock,
  mfcc,
  noiseMix,
  type Sample,
  speed,
  type TrainedImpulse,
  type TrainOptions,
  timeMask,
  timeShift,
  transfer,
} from '../../src/index.js';
import { seededRandom } from '../../src/learn/random.js';
import { hasRecordings, recordings } from './recordings.js';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    seeds: { type: 'string', default: '1,2,3,4,5' },
    clips: { type: 'string', default: '2,5,10' },
  },
});
const numbers = (list: string): number[] => list.split(',').map(Number);

const separable = (filters: number, stride: number): Layer[] => [
  depthwiseConv2d(3, { stride }),
  batchNorm(),
  conv2d(filters, 1),
  batchNorm(),
];

const LAYERS: Layer[] = [
  conv2d(24, 5, { stride: 2 }),
  batchNorm(),
  ...separable(48, 2),
  ...separable(48, 1),
  ...separable(64, 1),
  globalAveragePool(),
  dropout(0.2),
];

const design = (learn: LearningBlock<'spectrogram'>): Impulse =>
  impulse({
    input: audio({ rateHz: 8000, windowMs: 800, strideMs: 800 }),
    dsp: mfcc({ coefficients: 20, frameLengthMs: 32, frameStrideMs: 16, filters: 32, fftLength: 256 }),
    learn,
  });

/** Changes of the spectrogram, anew in every epoch. */
const CHANGES = [timeMask({ count: 1, frames: 3 }), gaussianNoise({ deviations: 0.1 })];

/** Changed copies of recordings: other voices, other rooms. */
const copies = (count: number): TrainOptions['augment'] => ({
  copies: count,
  with: [
    speed({ factor: [0.75, 1.3] }),
    timeShift({ ms: 60 }),
    noiseMix({ snrDb: [5, 30], colour: 'pink', share: 0.5 }),
    gain({ db: 8 }),
  ],
});

interface Draw {
  /** Every other recording of the other speakers. */
  readonly others: readonly Sample[];
  readonly train: readonly Sample[];
  readonly test: readonly Sample[];
}

/** A speaker, `count` recordings of each digit by them, and the recordings of the testing part by them. */
async function drawn(count: number, seed: number): Promise<Draw> {
  const { train, test } = await recordings('fsdd');
  const speakerOf = (sample: Sample): string => sample.metadata!.speaker!;
  const speakers = [...new Set(train.map(speakerOf))].sort();
  const isUser = (sample: Sample): boolean => speakerOf(sample) === speakers[seed % speakers.length];
  const known = train.filter(isUser);
  const order = seededRandom(seed, 'few')
    .shuffle([...known.keys()])
    .map((i) => known[i]!);
  const labels = [...new Set(order.map(({ label }) => label))].sort();
  return {
    others: train.filter((sample) => !isUser(sample)).filter((_, i) => i % 2 === 0),
    train: labels.flatMap((label) => order.filter((sample) => sample.label === label).slice(0, count)),
    test: test.filter(isUser),
  };
}

const LEARNERS = ['scratch', 'frozen', 'tuned'] as const;

interface Row {
  readonly clipsPerClass: number;
  readonly seeds: readonly number[];
  /** The base on the new user, who it has not heard. */
  readonly alone: number[];
  /** The same network, trained on the few recordings. */
  readonly scratch: number[];
  /** The base as it is, a new last layer. */
  readonly frozen: number[];
  /** The base learns on, slowly. */
  readonly tuned: number[];
}

const meanOf = (list: readonly number[]): number => list.reduce((sum, x) => sum + x, 0) / list.length;
const percent = (x: number): string => (100 * x).toFixed(1);
const reached = (list: readonly number[]): string =>
  `${percent(meanOf(list))} (${percent(Math.min(...list))}..${percent(Math.max(...list))})`.padEnd(20);

function learnersOn(base: TrainedImpulse): Readonly<Record<(typeof LEARNERS)[number], LearningBlock<'spectrogram'>>> {
  return {
    scratch: classifier({ layers: LAYERS, epochs: 40, batchSize: 16, validationSplit: 0, augment: CHANGES }),
    frozen: transfer({ from: base, epochs: 40 }),
    tuned: transfer({
      from: base,
      freeze: 'none',
      epochs: 20,
      fineTuneEpochs: 20,
      fineTuneRate: 0.002,
      augment: CHANGES,
    }),
  };
}

async function main(): Promise<void> {
  const seeds = numbers(values.seeds);
  const rows = numbers(values.clips).map(
    (clipsPerClass): Row => ({ clipsPerClass, seeds, alone: [], scratch: [], frozen: [], tuned: [] }),
  );
  for (const seed of seeds) {
    const { others, test } = await drawn(0, seed);
    const learn = classifier({ layers: LAYERS, epochs: 16, validationSplit: 0.05, augment: CHANGES });
    const base = await design(learn).fit(others, { seed, augment: copies(1) });
    const learners = learnersOn(base);
    const alone = (await base.evaluate(test)).accuracy;
    for (const row of rows) {
      const { train } = await drawn(row.clipsPerClass, seed);
      row.alone.push(alone);
      for (const name of LEARNERS) {
        const model = await design(learners[name]).fit(train, { seed, augment: copies(3) });
        row[name].push((await model.evaluate(test)).accuracy);
      }
      console.error(`draw ${seed}, ${row.clipsPerClass} clips: ${LEARNERS.map((name) => row[name].at(-1)).join(' ')}`);
    }
  }
  if (values.json) return console.log(JSON.stringify(rows, null, 2));
  console.log('Percent right of a new user: mean (least..most) of the draws; the gain over scratch, mean and least');
  console.log('clips   base alone           scratch              frozen               tuned                gain');
  for (const row of rows) {
    const gains = row.tuned.map((accuracy, i) => accuracy - row.scratch[i]!);
    const parts = [row.alone, row.scratch, row.frozen, row.tuned].map(reached).join(' ');
    const gained = `${percent(meanOf(gains))}, ${percent(Math.min(...gains))}`;
    console.log(`${String(row.clipsPerClass).padEnd(7)} ${parts} ${gained}`);
  }
}

if (hasRecordings('fsdd')) await main();
else console.error('skipped: no reference recordings');
