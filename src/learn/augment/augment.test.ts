import { describe, expect, it } from 'vitest';
import { featuresSpec, imageSpec, type Spec, signalSpec, sizeOf, spectrogramSpec } from '../../spec.js';
import { seededRandom } from '../random.js';
import type { TrainingTask } from '../training/task.js';
import { AUGMENTATIONS, augmentedTask, changeOf, checkAugment, levelList, specAugment } from './augment.js';
import type { Augmentation } from './augmentation.js';
import { bandMask, bandShift, bandWarp, equalizer, loudness } from './bands.js';
import { brightness, contrast, cutout, flip, pan, rotate, zoom } from './image.js';
import { type Material, materialOf } from './material.js';
import { noiseMix } from './noise-mix.js';
import { gain, rotateAxes, speed } from './signal.js';
import { timeMask, timeShift, timeWarp } from './time.js';
import { gaussianNoise, mixup } from './values.js';

const spectrogram = spectrogramSpec(20, 8, 0.02);
const sound = signalSpec(1000, ['audio'], 1000);
const picture = imageSpec({ width: 12, height: 10, channels: 2 });

const noisy = (spec: Spec, purpose = 'row'): Float32Array => {
  const { normal } = seededRandom(4, purpose);
  return Float32Array.from({ length: sizeOf(spec) }, () => normal());
};

const material = (spec: Spec, row = noisy(spec), more: Partial<Material> = {}): Material => ({
  ...materialOf(spec, [row], false),
  ...more,
});

/** A changed copy of a row. */
function changed(one: Augmentation, spec: Spec, row: Float32Array, more: Partial<Material> = {}, seed = 1) {
  const out = row.slice();
  changeOf('test', [one], material(spec, row, more))!(out, seededRandom(seed, 'test'));
  return out;
}

const deviation = (row: Float32Array): number => {
  const mean = row.reduce((a, b) => a + b, 0) / row.length;
  return Math.sqrt(row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / row.length);
};

