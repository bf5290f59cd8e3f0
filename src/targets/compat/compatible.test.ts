// Programs that know nothing but the API of the incumbent's SDK, against the predictions of TypeScript.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ImpulseError } from '../../errors.js';
import type { TrainedImpulse } from '../../index.js';
import { CORES, has, run, SANITIZERS, sanitizes, unpack, WARNINGS } from '../../testing/compilers.js';
import type { LibraryExtras } from '../cpp/extras.js';
import { cppLibrary } from '../cpp/library.js';
import { postprocessor } from '../cpp/postprocess.js';
import { tinyProgram } from '../testing/tiny-program.js';
import {
  detectorModel,
  keywordModel,
  motionModel,
  type Pixels,
  picture,
  pictureModel,
  shake,
  sound,
} from './testing/models.js';

const dirs: string[] = [];
afterAll(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
});

const here = new URL('./testing/', import.meta.url);

/** An export with a program of `testing/` and its data. */
function exported(
  model: TrainedImpulse,
  program: string,
  data: Record<string, ArrayLike<number>>,
  extras?: LibraryExtras,
) {
  const dir = unpack(model.deploy(cppLibrary({ name: 'lib', compatible: true, ...extras })));
  dirs.push(dir);
  mkdirSync(join(dir, 'test'));
  writeFileSync(join(dir, 'main.cpp'), readFileSync(new URL(`${program}.cpp`, here)));
  for (const [name, values] of Object.entries(data)) {
    writeFileSync(join(dir, 'test', `${name}.inc`), `${Array.from(values).join(', ')}\n`);
  }
  return dir;
}

const PORTING = 'edge-impulse-sdk/porting/posix/ei_classifier_porting.cpp';
/** As build files do that know the folders of the incumbent's exports. */
const SOURCES = ['main.cpp', 'tflite-model/lib_compiled.cpp', PORTING];
const STRICT = WARNINGS.filter((flag) => flag !== '-std=c++11');

function answers(dir: string, compiler: string, standard = 'c++11', flags: readonly string[] = []): string {
  run(compiler, [`-std=${standard}`, ...STRICT, '-O0', '-I.', ...flags, '-o', 'program', ...SOURCES], dir);
  return run('./program', [], dir);
}

const text = (value: number): string => Math.fround(value).toFixed(8);
const COMPILERS = ['g++', 'clang++'].filter(has);

