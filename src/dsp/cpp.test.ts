import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Stage } from '../block.js';
import { WARNINGS, writeHeaders } from '../testing/compilers.js';
import { flatten, mfcc, mfe, raw, spectral, spectrogram } from './index.js';
import {
  bindSignal,
  cppProgram,
  execute,
  goldenCases,
  hasArmCompiler,
  hasReference,
  hostCompilers,
  inputOf,
  inTemporaryFolder,
  noise,
  runCompiled,
  runStage,
  stageOf,
} from './testing/index.js';

const axes = ['x', 'y', 'z'];
const audio = (block: ReturnType<typeof mfe> | ReturnType<typeof mfcc> | ReturnType<typeof spectrogram>): Stage =>
  bindSignal(block, 4000, ['audio'], 8000);
const motion = (block: ReturnType<typeof spectral> | ReturnType<typeof flatten>): Stage =>
  bindSignal(block, 250, axes, 62.5);

/** Configurations the golden files do not hold: edges of the ranges, every optional part on and off. */
const EDGES: readonly Stage[] = [
  audio(mfe({ fftLength: 4096, filters: 20, noiseFloorDb: -150 })),
  audio(mfe({ fftLength: 16, filters: 2, lowHz: 500, frameStrideMs: 3.3 })),
  audio(mfcc({ coefficients: 1, normalizationFrames: 0, preEmphasisShift: 4001 })),
  audio(mfcc({ coefficients: 7, filters: 7, fftLength: 64, normalizationFrames: 3, preEmphasis: -0.5 })),
  audio(mfcc({ normalizationFrames: 1, frameStrideMs: 1.2, fftLength: 1024 })),
  motion(spectral({ fftLength: 4 })),
  motion(spectral({ fftLength: 8, overlap: false, log: false, filter: 'high', cutoffHz: 6, filterOrder: 8 })),
  motion(spectral({ decimation: 3, filter: 'low', cutoffHz: 5, filterOrder: 2, fftLength: 32 })),
  motion(spectral({ decimation: 30, fftLength: 16 })),
  motion(spectral({ extraLowFrequency: true, scale: -0.01, fftLength: 32, filter: 'high', filterOrder: 0 })),
  motion(spectral({ analysis: 'wavelet', waveletLevel: 0 })),
  motion(spectral({ analysis: 'wavelet', wavelet: 'bior3.9', waveletLevel: 2, version: 3 })),
  motion(spectral({ version: 1, fftLength: 64, peaks: 0, powerEdgesHz: [0, 40] })),
  motion(spectral({ version: 1, fftLength: 512, peaks: 12, peakThreshold: 0 })),
  motion(spectral({ version: 2, fftLength: 16, overlap: false })),
  motion(flatten({ scale: -3, average: false, kurtosis: false })),
  motion(flatten({ scale: 0 })),
  bindSignal(raw({ scale: -0.3 }), 20, axes, 50),
  audio(spectrogram({ fftLength: 1024, noiseFloorDb: -200 })),
  audio(spectrogram({ fftLength: 4, frameStrideMs: 3.3, version: 3 })),
  audio(spectrogram({ version: 2 })),
];

function inputFor(stage: Stage, seed: number): Float32Array {
  const values = noise(
    stage.input.axes.reduce((n, axis) => n * axis.size, 1),
    seed,
  );
  return values.map((v) => Math.round(v * 20_000));
}

const golden = [
  ...goldenCases('raw', 1),
  ...goldenCases('flatten', 1),
  ...goldenCases('image', 1),
  ...[1, 2, 3, 4].flatMap((version) => goldenCases('mfe', version)),
  ...[1, 2, 3, 4].flatMap((version) => goldenCases('mfcc', version)),
  ...[1, 2, 3, 4].flatMap((version) => goldenCases('spectral_analysis', version)),
  ...[1, 2, 3, 4].flatMap((version) => goldenCases('spectrogram', version)),
];

describe.skipIf(hostCompilers.length === 0)('C++ twins', () => {
  describe.each(hostCompilers)('%s', (compiler) => {
    it('give the same bits as TypeScript at the edges of the options', () => {
      const inputs = EDGES.map(inputFor);
      const outputs = runCompiled(compiler, ['-O2'], EDGES, inputs);
      outputs.forEach((out, i) => {
        expect(out, `stage ${i}`).toEqual(runStage(EDGES[i]!, inputs[i]!));
      });
    });

    it.skipIf(!hasReference)('give the same bits as TypeScript for every golden case', () => {
      const stages = golden.map(stageOf);
      const outputs = runCompiled(compiler, ['-O2'], stages, golden.map(inputOf));
      expect(outputs.length).toBeGreaterThan(50);
      outputs.forEach((out, i) => {
        expect(out, `${golden[i]!.block} ${golden[i]!.name}`).toEqual(runStage(stages[i]!, inputOf(golden[i]!)));
      });
    });
  });

  it('keep inside their buffers', () => {
    const stages = [1, 4, 9, 10, 12].map((i) => EDGES[i]!);
    const inputs = stages.map(inputFor);
    const flags = ['-O0', '-fsanitize=address,undefined', '-fno-sanitize-recover'];
    const outputs = runCompiled(hostCompilers[0]!, flags, stages, inputs);
    expect(outputs[0]).toEqual(runStage(stages[0]!, inputs[0]!));
  });
});

const CORES: Record<string, string[]> = {
  'Cortex-M0+': ['-mcpu=cortex-m0plus'],
  'Cortex-M4F': ['-mcpu=cortex-m4', '-mfpu=fpv4-sp-d16', '-mfloat-abi=hard'],
  'Cortex-M7': ['-mcpu=cortex-m7', '-mfpu=fpv5-sp-d16', '-mfloat-abi=hard'],
};

describe.skipIf(!hasArmCompiler)('C++ twins on Arm', () => {
  it.each(Object.entries(CORES))('compile for %s without double precision or heap', (_core, flags) => {
    const symbols = inTemporaryFolder((folder) => {
      writeHeaders(
        folder,
        EDGES.flatMap((s) => s.cpp.headers),
      );
      const source = cppProgram(EDGES, 'library');
      writeFileSync(join(folder, 'stages.cpp'), source);
      const object = join(folder, 'stages.o');
      const all = [...WARNINGS, '-mthumb', '-Os', '-fno-exceptions', '-fno-rtti', ...flags];
      execute('arm-none-eabi-g++', [...all, '-I', folder, '-c', join(folder, 'stages.cpp'), '-o', object]);
      return execute('arm-none-eabi-nm', ['-C', object]).toString();
    });
    expect(symbols).toContain('impulsekit::dsp::holdSixteen');
    expect(symbols).not.toMatch(/__aeabi_(d|[a-z]+2d)|malloc|free|operator new|operator delete|__cxa/);
  });
});
