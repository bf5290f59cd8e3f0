import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { craft } from '../compile/import/onnx/testing/craft.js';
import { fixtureBytes } from '../compile/import/onnx/testing/fixtures.js';
import { raw } from '../dsp/index.js';
import { impulse, motion } from '../impulse/index.js';
import { onnx } from '../learn/index.js';
import { espEye, nano33ble, rpPico, target } from '../targets/index.js';
import { save } from './model.js';
import { profile } from './profile.js';

const models = new URL('../../../shared/reference/models/', import.meta.url).pathname;
const targets = [nano33ble, espEye, rpPico];

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'profile-'));
});
afterAll(() => rm(dir, { recursive: true }));

describe.skipIf(!existsSync(models))('reference models', () => {
  // Multiply-accumulates of the README beside the models, where no channel is dropped.
  const macs = { kws_int8: 2_656_768, ic_int8: 12_501_632, ad_int8: 264_192, strww_int8: 826_368 };

  it.each(['kws_int8', 'vww_int8', 'ic_int8', 'ad_int8', 'strww_int8', 'iclarge_int8'])(
    '%s on three targets',
    async (name) => {
      for (const target of targets) {
        const result = await profile(`${models}${name}.tflite`, target);
        expect(result.operators!.supported).toBe(true);
        expect(result.layers.length).toBeGreaterThan(5);
        const cycles = result.layers.reduce((sum, layer) => sum + layer.cycles, 0);
        expect(cycles / target.clockHz).toBeCloseTo(result.latencyMs / 1000, 3);
        const { ramBytes, flashBytes } = result;
        expect(result.fits).toBe(ramBytes <= target.ramBytes && flashBytes <= target.flashBytes);
        expect(flashBytes).toBeGreaterThan(result.parameterBytes);
        if (name in macs) expect(result.macs).toBe(macs[name as keyof typeof macs]);
      }
    },
  );

  it('says what is short', async () => {
    const result = await profile(`${models}ad_f32.tflite`, nano33ble);
    expect(result).toMatchObject({ fits: false, binding: 'flash' });
    expect(result.missing.flashBytes).toBe(result.flashBytes - nano33ble.flashBytes);
    expect(inspect(result)).toMatch(/does not fit: flash is short, flash lacks [\d,]+ bytes/);
  });
});

describe('profile', () => {
  it('takes ONNX as it is and as it will be in int8', async () => {
    const path = join(dir, 'dscnn.onnx');
    await writeFile(path, fixtureBytes('dscnn'));
    const [float, int8] = [await profile(path, nano33ble), await profile(path, nano33ble, { dtype: 'int8' })];
    expect(float.format).toBe('onnx');
    expect(new Set(float.layers.map(({ dtype }) => dtype))).toEqual(new Set(['f32']));
    expect(new Set(int8.layers.map(({ dtype }) => dtype))).toEqual(new Set(['int8']));
    expect(int8.macs).toBe(float.macs);
    expect(int8.ramBytes).toBeLessThan(float.ramBytes);
    expect(int8.parameterBytes).toBeLessThan(float.parameterBytes);
    expect(inspect(float)).toContain('depthwiseConv2d 3x3/2');
    expect(JSON.parse(JSON.stringify(float))).toEqual({ ...float });
  });

  it('shows both forms of a float network, compiled and interpreted, and energy', async () => {
    const path = join(dir, 'conv1d.onnx');
    await writeFile(path, fixtureBytes('conv1d'));
    const board = target('st-nucleo-u575zi');
    const [result, asInt8] = [await profile(path, board), await profile(path, board, { dtype: 'int8' })];
    const { f32, int8 } = result.estimates!;
    expect(f32).toEqual(result.estimate);
    expect(int8).toEqual(asInt8.estimate);
    expect(f32!.interpreter!.ramBytes).toBeGreaterThan(f32!.ramBytes);
    expect(result.energyUj).toBe(f32!.energyUj);
    const text = inspect(result);
    for (const word of ['compiled float32', 'compiled int8', 'interpreter int8', 'energy (uJ)']) {
      expect(text).toContain(word);
    }
    expect((await profile(path, nano33ble)).energyUj).toBeUndefined();
  });

  it('lists what cannot be read, and does not fit', async () => {
    const path = join(dir, 'rnn.onnx');
    await writeFile(path, craft({ nodes: [{ operator: 'RNN', inputs: ['x'], outputs: ['y'], name: 'memory\n' }] }));
    const result = await profile(path, nano33ble);
    expect(result).toMatchObject({ fits: false, binding: 'operators', layers: [] });
    expect(inspect(result)).toMatch(/RNN memory: operator RNN. Use an LSTM, or one-dimensional convolutions/);
  });

  it('takes a saved impulse', async () => {
    const model = impulse({
      input: motion({ axes: ['x', 'y', 'z'], rateHz: 22, windowMs: 1000 }),
      dsp: raw(),
      learn: await onnx(fixtureBytes('conv1d'), { labels: ['a', 'b', 'c', 'd', 'e'] }),
    });
    await save(model, join(dir, 'saved'));
    const result = await profile(join(dir, 'saved'), rpPico);
    const { ramBytes, latencyMs } = model.estimate(rpPico);
    expect(result).toMatchObject({ format: 'impulse', ramBytes, latencyMs });
    expect(result.layers.map(({ kind }) => kind)).toContain('depthwiseConv2d');
    expect(result.layers[0]!.kind).toBe('raw');
  });

  it('refuses what is no model', async () => {
    const path = join(dir, 'notes.txt');
    await writeFile(path, 'not a model');
    await expect(profile(path, nano33ble)).rejects.toMatchObject({ code: 'BAD_FILE' });
    await expect(profile(join(dir, 'nothing'), nano33ble)).rejects.toMatchObject({ code: 'CANNOT_READ' });
  });
});