describe.skipIf(COMPILERS.length === 0)('a program for the incumbent', () => {
  it('classifies a window: the scores and the anomaly of TypeScript', async () => {
    const model = await motionModel();
    const window = shake(3, 63);
    const { scores, anomaly } = model.predict(window);
    const dir = exported(model, 'standalone', { features: window });
    for (const [i, compiler] of COMPILERS.entries()) {
      const lines = answers(dir, compiler, ['c++11', 'c++17'][i]).split('\r\n');
      expect(lines[0]).toBe('run_classifier returned: 0');
      expect(lines[1]).toMatch(/^Timing: DSP \d+ ms, inference \d+ ms, anomaly \d+ ms$/);
      expect(lines.slice(2, 4)).toEqual(Object.entries(scores!).map(([label, v]) => `  ${label}: ${text(v)}`));
      expect(Number(lines[4]!.replace('Anomaly prediction: ', ''))).toBeCloseTo(anomaly!, 5);
    }
  });

  it('takes signals through a plain function pointer', async () => {
    const model = await motionModel();
    const window = shake(2, 63);
    const dir = exported(model, 'standalone', { features: window });
    const flags = ['-DEIDSP_SIGNAL_C_FN_POINTER=1'];
    expect(answers(dir, COMPILERS[0]!, 'c++11', flags)).toContain(`rest: ${text(model.predict(window).scores!.rest!)}`);
  });

  it('listens to a microphone slice by slice, in as many slices as it wants', async () => {
    const model = await keywordModel();
    const recording = sound(3, 20_000);
    const dir = exported(model, 'microphone', { recording });
    for (const slices of [4, 3]) {
      const slice = Math.floor(8_000 / slices);
      const flags = slices === 4 ? [] : [`-DEI_CLASSIFIER_SLICES_PER_MODEL_WINDOW=${slices}`];
      const lines = answers(dir, COMPILERS[0]!, 'c++11', flags).trimEnd().split('\n');
      const expected = Array.from({ length: Math.floor(recording.length / slice) }, (_, i) => {
        const end = (i + 1) * slice;
        const scores = end < 8_000 ? { no: 0, yes: 0 } : model.predict(recording.slice(end - 8_000, end)).scores!;
        return `no ${text(scores.no!)} yes ${text(scores.yes!)}`;
      });
      expect(lines.map((line) => line.trimEnd())).toEqual(expected);
    }
  });

  it('gives one-hot detections where the export averages, with a threshold and suppression', async () => {
    const model = await keywordModel();
    const recording = sound(1, 20_000);
    const postprocess = { averageResults: 2, threshold: 0.6, suppressResults: 1 };
    const lines = answers(exported(model, 'microphone', { recording }, { postprocess }), COMPILERS[0]!)
      .trim()
      .split('\n');
    const events = postprocessor(model.labels, postprocess);
    const expected = Array.from({ length: 10 }, (_, i) => {
      const end = (i + 1) * 2_000;
      const label =
        end < 8_000 ? undefined : events.push(model.predict(recording.slice(end - 8_000, end)).scores!).label;
      return `no ${text(label === 'no' ? 1 : 0)} yes ${text(label === 'yes' ? 1 : 0)}`;
    });
    expect(lines.map((line) => line.trimEnd())).toEqual(expected);
    expect(lines.some((line) => line.includes('1.00000000'))).toBe(true);
  });

  it('slides over an accelerometer and agrees with itself', async () => {
    const model = await motionModel();
    const recording = shake(5, 125);
    const size = model.program.input.axes[0]!.size * 3;
    const lines = answers(exported(model, 'accelerometer', { recording }), COMPILERS[0]!)
      .trim()
      .split('\n');
    expect(lines[0]).toBe('Sampling every 16 ms');
    const ends = Array.from({ length: 8 }, (_, i) => (i + 1) * 45).filter((end) => end >= size);
    expect(lines).toHaveLength(1 + ends.length);
    ends.forEach((end, i) => {
      const { scores, anomaly } = model.predict(recording.slice(end - size, end));
      const [rest, shaken, odd, , readings] = lines[i + 1]!.split(' ');
      expect([rest, shaken]).toEqual([text(scores!.rest!), text(scores!.shake!)]);
      expect(Number(odd)).toBeCloseTo(anomaly!, 4);
      expect(readings).toBe('4');
    });
  });

  it.each(['packed', 'rgb', 'grey'] satisfies Pixels[])('looks at pictures of packed pixels: %s', async (format) => {
    const model = await pictureModel(format);
    const { values } = picture(5);
    const pixel = (i: number): [number, number, number] => [values[3 * i]!, values[3 * i + 1]!, values[3 * i + 2]!];
    const count = values.length / 3;
    const windows = {
      packed: Float32Array.from({ length: count }, (_, i) => {
        const [r, g, b] = pixel(i);
        return (r << 16) | (g << 8) | b;
      }),
      rgb: values,
      grey: Float32Array.from({ length: count }, (_, i) => {
        const [r, g, b] = pixel(i);
        return (19_595 * r + 38_470 * g + 7_471 * b + 32_768) >> 16;
      }),
    };
    const { scores } = model.predict(windows[format]);
    const expected = Object.entries(scores!).map(([label, v]) => `${label} ${text(v)}`);
    expect(
      answers(exported(model, 'camera', { frame: values }), COMPILERS[0]!)
        .trim()
        .split('\n'),
    ).toEqual(expected);
  });

  it('finds objects, and pads their list', async () => {
    const model = await detectorModel();
    const { values } = picture(3);
    const boxes = model.predict(values).boxes!;
    const lines = answers(exported(model, 'camera', { frame: values }), COMPILERS[0]!)
      .trim()
      .split('\n');
    const expected = boxes.map((b) => `${b.label} ${text(b.score)} ${b.x} ${b.y} ${b.width} ${b.height}`);
    expect(lines.filter(Boolean)).toEqual(expected);
    expect(boxes.length).toBeGreaterThan(0);
  });

  it.skipIf(!sanitizes('g++'))('is clean under sanitizers', async () => {
    const model = await keywordModel();
    const dir = exported(model, 'microphone', { recording: sound(2, 12_000) });
    expect(answers(dir, 'g++', 'c++11', SANITIZERS)).toContain('yes');
  });
});

