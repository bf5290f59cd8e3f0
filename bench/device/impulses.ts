/** Processing blocks and whole impulses as bare-metal images, on fixed inputs, beside what the incumbent was measured at. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessingBlock, ProcessingStage } from '../../src/block.js';
import { closure, tableBody } from '../../src/cpp.js';
import type { Sample } from '../../src/data/index.js';
import { mfcc, mfe, spectral } from '../../src/dsp/index.js';
import { audio, graph, type Impulse, impulse, motion, on, type TrainedImpulse } from '../../src/impulse/index.js';
import { classifier, conv1d, dense, kMeans, maxPool } from '../../src/learn/index.js';
import { random } from '../../src/random.js';
import { type Spec, signalOf, signalSpec, sizeOf } from '../../src/spec.js';
import { cppLibrary } from '../../src/targets/index.js';
import { type Core, emulate, imageSizes, inFolder, link } from './image.js';
import { MODE_FLAGS } from './measure.js';
import type { Figures } from './peers.js';

export interface ImpulseCase {
  readonly name: string;
  readonly bars: Figures;
  /** The incumbent's public SDK with CMSIS, and in brackets its portable code. */
  readonly peer: string;
  readonly measure: (core: Core, mode: 'size' | 'speed') => Promise<ImpulseMeasurement>;
}

export interface ImpulseMeasurement {
  readonly instructions: number;
  /** The image less an empty one less the input. */
  readonly flashBytes: number;
  /** Static memory and stack. */
  readonly ramBytes: number;
  /** Largest difference to TypeScript, relative above 1. */
  readonly difference: number;
  /** Functions of double precision or the heap in the image; none are allowed. */
  readonly forbidden: readonly string[];
}

/** Uniform whole numbers -1024..1023, the same for everybody. */
function generator(): () => number {
  let s = 12_345;
  return () => {
    s = (Math.imul(s, 1_664_525) + 1_013_904_223) >>> 0;
    return ((s >>> 16) & 0x7ff) - 1024;
  };
}

/** A second of two tones in noise at 16 kHz. */
export function fixedAudio(): Int16Array {
  const u = generator();
  const tone = (n: number, hz: number): number => Math.sin((2 * Math.PI * hz * n) / 16_000);
  return Int16Array.from({ length: 16_000 }, (_, n) => Math.round(6000 * tone(n, 440) + 3000 * tone(n, 1250) + u()));
}

/** Two seconds of three swinging axes at 62.5 Hz, interleaved. */
export function fixedMotion(): Float32Array {
  const u = generator();
  const swing = (n: number, hz: number, phase = 0): number => Math.sin((2 * Math.PI * hz * n) / 62.5 + phase);
  return Float32Array.from(
    Array.from({ length: 125 }, (_, n) => [
      4.905 * swing(n, 1.5) + u() / 10_240,
      3 * swing(n, 3, 0.7) + u() / 10_240,
      9.81 + 2 * swing(n, 0.8) + u() / 10_240,
    ]).flat(),
  );
}

const AUDIO = { rateHz: 16_000, axes: ['audio'] };
const MOTION = { rateHz: 62.5, axes: ['x', 'y', 'z'] };
const keyword = (): ProcessingBlock<'signal', 'spectrogram'> => mfcc();
const shaking = (): ProcessingBlock<'signal', 'features'> => spectral({ version: 3 });

export const IMPULSES: readonly ImpulseCase[] = [
  {
    name: 'mfcc',
    bars: { instructions: 1.0e6, ramBytes: 4600 },
    peer: '4.65 M (42.9 M); 15.8 kB heap',
    measure: (core, mode) => measureStage(bound(keyword(), AUDIO, fixedAudio()), fixedAudio(), core, mode),
  },
  {
    name: 'spectral',
    bars: { instructions: 0.1e6 },
    peer: '1.90 M (2.07 M)',
    measure: (core, mode) => measureStage(bound(shaking(), MOTION, fixedMotion()), fixedMotion(), core, mode),
  },
  {
    name: 'mfe',
    bars: { instructions: 1.6e6 },
    peer: '332 ms at 64 MHz (paper)',
    measure: (core, mode) => measureStage(bound(mfe(), AUDIO, fixedAudio()), fixedAudio(), core, mode),
  },
  {
    name: 'impulse B',
    bars: { flashBytes: 20_000, ramBytes: 7000, instructions: 1.25e6 },
    peer: '61.6 kB / 19.1 kB / 4.87 M',
    measure: async (core, mode) => measureImpulse(await keywordImpulse(), fixedAudio(), core, mode),
  },
  {
    name: 'impulse A',
    bars: { flashBytes: 13_000, ramBytes: 4000, instructions: 0.12e6 },
    peer: '76.6 kB / 5.7 kB / 1.94 M',
    measure: async (core, mode) => measureImpulse(await motionImpulse(), fixedMotion(), core, mode),
  },
];

