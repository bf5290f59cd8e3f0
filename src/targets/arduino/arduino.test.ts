// The Arduino library by the published rules, and its sketches on this machine, on Arm and on an emulated AVR.
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { ImpulseError } from '../../errors.js';
import { classifier, dense, flatten, impulse, motion, type Sample, type TrainedImpulse } from '../../index.js';
import type { Bundle } from '../../program.js';
import { CORES, has, run, unpack } from '../../testing/compilers.js';
import { detectorModel, keywordModel, motionModel, shake, sound } from '../compat/testing/models.js';
import { arduino } from '../index.js';
import { tinyProgram } from '../testing/tiny-program.js';
import { lintLibrary } from './testing/lint.js';

const core = join(dirname(fileURLToPath(import.meta.url)), 'testing', 'core');
// As cores compile sketches: warnings are errors here, and fused arithmetic is allowed as it is there.
const SKETCH = ['-std=gnu++11', '-Wall', '-Wextra', '-Werror', '-fno-exceptions', '-I.', '-Isrc'];
const FLAGS = ['-std=gnu++11', '-Os', '-Wall', '-Wextra', '-Werror', '-fno-exceptions', '-Isrc'];

const dirs: string[] = [];
afterAll(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
});

/** The emulator knows no `--version`. */
const emulates = (): boolean => {
  try {
    run('sh', ['-c', 'command -v simavr'], '.');
    return true;
  } catch {
    return false;
  }
};

const codeOf = (action: () => unknown): string | undefined => {
  try {
    action();
  } catch (error) {
    if (error instanceof ImpulseError) return error.code;
    throw error;
  }
  return undefined;
};

/** A library folder with the stub core beside it. */
function installed({ files }: Bundle): { dir: string; sources: string[] } {
  const dir = unpack({ files });
  dirs.push(dir);
  for (const file of ['Arduino.h', 'PDM.h', 'Arduino_LSM9DS1.h', 'main.cpp']) {
    copyFileSync(join(core, file), join(dir, file));
  }
  mkdirSync(join(dir, 'objects'));
  return { dir, sources: Object.keys(files).filter((path) => /^src\/.*\.cpp$/.test(path)) };
}

const sketch = (name: string): string[] => ['-include', 'Arduino.h', '-x', 'c++', `examples/${name}/${name}.ino`];

/** Runs a sketch here; `extra` stands for what a board does. */
function play({ dir, sources }: ReturnType<typeof installed>, name: string, extra = ''): string[] {
  writeFileSync(join(dir, 'extra.cpp'), extra);
  const objects = sources.map((path) => `objects/${path.replaceAll('/', '-')}.o`);
  sources.forEach((path, i) => {
    if (!existsSync(join(dir, objects[i]!))) run('g++', [...SKETCH, '-O0', '-c', '-o', objects[i]!, path], dir);
  });
  run('g++', [...SKETCH, '-O0', '-c', '-o', 'sketch.o', ...sketch(name)], dir);
  run('g++', [...SKETCH, '-O0', '-o', name, ...objects, 'sketch.o', 'main.cpp', 'extra.cpp'], dir);
  return run(`./${name}`, [], dir).trim().split('\n');
}

const printed = (name: string, value: number): string => `${name}: ${value.toFixed(5)}`;

/** So small that it fits into the RAM of an AVR, constants and all. */
async function smallModel(): Promise<TrainedImpulse> {
  const samples = Array.from({ length: 8 }, (_, take): Sample => {
    const signal = { rateHz: 62.5, axes: ['accX', 'accY', 'accZ'], values: shake(take, 125) };
    return { id: `${take}`, label: take % 2 ? 'shake' : 'rest', signal };
  });
  const float = await impulse({
    input: motion({ windowMs: 1000, strideMs: 240 }),
    dsp: flatten(),
    learn: classifier({ layers: [dense(8)], epochs: 4, augment: 'none' }),
  }).fit(samples, { seed: 1 });
  return float.quantize(samples);
}

