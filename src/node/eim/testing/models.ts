/** Small trained impulses of every kind of input, for tests and benches; what they learnt does not matter. */
import {
  audio,
  centroids,
  classifier,
  conv1d,
  graph,
  image,
  imageSignal,
  impulse,
  kMeans,
  logisticRegression,
  mfe,
  motion,
  on,
  pixels,
  type Sample,
  spectral,
  type TrainedImpulse,
} from '../../../index.js';

/** Repeatable numbers from -1 to 1. */
export function noise(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

const LABELS = ['low', 'high'];

function signals(axes: readonly string[], rateHz: number, seconds: number, amplitude: number): Sample[] {
  return Array.from({ length: 12 }, (_, k) => {
    const random = noise(k + 1);
    const label = LABELS[k % 2]!;
    const step = label === 'low' ? 0.05 : 0.4;
    const values = Float32Array.from({ length: rateHz * seconds * axes.length }, (_, i) => {
      const wave = Math.sin(step * Math.floor(i / axes.length) + (i % axes.length));
      return Math.round(amplitude * (0.8 * wave + 0.2 * random()));
    });
    return { id: `${label}.${k}`, label, signal: { rateHz, axes, values } };
  });
}

async function small(model: Promise<TrainedImpulse>, samples: readonly Sample[]): Promise<TrainedImpulse> {
  return (await model).quantize(samples);
}

/** One second at 16 kHz, 16,000 values, slices of 240 ms: filter banks and a small convolutional network. */
export function audioModel(): Promise<TrainedImpulse> {
  const samples = signals(['audio'], 16_000, 2, 8000);
  const design = impulse({
    input: audio({ rateHz: 16_000, windowMs: 1000, strideMs: 240 }),
    dsp: mfe(),
    learn: classifier({ layers: [conv1d(8, 3), conv1d(16, 3)], epochs: 1 }),
  });
  return small(design.fit(samples, { seed: 1 }), samples);
}

/** Two seconds of 3 axes, 375 values: spectral features, a logistic regression and an anomaly score. */
export function motionModel(): Promise<TrainedImpulse> {
  const samples = signals(['accX', 'accY', 'accZ'], 62.5, 8, 1000);
  const design = graph({
    input: motion({ axes: ['accX', 'accY', 'accZ'], rateHz: 62.5, windowMs: 2000, strideMs: 200 }),
    dsp: { spectrum: spectral({ fftLength: 16 }) },
    learn: {
      state: on('spectrum').use(logisticRegression()),
      anomaly: on('spectrum').use(kMeans({ clusters: 4 })),
    },
  });
  return small(design.fit(samples, { seed: 1 }), samples);
}

/** Pictures of 48 x 48 in colour, 2,304 pixels: a network that finds objects. */
export function imageModel(): Promise<TrainedImpulse> {
  const samples = Array.from({ length: 12 }, (_, k): Sample => {
    const random = noise(k + 1);
    const [x, y] = [8 + 2 * k, 30 - 2 * k];
    const values = Array.from({ length: 48 * 48 * 3 }, (_, i) => {
      const [column, row] = [Math.floor(i / 3) % 48, Math.floor(i / 144)];
      const inside = column >= x && column < x + 10 && row >= y && row < y + 10;
      return inside ? 240 : Math.round(40 + 30 * random());
    });
    const box = { label: 'square', x, y, width: 10, height: 10 };
    return {
      id: `square.${k}`,
      label: 'square',
      signal: imageSignal({ width: 48, height: 48, format: 'rgb', values }),
      boxes: [box],
    };
  });
  const design = impulse({
    input: image({ width: 48, height: 48, channels: 3, resizeMode: 'fit-short' }),
    dsp: pixels(),
    learn: centroids({ epochs: 2, minScore: 0.05 }),
  });
  return small(design.fit(samples, { seed: 1 }), samples);
}
