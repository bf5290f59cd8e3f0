import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { flatten } from '../../dsp/index.js';
import { classifier, dense, impulse, kMeans, motion, type Sample } from '../../index.js';
import { nano33ble, target } from '../profiles/targets.js';

const input = motion({ axes: ['x'], rateHz: 50, windowMs: 200 });
const samples = Array.from({ length: 12 }, (_, i): Sample => {
  const values = Float32Array.from({ length: 20 }, (_, t) => (i % 2) * Math.sin(t + i) + 0.01 * ((t * 7 + i) % 5));
  return { id: `${i}`, label: i % 2 ? 'busy' : 'calm', signal: { rateHz: 50, axes: ['x'], values } };
});
const design = impulse({ input, dsp: flatten(), learn: classifier({ layers: [dense(8)], epochs: 1 }) });

describe('float32 and int8 side by side', () => {
  it('are what each form is estimated at by itself', async () => {
    const model = await design.fit(samples, { seed: 1 });
    const { f32, int8 } = model.estimates(nano33ble);
    expect(f32).toEqual(model.estimate(nano33ble));
    expect(int8).toEqual((await model.quantize(samples)).estimate(nano33ble));
    expect([f32!.dtype, int8!.dtype]).toEqual(['f32', 'int8']);
    const { f32: before, int8: sketched } = design.estimates(nano33ble, { labels: 2 });
    expect([before!.ramBytes, sketched!.ramBytes]).toEqual([f32!.ramBytes, int8!.ramBytes]);
  });

  it('print as one table, compiled and interpreted', async () => {
    const model = await design.fit(samples, { seed: 1 });
    const text = inspect(model.estimates(nano33ble));
    const [, head, ...lines] = text.split('\n');
    expect(head!.trim().split(/ {2,}/)).toEqual([
      'compiled float32',
      'compiled int8',
      'interpreter float32',
      'interpreter int8',
    ]);
    expect(lines.map((line) => line.split(/ {2,}/)[0])).toEqual([
      'DSP (ms)',
      'network (ms)',
      'post-processing (ms)',
      'total (ms)',
      'RAM (B)',
      'flash (B)',
      'fits',
    ]);
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
  });

  it('take classes as a number or as names, and refuse what is neither', () => {
    const of = (labels: unknown) => () => design.estimate(nano33ble, { labels: labels as number });
    expect(of(['a', 'b', 'c'])()).toEqual(of(3)());
    expect(of(1)().ramBytes).toBeGreaterThan(0);
    for (const labels of [0, -1, 1.5, Number.NaN, '3', [], ['a', 'a'], ['a', ''], [1, 2], null]) {
      expect(of(labels), String(labels)).toThrow(
        expect.objectContaining({ code: 'BAD_OPTION', where: 'estimate.labels' }),
      );
    }
    expect(() => design.estimates(nano33ble, { labels: 0 })).toThrow(/estimate\.labels/);
  });

  it('show energy where it was published for the board', async () => {
    const model = await design.fit(samples, { seed: 1 });
    const { f32 } = model.estimates(target('st-nucleo-u575zi'));
    expect(f32!.interpreter!.energyUj! / f32!.energyUj!).toBeCloseTo(f32!.interpreter!.latencyMs / f32!.latencyMs);
    expect(inspect(model.estimates(target('st-nucleo-u575zi')))).toContain('energy (uJ)');
    expect(f32!.energyErrorPct).toBeGreaterThan(0);
  });

  it('leave out a form that there is none of', async () => {
    const model = await design.fit(samples, { seed: 1 });
    expect(Object.keys((await model.quantize(samples)).estimates(nano33ble))).toEqual(['int8']);
    const anomalies = await impulse({ input, dsp: flatten(), learn: kMeans({ clusters: 2 }) }).fit(samples);
    expect(Object.keys(anomalies.estimates(nano33ble))).toEqual(['f32']);
  });
});