describe('augmentations', () => {
  it('are plain data that survives JSON and is checked', () => {
    const one = timeShift({ ms: 100 });
    expect(one).toEqual({ type: 'timeShift', ms: 100, share: 0.1 });
    expect(Object.isFrozen(one)).toBe(true);
    expect(checkAugment(JSON.parse(JSON.stringify([one, mixup(), noiseMix({ snrDb: [0, 10] })])))).toBeUndefined();
    expect(checkAugment('low')).toBeUndefined();
    expect(checkAugment('most')).toContain('none');
    const bad = [
      [{ type: 'toString' }],
      [{ type: 'gain', loud: 1 }],
      [{ type: 'gain', db: -1 }],
      [null],
      [3],
      [{ type: 'speed', factor: [1.1, 0.9] }],
      [{ type: 'speed', factor: ['1', 2] }],
    ];
    for (const list of bad) {
      expect(() => checkAugment(list)).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/BAD_OPTION|UNKNOWN_OPTION/) }),
      );
    }
  });

  it('repeat for the same seed, differ for another, and leave the original alone', () => {
    const lists: [Spec, Augmentation[]][] = [
      [spectrogram, [timeShift(), timeMask({ count: 3, frames: 3 }), timeWarp(), bandShift({ bands: 2 }), bandWarp()]],
      [spectrogram, [bandMask({ count: 2 }), loudness(), equalizer(), gaussianNoise()]],
      [sound, [timeShift({ ms: 100 }), gain(), speed(), timeWarp({ frames: 50 })]],
      [picture, [flip(), zoom(), pan(), rotate(), brightness(), contrast(), cutout({ count: 2 })]],
    ];
    for (const [spec, list] of lists) {
      const row = noisy(spec);
      const before = row.slice();
      for (const one of list) {
        const [a, b] = [changed(one, spec, row, {}, 5), changed(one, spec, row, {}, 5)];
        expect(b, one.type).toEqual(a);
        const others = [6, 7, 8, 9].map((seed) => changed(one, spec, row, {}, seed).join());
        expect(new Set(others).size, one.type).toBeGreaterThan(1);
        expect(a.every(Number.isFinite)).toBe(true);
      }
      expect(row).toEqual(before);
    }
  });

  it('refuse rows they make no sense for', () => {
    const refused: [Augmentation, Spec][] = [
      [bandMask(), picture],
      [flip(), spectrogram],
      [timeShift(), featuresSpec(5)],
      [rotateAxes(), signalSpec(10, ['a', 'b'], 10)],
      [noiseMix(), sound],
      [brightness(), imageSpec({ width: 4, height: 4, channels: 1, packed: true })],
    ];
    for (const [one, spec] of refused) {
      expect(() => changed(one, spec, noisy(spec)), one.type).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
    }
  });

  it('fit the levels to the kind of rows, at the published numbers', () => {
    expect(levelList('none', 'spectrogram', true)).toEqual([]);
    expect(levelList('low', 'spectrogram', false).map((a) => a.type)).toEqual(['timeShift', 'timeMask']);
    expect(levelList('high', 'spectrogram', true)).toContainEqual(timeMask({ count: 3, frames: 2 }));
    expect(levelList('high', 'image', false).map((a) => a.type)).not.toContain('flip');
    expect(levelList('low', 'features', false)).toEqual([]);
    for (const kind of ['spectrogram', 'image', 'signal', 'features'] as const) {
      for (const { type } of levelList('high', kind, true)) expect(AUGMENTATIONS.get(type)!.kinds).toContain(kind);
    }
    expect(specAugment({ time: 'high', bands: 'high', noise: 'high', warp: true })).toEqual([
      timeWarp({ frames: 6 }),
      timeMask({ count: 3, frames: 2 }),
      bandMask({ count: 3, share: 0.3 }),
      gaussianNoise({ deviations: 0.45 }),
    ]);
    expect(() => specAugment({ time: 'most' as 'low' })).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
  });
});

