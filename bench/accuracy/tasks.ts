/** What is trained and judged, one entry a line of the table; each written as a user would write it. */
import {
  audio,
  batchNorm,
  classifier,
  conv2d,
  correlation,
  type Dataset,
  dense,
  depthwiseConv2d,
  flatten,
  globalAveragePool,
  gmm,
  graph,
  type Impulse,
  image,
  impulse,
  type Layer,
  mfe,
  motion,
  nano33ble,
  on,
  pixels,
  randomForest,
  type Sample,
  spectral,
  type TrainOptions,
} from '../../src/index.js';
import { photos, pureWindows, recordings } from './recordings.js';

/** What one training reached. */
export interface Outcome {
  readonly float: number;
  readonly int8?: number;
  readonly flashBytes?: number;
  readonly ramBytes?: number;
}

export interface Task {
  readonly name: string;
  /** Folder of the recordings. */
  readonly set: string;
  readonly title: string;
  readonly metric: 'accuracy' | 'auc' | 'mae';
  /** Least accuracy or area, or largest error, of the mean over the seeds; absent: reported only. */
  readonly bar?: number;
  /** Largest loss of accuracy as int8. */
  readonly int8Within?: number;
  /** Most bytes on a Cortex-M4. */
  readonly limits?: { readonly flashBytes: number; readonly ramBytes: number };
  readonly run: (seed: number) => Promise<Outcome>;
}

type Parts = Pick<Dataset, 'train' | 'test'>;

/** Trains on one part and judges on the other, as float32 and as int8. */
async function classified(design: Impulse, { train, test }: Parts, options: TrainOptions): Promise<Outcome> {
  const model = await design.fit(train, options);
  const small = await model.quantize(train);
  const [float, int8] = [await model.evaluate(test), await small.evaluate(test)];
  const { flashBytes, ramBytes } = small.estimate(nano33ble);
  return { float: float.accuracy, int8: int8.accuracy, flashBytes, ramBytes };
}

const speech = { rateHz: 16_000, windowMs: 1000, strideMs: 1000 } as const;

const keywordsByDefault = impulse({ input: audio(speech), dsp: mfe(), learn: classifier() });

const separable = (filters: number, stride: number): Layer[] => [
  depthwiseConv2d(3, { stride }),
  batchNorm(),
  conv2d(filters, 1),
  batchNorm(),
];

const keywordsAtBest = impulse({
  input: audio(speech),
  dsp: mfe({ frameLengthMs: 20, frameStrideMs: 20, filters: 32, fftLength: 512 }),
  learn: classifier({
    layers: [
      conv2d(32, 3, { stride: 2 }),
      batchNorm(),
      ...separable(48, 1),
      ...separable(64, 2),
      ...separable(64, 1),
      globalAveragePool(),
    ],
    augment: 'high',
  }),
});

const digits = impulse({
  input: audio({ rateHz: 8000, windowMs: 800, strideMs: 800 }),
  dsp: mfe({ frameLengthMs: 20, frameStrideMs: 20, filters: 32, fftLength: 256, highHz: 4000 }),
  learn: classifier({ layers: [conv2d(8, 3), conv2d(16, 3)] }),
});

/** Mean over the speakers of the accuracy on one when trained on the others. */
async function newSpeakers(seed: number): Promise<Outcome> {
  const { train, test } = await recordings('fsdd');
  const all = [...train, ...test];
  const speakerOf = (sample: Sample): string => sample.metadata!.speaker!;
  const outcomes: Outcome[] = [];
  for (const speaker of [...new Set(all.map(speakerOf))].sort()) {
    const others = train.filter((sample) => speakerOf(sample) !== speaker);
    const one = all.filter((sample) => speakerOf(sample) === speaker);
    outcomes.push(await classified(digits, { train: others, test: one }, { seed, group: 'speaker' }));
  }
  const mean = (figure: (outcome: Outcome) => number): number =>
    outcomes.reduce((sum, outcome) => sum + figure(outcome), 0) / outcomes.length;
  return { float: mean(({ float }) => float), int8: mean(({ int8 }) => int8!) };
}

const small = [dense(20), dense(10)];

const gestures = impulse({
  input: motion({ axes: ['accx', 'accy', 'accz'], rateHz: 104, windowMs: 2000, strideMs: 500 }),
  dsp: spectral({ fftLength: 64 }),
  learn: classifier({ layers: [dense(40), dense(20)] }),
});

const SIX = ['accX', 'accY', 'accZ', 'gyrX', 'gyrY', 'gyrZ'];

const transport = impulse({
  input: motion({ axes: SIX, rateHz: 59, windowMs: 2000, strideMs: 500 }),
  dsp: spectral(),
  learn: classifier({ layers: small }),
});

/** The posture is in the means, which spectral features leave out. */
const activities = graph({
  input: motion({ axes: SIX, rateHz: 50, windowMs: 1000, strideMs: 500 }),
  dsp: { posture: flatten(), movement: spectral() },
  learn: { activity: on('posture', 'movement').use(classifier({ layers: [dense(64), dense(32)] })) },
});

