/** What the tests of streams share: windows one by one, streams in both languages, and recorded signals. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessingStage } from '../../../block.js';
import { parseAcquisition } from '../../../data/acquisition.js';
import type { Recording } from '../../../data/sample.js';
import { parseWav } from '../../../data/wav.js';
import { sizeOf } from '../../../spec.js';
import type { CppStream, SampleType } from '../../../stream.js';
import { WARNINGS, writeHeaders } from '../../../testing/compilers.js';
import { execute, inTemporaryFolder, runStage } from '../../testing/index.js';

/** A stage that is fed a signal, interleaved, in slices. */
export interface StreamCase {
  readonly stage: ProcessingStage;
  readonly strideSamples: number;
  readonly signal: Float32Array;
  readonly sample?: SampleType;
  /** Time steps that C++ is given at once; default: a slice. */
  readonly pieceSamples?: number;
}

const valuesOf = ({ stage }: StreamCase, timeSteps: number): number =>
  (sizeOf(stage.input) / stage.input.axes[0]!.size) * timeSteps;
const sliceSize = (c: StreamCase): number => valuesOf(c, c.strideSamples);

/** The stream as C++. */
function cppOf({ stage, strideSamples, pieceSamples }: StreamCase): CppStream {
  const stream = stage.stream(strideSamples);
  return pieceSamples === undefined ? stream.cpp : stream.inPieces(pieceSamples);
}

/** Features of every whole window that ends with a slice, each computed on its own. */
export function windowByWindow(c: StreamCase): Float32Array[] {
  const [slice, window] = [sliceSize(c), sizeOf(c.stage.input)];
  const all: Float32Array[] = [];
  for (let end = slice; end <= c.signal.length; end += slice) {
    if (end >= window) all.push(runStage(c.stage, c.signal.slice(end - window, end)));
  }
  return all;
}

/** The same from the stream. */
export function sliceBySlice(c: StreamCase): Float32Array[] {
  const stream = c.stage.stream(c.strideSamples).open();
  const slice = sliceSize(c);
  const all: Float32Array[] = [];
  for (let end = slice; end <= c.signal.length; end += slice) {
    const out = new Float32Array(sizeOf(c.stage.output)).fill(Number.NaN);
    if (stream.push(c.signal.slice(end - slice, end), out)) all.push(out);
  }
  return all;
}

/** Whether the stage streams in a way of its own. */
export function streamsItself(c: StreamCase): boolean {
  return !('sliding' in cppOf(c).codeBytes);
}

/** The first feature that is not what was expected, in words; undefined when all are, within a share of the value. */
export function difference(
  got: readonly Float32Array[],
  expected: readonly Float32Array[],
  tolerance = 0,
): string | undefined {
  if (got.length !== expected.length) return `${got.length} windows instead of ${expected.length}`;
  for (const [w, features] of expected.entries()) {
    const at = features.findIndex(
      (value, i) => !(Math.abs(got[w]![i]! - value) <= tolerance * Math.max(1, Math.abs(value))),
    );
    if (at >= 0) return `window ${w}, feature ${at}: ${got[w]![at]} instead of ${features[at]}`;
  }
  return undefined;
}

const HARNESS = `
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vector>

// Slices lie in memory of just their size; guards stand behind the state and the scratch.
template <class Stage, class Stream, class Sample>
void runCase(size_t size, size_t slices, size_t outputs) {
  const size_t scratchFloats = static_cast<size_t>(Stage::kScratchBytes) / 4;
  const size_t stateFloats = static_cast<size_t>(Stream::kStateBytes) / 4;
  std::vector<float> values(size), out(outputs);
  std::vector<float> scratch(scratchFloats + 16, 12345.0f), state(stateFloats + 16, 12345.0f);
  Stream::reset(state.data());
  for (size_t i = 0; i < slices; ++i) {
    if (fread(values.data(), 4, size, stdin) != size) exit(2);
    std::vector<Sample> slice(size);
    for (size_t j = 0; j < size; ++j) slice[j] = static_cast<Sample>(values[j]);
    if (!Stream::push(slice.data(), out.data(), state.data(), scratch.data())) continue;
    fwrite(out.data(), 4, outputs, stdout);
  }
  for (size_t i = scratchFloats; i < scratch.size(); ++i) if (memcmp(&scratch[i], &scratch.back(), 4) != 0) exit(3);
  for (size_t i = stateFloats; i < state.size(); ++i) if (memcmp(&state[i], &state.back(), 4) != 0) exit(4);
}
`;