describe('in time', () => {
  it('timeShift moves frames by at most its limit and repeats the border of spectrograms', () => {
    const row = Float32Array.from({ length: 160 }, (_, i) => Math.floor(i / 8));
    const seen = new Set<number>();
    for (let seed = 0; seed < 30; seed++) {
      const out = changed(timeShift({ ms: 40 }), spectrogram, row, {}, seed);
      const by = 10 - out[80]!;
      seen.add(by);
      expect(out).toEqual(row.map((frame) => Math.min(Math.max(frame - by, 0), 19)));
    }
    expect([...seen].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2]);
  });

  it('timeShift reflects signals', () => {
    const row = Float32Array.from({ length: 1000 }, (_, i) => i);
    const out = changed(timeShift({ ms: 100 }), sound, row, {}, 2);
    const by = 500 - out[500]!;
    expect(by).not.toBe(0);
    const expected = row.map((_, i) => {
      const from = i - by;
      return from < 0 ? -1 - from : from > 999 ? 1999 - from : from;
    });
    expect(out).toEqual(expected);
  });

  it('timeMask sets whole frames to the mean', () => {
    const row = noisy(spectrogram);
    const out = changed(timeMask({ count: 1, frames: 5 }), spectrogram, row, {}, 3);
    const frames = Array.from({ length: 20 }, (_, t) => out.subarray(t * 8, t * 8 + 8));
    const { mean } = material(spectrogram, row);
    const masked = frames.filter((frame) => frame.every((v) => v === Math.fround(mean)));
    expect(masked.length).toBeGreaterThan(0);
    expect(masked.length).toBeLessThanOrEqual(5);
    expect(out.filter((v, i) => v !== row[i]).length).toBe(8 * masked.length);
  });

  it('timeWarp keeps both ends and the order of things', () => {
    const row = Float32Array.from({ length: 160 }, (_, i) => Math.floor(i / 8));
    for (let seed = 0; seed < 20; seed++) {
      const out = changed(timeWarp({ frames: 6 }), spectrogram, row, {}, seed);
      expect([out[0], out[159]]).toEqual([0, 19]);
      const track = Array.from({ length: 20 }, (_, t) => out[t * 8]!);
      track.forEach((v, t) => {
        expect(Math.abs(v - t)).toBeLessThanOrEqual(5);
        if (t > 0) expect(v).toBeGreaterThanOrEqual(track[t - 1]!);
      });
    }
  });

  it('a recording that was padded moves into its padding, faster or slower from its start, and nothing is mirrored', () => {
    const tone = (t: number) => (t < 400 ? 2 + Math.sin((2 * Math.PI * 50 * t) / 1000) : 0);
    const row = Float32Array.from({ length: 1000 }, (_, t) => tone(t));
    for (let seed = 0; seed < 10; seed++) {
      const shifted = changed(timeShift({ ms: 100 }), sound, row, {}, seed);
      const by = shifted.findIndex((v) => v !== 0);
      expect(by).toBeLessThanOrEqual(100);
      expect([...shifted.subarray(by, by + 400)]).toEqual([...row.subarray(0, 400)]);
      expect(shifted.subarray(by + 400).every((v) => v === 0)).toBe(true);
    }
    for (const factor of [0.8, 1.25]) {
      const out = changed(speed({ factor: [factor, factor] }), sound, row);
      for (const t of [5, 100, 250]) expect(out[t]).toBeCloseTo(tone(t * factor), 1);
      expect(out.subarray(400 / factor).every((v) => v === 0)).toBe(true);
    }
  });

  it('speed moves a tone by its factor', () => {
    const row = Float32Array.from({ length: 1000 }, (_, i) => Math.sin((2 * Math.PI * 50 * i) / 1000));
    const crossings = (r: Float32Array) => r.filter((v, i) => i > 0 && v >= 0 && r[i - 1]! < 0).length;
    expect(crossings(changed(speed({ factor: [1.2, 1.2] }), sound, row))).toBe(60);
    const slower = changed(speed({ factor: [0.8, 0.8] }), sound, row);
    expect(crossings(slower)).toBe(40);
    const wrong = slower.map((v, i) => Math.abs(v - Math.sin((2 * Math.PI * 50 * (499.5 + 0.8 * (i - 499.5))) / 1000)));
    expect(Math.max(...wrong)).toBeLessThan(0.01);
  });
});

