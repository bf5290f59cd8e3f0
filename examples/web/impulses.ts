// The impulses of the page, trained on generated recordings, and what the page needs of each.
import {
  audio,
  classifier,
  conv1d,
  dense,
  graph,
  impulse,
  kMeans,
  mfe,
  motion,
  on,
  spectral,
  type TrainedImpulse,
  wasm,
} from 'impulsekit';
import { build, readDataset } from 'impulsekit/node';
import { wav, writeMotion, writeSpeech } from '../synthetic/files.js';
import { motionRecordings } from '../synthetic/motion.js';
import { speechClips } from '../synthetic/speech.js';

/** Which recordings: not those of the training. */
const EXAMPLE_SEED = 1000;

const keyword = impulse({
  input: audio({ rateHz: 16_000, windowMs: 1000, strideMs: 250 }),
  dsp: mfe(),
  learn: classifier({ layers: [conv1d(8, 3), conv1d(16, 3)], epochs: 30 }),
});
const machine = graph({
  input: motion({ axes: ['accX', 'accY', 'accZ'], rateHz: 62.5, windowMs: 2000, strideMs: 200 }),
  dsp: { spectrum: spectral({ fftLength: 16 }) },
  learn: {
    state: on('spectrum').use(classifier({ layers: [dense(20), dense(10)] })),
    anomaly: on('spectrum').use(kMeans({ clusters: 32 })),
  },
});

/** An entry of `impulses.json`. */
export interface PageImpulse {
  readonly name: string;
  readonly title: string;
  readonly example: string;
}

export interface Made {
  readonly impulses: readonly PageImpulse[];
  /** Recordings to try, by file name. */
  readonly examples: Readonly<Record<string, Uint8Array | string>>;
}

/** The trained impulses as int8, by name; recordings go to `dataDir`, as many of each word as `clips`. */
export async function trainImpulses(
  dataDir: string,
  clips = 50,
): Promise<Record<'keyword' | 'motion', TrainedImpulse>> {
  writeSpeech(`${dataDir}/speech`, clips);
  writeMotion(`${dataDir}/motion`, Math.ceil(clips / 5), 10);
  return { keyword: await train(keyword, `${dataDir}/speech`), motion: await train(machine, `${dataDir}/motion`) };
}

async function train(design: typeof keyword, recordings: string): Promise<TrainedImpulse> {
  const data = await readDataset(recordings);
  const model = await (await design.fit(data.train, { seed: 1 })).quantize(data.train);
  const { accuracy, windows } = await model.evaluate(data.test);
  console.log(`${data.train[0]!.label} and others: ${(100 * accuracy).toFixed(1)} % of ${windows} test windows right`);
  return model;
}

/** Trains the impulses and writes `keyword.js` and `motion.js` into a folder. */
export async function makeImpulses(outDir: string, dataDir: string, clips?: number): Promise<Made> {
  for (const [name, model] of Object.entries(await trainImpulses(dataDir, clips))) {
    const { version } = await build(model.deploy(wasm({ name })), `${outDir}/${name}.js`);
    console.log(`${outDir}/${name}.js: compiled by ${version}`);
  }
  return {
    impulses: [
      { name: 'keyword', title: 'Words: mosa, kiti, fumo', example: 'words.wav' },
      { name: 'motion', title: 'Motion of an accelerometer', example: 'motion.csv' },
    ],
    examples: { 'words.wav': words(), 'motion.csv': moves() },
  };
}

/** All words in a row, with what lies between them. */
function words(): Uint8Array {
  const clips = speechClips(1, EXAMPLE_SEED).map(({ clip }) => clip);
  const all = new Int16Array(clips.reduce((sum, clip) => sum + clip.length, 0));
  let at = 0;
  for (const clip of clips) {
    all.set(clip, at);
    at += clip.length;
  }
  return wav(all);
}

/** All motions in a row, as a table. */
function moves(): string {
  const steps = motionRecordings(1, 6, EXAMPLE_SEED).flatMap(
    ({ json }) => (JSON.parse(json) as { payload: { values: number[][] } }).payload.values,
  );
  return `${['accX,accY,accZ', ...steps.map((step) => step.join(','))].join('\n')}\n`;
}
