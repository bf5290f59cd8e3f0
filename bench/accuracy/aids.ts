/**
 * What two aids are worth on the reference recordings: `npm run bench:aids`, with `-- --json` for rows, `--rows a,b` and
 * `--seeds 1,2` to choose. Ends with 1 when a bar is missed.
 *
 * Training for int8 against calibration alone, and pruning half of the channels: percent right on recordings not seen.
 */
import { parseArgs } from 'node:util';
import {
  audio,
  batchNorm,
  classifier,
  conv1d,
  convNet2d,
  type Dataset,
  globalAveragePool,
  type Impulse,
  image,
  impulse,
  type LearningBlock,
  mfe,
  motion,
  nano33ble,
  pixels,
  prune,
  type Sample,
  select,
  spectral,
} from '../../src/index.js';
import type { PruneOptions } from '../../src/learn/index.js';
import { hasRecordings, photos, pureWindows, recordings } from './recordings.js';

type Parts = Pick<Dataset, 'train' | 'test'>;
type Figures = Readonly<Record<string, number>>;

interface Task {
  readonly aid: 'quantizationAware' | 'prune';
  readonly name: string;
  /** Folder of the recordings. */
  readonly set: string;
  readonly title: string;
  readonly run: (seed: number) => Promise<Figures>;
}

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rows: { type: 'string' },
    seeds: { type: 'string', default: '1,2,3' },
  },
});
const seeds = values.seeds.split(',').map(Number);
const say = (text: string): void => (values.json ? console.error(text) : console.log(text));

const SIX = ['accX', 'accY', 'accZ', 'gyrX', 'gyrY', 'gyrZ'];

/** Windows of a smartwatch, of 70 % one label; accelerations and turns times a factor each. */
async function smartwatch(acceleration: number, turns: number): Promise<Parts> {
  const { train, test } = await recordings('har-smartwatch');
  const windows = (samples: readonly Sample[]): Sample[] =>
    pureWindows(samples, 1000, 500, 0.7).map((sample) => {
      const scaled = sample.signal.values.map((v, i) => v * (i % 6 < 3 ? acceleration : turns));
      return { ...sample, signal: { ...sample.signal, values: scaled } };
    });
  return { train: windows(train), test: windows(test) };
}

const wrist = (learn: LearningBlock<'signal'>): Impulse =>
  impulse({
    input: motion({ axes: SIX, rateHz: 50, windowMs: 1000, strideMs: 500 }),
    dsp: select({ axes: SIX }),
    learn,
  });

const alongTime = (epochs: number, quantizationAware = 0) =>
  classifier({
    layers: [conv1d(16, 5, { pool: 2 }), batchNorm(), conv1d(16, 3, { pool: 2 }), batchNorm(), globalAveragePool()],
    epochs,
    quantizationAware,
  });

const accuracyOf = async (model: Awaited<ReturnType<Impulse['fit']>>, test: readonly Sample[]): Promise<number> =>
  100 * (await model.evaluate(test)).accuracy;

/** The same network calibrated, and trained on for int8. */
async function forInt8(parts: Parts, epochs: number, aware: number, seed: number): Promise<Figures> {
  const options = { seed, group: 'subject' };
  const float = await wrist(alongTime(epochs)).fit(parts.train, options);
  const trained = await wrist(alongTime(epochs, aware)).fit(parts.train, options);
  const calibrated = await float.quantize(parts.train);
  const rounded = await trained.quantize(parts.train);
  return {
    float: await accuracyOf(float, parts.test),
    calibrated: await accuracyOf(calibrated, parts.test),
    aware: await accuracyOf(rounded, parts.test),
  };
}

/** A network and half of it. */
async function half(
  design: Impulse,
  { train, test }: Parts,
  options: PruneOptions & { readonly group?: string },
): Promise<Figures> {
  const { seed = 1, group } = options;
  const model = await design.fit(train, { seed, ...(group !== undefined && { group }) });
  const { model: small, report } = await prune(model, train, options);
  const [whole8, small8] = [await model.quantize(train), await small.quantize(train)];
  const [whole, pruned] = [whole8.estimate(nano33ble), small8.estimate(nano33ble)];
  return {
    before: await accuracyOf(model, test),
    after: await accuracyOf(small, test),
    beforeInt8: await accuracyOf(whole8, test),
    afterInt8: await accuracyOf(small8, test),
    macsBefore: report.macs.before,
    macsAfter: report.macs.after,
    constBytesBefore: report.constBytes.before,
    constBytesAfter: report.constBytes.after,
    flashBytesBefore: whole.flashBytes,
    flashBytesAfter: pruned.flashBytes,
    ramBytesBefore: whole.ramBytes,
    ramBytesAfter: pruned.ramBytes,
    latencyMsBefore: whole.latencyMs,
    latencyMsAfter: pruned.latencyMs,
  };
}

const keywords = impulse({
  input: audio({ rateHz: 16_000, windowMs: 1000, strideMs: 1000 }),
  dsp: mfe({ frameLengthMs: 20, frameStrideMs: 20, filters: 32 }),
  learn: classifier(),
});

