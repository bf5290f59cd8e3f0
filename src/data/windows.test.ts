import { describe, expect, it } from 'vitest';
import { lengthOf, type Sample, type Signal } from './sample.js';
import { errorOf, wav16 } from './testing/fixtures.js';
import { parseWav } from './wav.js';
import { type LabelRule, selectAxes, sliceWindows, toWindows } from './windows.js';

const ramp = (length: number, rateHz = 100): Signal => ({
  rateHz,
  axes: ['x'],
  values: Float32Array.from({ length }, (_, i) => i),
});
const sampleOf = (signal: Signal, label: string | undefined = 'a'): Sample => ({ id: 'a.1.csv', label, signal });
const xyz: Signal = { rateHz: 10, axes: ['accX', 'accY', 'temp'], values: Float32Array.of(1, 2, 3, 4, 5, 6) };

describe('sliceWindows', () => {
  it('steps through a recording and leaves an incomplete tail out', () => {
    const windows = sliceWindows(sampleOf(ramp(11)), { samples: 4, strideSamples: 3 });
    expect(windows.map(({ start }) => start)).toEqual([0, 3, 6]);
    expect(windows.map(({ values }) => [...values])).toEqual([
      [0, 1, 2, 3],
      [3, 4, 5, 6],
      [6, 7, 8, 9],
    ]);
    expect(windows.every(({ label }) => label === 'a')).toBe(true);
  });

  it('has as many windows as the formula says', () => {
    for (let length = 1; length < 30; length++) {
      for (let samples = 1; samples <= length; samples++) {
        for (let strideSamples = 1; strideSamples < 7; strideSamples++) {
          const windows = sliceWindows(sampleOf(ramp(length)), { samples, strideSamples });
          expect(windows).toHaveLength(Math.floor((length - samples) / strideSamples) + 1);
          const last = windows.at(-1)!;
          expect(last.values[0]).toBe(last.start);
          expect(last.start + samples).toBeLessThanOrEqual(length);
        }
      }
    }
  });

  it('pads a short recording at its end, or gives nothing', () => {
    const options = { samples: 5, strideSamples: 1 };
    const [only, ...rest] = sliceWindows(sampleOf(ramp(3)), options);
    expect([...only!.values]).toEqual([0, 1, 2, 0, 0]);
    expect(rest).toEqual([]);
    expect(sliceWindows(sampleOf(ramp(3)), { ...options, zeroPad: false })).toEqual([]);
  });

  it('shares the memory of the recording', () => {
    const signal = ramp(10);
    for (const { values } of sliceWindows(sampleOf(signal), { samples: 4, strideSamples: 2 })) {
      expect(values.buffer).toBe(signal.values.buffer);
    }
  });

  it('keeps axes interleaved', () => {
    const windows = sliceWindows(sampleOf(xyz), { samples: 1, strideSamples: 1 });
    expect(windows.map(({ values }) => [...values])).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
  });

  it.each([
    ['samples', 0],
    ['samples', 1.5],
    ['strideSamples', 0],
    ['strideSamples', Number.NaN],
  ])('refuses %s of %s', (name, count) => {
    const error = errorOf(() => sliceWindows(sampleOf(ramp(9)), { samples: 2, strideSamples: 2, [name]: count }));
    expect([error.code, error.where]).toEqual(['BAD_OPTION', `windows.${name}`]);
  });
});

describe('labels of windows', () => {
  const sample: Sample = {
    ...sampleOf(ramp(12), undefined),
    segments: [
      { startIndex: 0, endIndex: 4, label: 'a' },
      { startIndex: 5, endIndex: 6, label: 'b' },
      { startIndex: 7, endIndex: 11, label: 'c' },
    ],
  };
  const labels = (labelRule: LabelRule, samples = 4) =>
    sliceWindows(sample, { samples, strideSamples: 2, labelRule }).map(({ label }) => label);

  it('majority by default; the first met when equal', () => {
    expect(sliceWindows(sample, { samples: 4, strideSamples: 2 }).map(({ label }) => label)).toEqual([
      'a',
      'a',
      'b',
      'c',
      'c',
    ]);
    expect(labels('majority-in-window', 2)).toEqual(['a', 'a', 'a', 'b', 'c', 'c']);
  });

  it('counts a label that comes back', () => {
    const segments = ['a', 'b', 'a', 'c', 'c', 'a'].map((label, i) => ({ startIndex: i, endIndex: i, label }));
    const [window] = sliceWindows({ ...sampleOf(ramp(6)), segments }, { samples: 6, strideSamples: 6 });
    expect(window!.label).toBe('a');
  });

  it('end of window', () => {
    expect(labels('end-of-window')).toEqual(['a', 'b', 'c', 'c', 'c']);
  });

  it('anywhere in window, with a least share', () => {
    expect(labels({ anywhere: ['b'] })).toEqual(['a', 'b', 'b', 'b', 'c']);
    expect(labels({ anywhere: ['b'], minShare: 0.5 })).toEqual(['a', 'a', 'b', 'c', 'c']);
    expect(labels({ anywhere: ['c', 'b'] })).toEqual(['a', 'b', 'c', 'c', 'c']);
  });

  it('looks only at what was recorded in a padded window', () => {
    const one = (labelRule: LabelRule) => sliceWindows(sample, { samples: 50, strideSamples: 1, labelRule })[0]!.label;
    expect(one('end-of-window')).toBe('c');
    expect(one('majority-in-window')).toBe('a');
  });

  it('follows the recording to another rate', () => {
    const at = (rateHz: number) =>
      toWindows(sample, { rateHz, samples: 1, strideSamples: 1 })
        .map(({ label }) => label)
        .join('');
    expect(at(100)).toBe('aaaaabbccccc');
    expect(at(200)).toBe('aaaaaaaaaabbbbcccccccccc');
    expect(at(50)).toBe('aaabcc');
    expect(at(30)).toBe('aabc');
  });

  it('passes any text through', () => {
    const label = 'say "hi"\n{{x}} \\';
    expect(sliceWindows(sampleOf(ramp(4), label), { samples: 4, strideSamples: 4 })[0]!.label).toBe(label);
  });
});