/** Source text with every stream, and a main that feeds each its signal from stdin. */
export function streamProgram(cases: readonly StreamCase[], form: 'program' | 'library' = 'program'): string {
  const emitted = cases.map((c, i) => {
    const { declaration, definition } = c.stage.cpp.emit(`Stage${i}`);
    const stream = cppOf(c).emit(`Stream${i}`, `Stage${i}`, c.sample ?? 'float');
    return [declaration, definition, stream].join('\n');
  });
  const calls = cases.map((c, i) => {
    const size = valuesOf(c, c.pieceSamples ?? c.strideSamples);
    const slices = Math.floor(c.signal.length / sliceSize(c)) * (sliceSize(c) / size);
    const types = `Stage${i}, Stream${i}, ${c.sample ?? 'float'}`;
    return `  runCase<${types}>(${size}u, ${slices}u, ${sizeOf(c.stage.output)}u);`;
  });
  const library = cases.map((c, i) => {
    const head = `bool push${i}(const ${c.sample ?? 'float'}* slice, float* out, void* state, void* scratch)`;
    return `${head};\n${head} { return Stream${i}::push(slice, out, state, scratch); }`;
  });
  return [
    ...new Set(headersOf(cases).map(({ path }) => `#include "${path}"`)),
    ...emitted,
    ...(form === 'program' ? [HARNESS, `int main() {\n${calls.join('\n')}\n  return 0;\n}`] : library),
    '',
  ].join('\n');
}

export function headersOf(cases: readonly StreamCase[]) {
  return cases.flatMap((c) => [...c.stage.cpp.headers, ...cppOf(c).headers]);
}

/** Compiles the streams into one program and returns what each gives for its signal. */
export function compiledSliceBySlice(
  compiler: string,
  flags: readonly string[],
  cases: readonly StreamCase[],
): Float32Array[][] {
  const bytes = inTemporaryFolder((folder) => {
    writeHeaders(folder, headersOf(cases));
    const source = join(folder, 'main.cpp');
    writeFileSync(source, streamProgram(cases));
    execute(compiler, [...WARNINGS, ...flags, '-I', folder, source, '-o', join(folder, 'main')]);
    const fed = cases.map((c) => c.signal.slice(0, c.signal.length - (c.signal.length % sliceSize(c))));
    return execute(join(folder, 'main'), [], Buffer.concat(fed.map((x) => Buffer.from(x.buffer))));
  });
  const all = new Float32Array(new Uint8Array(bytes).buffer);
  let at = 0;
  return cases.map((c) => {
    const size = sizeOf(c.stage.output);
    return Array.from({ length: windowsOf(c) }, () => {
      at += size;
      return all.slice(at - size, at);
    });
  });
}

function windowsOf(c: StreamCase): number {
  const slice = sliceSize(c);
  return Math.floor(c.signal.length / slice) - Math.ceil(sizeOf(c.stage.input) / slice) + 1;
}

const DATA = new URL('../../../../../shared/data/', import.meta.url).pathname;

export const hasData = existsSync(DATA);

/** Speech at 16 kHz as int16 numbers, from the recorded stream of keywords. */
export function speech(seconds: number): Float32Array {
  const bytes = readFileSync(join(DATA, 'kws-streams/testing/stream1.wav'));
  return parseWav(bytes, 'stream1').signal.values.slice(0, 16_000 * seconds);
}

/** The first recording of every gesture, three axes of acceleration. */
export function motion(): Recording[] {
  const folder = join(DATA, 'imu-gestures/testing');
  const files = readdirSync(folder).filter((name) => name.endsWith('06.json'));
  return files.map((name) => parseAcquisition(readFileSync(join(folder, name)), name));
}
