import { describe, expect, it } from 'vitest';
import type { Sample } from '../data/index.js';
import { mfe, raw } from '../dsp/index.js';
import {
  bandMask,
  brightness,
  classifier,
  dense,
  gain,
  gaussianNoise,
  mixup,
  noiseMix,
  pan,
  timeShift,
} from '../learn/index.js';
import { seededRandom } from '../learn/random.js';
import { findLearningRate } from './find-learning-rate.js';
import { audio, image, impulse, motion, type TrainedImpulse } from './index.js';
import { fromFiles } from './load.js';

const input = audio({ rateHz: 4000, windowMs: 250 });
const sound = impulse({ input, dsp: mfe({ fftLength: 128, filters: 12 }), learn: classifier({ epochs: 4 }) });

const saved = (model: TrainedImpulse): object => model.toBundle().files;

/** Tones of two heights, each with a little noise. */
function tones(count: number, loudness = 1000): Sample[] {
  const { normal } = seededRandom(7, `tones ${loudness}`);
  return Array.from({ length: count }, (_, i) => ({
    id: `${i}`,
    label: i % 2 === 0 ? 'low' : 'high',
    signal: {
      rateHz: 4000,
      axes: ['audio'],
      values: Float32Array.from(
        { length: 1000 },
        (_v, t) => loudness * Math.sin(t * (i % 2 === 0 ? 0.4 : 1)) + normal(),
      ),
    },
  }));
}

describe('augmented copies of windows', () => {
  const augment = { copies: 2, with: [noiseMix({ snrDb: [0, 10] }), timeShift({ ms: 20 }), gain({ db: 3 })] };

  it('are trained on, seeded, told of in progress and named in the origin', async () => {
    const samples = tones(40);
    const batches = new Set<number>();
    const seen: number[] = [];
    const learn = (seed: number) =>
      sound.fit(samples, {
        seed,
        augment,
        onBatch: (p) => batches.add(p.batches),
        onWindows: (p) => seen.push(p.done / p.windows),
      });
    const model = await learn(1);
    // 32 of 40 windows are trained on, with two copies each.
    expect([...batches]).toEqual([3]);
    expect(seen.length).toBe(120);
    expect(seen.at(-1)).toBe(1);
    expect(model.origin).toMatchObject({ windows: 40, augment: JSON.parse(JSON.stringify(augment)) });
    expect(saved(await learn(1))).toEqual(saved(model));
    expect(saved(await learn(2))).not.toEqual(saved(model));
    const { 'impulse.json': json, 'weights.bin': weights } = model.toBundle().files;
    const back = fromFiles({ json: json as string, weights: weights as Uint8Array });
    expect(back.origin).toEqual(model.origin);
  });

  it('change what is learnt, and leave no trace where there are none', async () => {
    const samples = tones(20);
    const plain = await sound.fit(samples, { seed: 3 });
    const none = await sound.fit(samples, { seed: 3, augment: { ...augment, copies: 0 } });
    expect(none.reports).toEqual(plain.reports);
    expect(plain.origin).not.toHaveProperty('augment');
  });

  it('mix in recordings that are given, and name them in the origin', async () => {
    const given = (loudness: number) =>
      sound.fit(tones(20), { augment: { with: [noiseMix()], noise: tones(4, loudness) } });
    const [a, b] = [await given(10), await given(20)];
    expect(a.origin.augment!.noiseHash).toMatch(/^[0-9a-f]{32}$/);
    expect(b.origin.augment!.noiseHash).not.toBe(a.origin.augment!.noiseHash);
  });

  it('refuse what makes no sense', async () => {
    const learn = (options: object) => sound.fit(tones(4), { augment: { with: [gain()], ...options } });
    for (const wrong of [
      { copies: -1 },
      { copies: 1.5 },
      { with: [] },
      { with: [bandMask()] },
      { with: [mixup()] },
      { with: [noiseMix({ label: 'rain' })] },
      { with: 'low' },
      { with: [{ type: 'gain', db: 'loud' }] },
    ]) {
      await expect(learn(wrong), JSON.stringify(wrong)).rejects.toMatchObject({
        code: 'BAD_OPTION',
        where: expect.stringMatching(/^fit\.augment|^gain/),
      });
    }
  });

  it('leave boxes where they are', async () => {
    const values = Float32Array.from({ length: 64 }, (_, i) => i);
    const samples: Sample[] = ['a', 'b', 'a', 'b'].map((label, i) => ({
      id: `${i}`,
      label,
      boxes: [{ label, x: 1, y: 1, width: 2, height: 2 }],
      signal: { rateHz: 0, axes: ['grey'], values, width: 8 },
    }));
    const pictures = impulse({
      input: image({ width: 8, height: 8, channels: 1 }),
      dsp: raw(),
      learn: classifier({ layers: [dense(4)], epochs: 1 }),
    });
    await expect(pictures.fit(samples, { augment: { with: [pan()] } })).rejects.toMatchObject({ code: 'BAD_OPTION' });
    await pictures.fit(samples, { augment: { with: [brightness()] } });
  });

  it('scale noise by the unit of each axis', async () => {
    const { normal } = seededRandom(2, 'motion');
    const samples: Sample[] = Array.from({ length: 12 }, (_, i) => ({
      id: `${i}`,
      label: i % 2 === 0 ? 'still' : 'shaken',
      signal: {
        rateHz: 50,
        axes: ['accX', 'gyrX'],
        values: Float32Array.from({ length: 100 }, (_v, t) => (t % 2 === 0 ? 1 : 500) * normal() * (1 + (i % 2))),
      },
    }));
    const gesture = impulse({
      input: motion({ axes: ['accX', 'gyrX'], rateHz: 50, windowMs: 1000 }),
      dsp: raw(),
      learn: classifier({ layers: [dense(4)], epochs: 2 }),
    });
    const model = await gesture.fit(samples, { augment: { with: [gaussianNoise()] } });
    expect(model.labels).toEqual(['shaken', 'still']);
  });
});

describe('findLearningRate', () => {
  it('tests one learner of an impulse, on copies too, and leaves the impulse alone', async () => {
    const before = JSON.stringify(sound.design.learn);
    const augment = { copies: 1, with: [gain()] };
    const curve = await findLearningRate(sound, tones(20), { steps: 30, augment, seed: 4 });
    expect(curve.points.length).toBeGreaterThan(10);
    expect(curve.learningRate).toBeGreaterThan(1e-5);
    expect(JSON.stringify(sound.design.learn)).toBe(before);
    expect(await findLearningRate(sound, tones(20), { steps: 30, augment, seed: 4 })).toEqual(curve);
    await expect(findLearningRate(sound, tones(4), { learner: 'other' })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    });
  });
});