const gestures = impulse({
  input: motion({ axes: ['accx', 'accy', 'accz'], rateHz: 104, windowMs: 2000, strideMs: 500 }),
  dsp: spectral({ fftLength: 64 }),
  learn: classifier(),
});

const transport = impulse({
  input: motion({ axes: SIX, rateHz: 59, windowMs: 2000, strideMs: 500 }),
  dsp: spectral(),
  learn: classifier(),
});

const signs = impulse({
  input: image({ width: 48, height: 48, channels: 1 }),
  dsp: pixels({ channels: 'Grayscale' }),
  learn: classifier({
    layers: convNet2d({ filters: [8, 16, 32, 64], end: 'flatten', dropout: 0.5 }),
    epochs: 30,
    validationSplit: 0,
    augment: 'high',
  }),
});

const GRAVITY = 9.81;
const DEGREES = 180 / Math.PI;

const TASKS: readonly Task[] = [
  {
    aid: 'quantizationAware',
    name: 'watch-g-dps',
    set: 'har-smartwatch',
    title: 'activities, accelerations in g beside turns in degrees per second',
    run: async (seed) => forInt8(await smartwatch(1 / GRAVITY, DEGREES), 30, 15, seed),
  },
  {
    aid: 'prune',
    name: 'keywords',
    set: 'kws-speech-commands',
    title: 'keywords, default network',
    run: async (seed) => half(keywords, await recordings('kws-speech-commands'), { seed }),
  },
  {
    aid: 'prune',
    name: 'gestures',
    set: 'imu-gestures',
    title: 'gestures, default network',
    run: async (seed) => half(gestures, await recordings('imu-gestures'), { seed }),
  },
  {
    aid: 'prune',
    name: 'transport',
    set: 'imu-transport',
    title: 'transport, default network',
    run: async (seed) => half(transport, await recordings('imu-transport'), { seed }),
  },
  {
    aid: 'prune',
    name: 'signs',
    set: 'sign-digits',
    title: 'hand signs, conv2d 8-16-32-64 normalised',
    run: async (seed) => half(signs, photos('sign-digits'), { seed, group: 'participant' }),
  },
];

const meanOf = (list: readonly number[]): number => list.reduce((sum, x) => sum + x, 0) / list.length;
const spreadOf = (list: readonly number[]): number => Math.max(...list) - Math.min(...list);

/** Calibration alone loses more than 2 points and training for int8 wins 2 back; pruning loses at most 1. */
function passes(aid: Task['aid'], mean: Figures): boolean {
  if (aid === 'quantizationAware') return mean.float! - mean.calibrated! > 2 && mean.aware! - mean.calibrated! >= 2;
  const smaller = (name: string): boolean => mean[`${name}After`]! < mean[`${name}Before`]!;
  return mean.before! - mean.after! <= 1 && ['macs', 'constBytes', 'flashBytes'].every(smaller);
}

function linesOf({ aid }: Task, mean: Figures, spread: Figures): string[] {
  const part = (name: string): string => `${mean[name]!.toFixed(1)} (${spread[name]!.toFixed(1)})`;
  const change = (name: string, digits: number): string =>
    [mean[`${name}Before`]!, mean[`${name}After`]!].map((x) => x.toFixed(digits)).join(' to ');
  if (aid === 'quantizationAware') {
    return [`float ${part('float')}, calibrated int8 ${part('calibrated')}, trained for int8 ${part('aware')}`];
  }
  return [
    `float ${part('before')} to ${part('after')}, int8 ${part('beforeInt8')} to ${part('afterInt8')}`,
    `multiply-accumulates ${change('macs', 0)}, float constants ${change('constBytes', 0)} bytes`,
    `int8 on ${nano33ble.name}: flash ${change('flashBytes', 0)} bytes, RAM ${change('ramBytes', 0)} bytes, ${change('latencyMs', 2)} ms`,
  ];
}

const names = values.rows?.split(',');
const tasks = TASKS.filter(({ name, aid }) => !names || names.includes(name) || names.includes(aid));
const rows: object[] = [];
let kept = true;
say(`Percent right on recordings not seen, mean (spread) over seeds ${seeds.join(', ')}`);
for (const task of tasks) {
  if (!hasRecordings(task.set)) {
    say(`${task.title}: SKIPPED, no recordings`);
    continue;
  }
  const outcomes: Figures[] = [];
  for (const seed of seeds) outcomes.push(await task.run(seed));
  const over = (figure: (list: readonly number[]) => number): Figures =>
    Object.fromEntries(Object.keys(outcomes[0]!).map((name) => [name, figure(outcomes.map((one) => one[name]!))]));
  const [mean, spread] = [over(meanOf), over(spreadOf)];
  const pass = passes(task.aid, mean);
  kept &&= pass;
  say(`${task.aid}: ${task.title}  ${pass ? 'kept' : 'MISSED'}`);
  for (const line of linesOf(task, mean, spread)) say(`  ${line}`);
  rows.push({ aid: task.aid, name: task.name, set: task.set, seeds, mean, spread, pass, outcomes });
}
if (values.json) console.log(JSON.stringify(rows, null, 2));
process.exitCode = kept ? 0 : 1;
