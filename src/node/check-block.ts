import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProcessingBlock, ProcessingStage } from '../block.js';
import { closure } from '../cpp.js';
import { ImpulseError } from '../errors.js';
import type { Bundle } from '../program.js';
import { random } from '../random.js';
import { type Kind, type Spec, sizeOf } from '../spec.js';
import { type BuildOptions, build } from './build.js';

export interface CheckBlockOptions<I extends Kind = Kind> extends BuildOptions {
  /** A window of usual size, such as `signalSpec(125, ['x', 'y', 'z'], 62.5)`. */
  readonly input: Spec<I>;
  /** Largest difference between C++ and TypeScript, relative to the largest feature. Default 1e-4. */
  readonly tolerance?: number;
}

/** One promise that every block makes. */
export interface BlockCheck {
  readonly name: string;
  readonly ok: boolean;
  /** What was found, when it is not kept. */
  readonly detail?: string;
}

export interface BlockReport {
  readonly ok: boolean;
  readonly checks: readonly BlockCheck[];
}

/**
 * Checks a processing block against everything that impulsekit relies on.
 *
 * Parameters come back unchanged through JSON and `with`, their defaults are valid and unknown ones refused; `output`
 * says what `run` writes; `run` gives finite values for every finite window, the same twice, and leaves its input
 * alone; work does not shrink when the window grows; a stream gives what the whole window gives; the C++ compiles
 * without warnings for float and int16 windows, needs no more working memory than it declares and gives the same
 * features. Needs a C++ compiler; whatever the block does wrong is reported, not thrown.
 *
 * @throws `NO_COMPILER`, `ABORTED`
 * @example
 * ```ts
 * const report = await checkBlock(rms(), { input: signalSpec(125, ['x', 'y', 'z'], 62.5) });
 * console.log(report.ok, report.checks.filter(({ ok }) => !ok));
 * ```
 */
export async function checkBlock<I extends Kind>(
  block: ProcessingBlock<I>,
  { input, tolerance = 1e-4, ...building }: CheckBlockOptions<I>,
): Promise<BlockReport> {
  const bound = attempt('binds to the input', () => block.bind(input));
  const checks: BlockCheck[] = [bound.check];
  if (bound.value) {
    const stage = bound.value;
    checks.push(...parameterChecks(block), ...runChecks(block, stage, input), ...growthChecks(block, stage, input));
    if (checks.every(({ ok }) => ok)) checks.push(...(await twinChecks(stage, tolerance, building)));
  }
  return { ok: checks.every(({ ok }) => ok), checks };
}

function check(name: string, detail: string | undefined): BlockCheck {
  return detail === undefined ? { name, ok: true } : { name, ok: false, detail };
}

function attempt<T>(name: string, action: () => T): { check: BlockCheck; value?: T } {
  try {
    return { value: action(), check: check(name, undefined) };
  } catch (error) {
    return { check: check(name, error instanceof Error ? error.message : String(error)) };
  }
}

const codeOf = (action: () => unknown): string | undefined => {
  try {
    action();
    return undefined;
  } catch (error) {
    return error instanceof ImpulseError ? error.code : `${error}`;
  }
};

function parameterChecks<I extends Kind>(block: ProcessingBlock<I>): BlockCheck[] {
  const text = JSON.stringify(block.params);
  const again = attempt('takes its own parameters back', () => JSON.stringify(block.with(JSON.parse(text)).params));
  const changed = again.value !== undefined && again.value !== text ? `${text} became ${again.value}` : undefined;
  const refusal = codeOf(() => block.with({ 'no such option': 1 }));
  return [
    again.value === undefined ? again.check : check('takes its own parameters back', changed),
    check('refuses unknown options', refusal === 'UNKNOWN_OPTION' ? undefined : `got ${refusal ?? 'no error'}`),
  ];
}

/** Windows that every block must survive. */
function windows(size: number): Map<string, Float32Array> {
  const { uniform } = random(1);
  const noise = Float32Array.from({ length: size }, () => 2 * uniform() - 1);
  return new Map([
    ['silence', new Float32Array(size)],
    ['a constant', new Float32Array(size).fill(1234.5)],
    ['noise', noise.map((v) => 10 * v)],
    ['whole numbers', noise.map((v) => Math.round(20_000 * v))],
    ['full scale', noise.map((v) => (v > 0 ? 32_767 : -32_768))],
    ['tiny values', noise.map((v) => v * 1e-12)],
  ]);
}