describe('an Arduino library', () => {
  it('keeps the published rules, whatever is chosen', async () => {
    const [keyword, machine] = [await keywordModel(), await motionModel()];
    const all = { postprocess: {}, selfTest: true, dump: true, compatible: true };
    for (const [model, name, options] of [
      [keyword, 'keyword', {}],
      [keyword, 'k'.repeat(51), { ...all, author: 'Ada <ada@example.com>', version: '2.10.0' }],
      [machine, 'machine', { ...all, url: 'https://example.org/machine' }],
    ] as const) {
      const { files } = model.deploy(arduino({ name, ...options }));
      expect(lintLibrary(`${name}_inferencing`, files)).toEqual([]);
    }
    const { files } = arduino({ name: 'x' }).emit(tinyProgram({ labels: ['a\nname=evil', 'b*/', 'c'] }));
    expect(lintLibrary('x_inferencing', files)).toEqual([]);
  });

  it('is linted by rules that find something', () => {
    const { files } = arduino({ name: 'x' }).emit(tinyProgram());
    const properties = String(files['library.properties']);
    const broken = (change: Record<string, string>, folder = 'x_inferencing'): number =>
      lintLibrary(folder, { ...files, ...change }).length;
    const changed = (from: RegExp, to: string): number =>
      broken({ 'library.properties': properties.replace(from, to) });
    expect(broken({})).toBe(0);
    expect(broken({}, '-x')).toBe(1);
    expect(changed(/^version=.*$/m, 'version=r5')).toBe(1);
    expect(changed(/^url=.*\n/m, '')).toBe(2);
    expect(changed(/^category=.*$/m, 'category=Magic')).toBe(1);
    expect(changed(/^architectures=.*$/m, 'architectures=AVR')).toBe(1);
    expect(changed(/^includes=.*$/m, 'includes=src')).toBe(1);
    expect(changed(/^maintainer=.*$/m, 'maintainer=arduino <a@b.c>')).toBe(1);
    expect(changed(/^name=.*$/m, 'name=another')).toBe(1);
    expect(changed(/^name=.*$/m, `name=${'k'.repeat(64)}`)).toBe(2);
    expect(changed(/^paragraph=.*$/m, /^sentence=(.*)$/m.exec(properties)![0].replace('sentence', 'paragraph'))).toBe(
      1,
    );
    expect(changed(/^category/m, 'magic=1\ncategory')).toBe(1);
    expect(broken({ 'keywords.txt': 'run KEYWORD2\n' })).toBe(1);
    expect(broken({ 'keywords.txt': 'run\t\tKEYWORD2\n' })).toBe(1);
    expect(broken({ 'examples/a/b.ino': '' })).toBe(1);
    expect(broken({ 'examples/a b/a b.ino': '' })).toBe(3);
    expect(broken({ 'examples/a/a.ino': '', 'examples/a/a.pde': '' })).toBe(1);
    expect(broken({ 'examples/a/a.ino': '#include <arduino.h>' })).toBe(1);
    expect(broken({ 'Examples/a.txt': '' })).toBe(1);
    expect(broken({ 'verify/verify.cpp': '' })).toBe(1);
  });

  it('has the sketches that its sensor wants', async () => {
    const namesOf = (files: object): string[] =>
      Object.keys(files)
        .filter((path) => path.endsWith('.ino'))
        .map((path) => path.split('/')[1]!);
    const [keyword, machine] = [await keywordModel(), await motionModel()];
    expect(namesOf(keyword.deploy(arduino({ name: 'a' })).files)).toEqual(['microphone', 'static_window']);
    expect(namesOf(machine.deploy(arduino({ name: 'a', compatible: true })).files)).toEqual([
      ...['accelerometer', 'static_window', 'static_window_compatible'],
    ]);
    expect(namesOf(arduino({ name: 'a' }).emit(tinyProgram({ sensor: 'unknown' })).files)).toEqual(['static_window']);
    for (const answers of ['value', 'anomaly', 'cells'] as const) {
      expect(namesOf(arduino({ name: 'a' }).emit(tinyProgram({ answers })).files)).toContain('static_window');
    }
  });

  it('refuses names that Arduino has taken and options out of range', () => {
    const bad = [
      { name: 'Serial' },
      { name: 'Arduino_keyword' },
      { name: 'A0' },
      { name: 'map' },
      { name: 'record' },
      { name: 'k'.repeat(52) },
      { name: 'x', author: 'Arduino <a@b.c>' },
      { name: 'x', author: 'two\nlines' },
      { name: 'x', version: '1.2' },
      { name: 'x', url: 'javascript:x' },
      { name: 'x', accelerationUnit: 'ft/s2' as 'g' },
    ];
    for (const options of bad)
      expect(
        codeOf(() => arduino(options)),
        JSON.stringify(options),
      ).toBe('BAD_OPTION');
  });
});

