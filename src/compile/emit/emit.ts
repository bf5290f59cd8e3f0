import { closure, type Optimize } from '../../cpp.js';
import { checkLibraryName } from '../../names.js';
import type { Bundle } from '../../program.js';
import type { Graph, Tensor } from '../graph.js';
import { bytesOf, elements } from '../op.js';
import { optimize } from '../optimize/optimize.js';
import { type MemoryPlan, plan } from '../plan/plan.js';
import { type CallsText, elementType, emitCalls, layerCalls, pointerTo } from './layers.js';

export interface EmitOptions {
  /** C++ namespace and stem of the file names. */
  readonly name: string;
  /** Default `size`. */
  readonly optimize?: Optimize | undefined;
}

/**
 * A network as C++11 source: `<name>.h` declares `<name>::invoke(input, output)` from stored values to stored values,
 * `<name>::input()`, where the input may be written in place, and `<name>::kArenaBytes`, all the static memory there is.
 *
 * int8 networks take and give int8, float32 networks float32. The same graph gives the same bytes.
 *
 * @throws `BAD_OPTION` for a name that is no free C++ identifier; `UNSUPPORTED` for operators without a kernel
 * @example
 * ```ts
 * await write(emitModel(readTflite(bytes), { name: 'kws', optimize: 'size' }), 'out/kws');
 * ```
 */
export function emitModel(graph: Graph, options: EmitOptions): Bundle {
  const name = checkLibraryName('emitModel', options.name);
  const network = optimize(graph);
  const memory = plan(network, { ends: 'arena' });
  const calls = layerCalls(network);
  const text = emitCalls(network, calls, memory, options.optimize ?? 'size');
  const headers = closure(text.headers);
  const files = {
    [`${name}.h`]: header(name, network, memory),
    [`${name}.cpp`]: source(
      name,
      network,
      memory,
      calls.map((call) => text.statement('k', call)),
      text,
    ),
    ...Object.fromEntries(headers.map((file) => [`impulsekit/${file.path}`, file.text])),
  };
  return { files: Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1))) };
}

const SPDX = '// SPDX-License-Identifier: Apache-2.0';
const lines = (...text: string[]): string => `${text.join('\n')}\n`;

/** Parameters of `invoke`. */
function signature(graph: Graph): string {
  return `const ${elementType(graph, graph.input)}* input, ${elementType(graph, graph.output)}* output`;
}

function header(name: string, graph: Graph, memory: MemoryPlan): string {
  return lines(
    SPDX,
    '#pragma once',
    '#include <stdint.h>',
    '',
    `namespace ${name} {`,
    '',
    '/// All static memory: input, output, activations and working memory.',
    `constexpr uint32_t kArenaBytes = ${memory.arenaBytes};`,
    ...about('Input', graph.tensors[graph.input]!),
    ...about('Output', graph.tensors[graph.output]!),
    '',
    '/// Where the network reads its input. Write it here and pass this pointer to save the copy; a run overwrites it.',
    `${elementType(graph, graph.input)}* input();`,
    '',
    '/// Runs the network once. Not reentrant.',
    `void invoke(${signature(graph)});`,
    '',
    `}  // namespace ${name}`,
  );
}

function about(what: string, tensor: Tensor): string[] {
  const { shape, dtype, quantization } = tensor;
  const stored = dtype === 'int8' && quantization;
  const values = stored ? `, real = ${quantization.scales[0]} * (stored - ${quantization.zeroPoint})` : '';
  return [`/// [${shape.join(', ')}]${values}`, `constexpr int32_t k${what}Size = ${elements(shape)};`];
}

function source(name: string, graph: Graph, memory: MemoryPlan, statements: string[], text: CallsText): string {
  const [input, output] = [graph.input, graph.output].map((tensor) => pointerTo(graph, memory, tensor));
  return lines(
    SPDX,
    `#include "${name}.h"`,
    '',
    ...text.headers.map(({ path }) => `#include "impulsekit/${path}"`),
    '',
    `namespace ${name} {`,
    'namespace {',
    '',
    text.constants('k'),
    '',
    'alignas(16) uint8_t scratch[kArenaBytes];',
    '',
    '}  // namespace',
    '',
    `${elementType(graph, graph.input)}* input() { return ${input}; }`,
    '',
    `void invoke(${signature(graph)}) {`,
    `  if (input != ${name}::input()) memcpy(${name}::input(), input, ${bytesOf(graph.tensors[graph.input]!)});`,
    ...statements,
    `  memcpy(output, ${output}, ${bytesOf(graph.tensors[graph.output]!)});`,
    '}',
    '',
    `}  // namespace ${name}`,
  );
}