function runChecks<I extends Kind>(block: ProcessingBlock<I>, stage: ProcessingStage, input: Spec<I>): BlockCheck[] {
  const found: Record<string, string | undefined> = {};
  const note = (name: string, detail: string): void => {
    found[name] ??= detail;
  };
  const other = block.bind(input);
  for (const [name, window] of windows(sizeOf(input))) {
    const kept = window.slice();
    const [first, second] = [stage, other].map(({ run }, i) => {
      const out = new Float32Array(sizeOf(stage.output)).fill(i === 0 ? Number.NaN : 7);
      run(window, out);
      return out;
    }) as [Float32Array, Float32Array];
    const wrong = first.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0) note('fills its output with finite values', `feature ${wrong} of ${name} is ${first[wrong]}`);
    const differs = first.findIndex((value, i) => !Object.is(value, second[i]));
    if (differs >= 0 && wrong < 0) note('is a function of the window', `feature ${differs} of ${name} changes`);
    if (window.some((value, i) => value !== kept[i])) note('leaves its input alone', `${name} was changed`);
  }
  return ['fills its output with finite values', 'is a function of the window', 'leaves its input alone'].map((name) =>
    check(name, found[name]),
  );
}

const total = ({ work }: ProcessingStage): number => Object.values(work).reduce((sum, count) => sum + count, 0);

/** A longer window costs no less; blocks that refuse the longer one pass. */
function growthChecks<I extends Kind>(block: ProcessingBlock<I>, stage: ProcessingStage, input: Spec<I>): BlockCheck[] {
  const [time, ...rest] = input.axes;
  const longer = { ...input, axes: [{ ...time!, size: 2 * time!.size }, ...rest] };
  const less = (): string | undefined => {
    if (codeOf(() => block.bind(longer)) !== undefined) return undefined;
    const grown = total(block.bind(longer));
    return grown < total(stage) ? `${total(stage)} units of work for a window, ${grown} for two` : undefined;
  };
  return [
    check('counts more work for longer windows', less()),
    check('streams what the window gives', streaming(stage)),
  ];
}

/** Features of a stream against those of its last window, over three windows in slices of a quarter. */
function streaming(stage: ProcessingStage): string | undefined {
  if (stage.input.kind !== 'signal') return undefined;
  const [time, axis] = stage.input.axes;
  const stride = Math.max(1, Math.floor(time!.size / 4));
  const slice = stride * axis!.size;
  const size = sizeOf(stage.input);
  const { uniform } = random(2);
  const signal = Float32Array.from({ length: slice * 12 }, () => Math.round(2000 * uniform() - 1000));
  const stream = stage.stream(stride).open();
  const [out, expected] = [0, 0].map(() => new Float32Array(sizeOf(stage.output))) as [Float32Array, Float32Array];
  for (let end = slice; end <= signal.length; end += slice) {
    const full = stream.push(signal.subarray(end - slice, end), out);
    if (full !== end >= size) return `after ${end} of ${size} values it says ${full}`;
    if (!full) continue;
    stage.run(signal.slice(end - size, end), expected);
    const away = distance(out, expected);
    if (!(away <= 1e-5)) return `differs by ${away.toExponential(1)} of the largest feature`;
  }
  return undefined;
}

/** Largest difference, relative to the largest expected value above 1. */
function distance(got: Float32Array, expected: Float32Array): number {
  const scale = Math.max(1, ...expected.map(Math.abs));
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(value - got[i]!) / scale), 0);
}

/** What emitted code must be clean under. */
export const WARNINGS: readonly string[] =
  '-std=c++11 -Wall -Wextra -Wpedantic -Wconversion -Wdouble-promotion -Werror -ffp-contract=off'.split(' ');

