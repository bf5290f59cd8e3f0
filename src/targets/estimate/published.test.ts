/** Estimates against published tables: "Edge Impulse: An MLOps Platform for Tiny Machine Learning", and MLPerf Tiny. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ProcessingStage } from '../../block.js';
import { mfcc, mfe, pixels } from '../../dsp/index.js';
import { image, impulse, tflite } from '../../index.js';
import { imageSpec, signalSpec } from '../../spec.js';
import { estimate } from '../estimate.js';
import type { TargetProfile } from '../profiles/profile.js';
import { espEye, nano33ble, rpPico, target } from '../profiles/targets.js';
import { tinyProgram } from '../testing/tiny-program.js';

const MODELS = new URL('../../../../shared/reference/models/', import.meta.url).pathname;
const hasModels = existsSync(MODELS);
const second = signalSpec(16_000, ['audio'], 16_000);

/** Milliseconds of one processing block in the published library. */
function publishedMs(stage: ProcessingStage, profile: TargetProfile): number {
  const { dsp: steps, ...rest } = tinyProgram();
  const program = { ...rest, learn: [], dsp: [{ ...steps[0]!, stage }], strideSamples: 0 };
  return estimate(program, profile).interpreter!.dspMs;
}

const within = (percent: number, ms: number, expected: number) =>
  expect(Math.abs(ms / expected - 1), `${ms} against ${expected}`).toBeLessThan(percent / 100);

type Times = readonly [kind: 'mfe' | 'mfcc', lengthMs: number, strideMs: number, filters: number, ms: number];

describe('processing of Table 3 on the Nano 33, within 20 %', () => {
  it.each<Times>([
    ['mfe', 20, 10, 40, 332],
    ['mfcc', 20, 10, 40, 770],
    ['mfcc', 20, 10, 32, 579],
    ['mfe', 20, 10, 32, 319],
    ['mfe', 20, 20, 32, 163],
    ['mfcc', 50, 25, 40, 327],
    ['mfe', 50, 25, 32, 161],
    ['mfe', 32, 16, 32, 217],
  ])('%s(%d, %d, %d): %d ms', (kind, frameLengthMs, frameStrideMs, filters, ms) => {
    // A longer transform than published, where 40 filters would not all cover a bin; it does not enter the price.
    const options = { frameLengthMs, frameStrideMs, filters, fftLength: 1024 };
    // The table names no number of coefficients; its times are those of one per filter.
    const block = kind === 'mfe' ? mfe(options) : mfcc({ ...options, coefficients: filters });
    within(20, publishedMs(block.bind(second), nano33ble), ms);
  });
});

describe('processing of Table 2, within 20 %', () => {
  it.each([
    ['Nano 33', nano33ble, 199.54],
    ['ESP-EYE', espEye, 318.7],
    ['Pico', rpPico, 619.57],
  ])('keyword front end on %s', (_, profile, ms) => {
    within(20, publishedMs(mfcc().bind(second), profile), ms);
  });

  it.each([
    ['Nano 33', nano33ble, 12.54, 1.36],
    ['ESP-EYE', espEye, 9.58, 1.23],
    ['Pico', rpPico, 56.59, 6.48],
  ])('images of int8 networks on %s', (_, profile, large, small) => {
    const at = (side: number) =>
      publishedMs(pixels().bind(imageSpec({ width: side, height: side, channels: 3 })), profile);
    within(20, at(96), large);
    within(20, at(32), small);
  });
});

describe.skipIf(!hasModels)('the network of Table 2 for visual wake words', () => {
  const made = (file: string) =>
    impulse({
      input: image({ width: 96, height: 96 }),
      dsp: pixels({ channels: 'RGB' }),
      learn: tflite(readFileSync(`${MODELS}${file}.tflite`), { labels: ['no', 'person'] }),
    });
  const models = new Map<string, ReturnType<typeof made>>();
  const modelOf = (file: string) => {
    if (!models.has(file)) models.set(file, made(file));
    return models.get(file)!;
  };

  it('does not fit in float32 where the paper says so, and fits in int8', () => {
    const [float, int8] = [modelOf('vww_f32'), modelOf('vww_int8')];
    for (const profile of [nano33ble, rpPico]) {
      const { fits, binding } = float.estimate(profile).interpreter!;
      expect(fits).toBe(false);
      expect(binding).toMatchObject({ region: 'RAM' });
      expect(binding!.missingBytes).toBeGreaterThan(0);
      expect(int8.estimate(profile).interpreter!.fits).toBe(true);
    }
    expect(float.estimate(espEye).interpreter).toMatchObject({ fits: true, arenaIn: 'PSRAM' });
  });

  it('takes what the interpreter of Table 4 takes in flash, within 10 %; int8 less, without its dead channels', () => {
    expect(modelOf('vww_int8').estimate(nano33ble).interpreter!.flashBytes).toBeLessThan(361_200);
    within(10, modelOf('vww_f32').estimate(nano33ble).interpreter!.flashBytes, 904_400);
  });

  it('takes the energy that was published for a board, within the errors of time and energy', () => {
    const profile = target('st-nucleo-u575zi');
    const { nanojoulesPerCycle, errorPct } = profile.energy!;
    // X-CUBE-AI 7.1: 151.6 ms at 160 MHz and 4031 uJ.
    within(errorPct, 151.6e-3 * 160e6 * nanojoulesPerCycle * 1e-3, 4031);
    const compiled = modelOf('vww_int8').estimate(profile);
    expect(compiled.energyUj).toBeCloseTo(compiled.latencyMs * 160e3 * nanojoulesPerCycle * 1e-3, 6);
  });
});
