/** Small trained impulses of every kind of sensor, for tests of programs that classify. */
import {
  audio,
  centroids,
  classifier,
  conv1d,
  conv2d,
  dense,
  graph,
  image,
  imageSignal,
  impulse,
  kMeans,
  mfe,
  motion,
  on,
  pixels,
  type Sample,
  spectral,
  type TrainedImpulse,
} from '../../../index.js';

/** Two tones in noise, or one. */
export function sound(take: number, samples: number): Float32Array {
  const [a, b] = take % 2 ? [11, 3] : [5, 47];
  const noise = (i: number): number => (Math.imul(i + 1 + take * 7919, 0x9e3779b1) >>> 20) - 2048;
  return Float32Array.from({ length: samples }, (_, i) =>
    Math.round(5000 * Math.sin(i / a) + 2500 * Math.sin(i / b) + noise(i) / 4),
  );
}

export async function keywordModel(): Promise<TrainedImpulse> {
  const samples = Array.from({ length: 8 }, (_, take): Sample => {
    const values = sound(take, 8_000);
    return { id: `${take}`, label: take % 2 ? 'yes' : 'no', signal: { rateHz: 8_000, axes: ['audio'], values } };
  });
  const model = await impulse({
    input: audio({ rateHz: 8_000, windowMs: 1000, strideMs: 500 }),
    dsp: mfe({ filters: 20, frameStrideMs: 20 }),
    learn: classifier({ layers: [conv1d(4, 3)], epochs: 3, augment: 'none' }),
  }).fit(samples, { seed: 1 });
  return model.quantize(samples);
}

/** Three axes at rest, or shaken. */
export function shake(take: number, steps: number): Float32Array {
  return Float32Array.from({ length: steps * 3 }, (_, i) => {
    const t = Math.floor(i / 3);
    return Math.fround((take % 2 ? 3 * Math.sin(t * (0.3 + 0.05 * take)) : 0.1 * Math.cos(t * take)) + (i % 3) * 0.25);
  });
}

export async function motionModel(): Promise<TrainedImpulse> {
  const samples = Array.from({ length: 8 }, (_, take): Sample => {
    const signal = { rateHz: 62.5, axes: ['accX', 'accY', 'accZ'], values: shake(take, 125) };
    return { id: `${take}`, label: take % 2 ? 'shake' : 'rest', signal };
  });
  const float = await graph({
    input: motion({ windowMs: 1000, strideMs: 240 }),
    dsp: { spectrum: spectral() },
    learn: {
      state: on('spectrum').use(classifier({ layers: [dense(8)], epochs: 4, augment: 'none' })),
      odd: on('spectrum').use(kMeans({ clusters: 2 })),
    },
  }).fit(samples, { seed: 1 });
  return float.quantize(samples);
}

/** A picture with one coloured square, as bytes. */
export function picture(take: number, side = 16): { values: Float32Array; x: number; y: number } {
  const [x, y] = [1 + ((take * 5) % 8), 1 + ((take * 3) % 8)];
  const values = Float32Array.from({ length: side * side * 3 }, (_, i) => {
    const [column, row, channel] = [Math.floor(i / 3) % side, Math.floor(i / 3 / side), i % 3];
    const inside = column >= x && column < x + 6 && row >= y && row < y + 6;
    const colour = take % 2 ? [220, 30, 40] : [30, 40, 210];
    return inside ? colour[channel]! : 90 + ((i * 31 + take * 17) % 40);
  });
  return { values, x, y };
}

const pictures = (boxes: boolean): Sample[] =>
  Array.from({ length: 8 }, (_, take): Sample => {
    const { values, x, y } = picture(take);
    const label = take % 2 ? 'red' : 'blue';
    const signal = imageSignal({ width: 16, height: 16, format: 'rgb', values: Uint8ClampedArray.from(values) });
    return { id: `${take}`, label, signal, ...(boxes && { boxes: [{ label, x, y, width: 6, height: 6 }] }) };
  });

export type Pixels = 'packed' | 'rgb' | 'grey';

export async function pictureModel(format: Pixels): Promise<TrainedImpulse> {
  const model = await impulse({
    input: image({ width: 16, height: 16, channels: format === 'grey' ? 1 : 3, packed: format === 'packed' }),
    dsp: pixels(format === 'grey' ? { channels: 'Grayscale' } : {}),
    learn: classifier({ layers: [conv2d(4, 3)], epochs: 3, augment: 'none' }),
  }).fit(pictures(false), { seed: 1 });
  return model.quantize(pictures(false));
}

export async function detectorModel(): Promise<TrainedImpulse> {
  const model = await impulse({
    input: image({ width: 16, height: 16, channels: 3 }),
    dsp: pixels(),
    learn: centroids({
      layers: [conv2d(4, 3), conv2d(4, 3)],
      headFilters: 4,
      epochs: 60,
      learningRate: 0.01,
      minScore: 0.3,
      validationSplit: 0,
    }),
  }).fit(pictures(true), { seed: 1 });
  return model.quantize(pictures(true));
}
