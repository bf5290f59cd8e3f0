// Processing blocks that learn, and blocks made of blocks, on their way through an impulse.
import { describe, expect, it } from 'vitest';
import { rms } from '../../examples/custom-block/rms.js';
import type { Sample } from '../data/index.js';
import { filter, pipe, scaler, spectral } from '../dsp/index.js';
import { classifier, dense, kMeans } from '../learn/index.js';
import { cppLibrary, nano33ble } from '../targets/index.js';
import { graph, impulse } from './impulse.js';
import { fromFiles, motion, on } from './index.js';

const wrist = motion({ axes: ['x', 'y'], rateHz: 50, windowMs: 1000, strideMs: 500 });

function recording(label: 'busy' | 'calm', take: number): Sample {
  const values = Float32Array.from({ length: 400 }, (_, i) => {
    const t = i >> 1;
    return 9.81 + (label === 'busy' ? 4 : 0.2) * Math.sin(t * (1 + 0.1 * (take % 3)) + take + (i % 2));
  });
  return { id: `${label}.${take}`, label, signal: { rateHz: 50, axes: ['x', 'y'], values } };
}
const samples = Array.from({ length: 12 }, (_, i) => recording(i % 2 ? 'busy' : 'calm', i));
const window = wrist.windows(samples[1]!)[0]!.values;

const machine = graph({
  input: wrist,
  dsp: {
    smooth: pipe(filter({ filter: 'high', cutoffHz: 1, start: 'steady' }), spectral(), scaler()),
    power: pipe(rms({ frames: 5 }), scaler({ per: 'all' })),
  },
  learn: {
    state: on('smooth').use(classifier({ layers: [dense(6)], epochs: 10 })),
    strange: on('power').use(kMeans({ clusters: 2 })),
  },
});

describe('processing blocks that learn', () => {
  it('are fitted by training; the design stays as it was, the trained impulse holds them fitted', async () => {
    const model = await machine.fit(samples);
    expect(machine.design.dsp.power!.params['scaler.mean']).toEqual([]);
    expect(model.design.dsp.power!.params['scaler.mean']).toHaveLength(1);
    const rows = samples.flatMap((one) => wrist.windows(one).map(({ values }) => model.features(values).power!.data));
    const all = rows.flatMap((row) => [...row]);
    expect(all.reduce((a, b) => a + b, 0) / all.length).toBeCloseTo(0, 4);
    expect(all.reduce((a, b) => a + b * b, 0) / all.length).toBeCloseTo(1, 4);
  });

  it('come back when the impulse is loaded, with blocks of one’s own inside', async () => {
    const model = await machine.fit(samples);
    const { files } = model.toBundle();
    const saved = { json: files['impulse.json'] as string, weights: files['weights.bin'] as Uint8Array };
    const again = fromFiles(saved, [rms]);
    expect(again.predict(window)).toEqual(model.predict(window));
    expect(again.toBundle()).toEqual(model.toBundle());
    expect(() => fromFiles(saved)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
  });

  it('are estimated before training', async () => {
    expect(machine.estimate(nano33ble).ramBytes).toBeGreaterThan(0);
    const model = await machine.fit(samples);
    expect(model.estimate(nano33ble).ramBytes).toBeGreaterThan(0);
    expect(Object.keys(model.deploy(cppLibrary({ name: 'machine' })).files)).toContain('machine.cpp');
  });

  it('type check in a chain', async () => {
    const chain = impulse({ input: wrist, dsp: pipe(spectral(), scaler()), learn: kMeans({ clusters: 2 }) });
    const changed = chain.with({ dsp: { dsp: { 'spectral.fftLength': 32 } } });
    expect(changed.design.dsp.dsp!.params['spectral.fftLength']).toBe(32);
    expect((await changed.fit(samples)).predict(window).anomaly).toBeDefined();
  });
});
