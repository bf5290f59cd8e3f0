/** What the tests of the processing blocks share: golden files, tolerances, and C++ compiled from emitted stages. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProcessingBlock, Stage } from '../../block.js';
import { ImpulseError } from '../../errors.js';
import type { Schema } from '../../params.js';
import { type Kind, signalSpec, sizeOf } from '../../spec.js';
import { has, WARNINGS, writeHeaders } from '../../testing/compilers.js';
import { edgeImpulseBlock } from '../edge-impulse.js';
import { type ImageWindow, windowOf } from '../features.js';

const REFERENCE = new URL('../../../../shared/reference/dsp/golden/', import.meta.url).pathname;

export const hasReference = existsSync(REFERENCE);

export interface Tolerance {
  readonly abs: number;
  readonly rel: number;
  readonly perFeature?: Readonly<Record<string, number>>;
  readonly exactAbs?: number;
  readonly minExactFraction?: number;
}

export interface GoldenCase {
  readonly name: string;
  readonly block: string;
  readonly implementationVersion: number;
  readonly params: Readonly<Record<string, unknown>>;
  readonly samplingFrequency: number;
  readonly axes: readonly string[];
  readonly input: { readonly file?: string; readonly count?: number; readonly values?: readonly number[] };
  readonly features: readonly number[];
  readonly labels?: readonly string[];
  readonly shape?: { readonly type: string };
  readonly saturatedIndices?: readonly number[];
  readonly tolerance: Tolerance;
  readonly reason?: string;
}

// biome-ignore lint/suspicious/noExplicitAny: test vectors of many shapes
export function readReference(file: string): any {
  return JSON.parse(readFileSync(join(REFERENCE, file), 'utf8'));
}

/** The cases of a golden file that have the given implementation version. */
export function goldenCases(block: string, version: number): GoldenCase[] {
  if (!hasReference) return [];
  const { cases } = readReference(`${block}.json`) as { cases: GoldenCase[] };
  return cases.filter((c) => c.implementationVersion === version);
}

export function errorCases(block: string): GoldenCase[] {
  if (!hasReference) return [];
  const { cases } = readReference('errors.json') as { cases: GoldenCase[] };
  return cases.filter((c) => c.block === block);
}

export function inputOf(c: GoldenCase): Float32Array {
  const { input } = c;
  if (isImage(c)) return windowOf(c.name, imageCase(c)).values;
  if (input.values) return Float32Array.from(input.values);
  const bytes = readFileSync(join(REFERENCE, input.file as string));
  return new Float32Array(new Uint8Array(bytes).buffer).slice(0, input.count);
}

const isImage = ({ shape }: GoldenCase): boolean => shape?.type === 'image';

/** Images are lists of packed pixels that start with their size. */
function imageCase({ input }: GoldenCase): ImageWindow {
  const [width, height, ...values] = input.values as [number, number, ...number[]];
  return { width, height, values };
}

/** Features outside the case's tolerance, in words; empty when all are inside. */
export function misfits(c: GoldenCase, got: ArrayLike<number>, override: Partial<Tolerance> = {}): string[] {
  const { abs, rel, perFeature = {}, exactAbs = 0, minExactFraction = 0 } = { ...c.tolerance, ...override };
  if (got.length !== c.features.length) return [`${got.length} features instead of ${c.features.length}`];
  const saturated = new Set(c.saturatedIndices);
  const found: string[] = [];
  let exact = 0;
  c.features.forEach((want, i) => {
    const distance = Math.abs((got[i] as number) - want);
    const top = saturated.has(i) && got[i] === 255 / 256;
    if (distance <= exactAbs || top) exact++;
    if (top || distance <= Math.max(abs + rel * Math.abs(want), perFeature[i] ?? 0)) return;
    found.push(`feature ${i}: got ${got[i]}, expected ${want}`);
  });
  if (exact < minExactFraction * got.length) found.push(`only ${exact} of ${got.length} are exact`);
  return found;
}

/** The parameter table of a block's documentation. */
export function parameterTable(schema: Schema): string {
  const rows = Object.entries(schema).map(([name, p]) => {
    const range = p.choices?.join(', ') ?? [p.min ?? '', p.max ?? ''].join(' .. ');
    const cells = [
      `\`${name}\``,
      p.type,
      p.default,
      p.type === 'boolean' || p.type === 'value' ? '' : range.trim(),
      p.doc,
    ];
    return `| ${cells.join(' | ')} |`.replace(/ +/g, ' ');
  });
  return ['| Option | Type | Default | Range | Meaning |', '| --- | --- | --- | --- | --- |', ...rows].join('\n');
}

/** The documentation of a block, with the padding of its tables taken out. */
export function documentation(name: string): string {
  const text = readFileSync(new URL(`../${name}/${name}.md`, import.meta.url), 'utf8');
  return text.replace(/ +/g, ' ').replace(/-{3,}/g, '---');
}

/** The stage a golden case describes. */
export function stageOf(c: GoldenCase): Stage {
  const block = edgeImpulseBlock(c.block, c.implementationVersion, c.params);
  if (isImage(c)) return (block as ProcessingBlock<Kind>).bind(windowOf(c.name, imageCase(c)).spec);
  return bindSignal(block, inputOf(c).length / c.axes.length, c.axes, c.samplingFrequency);
}

