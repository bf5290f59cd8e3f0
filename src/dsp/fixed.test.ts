// The blocks that can be computed in integers: against their own float features, and the twins against each other.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Stage } from '../block.js';
import { sizeOf } from '../spec.js';
import { WARNINGS, writeHeaders } from '../testing/compilers.js';
import { mfcc, mfe, spectrogram } from './index.js';
import {
  bindSignal,
  codeOf,
  cppProgram,
  execute,
  hasArmCompiler,
  hasReference,
  hostCompilers,
  inTemporaryFolder,
  noise,
  roughWindows,
  runCompiled,
  runStage,
} from './testing/index.js';

type Factory = typeof mfe | typeof mfcc | typeof spectrogram;
const BLOCKS = { mfe, mfcc, spectrogram };
const arithmetic = 'fixed';

/** Largest error in percent of the range of the float features. */
function errorOf(factory: Factory, x: Float32Array, rateHz: number): number {
  const float = runStage(bindSignal(factory(), x.length, ['audio'], rateHz), x);
  const fixed = runStage(bindSignal(factory({ arithmetic }), x.length, ['audio'], rateHz), x);
  const range = float.reduce((a, b) => Math.max(a, b)) - float.reduce((a, b) => Math.min(a, b));
  return (100 * float.reduce((most, v, i) => Math.max(most, Math.abs(v - fixed[i]!)), 0)) / range;
}

/** One code of mfe in a window that does not use all 256, else 1. */
const allowed = (factory: Factory): number => (factory === mfe ? 2 : 1);

const N = 16_000;
const [first, second] = [noise(N, 5), noise(N, 9)];
const wave = (at: (t: number) => number): Float32Array =>
  Float32Array.from({ length: N }, (_, t) => Math.max(-32_768, Math.min(32_767, Math.round(at(t)))));
const loudness = (t: number): number => Math.exp(-(((t % 4000) - 1500) ** 2) / 600_000);
const voice = (t: number): number => 8000 * Math.sin(0.05 * t + 0.3 * Math.sin(0.002 * t)) + 4000 * Math.sin(0.27 * t);

const SIGNALS: Readonly<Record<string, Float32Array>> = {
  'like speech': wave((t) => loudness(t) * (voice(t) + 1500 * first[t]!) + 20 * second[t]!),
  'quiet noise': wave((t) => 30 * first[t]!),
  'a square of full scale': wave((t) => 32_000 * Math.sign(Math.sin(0.171 * t)) + 700 * first[t]!),
  'noise of full scale': wave((t) => 32_767 * first[t]!),
  'half of silence': wave((t) => (t < 8000 ? 0 : 9000 * first[t]! * Math.sin(0.0004 * t))),
};

const shared = new URL('../../../shared/', import.meta.url).pathname;
const golden = join(shared, 'reference/dsp/golden/inputs');
const speech = join(shared, 'data/kws-speech-commands/testing');
const training = join(shared, 'data/kws-speech-commands/training');

/** Recordings with frames whose bin 0, the lowest filter of mfcc, is 0 in theory: the rounding of a spectrum is not. */
const ZERO_SUMS = [
  'go.fb7eb481-1',
  'stop.87070229-3',
  'no.62ff07ef-1',
  'go.d5b963aa-0',
  'no.26b28ea7-0',
  'yes.8c7f81df-1',
  'go.553f1a79-2',
];

const goldenWindow = (file: string): Float32Array =>
  new Float32Array(new Uint8Array(readFileSync(join(golden, file))).buffer);

/** Samples of a WAV file whose data are last and 16 bits. */
function samplesOf(path: string): Float32Array {
  const bytes = readFileSync(path);
  const start = bytes.indexOf('data') + 8;
  return Float32Array.from({ length: (bytes.length - start) >> 1 }, (_, i) => bytes.readInt16LE(start + 2 * i));
}

describe.each(Object.entries(BLOCKS))('%s in integers', (name, factory: Factory) => {
  it.each(Object.keys(SIGNALS))('is within one percent of the float features for %s', (signal) => {
    expect(errorOf(factory, SIGNALS[signal]!, 16_000)).toBeLessThan(allowed(factory));
  });

  it.skipIf(!hasReference)('is within one percent for the recorded reference inputs', () => {
    for (const file of readdirSync(golden).filter((f) => /^(fsdd|chirp|loud)/.test(f))) {
      const rateHz = file.includes('16k') ? 16_000 : 8000;
      expect(errorOf(factory, goldenWindow(file), rateHz), file).toBeLessThan(allowed(factory));
    }
  });

  it.skipIf(!existsSync(speech))('is within one percent for recordings of speech', () => {
    const files = readdirSync(speech).filter((f) => /^(yes|no|stop|go)\..*\.wav$/.test(f));
    for (const file of files.filter((_, i) => i % 24 === 0)) {
      expect(errorOf(factory, samplesOf(join(speech, file)), 16_000), file).toBeLessThan(allowed(factory));
    }
  });

  it.skipIf(!existsSync(training))('is within one percent where an energy is 0 in theory', () => {
    for (const name of ZERO_SUMS) {
      const error = errorOf(factory, samplesOf(join(training, `${name}.wav`)), 16_000);
      expect(error, name).toBeLessThan(factory === mfcc ? 0.1 : allowed(factory));
    }
  });

  it('gives finite values for every window, 0 for silence, and the same twice', () => {
    const stage = bindSignal(factory({ arithmetic }), 4000, ['audio'], 8000);
    for (const window of [...roughWindows(4000), new Float32Array(4000).fill(Number.NaN)]) {
      const features = runStage(stage, window);
      expect([...features].every(Number.isFinite)).toBe(true);
      expect(runStage(stage, window)).toEqual(features);
    }
    expect(runStage(stage, new Float32Array(4000)).every((v) => v === 0)).toBe(true);
  });

  it('counts integers only', () => {
    const { work } = bindSignal(factory({ arithmetic }), N, ['audio'], 16_000);
    expect(Object.keys(work).sort()).toEqual(['call', 'int']);
  });

  it('slides over a stream', () => {
    const stage = factory({ arithmetic }).bind(bindSignal(factory(), 4000, ['audio'], 8000).input as never);
    const stream = stage.stream(1000).open();
    const out = new Float32Array(sizeOf(stage.output));
    const x = SIGNALS['like speech']!;
    const full = [0, 1000, 2000, 3000, 4000].map((at) => stream.push(x.subarray(at, at + 1000), out));
    expect(full).toEqual([false, false, false, true, true]);
    expect(out).toEqual(runStage(stage, x.slice(1000, 5000)));
  });

  it(`is asked for by name, in the newest version of ${name}`, () => {
    expect(factory().params.arithmetic).toBe('float');
    expect(codeOf(() => factory({ arithmetic: 'double' as never }))).toBe('BAD_OPTION');
    expect(codeOf(() => spectrogram({ arithmetic, version: 3 }))).toBe('BAD_OPTION');
  });
});