type Input = Int16Array | Float32Array;

function bound(
  block: ProcessingBlock<'signal'>,
  { rateHz, axes }: { rateHz: number; axes: readonly string[] },
  input: Input,
): ProcessingStage {
  return block.bind(signalSpec(input.length / axes.length, axes, rateHz));
}

let keywordModel: Promise<TrainedImpulse> | undefined;
let motionModel: Promise<TrainedImpulse> | undefined;

/** MFCC and a small convolutional network; its weights hardly matter, so one epoch on noise will do. */
function keywordImpulse(): Promise<TrainedImpulse> {
  keywordModel ??= trained(
    impulse({
      input: audio({ rateHz: 16_000, windowMs: 1000 }),
      dsp: keyword(),
      learn: classifier({ layers: [conv1d(8, 3), maxPool(2), conv1d(16, 3), maxPool(2)], epochs: 1 }),
    }),
    ['yes', 'no', 'noise'],
    Float32Array.from(fixedAudio()),
  );
  return keywordModel;
}

/** Spectral features, a dense network, and 32 clusters over the power of each axis. */
function motionImpulse(): Promise<TrainedImpulse> {
  motionModel ??= trained(
    graph({
      input: motion({ axes: MOTION.axes, rateHz: MOTION.rateHz, windowMs: 2000 }),
      dsp: { spectrum: shaking() },
      learn: {
        state: on('spectrum').use(classifier({ layers: [dense(21), dense(14)], epochs: 1 })),
        anomaly: on('spectrum').use(kMeans({ clusters: 32, axes: [0, 11, 22] })),
      },
    }),
    ['idle', 'snake', 'updown', 'wave'],
    fixedMotion(),
  );
  return motionModel;
}

/** Trains on noisy copies of a window, a few per label, and quantises. */
async function trained(design: Impulse, labels: readonly string[], window: Float32Array): Promise<TrainedImpulse> {
  const { axes, rateHz } = signalOf(design.design.input.spec as Spec<'signal'>);
  const { uniform } = random(1);
  const samples = labels.flatMap((label, i) =>
    Array.from({ length: 10 }, (_, copy): Sample => {
      const values = window.map((v) => v * (1 + i + uniform()));
      return { id: `${label}.${copy}`, label, signal: { rateHz, axes, values } };
    }),
  );
  return (await design.fit(samples, { seed: 1 })).quantize(samples);
}

const TYPES = new Map<unknown, string>([
  [Int16Array, 'int16_t'],
  [Float32Array, 'float'],
]);

async function measureStage(
  stage: ProcessingStage,
  input: Input,
  core: Core,
  mode: 'size' | 'speed',
): Promise<ImpulseMeasurement> {
  const expected = new Float32Array(sizeOf(stage.output));
  stage.run(Float32Array.from(input), expected);
  const { files, text } = stageProgram(stage, input, mode);
  return inFolder(files, (dir) => measureImage({ dir, text, sources: [], input, expected, core, mode }));
}

/** Features of a window, computed by the emulated device. */
export async function runOnDevice(stage: ProcessingStage, input: Float32Array, core: Core): Promise<Float32Array> {
  const expected = new Float32Array(sizeOf(stage.output));
  const { files, text } = stageProgram(stage, input, 'size');
  return inFolder(files, async (dir) => {
    await measureImage({ dir, text, sources: [], input, expected, core, mode: 'size' });
    return outputOf(dir);
  });
}

/** The files and the text of a program that only computes features. */
function stageProgram(stage: ProcessingStage, input: Input, mode: 'size' | 'speed') {
  const size = sizeOf(stage.output);
  const { declaration, definition } = stage.cpp.emit('Stage', mode);
  const files = Object.fromEntries(closure(stage.cpp.headers).map(({ path, text }) => [`impulsekit/${path}`, text]));
  const includes = stage.cpp.headers.map(({ path }) => `#include "impulsekit/${path}"`);
  const type = TYPES.get(input.constructor)!;
  const invoke = [
    `alignas(16) static unsigned char scratch[${Math.max(1, stage.cpp.scratchBytes)}];`,
    `static void invoke(const ${type}* in, float* out) { Stage::run(in, out, scratch); }`,
  ];
  const text = [...includes, declaration, definition, `static float output[${size}];`, ...invoke].join('\n');
  return { files, text };
}