/** Code of the ImpulseError a call throws. */
export function codeOf(call: () => unknown): string | undefined {
  try {
    call();
  } catch (error) {
    if (error instanceof ImpulseError && error.fix.length > 10) return error.code;
    throw error;
  }
  return undefined;
}

/** Deterministic noise in -1..1, the same on every machine. */
export function noise(count: number, seed = 1): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.fround(state / 2 ** 31 - 1);
  });
}

export function runStage(stage: Stage, input: Float32Array): Float32Array {
  const out = new Float32Array(sizeOf(stage.output)).fill(Number.NaN);
  stage.run(input, out);
  return out;
}

export function bindSignal(block: ProcessingBlock<'signal'>, samples: number, axes: readonly string[], rateHz: number) {
  return block.bind(signalSpec(samples, axes, rateHz));
}

export const hostCompilers = ['g++', 'clang++'].filter(has);
export const hasArmCompiler = has('arm-none-eabi-g++');

/** Runs `use` in a temporary folder that is removed afterwards. */
export function inTemporaryFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'impulsekit-dsp-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function execute(command: string, args: readonly string[], input?: Uint8Array): Buffer {
  const result = spawnSync(command, args, { input, maxBuffer: 2 ** 28 });
  if (result.status !== 0) throw new Error(`${command} failed (${result.status}): ${result.stderr}`);
  return result.stdout;
}

const HARNESS = `
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vector>

template <class Stage>
void runCase(size_t inputs, size_t outputs) {
  std::vector<float> in(inputs), out(outputs);
  if (fread(in.data(), sizeof(float), inputs, stdin) != inputs) exit(2);
  // A poisoned guard follows the scratch: a stage that uses more than it declares is caught.
  const size_t scratchFloats = static_cast<size_t>(Stage::kScratchBytes) / sizeof(float);
  std::vector<float> scratch(scratchFloats + 16, 12345.0f);
  Stage::run(in.data(), out.data(), scratch.data());
  for (size_t i = scratchFloats; i < scratch.size(); ++i) {
    if (memcmp(&scratch[i], &scratch.back(), sizeof(float)) != 0) exit(3);
  }
  fwrite(out.data(), sizeof(float), outputs, stdout);
}
`;

/**
 * Source text with every stage: with a main that feeds each its window from stdin, or as a library with one function
 * per stage.
 */
export function cppProgram(stages: readonly Stage[], form: 'program' | 'library' = 'program'): string {
  const headers = new Set(stages.flatMap((s) => s.cpp.headers.map((h) => h.path)));
  const unique = [...new Set(stages)];
  const emitted = unique.map((s, i) => s.cpp.emit(`Stage${i}`));
  const calls = stages.map((s) => `  runCase<Stage${unique.indexOf(s)}>(${sizeOf(s.input)}u, ${sizeOf(s.output)}u);`);
  const main = [HARNESS, `int main() {\n${calls.join('\n')}\n  return 0;\n}`];
  const parameters = 'const float* in, float* out, void* scratch';
  const library = unique.map(
    (_, i) =>
      `extern "C" void run${i}(${parameters});\nvoid run${i}(${parameters}) { Stage${i}::run(in, out, scratch); }`,
  );
  return [
    ...[...headers].map((path) => `#include "${path}"`),
    ...emitted.flatMap((e) => [e.declaration, e.definition]),
    ...(form === 'program' ? main : library),
    '',
  ].join('\n');
}

/** Compiles the stages into one program, feeds each its input and returns each one's output. */
export function runCompiled(
  compiler: string,
  flags: readonly string[],
  stages: readonly Stage[],
  inputs: readonly Float32Array[],
): Float32Array[] {
  const bytes = inTemporaryFolder((folder) => {
    writeHeaders(
      folder,
      stages.flatMap((s) => s.cpp.headers),
    );
    const source = join(folder, 'main.cpp');
    writeFileSync(source, cppProgram(stages));
    execute(compiler, [...WARNINGS, ...flags, '-I', folder, source, '-o', join(folder, 'main')]);
    const stdin = Buffer.concat(inputs.map((x) => Buffer.from(x.buffer, x.byteOffset, x.byteLength)));
    return execute(join(folder, 'main'), [], stdin);
  });
  const all = new Float32Array(new Uint8Array(bytes).buffer);
  let at = 0;
  return stages.map((s) => {
    const size = sizeOf(s.output);
    at += size;
    return all.slice(at - size, at);
  });
}

/** Windows every block must survive: silence, a constant, full-scale int16 noise and square, very large and tiny values. */
export function roughWindows(size: number): Float32Array[] {
  const noisy = noise(size, 7);
  return [
    new Float32Array(size),
    new Float32Array(size).fill(1234.5),
    noisy.map((v) => Math.round(v * 32_767)),
    noisy.map((v) => (v > 0 ? 32_767 : -32_768)),
    noisy.map((v) => v * 1e18),
    noisy.map((v) => v * 1e-12),
  ];
}
