import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ImpulseError } from '../../errors.js';
import { cString, memberNames, typeName } from '../../names.js';
import type { Program } from '../../program.js';
import { CORES, has, run, SANITIZERS, sanitizes, unpack, WARNINGS } from '../../testing/compilers.js';
import { type TinyOptions, tinyProgram } from '../testing/tiny-program.js';
import { ofRelease } from './headers.js';
import libraryHeader from './library.h.js';
import { cppLibrary } from './library.js';
import { RUNTIME_VERSION } from './wiring.js';

const dirs: string[] = [];
afterAll(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
});

function emitted(name: string, options?: TinyOptions, change: (program: Program) => Program = (p) => p): string {
  const dir = unpack(cppLibrary({ name }).emit(change(tinyProgram(options))));
  dirs.push(dir);
  return dir;
}

const sources = (name: string): string[] => [`${name}.cpp`, `${name}_parameters.cpp`];
const verifySources = ['verify/verify.cpp', 'verify/golden.cpp'];

function verify(dir: string, name: string, compiler = 'g++', flags: readonly string[] = []): string {
  run(compiler, [...WARNINGS, '-O2', ...flags, '-o', 'verify.bin', ...sources(name), ...verifySources], dir);
  return run('./verify.bin', [], dir);
}

const codeOf = (action: () => unknown): string | undefined => {
  try {
    action();
  } catch (error) {
    if (error instanceof ImpulseError) return error.code;
    throw error;
  }
  return undefined;
};

const nasty = ['say "hi"', 'back\\slash', 'two\nlines', 'größe ≥ 9', 'what??!', '{brace}', '*/ #define', '7\u00017'];

describe('names', () => {
  it.each(['keyword', 'a', 'Fan2', 'my_lib'])('takes %s', (name) => {
    expect(codeOf(() => cppLibrary({ name }))).toBeUndefined();
  });

  it.each(['', '2a', 'a-b', 'class', 'a__b', '_a', 'größe', 'main', 'std', 'linux', 'a b', '../x', 'x'.repeat(64)])(
    'refuses %j',
    (name) => {
      expect(codeOf(() => cppLibrary({ name }))).toBe('BAD_OPTION');
    },
  );

  it('refuses what is no text', () => {
    expect(codeOf(() => cppLibrary({ name: 5 as unknown as string }))).toBe('BAD_OPTION');
  });

  it('escapes text for C++', () => {
    expect(cString('a"b\\c\n1?')).toBe('"a\\"b\\\\c\\0121\\?"');
    expect(cString('ß')).toBe('"\\303\\237"');
  });

  it('makes distinct identifiers', () => {
    expect(memberNames(['a-b', 'a b', 'class', '9', 'Result'])).toEqual(['a_b', 'a_b2', 'class_', 'block9', 'Result_']);
    expect(typeName('k-means')).toBe('KMeans');
    expect(typeName('3d')).toBe('Block3d');
    expect(typeName('conv2')).toBe('Conv2_');
  });
});

describe('cppLibrary', () => {
  it('asserts the version of the headers it ships', () => {
    expect(libraryHeader.text).toContain(`kRuntimeVersion = ${RUNTIME_VERSION};`);
  });

  it('is the same bytes twice, sorted', () => {
    const [a, b] = [0, 1].map(() => cppLibrary({ name: 'twin' }).emit(tinyProgram()).files);
    expect(JSON.stringify(a)).toBe(JSON.stringify(b));
    expect(Object.keys(a!)).toEqual(Object.keys(a!).sort());
  });

  it('ships headers in a namespace of the release, and the saved design', () => {
    const { files } = cppLibrary({ name: 'ship' }).emit(tinyProgram());
    expect(files['impulsekit/targets/cpp/library.h']).toBe(ofRelease(libraryHeader.text));
    expect(files['impulse.json']).toBe('{"format":1}\n');
  });

  it('refuses labels that C strings cannot hold and programs without golden windows', () => {
    const emit = (program: Program) => codeOf(() => cppLibrary({ name: 'bad' }).emit(program));
    expect(emit(tinyProgram({ labels: ['a', 'b\0c'] }))).toBe('BAD_LABEL');
    expect(emit({ ...tinyProgram(), golden: [] })).toBe('NO_DATA');
  });

  it.skipIf(!has('cmake'))('configures, builds and tests with CMake', () => {
    const dir = emitted('cmaked', { anomaly: true });
    run('cmake', ['-B', 'build', '-S', '.'], dir);
    run('cmake', ['--build', 'build'], dir);
    expect(run('ctest', ['--test-dir', 'build'], dir)).toContain('100% tests passed');
  });

  it.skipIf(!has('make'))('builds and checks itself with make', () => {
    expect(run('make', ['check'], emitted('made'))).toMatch(/\nOK\n$/);
  });
});