async function measureImpulse(
  model: TrainedImpulse,
  input: Input,
  core: Core,
  mode: 'size' | 'speed',
): Promise<ImpulseMeasurement> {
  const { files } = model.deploy(cppLibrary({ name: 'lib', optimize: mode }));
  const answers = Object.values(model.predict(Float32Array.from(input)).learners);
  const expected = Float32Array.from(
    answers.flatMap(({ scores, anomaly }) => (scores ? Object.values(scores) : anomaly!)),
  );
  const type = TYPES.get(input.constructor)!;
  const text = [
    '#include "lib.h"',
    `static float output[${expected.length}];`,
    `static void invoke(const ${type}* in, float* out) {`,
    '  lib::run(in, static_cast<lib::Result*>(static_cast<void*>(out)));',
    '}',
  ].join('\n');
  const sources = ['lib.cpp', 'lib_parameters.cpp'];
  return inFolder(files, (dir) => measureImage({ dir, text, sources, input, expected, core, mode }));
}

interface Image {
  readonly dir: string;
  /** Declares `output` and `invoke`. */
  readonly text: string;
  readonly sources: readonly string[];
  readonly input: Input;
  readonly expected: Float32Array;
  readonly core: Core;
  readonly mode: 'size' | 'speed';
}

async function measureImage(image: Image): Promise<ImpulseMeasurement> {
  const { dir, text, sources, input, expected, core, mode } = image;
  const flags = [MODE_FLAGS[mode]];
  const type = TYPES.get(input.constructor)!;
  const main = mainText(`${text}\nextern const ${type} input[];`, 'input', expected.length);
  writeFileSync(
    join(dir, 'input.cpp'),
    `#include <stdint.h>\nextern const ${type} input[];\nconst ${type} input[${input.length}] = {\n${tableBody(input)}\n};\n`,
  );
  const linked = await link({ dir, name: 'impulse', core, main, sources: ['input.cpp', ...sources], flags });
  const printed = await emulate(linked, core, dir);
  const got = outputOf(dir);
  const full = await imageSizes(linked);
  const none = await imageSizes(
    await link({
      dir,
      name: 'empty',
      core,
      main: mainText(nothing(expected.length), 'static_cast<const float*>(nullptr)', expected.length),
      flags,
    }),
  );
  // The result belongs to the application, the features of a bare block to the block.
  const results = sources.length > 0 ? 4 * expected.length : 0;
  return {
    instructions: printed('ticks')[0]!,
    flashBytes: full.flash - none.flash - input.byteLength,
    ramBytes: full.ram - none.ram - results + printed('stack')[0]!,
    difference: Math.max(...expected.map((v, i) => Math.abs(got[i]! - v) / Math.max(1, Math.abs(v)))),
    forbidden: forbiddenSymbols(linked),
  };
}

const outputOf = (dir: string): Float32Array =>
  new Float32Array(new Uint8Array(readFileSync(join(dir, 'output.bin'))).buffer);

/** A main that measures `invoke`, which `text` declares with `output`, and writes what it gave. */
const mainText = (text: string, input: string, outputs: number): string =>
  [
    '#include "run.h"',
    text,
    'int main() {',
    `  const device::Cost cost = device::measure(invoke, ${input}, output);`,
    '  device::print("ticks", cost.ticks);',
    '  device::print("stack", cost.stackBytes);',
    '  const device::File out("output.bin", device::File::kWrite);',
    `  return out.write(output, ${4 * outputs}u) ? 0 : 1;`,
    '}',
    '',
  ].join('\n');

/** What is subtracted: no block, and an output that nobody counts. */
const nothing = (outputs: number): string =>
  `__attribute__((section(".application"))) float output[${outputs}];\nstatic void invoke(const float*, float*) {}`;

function forbiddenSymbols(image: string): string[] {
  const text = execFileSync('arm-none-eabi-nm', ['-C', image], { encoding: 'utf8' });
  const names = text.split('\n').map((line) => line.split(/ [a-zA-Z] /)[1] ?? '');
  return names.filter((name) =>
    /^__aeabi_(d|[a-z]+2d)|^_?(malloc|free|calloc|realloc|sbrk)|^operator (new|delete)/.test(name),
  );
}
