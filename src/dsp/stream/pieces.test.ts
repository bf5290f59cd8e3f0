/** Slices that come in pieces, in C++: the features of every window, bit for bit. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ProcessingBlock } from '../../block.js';
import { CORES, WARNINGS, writeHeaders } from '../../testing/compilers.js';
import { mfcc } from '../mfcc/mfcc.js';
import { mfe } from '../mfe/mfe.js';
import { pipe } from '../pipe/pipe.js';
import { scaler } from '../scaler/scaler.js';
import { spectral } from '../spectral/spectral.js';
import { spectrogram } from '../spectrogram/spectrogram.js';
import { bindSignal, execute, hasArmCompiler, hostCompilers, inTemporaryFolder, noise } from '../testing/index.js';
import {
  compiledSliceBySlice,
  difference,
  headersOf,
  type StreamCase,
  streamProgram,
  streamsItself,
  windowByWindow,
} from './testing/index.js';

const RATE = 8000;
const loud = noise(40_000, 21).map((v) => Math.round(v * 12_000));

/** Windows, slices, pieces and frames in samples: frames longer and shorter than slices, pieces and strides. */
const GRID = [
  { window: 2000, slice: 400, piece: 80, frame: 160, stride: 80 },
  { window: 2000, slice: 400, piece: 400, frame: 160, stride: 80 },
  { window: 2000, slice: 1000, piece: 200, frame: 400, stride: 40 },
  { window: 1600, slice: 160, piece: 80, frame: 400, stride: 80 },
  { window: 800, slice: 400, piece: 200, frame: 20, stride: 200 },
  { window: 1800, slice: 900, piece: 90, frame: 33, stride: 45 },
] as const;

type Sizes = Readonly<Record<'window' | 'slice' | 'piece', number>>;

const audioCase = (block: ProcessingBlock<'signal'>, g: Sizes, i: number): StreamCase => ({
  stage: bindSignal(block, g.window, ['audio'], RATE),
  strideSamples: g.slice,
  pieceSamples: g.piece,
  signal: loud.slice(0, g.window + 5 * g.slice),
  sample: i % 3 > 0 ? 'int16_t' : 'float',
});

const FRAMED: readonly StreamCase[] = GRID.flatMap((g, i) => {
  const frames = { frameLengthMs: (g.frame * 1000) / RATE, frameStrideMs: (g.stride * 1000) / RATE };
  const mel = { ...frames, fftLength: 128, filters: 7 };
  const blocks: readonly ProcessingBlock<'signal'>[] = [
    mfe({ ...mel, noiseFloorDb: -80 }),
    mfe({ ...mel, version: 1 }),
    mfe({ ...mel, arithmetic: 'fixed' }),
    mfcc({ ...mel, coefficients: 5, normalizationFrames: [0, 7, 101][i % 3]! }),
    mfcc({ ...mel, coefficients: 1, preEmphasis: 0 }),
    mfcc({ ...mel, coefficients: 4, arithmetic: 'fixed' }),
    pipe(mfe(mel), scaler({ per: 'all', mean: [0.25], deviation: [0.5] })),
  ];
  return blocks.map((block, k) => audioCase(block, g, i + k));
});

/** Blocks that keep the window, and pieces that hold no whole number of frame strides. */
const KEPT: readonly StreamCase[] = [
  audioCase(spectrogram(), GRID[0], 1),
  audioCase(mfe(), { ...GRID[0], piece: 50 }, 1),
  {
    stage: bindSignal(spectral({ fftLength: 16 }), 120, ['x', 'y', 'z'], 62.5),
    strideSamples: 20,
    pieceSamples: 5,
    signal: loud.slice(0, 3 * 300),
  },
];

const CASES = [...FRAMED, ...KEPT];

describe('slices in pieces', () => {
  it('keep no window where a block goes frame by frame', () => {
    expect(FRAMED.map(streamsItself)).not.toContain(false);
    expect(KEPT.map(streamsItself)).not.toContain(true);
  });

  it.skipIf(hostCompilers.length === 0)('give the features of every window, and keep inside their buffers', () => {
    const flags = ['-O0', '-fsanitize=address,undefined', '-fno-sanitize-recover'];
    compiledSliceBySlice(hostCompilers[0]!, flags, CASES).forEach((features, i) => {
      const windows = windowByWindow(CASES[i]!);
      expect(windows.length).toBeGreaterThan(4);
      expect(difference(features, windows), `case ${i}`).toBeUndefined();
    });
  });

  it.skipIf(!hasArmCompiler)('compile for the smallest core without double precision or heap', () => {
    const symbols = inTemporaryFolder((folder) => {
      const [source, object] = [join(folder, 'pieces.cpp'), join(folder, 'pieces.o')];
      const cases = CASES.filter((_, i) => i % 5 === 0);
      writeHeaders(folder, headersOf(cases));
      writeFileSync(source, streamProgram(cases, 'library'));
      const all = [...WARNINGS, '-Os', '-fno-exceptions', '-fno-rtti', ...CORES['Cortex-M0+']!];
      execute('arm-none-eabi-g++', [...all, '-I', folder, '-c', source, '-o', object]);
      return execute('arm-none-eabi-nm', ['-C', object]).toString();
    });
    expect(symbols).not.toMatch(/__aeabi_(d|[a-z]+2d)|malloc|free|operator new|operator delete|__cxa/);
  });
});
