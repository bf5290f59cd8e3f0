// What a library may hold beside the impulse.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ImpulseError } from '../../errors.js';
import { CORES, has, run, unpack, WARNINGS } from '../../testing/compilers.js';
import { keywordModel, motionModel, shake, sound } from '../compat/testing/models.js';
import { tinyProgram } from '../testing/tiny-program.js';
import { compareDump } from './compare-dump.js';
import { RELEASE } from './headers.js';
import { cppLibrary } from './library.js';
import { postprocessor } from './postprocess.js';
import { sharedLibrary } from './shared.js';

const dirs: string[] = [];
afterAll(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
});

const codeOf = (action: () => unknown): string | undefined => {
  try {
    action();
  } catch (error) {
    if (error instanceof ImpulseError) return error.code;
    throw error;
  }
  return undefined;
};

function emitted(files: Readonly<Record<string, string | Uint8Array>>, main?: string): string {
  const dir = unpack({ files });
  dirs.push(dir);
  if (main) writeFileSync(join(dir, 'main.cpp'), main);
  return dir;
}

const ODD_SCORES = [0.1, 0.5, 0.9, 0.85, 0.3, 0.7, 0.95, 0.9, 0.2, 0.33, 0.99, 0.98, 0.97, 0.1, 0.8];
const ROWS = ODD_SCORES.map((score, i) => [
  Math.fround(score),
  Math.fround((1 - score) / 3),
  Math.fround(i % 5 === 2 ? 0.9 : 0.2),
]);

describe('postprocess', () => {
  const options = { averageResults: 3, threshold: 0.6, suppressResults: 2, labels: ['no', 'maybe'] };

  it('averages, asks for a threshold, and is quiet after a detection', () => {
    const events = postprocessor(['a', 'b'], { averageResults: 2, threshold: 0.8, suppressResults: 1 });
    const labels = [0.9, 0.8, 0.75, 0.9, 0.4].map((a) => events.push({ a, b: 0.1 }).label);
    // Averages 0.9, 0.85 (suppressed), 0.775, 0.825, then suppressed.
    expect(labels).toEqual(['a', undefined, undefined, 'a', undefined]);
    events.reset();
    expect(events.push({ a: 0.9, b: 0 }).average).toEqual({ a: Math.fround(0.9), b: 0 });
  });

  it('refuses labels that are not there, options out of range and scores that are missing', () => {
    expect(codeOf(() => postprocessor(['a'], { labels: ['b'] }))).toBe('BAD_LABEL');
    expect(codeOf(() => postprocessor(['a'], { averageResults: 0 }))).toBe('BAD_OPTION');
    expect(codeOf(() => postprocessor(['a']).push({ b: 1 }))).toBe('BAD_DATA');
    expect(codeOf(() => cppLibrary({ name: 'x', postprocess: {} }).emit(tinyProgram({ answers: 'value' })))).toBe(
      'UNSUPPORTED',
    );
  });

  it.skipIf(!has('g++'))('gives the same in C++, bit for bit', () => {
    const main = `#include <stdio.h>
#include <string.h>
#include "lib_postprocess.h"
static lib::Postprocess events;
int main() {
  static const float rows[][3] = {${ROWS.map((row) => `{${row.map((v) => `${v}f`).join(', ')}}`).join(', ')}};
  for (const auto& row : rows) {
    printf("%d", static_cast<int>(events.push(row)));
    for (int i = 0; i < 3; ++i) {
      uint32_t bits;
      memcpy(&bits, events.average() + i, 4);
      printf(" %u", static_cast<unsigned>(bits));
    }
    printf("\\n");
  }
}`;
    const dir = emitted(cppLibrary({ name: 'lib', postprocess: options }).emit(tinyProgram()).files, main);
    run('g++', [...WARNINGS, '-I.', '-o', 'events', 'main.cpp'], dir);
    const labels = ['no', 'yes', 'maybe'];
    const events = postprocessor(labels, options);
    const expected = ROWS.map((row) => {
      const { label, average } = events.push(Object.fromEntries(labels.map((name, i) => [name, row[i]!])));
      const bits = [...new Uint32Array(Float32Array.from(labels, (name) => average[name]!).buffer)];
      return [label === undefined ? -1 : labels.indexOf(label), ...bits].join(' ');
    });
    expect(run('./events', [], dir).trim().split('\n')).toEqual(expected);
    expect(expected.filter((line) => !line.startsWith('-1')).length).toBeGreaterThan(1);
  });
});

