/** The blocks of frames, slice by slice: the features of every window, bit for bit. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CORES, WARNINGS, writeHeaders } from '../../testing/compilers.js';
import { mfcc } from '../mfcc/mfcc.js';
import { mfe } from '../mfe/mfe.js';
import { spectrogram } from '../spectrogram/spectrogram.js';
import { bindSignal, execute, hasArmCompiler, hostCompilers, inTemporaryFolder, noise } from '../testing/index.js';
import {
  compiledSliceBySlice,
  difference,
  hasData,
  headersOf,
  type StreamCase,
  sliceBySlice,
  speech,
  streamProgram,
  streamsItself,
  windowByWindow,
} from './testing/index.js';

const RATE = 8000;
const loud = noise(40_000, 11).map((v) => Math.round(v * 12_000));
/** Samples above 1 are rare, so that version 3 of the spectrogram changes its mind. */
const quiet = noise(40_000, 12).map((v, t) => (t % 1777 === 5 ? 1.5 : v / 2));

type AudioBlock = ReturnType<typeof mfe> | ReturnType<typeof mfcc> | ReturnType<typeof spectrogram>;

function caseOf(block: AudioBlock, windowSamples: number, strideSamples: number, signal = loud): StreamCase {
  const stage = bindSignal(block, windowSamples, ['audio'], RATE);
  const length = Math.min(signal.length, windowSamples + 7 * strideSamples);
  return { stage, strideSamples, signal: signal.slice(0, length - (length % strideSamples)) };
}

/** Windows, slices and frames in every relation to each other; frames in samples. */
const GRID = [
  { window: 2000, slice: 400, frame: 160, stride: 80 },
  { window: 2000, slice: 80, frame: 160, stride: 80 },
  { window: 2000, slice: 160, frame: 400, stride: 80 },
  { window: 1613, slice: 240, frame: 100, stride: 40 },
  { window: 1607, slice: 90, frame: 33, stride: 45 },
  { window: 1500, slice: 1000, frame: 200, stride: 100 },
  { window: 2003, slice: 720, frame: 64, stride: 72 },
  { window: 800, slice: 200, frame: 20, stride: 200 },
] as const;

const framesOf = ({ frame, stride }: (typeof GRID)[number]) => ({
  frameLengthMs: (frame * 1000) / RATE,
  frameStrideMs: (stride * 1000) / RATE,
});

const CASES: readonly StreamCase[] = GRID.flatMap((g, i) => {
  const frames = framesOf(g);
  const mel = { ...frames, fftLength: 128, filters: 7 };
  const version = ([1, 2, 3, 4] as const)[i % 4];
  return [
    caseOf(mfe({ ...mel, version }), g.window, g.slice),
    caseOf(mfe({ ...mel, version: 4, noiseFloorDb: -80 }), g.window, g.slice),
    caseOf(mfcc({ ...mel, version, coefficients: 5, normalizationFrames: [0, 7, 101][i % 3]! }), g.window, g.slice),
    caseOf(mfcc({ ...mel, coefficients: 5, preEmphasis: -0.5, preEmphasisShift: 9 }), g.window, g.slice),
    caseOf(mfcc({ ...mel, coefficients: 1, preEmphasis: 0 }), g.window, g.slice),
    caseOf(mfe({ ...mel, arithmetic: 'fixed' }), g.window, g.slice),
    caseOf(
      mfcc({ ...mel, arithmetic: 'fixed', normalizationFrames: [0, 7][i % 2]!, coefficients: 4 }),
      g.window,
      g.slice,
    ),
    // The first filter is bin 0 alone.
    ...(['float', 'fixed'] as const).flatMap((arithmetic) => [
      caseOf(mfcc({ ...mel, fftLength: 64, filters: 12, coefficients: 3, arithmetic }), g.window, g.slice),
      caseOf(mfe({ ...mel, fftLength: 64, filters: 12, noiseFloorDb: -200, arithmetic }), g.window, g.slice),
    ]),
    caseOf(spectrogram({ ...frames, fftLength: 64, arithmetic: 'fixed' }), g.window, g.slice),
    caseOf(spectrogram({ ...frames, fftLength: 64, version }), g.window, g.slice),
    caseOf(spectrogram({ ...frames, fftLength: 32, version: 3 }), g.window, g.slice, quiet),
  ];
});

/** Where nothing is saved, or frames of successive windows do not coincide. */
const ANEW: readonly StreamCase[] = [
  caseOf(mfe(), 2000, 100),
  caseOf(mfe(), 2000, 2000),
  caseOf(mfe(), 2000, 4000),
  caseOf(mfe(), 2000, 1920),
  caseOf(spectrogram(), 2000, 123),
  caseOf(mfcc({ frameStrideMs: 10, preEmphasisShift: 81 }), 2000, 400),
];