describe.skipIf(!has('g++'))('what a program is told', () => {
  it('errors by the documented codes, porting functions of its own, and what the impulse is', () => {
    const dir = unpack(
      cppLibrary({ name: 'lib', compatible: { project: { id: 7, name: 'mine' } } }).emit(
        tinyProgram({ anomaly: true }),
      ),
    );
    dirs.push(dir);
    const main = `#include "lib_inferencing.h"
static bool canceled;
EI_IMPULSE_ERROR ei_run_impulse_check_canceled() { return canceled ? EI_IMPULSE_CANCELED : EI_IMPULSE_OK; }
uint64_t ei_read_timer_us() { static uint64_t now; return now += 1600; }
static int good(size_t, size_t length, float* out) { for (size_t i = 0; i < length; ++i) out[i] = 1.0f; return 0; }
static int bad(size_t, size_t, float*) { return -1; }
static int odd(size_t, size_t length, float* out) { for (size_t i = 0; i < length; ++i) out[i] = 1.0f / 0.0f; return 0; }
int main() {
  signal_t signal;
  ei_impulse_result_t result;
  signal.total_length = EI_CLASSIFIER_DSP_INPUT_FRAME_SIZE;
  signal.get_data = &good;
  if (run_classifier(&signal, &result) != EI_IMPULSE_OK) return 1;
  if (result.timing.dsp_us != 1600 || result.timing.dsp != 2 || result.timing.classification != 2 || result.timing.anomaly_us != 1600) return 2;
  if (run_classifier(static_cast<signal_t*>(nullptr), &result) != EI_IMPULSE_INFERENCE_ERROR) return 3;
  if (run_classifier(&signal, nullptr) != EI_IMPULSE_INFERENCE_ERROR) return 4;
  signal.get_data = &bad;
  if (run_classifier(&signal, &result) != EI_IMPULSE_DSP_ERROR) return 5;
  signal.get_data = &odd;
  if (run_classifier(&signal, &result) != EI_IMPULSE_DSP_ERROR) return 6;
  signal.total_length = 1;
  if (run_classifier(&signal, &result) != EI_IMPULSE_INVALID_SIZE) return 7;
  signal.total_length = EI_CLASSIFIER_DSP_INPUT_FRAME_SIZE;
  signal.get_data = &good;
  canceled = true;
  if (run_classifier(&signal, &result) != EI_IMPULSE_CANCELED) return 8;
  const ei_impulse_t& impulse = *ei_default_impulse.impulse;
  if (impulse.project_id != 7 || impulse.label_count != 3 || impulse.frequency != 62.5f || impulse.slice_size != 10) return 9;
  ei_printf("%s %s %s ", impulse.project_name, impulse.categories[1], EI_CLASSIFIER_FUSION_AXES_STRING);
  ei_printf_float(-1.5f);
  ei_printf(" ");
  ei_printf_float(0.999999f);
  return 0;
}`;
    writeFileSync(join(dir, 'main.cpp'), main);
    expect(answers(dir, 'g++')).toBe('mine yes accX + accY + accZ -1.50000 1.00000');
  });

  it('what cannot be expressed', () => {
    const codeOf = (action: () => unknown): string | undefined => {
      try {
        action();
      } catch (error) {
        if (error instanceof ImpulseError) return error.code;
        throw error;
      }
      return undefined;
    };
    const block = cppLibrary({ name: 'lib', compatible: true });
    expect(codeOf(() => block.emit(tinyProgram({ answers: 'cells' })))).toBe('UNSUPPORTED');
    expect(codeOf(() => cppLibrary({ name: 'lib', compatible: { slicesPerWindow: 11 } }))).toBe('BAD_OPTION');
    expect(codeOf(() => cppLibrary({ name: 'lib', compatible: { project: { id: -1 } } }))).toBe('BAD_OPTION');
  });

  it.skipIf(!has('make') || !has('cmake'))('builds and checks itself with make and CMake', () => {
    const dir = unpack(cppLibrary({ name: 'lib', compatible: true }).emit(tinyProgram()));
    dirs.push(dir);
    expect(run('make', ['check'], dir)).toMatch(/\nOK\n$/);
    run('cmake', ['-B', 'out', '-S', '.'], dir);
    run('cmake', ['--build', 'out'], dir);
    expect(run('ctest', ['--test-dir', 'out'], dir)).toContain('100% tests passed');
  });
});

describe.skipIf(!has('arm-none-eabi-g++'))('on Cortex-M4F', () => {
  it.each(['standalone', 'microphone'])('compiles warning-free without a heap of ours: %s', async (program) => {
    const model = await keywordModel();
    const dir = exported(model, program, { features: sound(1, 8_000), recording: sound(1, 8_000) });
    const flags = [...CORES['Cortex-M4F']!, ...WARNINGS, '-Os', '-fno-exceptions', '-fno-rtti', '-I.', '-c'];
    run('arm-none-eabi-g++', [...flags, ...SOURCES], dir);
    const symbols = run('arm-none-eabi-nm', ['main.o', 'lib_compiled.o'], dir);
    expect(symbols).not.toMatch(/ (malloc|free|calloc|realloc|_Zn[wa]|__cxa_guard)/);
  });
});
