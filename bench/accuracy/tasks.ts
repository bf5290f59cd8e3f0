/** What is trained and judged, one entry a line of the table; each written as a user would write it. */
import {
  audio,
  bandMask,
  bandWarp,
  batchNorm,
  boostedTrees,
  classifier,
  conv2d,
  convNet2d,
  correlation,
  type Dataset,
  dense,
  depthwiseConv2d,
  dropout,
  flatten,
  gain,
  gaussianNoise,
  globalAveragePool,
  gmm,
  graph,
  type Impulse,
  image,
  impulse,
  type Layer,
  loudness,
  mfcc,
  mfe,
  motion,
  nano33ble,
  noiseMix,
  on,
  pixels,
  randomForest,
  type Sample,
  spectral,
  speed,
  type TrainOptions,
  timeMask,
  timeShift,
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

/** Half the resolution at once, a quarter from the second layer on: what follows is cheap. */
const keywordsAtBest = impulse({
  input: audio(speech),
  dsp: mfe({ frameLengthMs: 30, frameStrideMs: 20, filters: 40, fftLength: 512, noiseFloorDb: -72 }),
  learn: classifier({
    layers: [
      conv2d(32, 5, { stride: 2 }),
      batchNorm(),
      ...separable(64, 2),
      ...separable(64, 1),
      ...separable(64, 1),
      ...separable(96, 1),
      globalAveragePool(),
      dropout(0.2),
    ],
    epochs: 20,
    validationSplit: 0.05,
    augment: [
      timeShift({ ms: 100 }),
      bandWarp({ factor: [0.88, 1.12] }),
      loudness({ deviations: 0.5 }),
      timeMask({ count: 1, frames: 5 }),
      bandMask({ count: 2, share: 0.15 }),
    ],
  }),
});

/** Other speakers, places and distances than those of the recordings. */
const elsewhere: TrainOptions['augment'] = {
  copies: 3,
  with: [
    speed({ factor: [0.85, 1.15] }),
    timeShift({ ms: 100 }),
    noiseMix({ snrDb: [0, 25], label: 'noise', share: 0.7 }),
    gain({ db: 8 }),
  ],
};

/** Cepstra less their mean and over their deviation: microphones differ from speaker to speaker. */
const digits = impulse({
  input: audio({ rateHz: 8000, windowMs: 800, strideMs: 800 }),
  dsp: mfcc({
    coefficients: 20,
    frameLengthMs: 32,
    frameStrideMs: 16,
    filters: 32,
    fftLength: 256,
    highHz: 4000,
  }),
  learn: classifier({
    layers: [
      conv2d(24, 5, { stride: 2 }),
      batchNorm(),
      ...separable(48, 2),
      ...separable(48, 1),
      ...separable(64, 1),
      globalAveragePool(),
      dropout(0.2),
    ],
    epochs: 16,
    validationSplit: 0.05,
    augment: [timeShift({ ms: 80 }), timeMask({ count: 1, frames: 3 }), gaussianNoise({ deviations: 0.1 })],
  }),
});

/** Longer and shorter vocal tracts than those of the few speakers. */
const otherVoices: TrainOptions['augment'] = {
  copies: 1,
  with: [
    speed({ factor: [0.75, 1.3] }),
    timeShift({ ms: 60 }),
    noiseMix({ snrDb: [5, 30], colour: 'pink', share: 0.5 }),
    gain({ db: 8 }),
  ],
};

/** Mean over the speakers of the accuracy on one when trained on the others. */
async function newSpeakers(seed: number): Promise<Outcome> {
  const { train, test } = await recordings('fsdd');
  const all = [...train, ...test];
  const speakerOf = (sample: Sample): string => sample.metadata!.speaker!;
  const outcomes: Outcome[] = [];
  for (const speaker of [...new Set(all.map(speakerOf))].sort()) {
    const others = train.filter((sample) => speakerOf(sample) !== speaker);
    const one = all.filter((sample) => speakerOf(sample) === speaker);
    outcomes.push(await classified(digits, { train: others, test: one }, { seed, augment: otherVoices }));
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

/**
 * The posture is in the means, which spectral features leave out. Few subjects: many weak trees that look at few
 * features each, and leaves of several windows.
 */
const activities = graph({
  input: motion({ axes: SIX, rateHz: 50, windowMs: 1000, strideMs: 500 }),
  dsp: { posture: flatten(), movement: spectral() },
  learn: {
    activity: on('posture', 'movement').use(
      boostedTrees({ rounds: 150, maxDepth: 4, featureShare: 0.2, minLeaf: 10, maxNodes: 12_000, patience: 30 }),
    ),
  },
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
  dsp: spectral({ fftLength: 16 }),
  learn: randomForest({ predicts: 'value', trees: 100, featureShare: 0.6 }),
});

async function running(seed: number): Promise<Outcome> {
  const { train, test } = await recordings('pump-station');
  const model = await pumps.fit(train, { seed });
  const { flashBytes, ramBytes } = model.estimate(nano33ble);
  return { float: (await model.evaluate(test)).mae, flashBytes, ramBytes };
}

/**
 * Where a finger is says which one it is, so all places of the last stage count rather than their average. The photos
 * are few: all of them train, and the last epoch of the cosine is kept.
 */
const signs = impulse({
  input: image({ width: 48, height: 48, channels: 1 }),
  dsp: pixels({ channels: 'Grayscale' }),
  learn: classifier({
    layers: convNet2d({ filters: [8, 16, 32, 64], end: 'flatten', dropout: 0.5 }),
    epochs: 50,
    validationSplit: 0,
    augment: 'high',
  }),
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
    int8Within: 0.01,
    limits: { flashBytes: 250_000, ramBytes: 60_000 },
    run: async (seed) =>
      classified(keywordsAtBest, await recordings('kws-speech-commands'), {
        seed,
        group: 'speaker',
        augment: elsewhere,
      }),
  },
  {
    name: 'fsdd',
    set: 'fsdd',
    title: 'spoken digits',
    metric: 'accuracy',
    bar: 0.97,
    run: async (seed) => classified(digits, await recordings('fsdd'), { seed, augment: otherVoices }),
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