describe.each(['g++', 'clang++'])('compiled by %s', (compiler) => {
  const available = has(compiler);

  it.skipIf(!available)('gives the answers of TypeScript, warning-free', () => {
    const text = verify(emitted('chain'), 'chain', compiler);
    expect(text.match(/^pass .*features equal 6\/6 .*scores equal 3\/3 .*chain equal 3\/3/gm)).toHaveLength(3);
    expect(text.endsWith('\nOK\n')).toBe(true);
  });

  it.skipIf(!available)('holds one value, or scores for every cell of a grid, warning-free', () => {
    const value = emitted('gauge', { answers: 'value' });
    expect(verify(value, 'gauge', compiler)).toMatch(/scores equal 1\/1 .*chain equal 1\/1/);
    expect(readFileSync(join(value, 'gauge.h'), 'utf8')).toContain('  float value;\n};');
    const cells = emitted('finder', { answers: 'cells', labels: ['bee', 'wasp'], anomaly: true });
    expect(verify(cells, 'finder', compiler)).toMatch(/scores equal 13\/13 .*chain equal 13\/13/);
    const header = readFileSync(join(cells, 'finder.h'), 'utf8');
    expect(header).toContain('  float state[kGridHeight * kGridWidth * (kLabelCount + 1)];');
    expect(header).toContain('constexpr int32_t kGridWidth = 2;');
    expect(readFileSync(join(cells, 'README.md'), 'utf8')).toContain('state[(row * 2 + column) * 3 + 1]  "bee"');
  });

  it.skipIf(!available)('joins the inputs of a graph', () => {
    const text = verify(emitted('machine', { anomaly: true, fractions: true }), 'machine', compiler);
    expect(text.match(/^pass .*features equal 10\/10 .*scores equal 4\/4 .*chain equal 4\/4/gm)).toHaveLength(3);
  });

  it.skipIf(!sanitizes(compiler))('is clean under address and undefined-behaviour sanitizers', () => {
    const text = verify(emitted('clean', { anomaly: true }), 'clean', compiler, SANITIZERS);
    expect(text.endsWith('\nOK\n')).toBe(true);
  });

  it.skipIf(!available).each(['verify', 'golden', 'arena', 'features'])('may be called %s', (name) => {
    expect(verify(emitted(name), name, compiler)).toContain('OK');
  });

  it.skipIf(!available)('fails when one score is wrong', () => {
    const spoil = (program: Program): Program => {
      const [first, ...rest] = program.golden;
      const scores = first!.scores.map((row) => row.map((v, i) => (i === 1 ? v + 0.001 : v)));
      return { ...program, golden: [{ ...first!, scores }, ...rest] };
    };
    expect(() => verify(emitted('spoiled', {}, spoil), 'spoiled', compiler)).toThrow();
  });

  it.skipIf(!available)('fails when one feature is off', () => {
    const spoil = (program: Program): Program => {
      const [first, ...rest] = program.golden;
      const features = first!.features.map((row) => row.map((v, i) => (i === 1 ? v * 1.001 : v)));
      return { ...program, golden: [{ ...first!, features }, ...rest] };
    };
    expect(() => verify(emitted('spoiled', {}, spoil), 'spoiled', compiler)).toThrow();
  });

  it.skipIf(!available)('keeps the bytes of hostile labels', () => {
    const dir = emitted('nasty', { labels: nasty, anomaly: true });
    const main = `#include <stdio.h>\n#include "nasty.h"\nint main() { for (int i = 0; i < nasty::kLabelCount; ++i) fwrite(nasty::kLabels[i], 1, __builtin_strlen(nasty::kLabels[i]) + 1, stdout); }`;
    writeFileSync(join(dir, 'main.cpp'), main);
    run(compiler, [...WARNINGS, '-trigraphs', '-o', 'labels', 'main.cpp', ...sources('nasty')], dir);
    expect(run('./labels', [], dir)).toBe(nasty.map((label) => `${label}\0`).join(''));
    expect(verify(dir, 'nasty', compiler)).toContain('OK');
  });

  it.skipIf(!available)('links two libraries into one program and reports bad input', () => {
    const [left, right] = [emitted('left'), emitted('right', { anomaly: true, fractions: true })];
    const main = `#include <math.h>
#include <stdio.h>
#include "left.h"
#include "right.h"
int main() {
  static float window[left::kInputSize] = {1.0f, 2.0f};
  left::Result a;
  right::Result b;
  if (left::run(window, &a) != left::Status::kOk || right::run(window, &b) != right::Status::kOk) return 1;
  if (left::run(static_cast<const float*>(nullptr), &a) != left::Status::kNullPointer) return 2;
  for (int i = 0; i < left::kInputSize; ++i) {
    const float kept = window[i];
    window[i] = i % 2 == 0 ? NAN : -INFINITY;
    if (right::run(window, &b) != right::Status::kNotFinite) return 3;
    window[i] = kept;
  }
  puts(left::kLabels[left::best(a)]);
  return a.scores[0] == b.state[0] && b.odd_one > -1e6f ? 0 : 4;
}`;
    writeFileSync(join(left, 'main.cpp'), main);
    const args = [...WARNINGS, `-I${right}`, '-o', 'both', 'main.cpp', ...sources('left')];
    run(compiler, [...args, ...sources('right').map((file) => join(right, file))], left);
    expect(['no\n', 'yes\n', 'maybe\n']).toContain(run('./both', [], left));
  });
});