describe('over bands', () => {
  it('bandShift and bandWarp move bands, in fractions too', () => {
    const row = Float32Array.from({ length: 160 }, (_, i) => i % 8);
    const moved = changed(bandShift({ bands: 2 }), spectrogram, row, {}, 1);
    const by = 4 - moved[4]!;
    expect(Math.abs(by)).toBeLessThanOrEqual(2);
    for (const band of [2, 3, 4, 5]) expect(moved[band]).toBeCloseTo(Math.min(Math.max(band - by, 0), 7), 5);
    const warped = changed(bandWarp({ factor: [1.25, 1.25] }), spectrogram, row);
    [...warped.subarray(0, 8)].forEach((v, band) => {
      expect(v).toBeCloseTo(band / 1.25, 5);
    });
  });

  it('loudness leaves silence silent', () => {
    const row = Float32Array.from({ length: 160 }, (_, i) => (i % 2 === 0 ? -1 : 1 + (i % 5)));
    for (let seed = 0; seed < 10; seed++) {
      const out = changed(loudness({ deviations: 2 }), spectrogram, row, { floor: -1 }, seed);
      expect(out.every((v, i) => (i % 2 === 0 ? v === -1 : v >= -1))).toBe(true);
    }
  });

  it('equalizer adds one curve to all frames, straight between its points, and leaves silence silent', () => {
    const row = Float32Array.from({ length: 160 }, (_, i) => (i >= 152 ? -9 : 1));
    const out = changed(
      equalizer({ deviations: 2, points: 2 }),
      spectrogram,
      row,
      { floor: -9, deviations: Float32Array.of(1) },
      3,
    );
    const gains = [...out.subarray(0, 8)].map((v) => v - 1);
    expect(Math.max(...gains.map(Math.abs))).toBeLessThanOrEqual(2);
    expect(gains[0]).not.toBeCloseTo(gains[7]!, 2);
    gains.forEach((gain, band) => {
      expect(gain).toBeCloseTo(gains[0]! + (band / 7) * (gains[7]! - gains[0]!), 5);
    });
    out.subarray(0, 152).forEach((v, i) => {
      expect(v).toBe(out[i % 8]);
    });
    expect(out.subarray(152).every((v) => v === -9)).toBe(true);
  });

  it('bandMask covers no more than its share', () => {
    const row = noisy(spectrogram);
    const out = changed(bandMask({ count: 1, share: 0.5 }), spectrogram, row, {}, 3);
    const bands = Array.from({ length: 8 }, (_, b) => out.filter((v, i) => i % 8 === b && v !== row[i]).length);
    expect(bands.every((n) => n === 0 || n === 20)).toBe(true);
    expect(bands.filter((n) => n > 0).length).toBeLessThanOrEqual(4);
  });
});

