import { addWork, type Work } from '../../cost.js';
import { type CppStage, floatLiteral, type Optimize } from '../../cpp.js';
import { commentText } from '../../names.js';
import { quantizationOf } from '../arithmetic/quantization.js';
import { checkGraph } from '../check.js';
import type { Graph } from '../graph.js';
import { bytesOf, type Implementation } from '../op.js';
import { OPS } from '../ops/index.js';
import { type MemoryPlan, plan } from '../plan/plan.js';
import featuresHeader from './features.h.js';
import {
  type Call,
  type CallsText,
  callsCodeBytes,
  callsConstBytes,
  copyThrough,
  emitCalls,
  layerCalls,
  pointerTo,
} from './layers.js';

/** The operators of a network, and the conversions at the ends of one that stores int8. */
interface Calls {
  readonly quantize?: Call;
  readonly layers: readonly Call[];
  readonly dequantize?: Call;
}

function callsOf(graph: Graph): Calls {
  const end = (name: string, index: number, implementation: Implementation, values: Call['arguments']): Call => {
    const tensor = graph.tensors[index]!;
    return { node: { name, attributes: {}, inputs: [tensor], output: tensor }, implementation, arguments: values };
  };
  const { input, output, tensors } = graph;
  return {
    layers: layerCalls(graph),
    ...(tensors[input]!.dtype === 'int8' && {
      quantize: end('input', input, OPS.quantize.f32!, ['in', input]),
    }),
    ...(tensors[output]!.dtype === 'int8' && {
      dequantize: end('output', output, OPS.dequantize.int8!, [output, 'out']),
    }),
  };
}

function inOrder({ quantize, layers, dequantize }: Calls): Call[] {
  return [...(quantize ? [quantize] : []), ...layers, ...(dequantize ? [dequantize] : [])];
}

/**
 * What one run of a network does, as counts.
 *
 * @throws `UNSUPPORTED` for operators without a kernel
 */
export function work(graph: Graph): Work {
  return addWork(...inOrder(callsOf(graph)).map(({ node, implementation }) => implementation.work(node)));
}

/**
 * Bytes of all constants of the emitted network on a 32-bit target: weights, bias, multipliers and descriptors.
 *
 * @throws `UNSUPPORTED` for operators without a kernel
 */
export function constBytes(graph: Graph): number {
  return callsConstBytes(inOrder(callsOf(graph)), plan(graph));
}

/**
 * A network as a stage of an impulse: `run` takes float32 features and gives float32 scores. An int8 network also has
 * `invoke`, from stored values to stored values. `in`, `out` and `scratch` must not overlap, but `in` may lie
 * inside `scratch` from `inputOffset` on; `scratch` is aligned to 16 bytes. The same graph always gives the same text.
 *
 * @throws what {@link checkGraph} throws; `UNSUPPORTED` for operators without a kernel
 * @example
 * ```ts
 * const { declaration, definition } = networkStage(int8).emit('Classifier');
 * ```
 */
export function networkStage(graph: Graph): CppStage {
  checkGraph(graph);
  const calls = callsOf(graph);
  const memory = plan(graph);
  const textFor = (optimize: Optimize) => emitCalls(graph, inOrder(calls), memory, optimize);
  const text = textFor('size');
  return {
    headers: isInt8(calls) ? [...text.headers, featuresHeader] : text.headers,
    scratchBytes: memory.arenaBytes,
    inputOffset: memory.inputOffset,
    ...(isInt8(calls) && { stored: quantizationOf(graph.tensors[graph.input]!) }),
    constBytes: text.constBytes,
    codeBytes: callsCodeBytes(inOrder(calls)),
    emit: (name, optimize = 'size', observed = false) => ({
      declaration: declare(name, graph, memory, isInt8(calls)),
      definition: define(name, graph, calls, memory, textFor(optimize), observed),
    }),
  };
}

/** Tells of what a layer has just written. */
function observation(graph: Graph, memory: MemoryPlan, { node, arguments: values }: Call): string {
  const { dtype, shape } = node.output;
  const dims = shape.length > 0 && shape.length <= 4 ? shape : [shape.reduce((a, b) => a * b, 1)];
  const layer = commentText(node.name).replace(/ /g, '_') || '_';
  const at = pointerTo(graph, memory, values.at(-1)!);
  return `  impulsekit::observe("${layer}", '${dtype === 'int8' ? 'i' : 'f'}', ${at}, ${[dims.length, ...dims].join(', ')});`;
}

function isInt8({ quantize, dequantize }: Calls): boolean {
  return quantize !== undefined && dequantize !== undefined;
}

function declare(name: string, graph: Graph, { arenaBytes }: MemoryPlan, int8: boolean): string {
  if (!int8) return declaration(name, arenaBytes, []);
  const { scale, zeroPoint } = quantizationOf(graph.tensors[graph.input]!);
  return declaration(name, arenaBytes, [
    '  static void invoke(const int8_t* input, int8_t* output, void* scratch);',
    '',
    '  struct Scale {',
    `    static constexpr float kScale = ${floatLiteral(scale)};`,
    `    static constexpr int32_t kZeroPoint = ${zeroPoint};`,
    '  };',
    '  typedef impulsekit::nn::Features<Scale> Features;',
    '  static void runStored(const int8_t* in, float* out, void* scratch);',
  ]);
}

function declaration(name: string, arenaBytes: number, more: readonly string[]): string {
  return [
    `struct ${name} {`,
    `  static constexpr uint32_t kScratchBytes = ${arenaBytes};`,
    '  static void run(const float* in, float* out, void* scratch);',
    ...more,
    '};',
  ].join('\n');
}

function define(
  name: string,
  graph: Graph,
  calls: Calls,
  memory: MemoryPlan,
  text: CallsText,
  observed: boolean,
): string {
  const line = (call: Call): string => {
    const statement = text.statement(name, call);
    return observed && call.op !== undefined ? `${statement}\n${observation(graph, memory, call)}` : statement;
  };
  const head = (type: string): string => `void ${name}::${type} {`;
  const layers = calls.layers.map(line);
  const unused = memory.arenaBytes === 0 ? ['  static_cast<void>(scratch);'] : [];
  const constants = text.constants(name);
  if (!isInt8(calls)) {
    const run = [...inOrder(calls).map(line), ...copyThrough(graph, memory), ...unused];
    return [constants, '', head('run(const float* in, float* out, void* scratch)'), ...run, '}'].join('\n');
  }
  const copy = (tensor: number) => [pointerTo(graph, memory, tensor), bytesOf(graph.tensors[tensor]!)] as const;
  const [input, output] = [copy(graph.input), copy(graph.output)];
  return [
    constants,
    '',
    `static void ${name}Layers(void* scratch) {`,
    ...(layers.length > 0 ? layers : ['  static_cast<void>(scratch);']),
    '}',
    '',
    head('run(const float* in, float* out, void* scratch)'),
    line(calls.quantize!),
    `  ${name}Layers(scratch);`,
    line(calls.dequantize!),
    '}',
    '',
    head('runStored(const int8_t* in, float* out, void* scratch)'),
    `  memmove(${input[0]}, in, ${input[1]});`,
    `  ${name}Layers(scratch);`,
    line(calls.dequantize!),
    '}',
    '',
    head('invoke(const int8_t* input, int8_t* output, void* scratch)'),
    `  memcpy(${input[0]}, input, ${input[1]});`,
    `  ${name}Layers(scratch);`,
    `  memcpy(output, ${output[0]}, ${output[1]});`,
    '}',
  ].join('\n');
}