describe.skipIf(!has('g++'))('its sketches, with a stub core', () => {
  it('print the scores of the recorded window, under both names', async () => {
    const model = await motionModel();
    const library = installed(model.deploy(arduino({ name: 'machine', compatible: true })));
    const { scores, anomaly } = model.predict(model.program.golden[0]!.window);
    const rows = Object.entries(scores!).map(([label, score]) => printed(label, score));
    const lines = play(library, 'static_window');
    expect(lines.slice(0, 3)).toEqual([...rows, printed('odd', anomaly!)]);
    expect(play(library, 'static_window_compatible').join('\n')).toContain(scores!.rest!.toFixed(5));
  });

  it.each(['value', 'cells', 'anomaly'] as const)('print what a learner gives that answers with %s', (answers) => {
    const program = tinyProgram({ answers });
    const lines = play(installed(arduino({ name: 'tiny' }).emit(program)), 'static_window');
    const values = [...program.golden[0]!.scores[0]!];
    expect(lines).toHaveLength(values.length + 1);
    values.forEach((value, i) => {
      expect(Number(lines[i]!.split(': ')[1])).toBeCloseTo(value, 4);
    });
  });

  it('print the objects of a picture', async () => {
    const model = await detectorModel();
    const boxes = model.predict(model.program.golden[0]!.window).boxes!;
    expect(boxes).not.toHaveLength(0);
    const lines = play(installed(model.deploy(arduino({ name: 'finder' }))), 'static_window');
    expect(lines.slice(0, -1)).toEqual(boxes.map(({ label, x, y }) => `${label} at ${x}, ${y}`));
  });

  it('listen: the microphone at 16 kHz for an impulse at 8 kHz', async () => {
    const model = await keywordModel();
    const library = installed(model.deploy(arduino({ name: 'keyword' })));
    const window = sound(3, 8_000);
    // Two slices are one window. Every sample comes twice, so that the average is the sample.
    const feed = `#include <Arduino.h>
#include <PDM.h>
StubPdm PDM;
void loop();
static const int16_t window[] = {${Array.from(window).join(', ')}};
struct Feed {
  // Between two slices the main loop has its turn.
  static void slice(int from) {
    static int16_t twice[8000];
    for (int i = 0; i < 8000; ++i) twice[i] = window[from + i / 2];
    PDM.receive(twice, 8000);
  }
};
void feedFirst() { Feed::slice(0); loop(); Feed::slice(4000); }
`;
    const main = readFileSync(join(core, 'main.cpp'), 'utf8').replace('  setup();\n  loop();\n}\n#endif', () => {
      return '  setup();\n  feedFirst();\n  loop();\n}\n#endif';
    });
    writeFileSync(join(library.dir, 'main.cpp'), main.replace('void loop();', 'void loop();\nvoid feedFirst();'));
    const { scores } = model.predict(window);
    expect(play(library, 'microphone', feed)).toEqual(Object.entries(scores!).map(([k, v]) => printed(k, v)));
  });

  it('watch: the accelerometer, from g to the unit of the recordings', async () => {
    const model = await smallModel();
    const library = installed(model.deploy(arduino({ name: 'small' })));
    const window = shake(3, model.program.input.axes[0]!.size);
    const imu = `#include <Arduino_LSM9DS1.h>
StubImu IMU;
static const float window[] = {${Array.from(window, (v) => `static_cast<float>(${v / 9.80665})`).join(', ')}};
int StubImu::readAcceleration(float& x, float& y, float& z) {
  static const float* at = window;
  x = *at++; y = *at++; z = *at++;
  return 1;
}
`;
    const { scores } = model.predict(window);
    const lines = play(library, 'accelerometer', imu);
    const values = lines.map((line) => Number(line.split(': ')[1]));
    Object.values(scores!).forEach((score, i) => {
      expect(values[i]!).toBeCloseTo(score, 1);
    });
    const inG = model.deploy(arduino({ name: 'small', accelerationUnit: 'g' })).files;
    expect(inG['examples/accelerometer/accelerometer.ino']).toContain('kScale = 1.0f');
  });
});

describe.skipIf(!has('arm-none-eabi-g++'))('for Arm', () => {
  it.each(['Cortex-M0+', 'Cortex-M4F'])('compiles, without fused arithmetic: %s', async (name) => {
    const { dir, sources } = installed((await keywordModel()).deploy(arduino({ name: 'keyword', compatible: true })));
    const flags = [...CORES[name]!, ...FLAGS, '-I.', '-c'];
    const units = [...sources.map((path) => [path]), sketch('microphone'), sketch('static_window_compatible')];
    units.forEach((unit, i) => {
      run('arm-none-eabi-g++', [...flags, '-o', `objects/${i}.o`, ...unit], dir);
      expect(run('arm-none-eabi-objdump', ['-d', `objects/${i}.o`], dir)).not.toMatch(/\tvfn?m/);
    });
  });
});

describe.skipIf(!has('avr-g++'))('for AVR', () => {
  const build = async () => {
    const model = await smallModel();
    const { dir, sources } = installed(model.deploy(arduino({ name: 'small' })));
    const flags = ['-mmcu=atmega1284p', ...FLAGS, '-I.', '-ffunction-sections', '-fdata-sections', '-Wl,--gc-sections'];
    run('avr-g++', [...flags, '-o', 'small.elf', ...sources, 'main.cpp', ...sketch('static_window')], dir);
    return { model, dir };
  };

  it('compiles warning-free and fits into the RAM of an ATmega2560', async () => {
    const { dir } = await build();
    const [, sizes] = run('avr-size', ['small.elf'], dir).trim().split('\n');
    const [text, data, bss] = sizes!.trim().split(/\s+/).map(Number);
    expect(data! + bss!).toBeLessThan(8192 / 2);
    expect(text!).toBeLessThan(32 * 1024);
  });

  it.skipIf(!emulates())('prints the same scores in an emulator', async () => {
    const { model, dir } = await build();
    const text = run('sh', ['-c', 'timeout 60 simavr -m atmega1284p -f 16000000 small.elf 2>&1'], dir);
    const { scores } = model.predict(model.program.golden[0]!.window);
    for (const [label, score] of Object.entries(scores!)) expect(text).toContain(printed(label, score));
  });
});