describe('on raw windows', () => {
  const quiet = { noise: () => [] as Float32Array[] };

  it('noiseMix keeps the ratio it drew', () => {
    const row = Float32Array.from({ length: 1000 }, (_, i) => 5 + 100 * Math.sin(i / 7));
    for (const colour of ['white', 'pink', 'brown'] as const) {
      const out = changed(noiseMix({ snrDb: [6, 6], colour }), sound, row, quiet);
      const added = out.map((v, i) => v - row[i]!);
      expect(20 * Math.log10(deviation(row) / deviation(added)), colour).toBeCloseTo(6, 3);
    }
  });

  it('noiseMix takes noise from a label or from recordings', () => {
    const row = noisy(sound);
    const hum = Float32Array.from({ length: 1000 }, (_, i) => Math.sin((2 * Math.PI * i) / 10));
    const noise = (label?: string) => (label === 'hum' || label === undefined ? [hum] : []);
    for (const one of [noiseMix({ snrDb: [0, 0], label: 'hum' }), noiseMix({ snrDb: [0, 0] })]) {
      const added = changed(one, sound, row, { noise }).map((v, i) => v - row[i]!);
      expect(added[0]).toBeCloseTo(added[10]!, 4);
      expect(deviation(added)).toBeCloseTo(deviation(row), 4);
    }
    expect(() => changed(noiseMix({ label: 'rain' }), sound, row, { noise })).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION', where: 'test.noiseMix.label' }),
    );
  });

  it('noiseMix leaves silent windows as they are and keeps to the range of the microphone', () => {
    expect(changed(noiseMix(), sound, new Float32Array(1000), quiet)).toEqual(new Float32Array(1000));
    const loud = Float32Array.from({ length: 1000 }, (_, i) => 32_000 * Math.sin(i));
    const out = changed(noiseMix({ snrDb: [0, 0] }), sound, loud, { ...quiet, limits: [-32768, 32767] });
    expect(Math.max(...out)).toBe(32767);
    expect(Math.min(...out)).toBe(-32768);
  });

  it('makes noise whose power falls as its colour says', () => {
    const long = signalSpec(16_384, ['audio'], 16_384);
    const row = Float32Array.from({ length: 16_384 }, (_, i) => Math.sin(i));
    // Power of differences over 1 step and over 64: equal for white, 64 times as much for brown.
    const ratio = (colour: 'white' | 'pink' | 'brown') => {
      const added = changed(noiseMix({ snrDb: [-20, -20], colour }), long, row, quiet).map((v, i) => v - row[i]!);
      const power = (lag: number) => added.reduce((sum, v, i) => sum + (i < lag ? 0 : (v - added[i - lag]!) ** 2), 0);
      return power(64) / power(1);
    };
    expect(ratio('white')).toBeCloseTo(1, 1);
    expect(ratio('pink')).toBeGreaterThan(2);
    expect(ratio('pink')).toBeLessThan(10);
    expect(ratio('brown')).toBeGreaterThan(30);
  });

  it('rotateAxes keeps lengths and angles of triples, about raw zero', () => {
    const spec = signalSpec(50, ['ax', 'ay', 'az', 'gx', 'gy', 'gz'], 50);
    const row = noisy(spec);
    const out = changed(rotateAxes({ degrees: 40 }), spec, row, { zero: 0.5 });
    const dot = (r: Float32Array, a: number, b: number) =>
      [0, 1, 2].reduce((sum, i) => sum + (r[a + i]! - 0.5) * (r[b + i]! - 0.5), 0);
    for (let at = 0; at < 294; at += 3) {
      expect(dot(out, at, at)).toBeCloseTo(dot(row, at, at), 4);
      expect(dot(out, at, at + 6 < 300 ? at + 6 : 0)).toBeCloseTo(dot(row, at, at + 6 < 300 ? at + 6 : 0), 4);
    }
    expect(out).not.toEqual(row);
  });

  it('gain stays within its decibels', () => {
    const row = noisy(sound);
    for (let seed = 0; seed < 20; seed++) {
      const factor = changed(gain({ db: 6 }), sound, row, {}, seed)[3]! / row[3]!;
      expect(Math.abs(20 * Math.log10(factor))).toBeLessThanOrEqual(6.001);
    }
  });

  it('gaussianNoise follows the unit of each axis', () => {
    const spec = signalSpec(5000, ['small', 'large'], 50);
    const row = noisy(spec).map((v, i) => (i % 2 === 0 ? v : 1000 * v));
    const out = row.slice();
    changeOf('test', [gaussianNoise({ deviations: 0.1 })], materialOf(spec, [row], true))!(out, seededRandom(1, 'x'));
    const added = out.map((v, i) => v - row[i]!);
    expect(deviation(added.filter((_, i) => i % 2 === 0))).toBeCloseTo(0.1, 2);
    expect(deviation(added.filter((_, i) => i % 2 === 1)) / 1000).toBeCloseTo(0.1, 2);
  });
});