const bind = (block: ReturnType<Factory>): Stage => bindSignal(block, 4000, ['audio'], 8000);

/** Lengths from the shortest on, frames shorter and longer than the transform, every optional part on and off. */
const EDGES: readonly Stage[] = [
  ...[16, 64, 256, 512, 1024].map((fftLength) =>
    bind(mfe({ arithmetic, fftLength, filters: fftLength < 64 ? 2 : 12 })),
  ),
  bind(mfe({ arithmetic, fftLength: 4096, filters: 20, noiseFloorDb: -200, lowHz: 300, frameStrideMs: 3.3 })),
  bind(mfe({ arithmetic, fftLength: 64, filters: 12, noiseFloorDb: -200 })),
  bind(mfcc({ arithmetic })),
  bind(mfcc({ arithmetic, coefficients: 12, filters: 12, fftLength: 64 })),
  bind(mfcc({ arithmetic, coefficients: 12, filters: 12, fftLength: 64, preEmphasis: -1, preEmphasisShift: 70 })),
  bind(mfcc({ arithmetic, coefficients: 12, filters: 12, fftLength: 64, preEmphasis: 0, frameLengthMs: 5 })),
  bind(mfcc({ arithmetic, coefficients: 1, normalizationFrames: 0, preEmphasisShift: 4001 })),
  bind(mfcc({ arithmetic, coefficients: 7, filters: 7, fftLength: 64, normalizationFrames: 3, preEmphasis: -0.5 })),
  bind(mfcc({ arithmetic, normalizationFrames: 9999, frameStrideMs: 1.2, fftLength: 1024, preEmphasis: 0 })),
  bind(spectrogram({ arithmetic })),
  bind(spectrogram({ arithmetic, fftLength: 4, noiseFloorDb: 0 })),
  bind(spectrogram({ arithmetic, fftLength: 512, frameLengthMs: 70, noiseFloorDb: -200 })),
];
const AMPLITUDES = [1e6, 32_767, 900, 3];

describe.skipIf(hostCompilers.length === 0)('C++ twins in integers', () => {
  // Loud and quiet by turns, so that frames are shifted both ways.
  const level = (t: number): number => AMPLITUDES[Math.floor(t / 1000)]!;
  const windows = EDGES.map((_, i) => noise(4000, i).map((v, t) => v * level(t)));
  const expected = EDGES.map((stage, i) => runStage(stage, windows[i]!));

  it.each(hostCompilers)('give the same bits as TypeScript, %s', (compiler) => {
    runCompiled(compiler, ['-O2'], EDGES, windows).forEach((out, i) => {
      expect(out, `stage ${i}`).toEqual(expected[i]);
    });
  });

  it('give the same bits without long products, and never overflow', () => {
    const flags = ['-O1', '-DIMPULSEKIT_SHORT_MULTIPLY', '-fsanitize=address,undefined', '-fno-sanitize-recover'];
    runCompiled(hostCompilers[0]!, flags, EDGES, windows).forEach((out, i) => {
      expect(out, `stage ${i}`).toEqual(expected[i]);
    });
  });
});

it.skipIf(!hasArmCompiler)('C++ twins in integers need no floating point on Cortex-M0+, and no heap', () => {
  const symbols = inTemporaryFolder((folder) => {
    writeHeaders(
      folder,
      EDGES.flatMap((s) => s.cpp.headers),
    );
    writeFileSync(join(folder, 'stages.cpp'), cppProgram(EDGES, 'library'));
    const flags = [...WARNINGS, '-mcpu=cortex-m0plus', '-mthumb', '-Os', '-fno-exceptions', '-fno-rtti'];
    execute('arm-none-eabi-g++', [...flags, '-I', folder, '-c', join(folder, 'stages.cpp'), '-o', join(folder, 'o')]);
    return execute('arm-none-eabi-nm', ['-C', join(folder, 'o')]).toString();
  });
  expect(symbols).toContain('impulsekit::dsp::fixed::powerSpectrum');
  expect(symbols).not.toMatch(/__aeabi_(d|f|[a-z]+2[df]|ldiv|uldiv)|malloc|free|operator new|operator delete|__cxa/);
});