describe.skipIf(!has('g++'))('run', () => {
  it('takes whole numbers as they are, and a stream slice by slice', () => {
    const dir = emitted('stream', { anomaly: true });
    const main = `#include <stdio.h>
#include "stream.h"
int main() {
  static float signal[3 * stream::kInputSize];
  for (int i = 0; i < 3 * stream::kInputSize; ++i) signal[i] = static_cast<float>((i * 37) % 201 - 100);
  int results = 0;
  for (int start = 0; start + stream::kSliceSize <= 3 * stream::kInputSize; start += stream::kSliceSize) {
    stream::Result got, expected, whole;
    const stream::Status status = stream::run_continuous(signal + start, &got);
    const int first = start + stream::kSliceSize - stream::kInputSize;
    if (first < 0 && status != stream::Status::kNotReady) return 1;
    if (first < 0) continue;
    static int16_t window[stream::kInputSize];
    for (int i = 0; i < stream::kInputSize; ++i) window[i] = static_cast<int16_t>(signal[first + i]);
    if (status != stream::Status::kOk || stream::run(signal + first, &expected) != stream::Status::kOk) return 2;
    if (stream::run(window, &whole) != stream::Status::kOk) return 3;
    if (got.state[1] != expected.state[1] || got.odd_one != expected.odd_one) return 4;
    if (got.state[1] != whole.state[1] || got.odd_one != whole.odd_one) return 5;
    ++results;
  }
  stream::reset_continuous();
  stream::Result after;
  if (stream::run_continuous(signal, &after) != stream::Status::kNotReady) return 6;
  printf("%d results\\n", results);
}`;
    writeFileSync(join(dir, 'main.cpp'), main);
    run('g++', [...WARNINGS, '-o', 'streaming', 'main.cpp', ...sources('stream'), 'stream_continuous.cpp'], dir);
    expect(run('./streaming', [], dir)).toBe('5 results\n');
  });
});