async function twinChecks(stage: ProcessingStage, tolerance: number, building: BuildOptions): Promise<BlockCheck[]> {
  const dir = await mkdtemp(join(tmpdir(), 'impulsekit-check-'));
  const compiles = 'compiles without warnings';
  try {
    await build(twinBundle(stage), join(dir, 'twin'), building);
    return [check(compiles, undefined), ...compareTwins(stage, join(dir, 'twin'), tolerance)];
  } catch (error) {
    if (!(error instanceof ImpulseError) || error.code !== 'COMPILE_FAILED') throw error;
    return [check(compiles, error.got)];
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function compareTwins(stage: ProcessingStage, program: string, tolerance: number): BlockCheck[] {
  const all = [...windows(sizeOf(stage.input))];
  const input = Buffer.concat(all.map(([, window]) => Buffer.from(window.buffer)));
  const { status, signal, stdout } = spawnSync(program, { input, maxBuffer: 2 ** 30 });
  const scratch = check(
    'keeps to its working memory',
    status === 3 ? `more than the declared ${stage.cpp.scratchBytes} bytes` : undefined,
  );
  const name = 'gives the same in C++';
  if (status === 3) return [scratch];
  if (status !== 0) return [scratch, check(name, `the program ended with ${signal ?? status}`)];
  const size = sizeOf(stage.output);
  const got = new Float32Array(new Uint8Array(stdout).buffer);
  // One row per window, and where the input is a signal another one from int16 values.
  const rows = all.map(([title, window]): [string, Float32Array] => [title, window]);
  if (stage.input.kind === 'signal') rows.push(['whole numbers as int16', all[3]![1]]);
  const expected = new Float32Array(size);
  for (const [i, [title, window]] of rows.entries()) {
    stage.run(window, expected);
    const away = distance(got.subarray(i * size, (i + 1) * size), expected);
    if (!(away <= tolerance)) return [scratch, check(name, `${title}: differs by ${away.toExponential(1)}`)];
  }
  return [scratch, check(name, undefined)];
}

/** A program that reads windows and writes features; it ends with 3 when the block writes behind its working memory. */
function twinBundle(stage: ProcessingStage): Bundle {
  const { declaration, definition } = stage.cpp.emit('Twin');
  const [inputs, outputs] = [sizeOf(stage.input), sizeOf(stage.output)];
  const count = windows(inputs).size;
  const isSignal = stage.input.kind === 'signal';
  const main = [
    '#include <stdint.h>',
    '#include <stdio.h>',
    ...stage.cpp.headers.map(({ path }) => `#include "${path}"`),
    declaration,
    definition,
    `static float window[${inputs}], features[${outputs}];`,
    ...(isSignal ? [`static int16_t whole[${inputs}];`] : []),
    `static const size_t kScratch = ${stage.cpp.scratchBytes}u;`,
    'alignas(16) static unsigned char scratch[kScratch + 64];',
    'template <class In>',
    'static bool run(In in) {',
    '  for (size_t i = kScratch; i < kScratch + 64; ++i) scratch[i] = 0xA5;',
    '  Twin::run(in, features, scratch);',
    '  for (size_t i = kScratch; i < kScratch + 64; ++i) if (scratch[i] != 0xA5) return false;',
    `  return fwrite(features, sizeof(float), ${outputs}u, stdout) == ${outputs}u;`,
    '}',
    'int main() {',
    `  for (int w = 0; w < ${count}; ++w) {`,
    `    if (fread(window, sizeof(float), ${inputs}u, stdin) != ${inputs}u) return 2;`,
    '    if (!run(static_cast<const float*>(window))) return 3;',
    ...(isSignal
      ? [`    if (w == 3) for (int i = 0; i < ${inputs}; ++i) whole[i] = static_cast<int16_t>(window[i]);`]
      : []),
    '  }',
    isSignal ? '  return run(static_cast<const int16_t*>(whole)) ? 0 : 3;' : '  return 0;',
    '}',
    '',
  ].join('\n');
  const headers = closure(stage.cpp.headers).map(({ path, text }) => [path, text]);
  return {
    files: { 'main.cpp': main, ...Object.fromEntries(headers) },
    build: { sources: ['main.cpp'], flags: ['-O1', '-I.', ...WARNINGS], libraries: [] },
  };
}