async function smartwatch(seed: number): Promise<Outcome> {
  const { train, test } = await recordings('har-smartwatch');
  const windows = (samples: readonly Sample[]): Sample[] => pureWindows(samples, 1000, 500, 0.7);
  return classified(activities, { train: windows(train), test: windows(test) }, { seed, group: 'subject' });
}

/**
 * Unbalance makes the axes shake more at high speeds, and together in another way at all speeds: the logarithm of each
 * axis's deviation and the correlations between them. Means say how the sensor is mounted. The healthy fan moves along
 * a curve from speed to speed, which a dozen slanted distributions follow; the windows overlap too much to count as
 * independent, so BIC would take too few.
 */
const fan = graph({
  input: motion({ axes: ['accX', 'accY', 'accZ'], rateHz: 50, windowMs: 4000, strideMs: 1000 }),
  dsp: {
    level: flatten({
      average: false,
      minimum: false,
      maximum: false,
      rms: false,
      skewness: false,
      kurtosis: false,
      log: true,
    }),
    relation: correlation(),
  },
  learn: { anomaly: on('level', 'relation').use(gmm({ components: 12, restarts: 10 })) },
});

async function unbalance(seed: number): Promise<Outcome> {
  const { train, test } = await recordings('fan-vibration');
  const healthy = train.filter(({ label }) => label === 'opposite');
  const model = await fan.fit(healthy, { seed });
  return { float: (await model.evaluate(test)).auc };
}

const pumps = impulse({
  input: motion({ axes: ['vib1', 'vib2', 'vib3', 'vib4'], rateHz: 10, windowMs: 10_000, strideMs: 2500 }),
  dsp: spectral(),
  learn: randomForest({ predicts: 'value', trees: 100 }),
});

async function running(seed: number): Promise<Outcome> {
  const { train, test } = await recordings('pump-station');
  const model = await pumps.fit(train, { seed });
  const { flashBytes, ramBytes } = model.estimate(nano33ble);
  return { float: (await model.evaluate(test)).mae, flashBytes, ramBytes };
}

const signs = impulse({
  input: image({ width: 48, height: 48, channels: 1 }),
  dsp: pixels({ channels: 'Grayscale' }),
  learn: classifier({ layers: [conv2d(16, 3), conv2d(24, 3), conv2d(32, 3)], epochs: 60 }),
});

export const TASKS: readonly Task[] = [
  {
    name: 'kws-default',
    set: 'kws-speech-commands',
    title: 'keywords, default preset',
    metric: 'accuracy',
    bar: 0.82,
    int8Within: 0.01,
    run: async (seed) => classified(keywordsByDefault, await recordings('kws-speech-commands'), { seed }),
  },
  {
    name: 'kws-best',
    set: 'kws-speech-commands',
    title: 'keywords, best preset',
    metric: 'accuracy',
    bar: 0.9,
    limits: { flashBytes: 250_000, ramBytes: 60_000 },
    run: async (seed) =>
      classified(keywordsAtBest, await recordings('kws-speech-commands'), { seed, group: 'speaker' }),
  },
  {
    name: 'fsdd',
    set: 'fsdd',
    title: 'spoken digits',
    metric: 'accuracy',
    bar: 0.97,
    run: async (seed) => classified(digits, await recordings('fsdd'), { seed }),
  },
  {
    name: 'fsdd-speakers',
    set: 'fsdd',
    title: 'spoken digits, new speaker',
    metric: 'accuracy',
    run: newSpeakers,
  },
  {
    name: 'imu-gestures',
    set: 'imu-gestures',
    title: 'gestures',
    metric: 'accuracy',
    bar: 0.97,
    run: async (seed) => classified(gestures, await recordings('imu-gestures'), { seed }),
  },
  {
    name: 'imu-transport',
    set: 'imu-transport',
    title: 'transport',
    metric: 'accuracy',
    bar: 0.99,
    run: async (seed) => classified(transport, await recordings('imu-transport'), { seed }),
  },
  {
    name: 'har-smartwatch',
    set: 'har-smartwatch',
    title: 'daily activities, windows of 70 % one label',
    metric: 'accuracy',
    bar: 0.9,
    run: smartwatch,
  },
  {
    name: 'fan-vibration',
    set: 'fan-vibration',
    title: 'fan, unbalance at all speeds',
    metric: 'auc',
    bar: 0.985,
    run: unbalance,
  },
  {
    name: 'pump-station',
    set: 'pump-station',
    title: 'pumps running, vibration only',
    metric: 'mae',
    bar: 0.33,
    run: running,
  },
  {
    name: 'sign-digits',
    set: 'sign-digits',
    title: 'hand signs, 48x48 grey',
    metric: 'accuracy',
    bar: 0.965,
    run: async (seed) => classified(signs, photos('sign-digits'), { seed, group: 'participant' }),
  },
];