describe.skipIf(!has('g++'))('self_test', () => {
  it('passes on a sound device, and fails when a weight or a table has changed', async () => {
    const model = await keywordModel();
    const main = `#include "lib_self_test.h"
static int16_t window[lib::kInputSize];
int main() { return lib::self_test(window) && !lib::self_test(static_cast<float*>(nullptr)) ? 0 : 3; }`;
    const { files } = model.deploy(cppLibrary({ name: 'lib', selfTest: true }));
    const sources = ['main.cpp', 'lib.cpp', 'lib_parameters.cpp', 'lib_self_test.cpp'];
    const dir = emitted(files, main);
    run('g++', [...WARNINGS, '-O1', '-I.', '-o', 'test', ...sources], dir);
    run('./test', [], dir);
    const parameters = files['lib_parameters.cpp'] as string;
    // One weight of the first layer becomes another.
    const spoiled = parameters.replace(/(int8_t \w+Table0\[\d+\] = \{\s*(?:\w+\()?)(-?\d+)/, (_, head, weight) => {
      return `${head}${Number(weight) > 0 ? -100 : 100}`;
    });
    expect(spoiled).not.toBe(parameters);
    writeFileSync(join(dir, 'lib_parameters.cpp'), spoiled);
    run('g++', ['-std=c++11', '-O1', '-ffp-contract=off', '-I.', '-o', 'test', ...sources], dir);
    expect(() => run('./test', [], dir)).toThrow();
  });
});

describe.skipIf(!has('g++'))('dump', () => {
  it('shows every layer, and compareDump names the one that differs', async () => {
    const model = await keywordModel();
    const window = sound(1, 8_000);
    const main = `#include <stdio.h>
#include "lib_dump.h"
static const float window[] = {${Array.from(window, (v) => `${v}.0f`).join(', ')}};
static void write(const char* text, void*) { fputs(text, stdout); }
int main() { puts("boot"); return lib::dump(window, &write, nullptr) == lib::Status::kOk ? 0 : 1; }`;
    const { files } = model.deploy(cppLibrary({ name: 'lib', dump: true }));
    const dir = emitted(files, main);
    run(
      'g++',
      [...WARNINGS, '-O1', '-I.', '-o', 'dump', 'main.cpp', 'lib.cpp', 'lib_parameters.cpp', 'lib_dump.cpp'],
      dir,
    );
    const text = run('./dump', [], dir);
    const { steps, first } = compareDump(model, text);
    expect(first).toBeUndefined();
    expect(steps.every(({ equal, values }) => equal === values)).toBe(true);
    expect(steps.map(({ name }) => name)).toEqual(expect.arrayContaining(['features', 'answer']));
    expect(steps.length).toBeGreaterThan(4);

    const lines = text.split('\n');
    const layer = steps[2]!;
    const line = lines.findIndex((one) => one.startsWith('@ ')) + 3;
    lines[line] = lines[line]!.replace(/ [0-9a-f]{2}$/, (digits) => (digits === ' 7f' ? ' 00' : ' 7f'));
    const spoiled = compareDump(model, lines.join('\r\n'));
    expect(spoiled.first).toMatchObject({ name: layer.name, step: layer.step });
    expect(spoiled.first!.difference!.index).toBe(layer.values - 1);

    expect(codeOf(() => compareDump(model, ''))).toBe('BAD_FILE');
    expect(codeOf(() => compareDump(model, text.slice(0, -200)))).toBe('BAD_FILE');
    expect(codeOf(() => compareDump(model, `${text}@ x y f32 1 zzzzzzzz`))).toBe('BAD_FILE');
  });

  it('costs nothing where it is not wanted', async () => {
    const model = await motionModel();
    const { files } = model.deploy(cppLibrary({ name: 'lib' }));
    expect(JSON.stringify(Object.keys(files))).not.toMatch(/observe|dump|self|post|edge-impulse/);
    expect(files['lib_parameters.cpp']).not.toContain('observe');
  });
});

describe.skipIf(!has('g++'))('several libraries', () => {
  it('share one arena, and answer in turn as each does alone', async () => {
    const [keyword, machine] = [await keywordModel(), await motionModel()];
    const sounds = [sound(1, 8_000), sound(2, 8_000)];
    const shakes = [shake(1, 63), shake(2, 63)];
    const table = (name: string, rows: readonly Float32Array[]): string =>
      `static const float ${name}[2][${rows[0]!.length}] = {${rows.map((row) => `{${Array.from(row, (v) => `static_cast<float>(${v})`).join(', ')}}`).join(', ')}};`;
    const main = `#include <stdio.h>
#include "keyword/keyword.h"
#include "machine/machine.h"
${table('sounds', sounds)}
${table('shakes', shakes)}
int main() {
  for (int i = 0; i < 4; ++i) {
    keyword::Result a;
    machine::Result b;
    if (keyword::run(sounds[i % 2], &a) != keyword::Status::kOk || machine::run(shakes[i % 2], &b) != machine::Status::kOk) return 1;
    printf("%.8f %.8f\\n", static_cast<double>(a.scores[1]), static_cast<double>(b.state[1]));
  }
}`;
    const both = sharedLibrary('both', [
      { name: 'keyword', model: keyword },
      { name: 'machine', model: machine },
    ]);
    const dir = emitted(both.files, main);
    expect(run('make', ['check', 'CXXFLAGS=-O0'], dir).match(/^OK$/gm)).toHaveLength(2);
    run('g++', ['-std=c++11', '-I.', '-o', 'both', 'main.cpp', 'build/libboth.a'], dir);
    const expected = [0, 1, 0, 1].map((i) => {
      const [yes, shaken] = [keyword.predict(sounds[i]!).scores!.yes!, machine.predict(shakes[i]!).scores!.shake!];
      return `${yes.toFixed(8)} ${shaken.toFixed(8)}`;
    });
    expect(run('./both', [], dir).trim().split('\n')).toEqual(expected);
    const symbols = run('nm', ['-S', '--size-sort', '--radix=d', 'build/libboth.a'], dir);
    const arenas = symbols.split('\n').filter((line) => / [Bb] .*arena/.test(line));
    expect(arenas.map((line) => Number(line.split(' ')[1]))).toEqual([
      Math.max(keyword.program.arenaBytes, machine.program.arenaBytes),
    ]);
  });

  it('of one name are refused', () => {
    expect(codeOf(() => sharedLibrary('both', []))).toBe('BAD_OPTION');
  });

  it('of two releases link into one program, each with its own functions', () => {
    const left = cppLibrary({ name: 'left' }).emit(tinyProgram()).files as Record<string, string>;
    const right = cppLibrary({ name: 'right' }).emit(tinyProgram()).files as Record<string, string>;
    const other = Object.fromEntries(
      Object.entries(right).map(([path, text]) => [path, text.replaceAll(RELEASE, 'v9_9_9')]),
    );
    // Another release in which the best label is always the last one.
    const header = 'impulsekit/targets/cpp/library.h';
    other[header] = other[header]!.replace(
      'int32_t best = 0;',
      'int32_t best = 0;\n  if (count > 0) return count - 1;',
    );
    const main = `#include "left.h"
#include "right.h"
int main() {
  left::Result a = {{0.9f, 0.05f, 0.05f}};
  right::Result b = {{0.9f, 0.05f, 0.05f}};
  return left::best(a) == 0 && right::best(b) == 2 ? 0 : 1;
}`;
    const [one, two] = [emitted(left, main), emitted(other)];
    // Functions that are not inlined are those the linker merges.
    const flags = [...WARNINGS, '-O0', `-I${two}`, '-o', 'both', 'main.cpp'];
    run(
      'g++',
      [
        ...flags,
        'left.cpp',
        'left_parameters.cpp',
        ...['right.cpp', 'right_parameters.cpp'].map((file) => join(two, file)),
      ],
      one,
    );
    run('./both', [], one);
  });
});

describe.skipIf(!has('arm-none-eabi-g++'))('on Cortex-M4F', () => {
  it('compiles all of it warning-free', async () => {
    const model = await keywordModel();
    const { files } = model.deploy(cppLibrary({ name: 'lib', selfTest: true, dump: true, postprocess: {} }));
    const dir = emitted(
      files,
      '#include "lib_postprocess.h"\nlib::Postprocess events;\nint32_t push(const float* s) { return events.push(s); }\n',
    );
    const flags = [...CORES['Cortex-M4F']!, ...WARNINGS, '-Os', '-fno-exceptions', '-fno-rtti', '-I.', '-c'];
    run('arm-none-eabi-g++', [...flags, 'main.cpp', 'lib_self_test.cpp', 'lib_dump.cpp', 'lib_parameters.cpp'], dir);
    expect(run('arm-none-eabi-nm', ['lib_self_test.o', 'lib_dump.o', 'main.o'], dir)).not.toMatch(
      / (malloc|free|_Zn[wa]|__cxa_guard)/,
    );
  });
});