describe('frames, slice by slice', () => {
  it('give the features of every window, bit for bit', () => {
    for (const [i, c] of CASES.entries()) {
      const windows = windowByWindow(c);
      expect(streamsItself(c), `case ${i}`).toBe(true);
      expect(windows.length).toBeGreaterThan(4);
      expect(difference(sliceBySlice(c), windows), `case ${i}`).toBeUndefined();
    }
  });

  it('give them too where the window is computed anew', () => {
    for (const [i, c] of ANEW.entries()) {
      expect(streamsItself(c), `case ${i}`).toBe(false);
      expect(difference(sliceBySlice(c), windowByWindow(c)), `case ${i}`).toBeUndefined();
    }
  });

  it('change their mind about the scale with the window in version 3', () => {
    const c = { ...caseOf(spectrogram({ version: 3 }), 800, 80), signal: quiet.slice(0, 8000) };
    const windows = windowByWindow(c);
    expect(new Set(windows.map((features) => Math.max(...features) > 0)).size).toBe(2);
    expect(difference(sliceBySlice(c), windows)).toBeUndefined();
  });

  it('start afresh after a reset', () => {
    for (const c of CASES.slice(0, 6)) {
      const stream = c.stage.stream(c.strideSamples).open();
      const feed = (signal: Float32Array): Float32Array[] => {
        const all: Float32Array[] = [];
        for (let end = c.strideSamples; end <= signal.length; end += c.strideSamples) {
          const out = new Float32Array(c.stage.output.axes.reduce((n, axis) => n * axis.size, 1));
          if (stream.push(signal.slice(end - c.strideSamples, end), out)) all.push(out);
        }
        return all;
      };
      feed(c.signal.map((v) => -3 * v));
      stream.reset();
      expect(difference(feed(c.signal), windowByWindow(c))).toBeUndefined();
    }
  });

  it('cost in proportion to the slice', () => {
    const flop = (strideSamples: number): number =>
      bindSignal(mfe(), 8000, ['audio'], RATE).stream(strideSamples).work.flop!;
    const whole = bindSignal(mfe(), 8000, ['audio'], RATE).work.flop!;
    expect(flop(800) / whole).toBeCloseTo(11 / 99, 3);
    expect(flop(1600) / whole).toBeCloseTo(21 / 99, 3);
  });
});

/** Every block twice, with either kind of sample; fractions need floats. */
const SAMPLED = CASES.filter((_, i) => (i + Math.floor(i / 10)) % 4 === 0).map((c, i) => ({
  ...c,
  sample: c.signal.every(Number.isInteger) && i % 3 > 0 ? ('int16_t' as const) : ('float' as const),
}));

describe.skipIf(hostCompilers.length === 0)('frames, slice by slice, in C++', () => {
  it.each(hostCompilers)(
    'are the same bits with %s',
    (compiler) => {
      const outputs = compiledSliceBySlice(compiler, ['-O1'], SAMPLED);
      outputs.forEach((features, i) => {
        expect(difference(features, windowByWindow(SAMPLED[i]!)), `case ${i}`).toBeUndefined();
      });
    },
    60_000,
  );

  it('keep inside their buffers', () => {
    const flags = ['-O0', '-fsanitize=address,undefined', '-fno-sanitize-recover'];
    const cases = SAMPLED.slice(0, 5);
    compiledSliceBySlice(hostCompilers[0]!, flags, cases).forEach((features, i) => {
      expect(difference(features, windowByWindow(cases[i]!)), `case ${i}`).toBeUndefined();
    });
  }, 60_000);

  it.skipIf(!hasArmCompiler)(
    'compile for small cores without double precision or heap',
    () => {
      for (const [core, flags] of Object.entries(CORES)) {
        const symbols = inTemporaryFolder((folder) => {
          const [source, object] = [join(folder, 'streams.cpp'), join(folder, 'streams.o')];
          const cases = SAMPLED.slice(0, 6);
          writeHeaders(folder, headersOf(cases));
          writeFileSync(source, streamProgram(cases, 'library'));
          const all = [...WARNINGS, '-Os', '-fno-exceptions', '-fno-rtti', ...flags];
          execute('arm-none-eabi-g++', [...all, '-I', folder, '-c', source, '-o', object]);
          return execute('arm-none-eabi-nm', ['-C', object]).toString();
        });
        expect(symbols, core).not.toMatch(/__aeabi_(d|[a-z]+2d)|malloc|free|operator new|operator delete|__cxa/);
      }
    },
    60_000,
  );
});

describe.skipIf(!hasData)('30 s of speech, slice by slice', () => {
  const spoken = (block: AudioBlock): StreamCase => ({
    stage: bindSignal(block, 16_000, ['audio'], 16_000),
    strideSamples: 4000,
    signal: speech(30),
    sample: 'int16_t',
  });
  const blocks: Record<string, AudioBlock> = {
    mfe: mfe(),
    mfcc: mfcc({ frameStrideMs: 10, normalizationFrames: 51 }),
    spectrogram: spectrogram(),
    'spectrogram 3': spectrogram({ version: 3 }),
  };
  const cases = hasData ? Object.entries(blocks).map(([name, block]) => [name, spoken(block)] as const) : [];

  it.each(cases)('%s: the features of every window', (_name, c) => {
    const windows = windowByWindow(c);
    expect(windows.length).toBe(117);
    expect(streamsItself(c)).toBe(true);
    expect(difference(sliceBySlice(c), windows)).toBeUndefined();
  });

  it.skipIf(hostCompilers.length === 0)(
    'and in C++',
    () => {
      const all = cases.map(([, c]) => c);
      for (const compiler of hostCompilers) {
        compiledSliceBySlice(compiler, ['-O2'], all).forEach((features, i) => {
          expect(difference(features, sliceBySlice(all[i]!)), cases[i]![0]).toBeUndefined();
        });
      }
    },
    60_000,
  );
});