describe.skipIf(!has('arm-none-eabi-g++'))('on microcontrollers', () => {
  it.each(Object.entries(CORES))('compiles warning-free for %s and needs no heap', (_, core) => {
    const dir = emitted('small', { anomaly: true });
    const flags = [...core, ...WARNINGS, '-Os', '-fno-exceptions', '-fno-rtti', '-c'];
    run('arm-none-eabi-g++', [...flags, ...sources('small'), ...verifySources], dir);
    const symbols = run('arm-none-eabi-nm', ['small.o', 'small_parameters.o'], dir);
    expect(symbols).not.toMatch(/ (malloc|free|calloc|realloc|_Zn[wa]|_Zd[la]|__cxa_guard)/);
  });
});

it('documents the library in its header', () => {
  const dir = emitted('documented', { anomaly: true });
  expect(readFileSync(join(dir, 'documented.h'), 'utf8')).toMatchInlineSnapshot(`
    "// SPDX-License-Identifier: Apache-2.0
    // documented: a trained impulse as C++11 source. No heap, no exceptions, one static arena.
    //
    //   #include "documented.h"
    //   static float window[documented::kInputSize];  // fill it with sensor values
    //   documented::Result result;
    //   if (documented::run(window, &result) != documented::Status::kOk) return;
    //   puts(documented::kLabels[documented::best(result)]);
    //
    // A window holds 120 values: 40 time steps of 3 (accX accY accZ) at 62.5 Hz, interleaved. \`run\` is not reentrant.
    #ifndef IMPULSEKIT_LIBRARY_documented_H
    #define IMPULSEKIT_LIBRARY_documented_H

    #include <stdint.h>

    namespace documented {

    /// Time steps in one window (rows, for an image).
    constexpr int32_t kWindowSamples = 40;
    /// Values per time step, interleaved.
    constexpr int32_t kAxes = 3;
    /// Values in one window.
    constexpr int32_t kInputSize = kWindowSamples * kAxes;
    /// Sampling rate in Hz; 0 when the input has none.
    constexpr float kRateHz = 62.5f;
    /// Time steps from one window to the next; 0 when windows do not slide.
    constexpr int32_t kStrideSamples = 20;
    /// Static memory of the whole impulse in bytes: features, scratch and network, overlapped by lifetime.
    constexpr int32_t kArenaBytes = 128;

    constexpr int32_t kLabelCount = 3;
    /// Class names in the order of the scores, UTF-8.
    extern const char* const kLabels[kLabelCount];

    /// What one window gave.
    struct Result {
      /// One score per label, 0 to 1.
      float state[kLabelCount];
      /// Anomaly score: 0 or less is normal, higher is stranger.
      float odd_one;
    };

    enum class Status {
      kOk = 0,
      /// \`window\` or \`result\` is null.
      kNullPointer = 1,
      /// The window holds an infinite value or one that is not a number.
      kNotFinite = 2,
      /// \`run_continuous\` has not seen a whole window yet.
      kNotReady = 3,
    };

    /// Runs the whole impulse on one window of kInputSize values. \`result\` is written only when the answer is kOk.
    Status run(const float* window, Result* result);
    /// The same on int16_t values, which need not be copied first.
    Status run(const int16_t* window, Result* result);

    /// Values of one slice.
    constexpr int32_t kSliceSize = kStrideSamples * kAxes;
    /// Takes the next kSliceSize values of a stream and runs the impulse on its latest window, at the cost of the slice
    /// where the blocks allow it. kNotReady until a whole window has been seen.
    Status run_continuous(const float* slice, Result* result);
    /// Forgets the stream: call it when samples were lost.
    void reset_continuous();

    /// Index into kLabels of the highest of \`state\`.
    int32_t best(const Result& result);

    }  // namespace documented

    #endif  // IMPULSEKIT_LIBRARY_documented_H
    "
  `);
});
