// The two tasks of the README on real recordings where they are at hand, on synthetic ones otherwise; trained briefly.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeMotion, writeSpeech } from '../examples/synthetic/files.js';
import {
  audio,
  classifier,
  conv1d,
  type Dataset,
  dense,
  graph,
  type Impulse,
  impulse,
  kMeans,
  mfe,
  motion,
  on,
  spectral,
} from '../src/index.js';
import { readDataset } from '../src/node/index.js';

const shared = fileURLToPath(new URL('../../shared/data/', import.meta.url));

/** Where the reference recordings are, or nothing. */
export function realData(name: string): string | undefined {
  const path = join(shared, name);
  return existsSync(path) ? path : undefined;
}

export interface Task {
  readonly name: string;
  readonly origin: 'real' | 'synthetic';
  readonly impulse: Impulse;
  readonly load: () => Promise<Dataset>;
}

export function keywordTask(epochs: number): Task {
  return {
    name: 'keyword',
    origin: realData('kws-speech-commands') ? 'real' : 'synthetic',
    impulse: impulse({
      input: audio({ rateHz: 16_000, windowMs: 1000, strideMs: 500 }),
      dsp: mfe(),
      learn: classifier({ layers: [conv1d(8, 3), conv1d(16, 3)], epochs }),
    }),
    load: () => load('kws-speech-commands', (dir) => writeSpeech(dir, 25)),
  };
}

export function motionTask(): Task {
  const real = realData('imu-gestures') !== undefined;
  return {
    name: 'machine',
    origin: real ? 'real' : 'synthetic',
    impulse: graph({
      input: motion({
        axes: real ? ['accx', 'accy', 'accz'] : ['accX', 'accY', 'accZ'],
        rateHz: real ? 104 : 62.5,
        windowMs: 2000,
        strideMs: 200,
      }),
      dsp: { spectrum: spectral({ fftLength: 16 }) },
      learn: {
        state: on('spectrum').use(classifier({ layers: [dense(20), dense(10)] })),
        anomaly: on('spectrum').use(kMeans({ clusters: 32 })),
      },
    }),
    load: () => load('imu-gestures', (dir) => writeMotion(dir, 5, 10)),
  };
}

async function load(name: string, synthesise: (dir: string) => void): Promise<Dataset> {
  const real = realData(name);
  if (real) return readDataset(real);
  const dir = mkdtempSync(join(tmpdir(), 'impulsekit-'));
  try {
    synthesise(dir);
    return await readDataset(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
