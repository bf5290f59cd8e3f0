import { describe, expect, it } from 'vitest';
import { shapeOf } from '../../spec.js';
import {
  compiledSliceBySlice,
  difference,
  sliceBySlice,
  streamsItself,
  windowByWindow,
} from '../stream/testing/index.js';
import { conforms, twins } from '../testing/conformance.js';
import { bindSignal, codeOf, hostCompilers, noise, runStage } from '../testing/index.js';
import { pcen } from './pcen.js';

type Options = NonNullable<Parameters<typeof pcen>[0]>;
const bind = (options: Options = {}, samples = 16_000) => bindSignal(pcen(options), samples, ['audio'], 16_000);
const small = { filters: 12, fftLength: 256, frameLengthMs: 15 } as const;
const sound = (level: number, seed = 3): Float32Array =>
  noise(16_000, seed).map((v, t) => Math.round(level * (v + 2 * Math.sin(t / 5) * (t % 4000 < 900 ? 1 : 0))));

conforms({ name: 'pcen', schema: pcen.schema, stage: bind() });

/** Mel energies in double precision, by the definition: triangles between rounded corners on a plain transform. */
function energies(x: Float32Array, { filters, fftLength }: { filters: number; fftLength: number }): number[][] {
  const [length, stride] = [240, 160];
  const mel = (hz: number): number => 1127 * Math.log(1 + hz / 700);
  const corner = (i: number): number => {
    const hz = 700 * (Math.exp((mel(8000) * i) / (filters + 1) / 1127) - 1);
    return Math.floor(((fftLength + 1) * (hz - (i === filters + 1 ? 0.001 : 0))) / 16_000);
  };
  const frames = Math.floor((x.length - length) / stride) + 1;
  return Array.from({ length: frames }, (_, k) => {
    const frame = Array.from(
      { length },
      (_, i) => x[k * stride + i]! * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / length)),
    );
    const power = Array.from({ length: fftLength / 2 + 1 }, (_, b) => {
      let [re, im] = [0, 0];
      frame.forEach((v, i) => {
        re += v * Math.cos((2 * Math.PI * b * i) / fftLength);
        im += v * Math.sin((2 * Math.PI * b * i) / fftLength);
      });
      return (re * re + im * im) / fftLength;
    });
    return Array.from({ length: filters }, (_, f) => {
      const [a, b, c] = [corner(f), corner(f + 1), corner(f + 2)];
      return power.reduce((sum, p, bin) => {
        const weight =
          bin === b ? 1 : bin > a && bin < b ? (bin - a) / (b - a) : bin > b && bin < c ? (c - bin) / (c - b) : 0;
        return sum + weight * p;
      }, 0);
    });
  });
}

describe('pcen', () => {
  twins([
    bind(small, 1600),
    bind({ ...small, power: 0.25, gain: 0.5, window: 'boxcar', smoothing: 1 }, 1600),
    bind({ ...small, normalize: 'log', frameLengthMs: 7.3 }, 1600),
  ]);

  it('gives frames by filters', () => {
    expect(shapeOf(bind().output)).toEqual([98, 40]);
    expect(bind().output.axes[0]!.step).toBeCloseTo(0.01);
  });

  it.each<Options>([{}, { power: 0.3, bias: 5, gain: 0.8, smoothing: 0.1 }])('follows the formula: %j', (options) => {
    const x = sound(3000).slice(0, 4000);
    const got = runStage(bind({ ...small, ...options }, 4000), x);
    const { power = 0.5, bias = 2, gain = 0.98, smoothing = 0.025 } = options;
    const rows = energies(x, small);
    const smooth = [...rows[0]!];
    rows.forEach((row, k) => {
      row.forEach((energy, f) => {
        smooth[f] = (1 - smoothing) * smooth[f]! + smoothing * energy;
        const want = (energy / (1e-6 + smooth[f]!) ** gain + bias) ** power - bias ** power;
        expect(got[k * 12 + f]).toBeCloseTo(want, 3);
      });
    });
  });

  it('gives plain log-mel', () => {
    const x = sound(3000).slice(0, 2000);
    const got = runStage(bind({ ...small, normalize: 'log' }, 2000), x);
    expect([...got]).toEqual(
      energies(x, small)
        .flat()
        .map((e) => expect.closeTo(Math.log(e), 3)),
    );
  });

  it('hardly changes with the level, where the logarithm shifts', () => {
    const distance = (options: Options): number => {
      const [near, far] = [20_000, 200].map((level) => runStage(bind({ ...small, ...options }), sound(level)));
      return near!.reduce((sum, v, i) => sum + Math.abs(v - far![i]!), 0) / near!.length;
    };
    expect(distance({ normalize: 'log' })).toBeGreaterThan(8);
    expect(distance({})).toBeLessThan(0.2);
  });

  it('is 0 in silence', () => {
    expect(new Set(runStage(bind(), new Float32Array(16_000)))).toEqual(new Set([0]));
    expect(new Set(runStage(bind({ power: 0.3 }), new Float32Array(16_000)))).toEqual(new Set([0]));
  });

  it('goes slice by slice with the features of every window', () => {
    const cases = [
      { stage: bind(small, 4000), strideSamples: 800, signal: sound(4000).slice(0, 8000) },
      { stage: bind({ ...small, normalize: 'log' }, 4000), strideSamples: 480, signal: sound(4000).slice(0, 7200) },
    ];
    for (const one of cases) {
      expect(streamsItself(one)).toBe(true);
      expect(difference(sliceBySlice(one), windowByWindow(one))).toBeUndefined();
      expect(one.stage.stream(one.strideSamples).work.flop!).toBeLessThan(one.stage.work.flop! / 1.5);
    }
    if (hostCompilers.length === 0) return;
    compiledSliceBySlice(hostCompilers[0]!, ['-O2'], cases).forEach((features, i) => {
      expect(difference(features, sliceBySlice(cases[i]!))).toBeUndefined();
    });
  });

  it('shows the energies', () => {
    const [, view] = bind(small, 1600).views(sound(1000).slice(0, 1600));
    expect(view!.name).toBe('mel energies');
    expect(shapeOf(view!.spec)).toEqual([9, 12]);
  });

  it('refuses what cannot meet', () => {
    expect(codeOf(() => bind({}, 300))).toBe('SHAPE_MISMATCH');
    expect(codeOf(() => bindSignal(pcen(), 16_000, ['l', 'r'], 16_000))).toBe('SHAPE_MISMATCH');
    expect(codeOf(() => bind({ highHz: 9000 }))).toBe('BAD_OPTION');
    expect(codeOf(() => pcen({ smoothing: 0 }))).toBe('BAD_OPTION');
    expect(codeOf(() => pcen({ gain: 1.1 }))).toBe('BAD_OPTION');
  });
});
