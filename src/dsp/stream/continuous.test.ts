import { describe, expect, it } from 'vitest';
import { flatten } from '../flatten/flatten.js';
import { mfe } from '../mfe/mfe.js';
import { raw } from '../raw/raw.js';
import { spectral } from '../spectral/spectral.js';
import { bindSignal, codeOf, noise } from '../testing/index.js';
import { continuous } from './continuous.js';
import { difference, hasData, motion, windowByWindow } from './testing/index.js';

const pushAll = (stream: ReturnType<typeof continuous>, signal: Float32Array): Float32Array[] => {
  const all: Float32Array[] = [];
  for (let end = stream.sliceSize; end <= signal.length; end += stream.sliceSize) {
    const features = stream.push(signal.slice(end - stream.sliceSize, end));
    if (features) all.push(features);
  }
  return all;
};

describe('continuous', () => {
  const signal = noise(16_000).map((v) => Math.round(v * 9000));
  const options = { rateHz: 8000, axes: ['audio'], windowMs: 500, strideMs: 125 };
  const stage = bindSignal(mfe(), 4000, ['audio'], 8000);

  it('returns the features of the latest window, once there is one', () => {
    const stream = continuous(mfe(), options);
    expect(stream.spec).toEqual(stage.output);
    expect([stream.windowSamples, stream.strideSamples, stream.sliceSize]).toEqual([4000, 1000, 1000]);
    expect(stream.push([...signal.slice(0, 1000)])).toBeUndefined();
    stream.reset();
    expect(difference(pushAll(stream, signal), windowByWindow({ stage, strideSamples: 1000, signal }))).toBeUndefined();
  });

  it('takes lengths in samples too, and any relation of stride and window', () => {
    for (const strideSamples of [80, 800, 999, 4000, 5000]) {
      const stream = continuous(mfe(), { rateHz: 8000, axes: ['audio'], windowSamples: 4000, strideSamples });
      expect(difference(pushAll(stream, signal), windowByWindow({ stage, strideSamples, signal }))).toBeUndefined();
    }
  });

  it('refuses slices that cannot be used, and loses nothing', () => {
    const stream = continuous(mfe(), options);
    const disturbed: Float32Array[] = [];
    for (let end = 1000; end <= signal.length; end += 1000) {
      expect(codeOf(() => stream.push(signal.slice(0, 999)))).toBe('SHAPE_MISMATCH');
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, 1e39, undefined as never]) {
        const slice = [...signal.slice(end - 1000, end)];
        slice[17] = bad;
        expect(codeOf(() => stream.push(slice))).toBe('BAD_DATA');
      }
      const features = stream.push(signal.slice(end - 1000, end));
      if (features) disturbed.push(features);
    }
    expect(difference(disturbed, windowByWindow({ stage, strideSamples: 1000, signal }))).toBeUndefined();
  });

  it('hands out arrays that stay as they are', () => {
    const [first, ...others] = pushAll(continuous(mfe(), options), signal);
    expect(first).toEqual(windowByWindow({ stage, strideSamples: 1000, signal })[0]);
    expect(others.every((features) => features.buffer !== first!.buffer)).toBe(true);
  });

  it('refuses lengths that hold no time step', () => {
    const make = (changes: object) => () => continuous(mfe(), { ...options, ...changes } as never);
    expect(codeOf(make({ strideMs: 0.01 }))).toBe('BAD_OPTION');
    expect(codeOf(make({ strideMs: undefined }))).toBe('BAD_OPTION');
    expect(codeOf(make({ windowMs: Number.NaN }))).toBe('BAD_OPTION');
    expect(codeOf(make({ windowSamples: 0.5 }))).toBe('BAD_OPTION');
    expect(codeOf(make({ rateHz: 0 }))).toBe('BAD_OPTION');
    expect(codeOf(make({ axes: [] }))).toBe('BAD_OPTION');
    expect(codeOf(make({ windowMs: 10 }))).toBe('SHAPE_MISMATCH');
  });
});

describe.skipIf(!hasData)('continuous, recorded motion', () => {
  const blocks = {
    raw: raw({ scale: 0.1 }),
    flatten: flatten(),
    spectral: spectral(),
    'spectral, filtered': spectral({ filter: 'low', cutoffHz: 10, fftLength: 64 }),
  };

  it.each(Object.entries(blocks))('%s: the features of every window', (_name, block) => {
    const recordings = motion();
    expect(recordings.length).toBe(4);
    for (const { signal } of recordings) {
      const { rateHz, axes, values } = signal;
      const stream = continuous(block, { rateHz, axes, windowMs: 2000, strideMs: 250 });
      const stage = bindSignal(block, stream.windowSamples, axes, rateHz);
      const windows = windowByWindow({ stage, strideSamples: stream.strideSamples, signal: values });
      expect(windows.length).toBeGreaterThan(25);
      expect(difference(pushAll(stream, values), windows, 1e-5)).toBeUndefined();
    }
  });
});