describe('selectAxes', () => {
  it('picks by name and in the order asked for', () => {
    expect(selectAxes(xyz, ['temp', 'accX'])).toEqual({
      rateHz: 10,
      axes: ['temp', 'accX'],
      values: Float32Array.of(3, 1, 6, 4),
    });
    expect(selectAxes(xyz, xyz.axes)).toBe(xyz);
  });

  it.each([
    ['accx', 'accX'],
    ['acc_y', 'accY'],
    ['tmp', 'temp'],
    ['temp1', 'temp'],
    ['tamp', 'temp'],
  ])('suggests for %s the axis %s', (name, near) => {
    const error = errorOf(() => selectAxes(xyz, [name], 'a.1.csv'));
    expect([error.code, error.where]).toEqual(['BAD_DATA', 'a.1.csv']);
    expect(error.expected).toContain('"accX", "accY", "temp"');
    expect(error.fix).toBe(`Did you mean "${near}"?`);
  });

  it('suggests nothing for another word', () => {
    expect(errorOf(() => selectAxes(xyz, ['audio'])).fix).not.toContain('mean');
  });
});

describe('toWindows', () => {
  it('selects, resamples and slices', () => {
    const signal: Signal = { rateHz: 16_000, axes: ['audio', 'ref'], values: new Float32Array(2 * 16_000).fill(100) };
    const windows = toWindows(sampleOf(signal), { rateHz: 8000, axes: ['audio'], samples: 4000, strideSamples: 2000 });
    expect(windows.map(({ start, values }) => [start, values.length])).toEqual([
      [0, 4000],
      [2000, 4000],
      [4000, 4000],
    ]);
    expect(windows[1]!.values.every((value) => Math.abs(value - 100) < 0.01)).toBe(true);
  });

  it('brings a WAV of another rate to the rate asked for', () => {
    const tone = Array.from({ length: 8000 }, (_, t) => Math.round(8000 * Math.sin((2 * Math.PI * 440 * t) / 8000)));
    const { signal } = parseWav(wav16(tone, { rateHz: 8000 }), 'a.1.wav');
    const [window, ...rest] = toWindows(sampleOf(signal), { rateHz: 16_000, samples: 16_000, strideSamples: 8000 });
    expect(rest).toEqual([]);
    for (let t = 200; t < 15_800; t++) {
      expect(Math.abs(window!.values[t]! - 8000 * Math.sin((2 * Math.PI * 440 * t) / 16_000))).toBeLessThan(80);
    }
  });

  it('takes a single reading as one time step', () => {
    const windows = toWindows(sampleOf({ ...ramp(1), rateHz: 0 }), { rateHz: 50, samples: 1, strideSamples: 1 });
    expect(windows.map(({ values }) => [...values])).toEqual([[0]]);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses a sample made in code that holds %s, naming it', (value) => {
    const signal = { ...xyz, values: Float32Array.of(1, 2, 3, 4, value, 6) };
    const error = errorOf(() => toWindows(sampleOf(signal), { rateHz: 10, samples: 1, strideSamples: 1 }));
    expect([error.code, error.where]).toEqual(['BAD_DATA', 'a.1.csv, row 1, axis "accY"']);
  });

  it.each([
    ['no axes', { ...xyz, axes: [] }],
    ['no values', { ...xyz, values: new Float32Array() }],
    ['part of a row', { ...xyz, axes: ['x', 'y', 'z', 'w'] }],
    ['a rate below 0', { ...xyz, rateHz: -1 }],
  ])('refuses a signal with %s', (_, signal) => {
    expect(errorOf(() => toWindows(sampleOf(signal), { rateHz: 10, samples: 1, strideSamples: 1 })).code).toBe(
      'BAD_DATA',
    );
  });

  it('leaves the sample as it was', () => {
    const signal = ramp(20);
    const before = signal.values.slice();
    toWindows(sampleOf(signal), { rateHz: 30, samples: 4, strideSamples: 2 });
    expect(signal.values).toEqual(before);
    expect(lengthOf(signal)).toBe(20);
  });
});