describe('on images', () => {
  const row = Float32Array.from({ length: 240 }, (_, i) => 1000 * (i % 2) + Math.floor(i / 2));
  const at = (values: Float32Array, y: number, x: number, c = 0) => values[(y * 12 + x) * 2 + c]!;

  it('flip mirrors columns or rows', () => {
    const across = changed(flip({ share: 1 }), picture, row);
    const down = changed(flip({ share: 1, direction: 'vertical' }), picture, row);
    expect([at(across, 3, 2), at(across, 3, 2, 1)]).toEqual([at(row, 3, 9), at(row, 3, 9, 1)]);
    expect(at(down, 1, 4)).toBe(at(row, 8, 4));
  });

  it('pan, zoom and rotate take pixels from where they should', () => {
    // Values are 12 y + x, so that a place can be read off; colours are 1000 apart.
    const place = (v: number) => v;
    const panned = changed(pan({ share: 0.1 }), picture, row, {}, 4);
    const shift = at(panned, 5, 6) - at(row, 5, 6);
    expect(Math.abs(shift)).toBeGreaterThan(0);
    expect(at(panned, 4, 5) - at(row, 4, 5)).toBeCloseTo(shift, 3);
    expect(at(panned, 5, 6, 1) - at(panned, 5, 6)).toBeCloseTo(1000, 3);
    const zoomed = changed(zoom({ factor: 2 }), picture, row, {}, 4);
    const step = at(zoomed, 5, 7) - at(zoomed, 5, 6);
    expect(step).toBeGreaterThan(0.5);
    expect(step).toBeLessThan(1);
    expect(Math.min(...zoomed)).toBeGreaterThanOrEqual(0);
    const turned = changed(rotate({ degrees: 10 }), picture, row, {}, 4);
    const middle = (values: Float32Array) => (at(values, 4, 5) + at(values, 5, 6)) / 2;
    expect(place(middle(turned))).toBeCloseTo(middle(row), 3);
    expect(at(turned, 0, 6)).not.toBe(at(row, 0, 6));
  });

  it('cutout sets a square to the mean', () => {
    const out = changed(cutout({ count: 1, share: 0.5 }), picture, row, {}, 2);
    const cut = [...out.keys()].filter((i) => out[i] !== row[i]).map((i) => Math.floor(i / 2));
    const rows = new Set(cut.map((pixel) => Math.floor(pixel / 12)));
    const columns = new Set(cut.map((pixel) => pixel % 12));
    expect(rows.size).toBeGreaterThan(0);
    expect(rows.size).toBe(columns.size);
    expect(rows.size).toBeLessThanOrEqual(5);
  });

  it('brightness and contrast stay within the range', () => {
    const limits = [0, 1] as const;
    const grey = imageSpec({ width: 8, height: 8, channels: 1 });
    const values = Float32Array.from({ length: 64 }, (_, i) => i / 63);
    for (const one of [brightness({ share: 0.5 }), contrast({ factor: [2, 2] })]) {
      const out = changed(one, grey, values, { limits });
      expect(out).not.toEqual(values);
      expect(Math.min(...out)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...out)).toBeLessThanOrEqual(1);
    }
  });
});

describe('augmentedTask', () => {
  const rows = [0, 1, 2, 3].map((k) => Float32Array.from({ length: 5 }, () => 10 * k));
  const task = {
    learner: 'test',
    train: Int32Array.of(0, 1, 2),
    validation: Int32Array.of(3),
    input: (row, out) => out.set(rows[row]!),
    target: (row, out) => {
      out.fill(0);
      out[row] = 1;
    },
  } as TrainingTask;
  const known = material(featuresSpec(5), Float32Array.of(1, 2, 3, 4, 5));

  it('changes rows in training only', () => {
    const noise = augmentedTask(task, [gaussianNoise()], known);
    const out = new Float32Array(5);
    noise.input(3, out);
    expect(out).toEqual(rows[3]);
    noise.input(3, out, seededRandom(1, 'x'));
    expect(out).not.toEqual(rows[3]);
    expect(augmentedTask(task, [], known)).toBe(task);
  });

  it('blends inputs and targets of training rows by the same share', () => {
    const mixed = augmentedTask(task, [mixup({ alpha: 1 })], known);
    const random = seededRandom(2, 'mix');
    const shares: number[] = [];
    for (let i = 0; i < 200; i++) {
      const [x, y] = [new Float32Array(5), new Float32Array(4)];
      mixed.input(1, x, random);
      mixed.target(1, y);
      expect(y.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
      expect(y[1]).toBeGreaterThanOrEqual(0.5);
      expect(y[3]).toBe(0);
      expect(x[0]).toBeCloseTo(
        y.reduce((sum, share, row) => sum + share * rows[row]![0]!, 0),
        4,
      );
      shares.push(y[1]!);
    }
    expect(Math.min(...shares)).toBeLessThan(0.7);
    const [x, y] = [new Float32Array(5), new Float32Array(4)];
    mixed.input(1, x);
    mixed.target(1, y);
    expect([...y]).toEqual([0, 1, 0, 0]);
  });

  it('refuses mixup where targets cannot be blended', () => {
    expect(() => changeOf('fit.augment', [mixup()], known)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
  });
});
