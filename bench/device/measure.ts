/** Emitted networks as bare-metal images in QEMU: what they compute, and what they cost. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { definitionOf, nodeOf } from '../../src/compile/check.js';
import { emitModel } from '../../src/compile/emit/emit.js';
import type { Graph } from '../../src/compile/graph.js';
import { elements, type Optimize } from '../../src/compile/op.js';
import { type Core, emulate, functionSizes, type ImageSizes, imageSizes, inFolder, link } from './image.js';

/** Values as a network stores them. */
export type Row = Float32Array | Int8Array;

export interface ModelOptions {
  readonly core: Core;
  readonly mode: Optimize;
  /** One inference each. */
  readonly inputs: readonly Row[];
}

export interface ModelMeasurement {
  readonly outputs: readonly Row[];
  /** Flash and RAM of the model alone: the image minus one with everything but the model. */
  readonly flashBytes: number;
  /** Weights, bias, multipliers, descriptors. */
  readonly constBytes: number;
  readonly codeBytes: number;
  /** Arena, other static memory and stack. */
  readonly ramBytes: number;
  readonly arenaBytes: number;
  readonly staticBytes: number;
  /** High-water mark of the inferences. */
  readonly stackBytes: number;
  /** Of the inference that took most. */
  readonly instructions: number;
  readonly macs: number;
  /** Code sizes by demangled function name. */
  readonly functions: ReadonlyMap<string, number>;
}

/** Flags of each mode, beside those of every image. */
export const MODE_FLAGS: Readonly<Record<Optimize, string>> = { size: '-Os', speed: '-O2' };

/**
 * Builds a network for a core, runs it on `inputs` in QEMU and measures both. The counts are the same on every run.
 *
 * @throws what `emitModel` throws; an `Error` when the compiler refuses or the image faults
 * @example
 * ```ts
 * const { instructions, ramBytes } = await measureModel(graph, { core: 'Cortex-M4F', mode: 'speed', inputs: [row] });
 * ```
 */
export function measureModel(graph: Graph, { core, mode, inputs }: ModelOptions): Promise<ModelMeasurement> {
  const { files } = emitModel(graph, { name: 'model', optimize: mode });
  return inFolder(files, async (dir) => {
    const flags = [MODE_FLAGS[mode]];
    const output = graph.tensors[graph.output]!;
    const main = mainText('model.h', output.dtype === 'f32' ? 'float' : 'int8_t');
    const image = await link({ dir, name: 'model', core, main, sources: ['model.cpp'], flags });
    writeFileSync(join(dir, 'input.bin'), Buffer.concat(inputs.map(bytesOf)));
    const printed = await emulate(image, core, dir);
    const full = await imageSizes(image);
    const empty = await emptySizes(core, mode);
    const arenaBytes = Number(/kArenaBytes = (\d+);/.exec(String(files['model.h']))![1]);
    const staticBytes = full.ram - arenaBytes - empty.ram;
    const stackBytes = Math.max(...printed('stack'));
    const [flashBytes, constBytes] = [full.flash - empty.flash, full.constants - empty.constants];
    return {
      outputs: rowsOf(readFileSync(join(dir, 'output.bin')), output.dtype, elements(output.shape)),
      flashBytes,
      constBytes,
      codeBytes: flashBytes - constBytes,
      ramBytes: arenaBytes + staticBytes + stackBytes,
      arenaBytes,
      staticBytes,
      stackBytes,
      instructions: Math.max(...printed('ticks')),
      macs: macsOf(graph),
      functions: functionSizes(image),
    };
  });
}

/** Multiply-accumulates of one inference. */
export function macsOf(graph: Graph): number {
  return graph.ops.reduce((sum, op) => sum + (definitionOf(op).macs?.(nodeOf(graph, op)) ?? 0), 0);
}

/** Rows of a network's stored values. */
export function rowsOf(bytes: Uint8Array, dtype: string, size: number): Row[] {
  const buffer = Uint8Array.from(bytes).buffer;
  const all = dtype === 'f32' ? new Float32Array(buffer) : new Int8Array(buffer);
  return Array.from({ length: all.length / size }, (_, i) => all.slice(i * size, (i + 1) * size));
}

function bytesOf({ buffer, byteOffset, byteLength }: Row): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function mainText(header: string, output: string): string {
  return [
    `#include "${header}"`,
    '#include "run.h"',
    `__attribute__((section(".application"))) ${output} output[model::kOutputSize];`,
    'int main() {',
    '  return device::run(model::invoke, model::input(), output, model::kInputSize, model::kOutputSize);',
    '}',
    '',
  ].join('\n');
}

const emptyImages = new Map<string, Promise<ImageSizes>>();

/** Sizes of the image whose model does nothing. */
function emptySizes(core: Core, mode: Optimize): Promise<ImageSizes> {
  const key = `${core} ${mode}`;
  const known = emptyImages.get(key);
  if (known) return known;
  const flags = [MODE_FLAGS[mode]];
  const main = mainText('empty.h', 'int8_t');
  const sizes = inFolder({ 'empty.h': EMPTY_MODEL }, async (dir) =>
    imageSizes(await link({ dir, name: 'empty', core, main, flags })),
  );
  emptyImages.set(key, sizes);
  return sizes;
}

/** A network that does nothing. */
const EMPTY_MODEL = `#include <stdint.h>
namespace model {
constexpr int32_t kInputSize = 4;
constexpr int32_t kOutputSize = 4;
__attribute__((section(".application"))) int8_t values[kInputSize];
inline int8_t* input() { return values; }
inline void invoke(const int8_t*, int8_t*) {}
}  // namespace model
`;
