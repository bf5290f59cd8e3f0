import { addWork, type Work } from '../cost.js';
import { type CppFile, type CppStage, type CppTable, cppType, floatLiteral, tableBody } from '../cpp.js';
import arenaHeader from './arena.h.js';
import { checkGraph, nodeOf } from './check.js';
import type { Graph } from './graph.js';
import { implementationOf } from './interpreter.js';
import { bytesOf, type Field, type Implementation, type Node, type Wiring } from './op.js';
import { OPS } from './ops/index.js';
import { type MemoryPlan, plan } from './plan.js';

/** One call of an emitted network. */
interface Call {
  readonly node: Node;
  readonly implementation: Implementation;
  readonly wiring: Wiring;
  /** Tensors read, then the tensor written; `in` and `out` are the caller's float32 arrays. */
  readonly arguments: readonly (number | 'in' | 'out')[];
}

/** Machine code of the calls themselves for Cortex-M4F at -Os. */
const WIRING_BYTES = { network: 48, call: 16 } as const;

/** The operators of a network, and the conversions at the ends of one that stores int8. */
interface Calls {
  readonly quantize?: Call;
  readonly layers: readonly Call[];
  readonly dequantize?: Call;
}

function callsOf(graph: Graph): Calls {
  const call = (node: Node, implementation: Implementation, tensors: Call['arguments']): Call => {
    return { node, implementation, wiring: implementation.cpp(node), arguments: tensors };
  };
  const layers = graph.ops.flatMap((op) => {
    const node = nodeOf(graph, op);
    const implementation = implementationOf(graph, op);
    const computed = op.inputs.filter((i) => !graph.tensors[i]!.data);
    return implementation ? [call(node, implementation, [...computed, op.output])] : [];
  });
  const end = (name: string, index: number): Node => {
    const tensor = graph.tensors[index]!;
    return { name, attributes: {}, inputs: [tensor], output: tensor };
  };
  const { input, output, tensors } = graph;
  return {
    layers,
    ...(tensors[input]!.dtype === 'int8' && {
      quantize: call(end('input', input), OPS.quantize.f32!, ['in', input]),
    }),
    ...(tensors[output]!.dtype === 'int8' && {
      dequantize: call(end('output', output), OPS.dequantize.int8!, [output, 'out']),
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
  const fields = inOrder(callsOf(graph)).map(({ wiring }) => wiring.fields);
  const tables = new Set(tablesOf(fields));
  return fieldBytes(fields) + [...tables].reduce((sum, table) => sum + table.byteLength, 0);
}

const isNested = (field: Field): field is readonly Field[] => Array.isArray(field);
const isTable = (field: Field): field is CppTable => ArrayBuffer.isView(field);

function tablesOf(fields: readonly Field[]): CppTable[] {
  return fields.flatMap((field) => (isTable(field) ? [field] : isNested(field) ? tablesOf(field) : []));
}

function fieldBytes(fields: readonly Field[]): number {
  return fields.reduce<number>((sum, field) => sum + (isNested(field) ? fieldBytes(field) : 4), 0);
}

/**
 * A network as a stage of an impulse: `run` takes float32 features and gives float32 scores. An int8 network also has
 * `invoke`, from stored values to stored values. `in`, `out` and `scratch` must not overlap; `scratch` is aligned to
 * 16 bytes. The same graph always gives the same text.
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
  const all = inOrder(calls);
  const codeBytes = Object.assign({}, ...all.map(({ implementation }) => implementation.codeBytes), {
    [`network of ${all.length} calls`]: WIRING_BYTES.network + WIRING_BYTES.call * all.length,
  });
  const headers = new Set<CppFile>([arenaHeader, ...all.map(({ wiring }) => wiring.header)]);
  return {
    headers: [...headers],
    scratchBytes: memory.arenaBytes,
    constBytes: constBytes(graph),
    codeBytes,
    emit: (name) => ({
      declaration: declare(name, memory, isInt8(calls)),
      definition: define(name, graph, calls, memory),
    }),
  };
}

function isInt8({ quantize, dequantize }: Calls): boolean {
  return quantize !== undefined && dequantize !== undefined;
}

function declare(name: string, { arenaBytes }: MemoryPlan, int8: boolean): string {
  return [
    `struct ${name} {`,
    `  static constexpr uint32_t kScratchBytes = ${arenaBytes};`,
    '  static void run(const float* in, float* out, void* scratch);',
    ...(int8 ? ['  static void invoke(const int8_t* input, int8_t* output, void* scratch);'] : []),
    '};',
  ].join('\n');
}

function define(name: string, graph: Graph, calls: Calls, memory: MemoryPlan): string {
  const data = constants(name, inOrder(calls));
  const pointer = (tensor: number | 'in' | 'out'): string => pointerTo(graph, memory, tensor);
  const line = (call: Call): string => {
    const { function: kernel } = call.wiring;
    return `  impulsekit::nn::${kernel}(${[data.names.get(call), ...call.arguments.map(pointer)].join(', ')});`;
  };
  const head = (type: string): string => `void ${name}::${type} {`;
  const layers = calls.layers.map(line);
  const unused = memory.arenaBytes === 0 ? ['  static_cast<void>(scratch);'] : [];
  if (!isInt8(calls)) {
    const run = [...inOrder(calls).map(line), ...copyThrough(graph, memory), ...unused];
    return [data.text, '', head('run(const float* in, float* out, void* scratch)'), ...run, '}'].join('\n');
  }
  const [input, output] = [graph.input, graph.output].map((i) => [pointer(i), bytesOf(graph.tensors[i]!)] as const);
  return [
    data.text,
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
    head('invoke(const int8_t* input, int8_t* output, void* scratch)'),
    `  memcpy(${input![0]}, input, ${input![1]});`,
    `  ${name}Layers(scratch);`,
    `  memcpy(output, ${output![0]}, ${output![1]});`,
    '}',
  ].join('\n');
}

function pointerTo(graph: Graph, { offsets }: MemoryPlan, tensor: number | 'in' | 'out'): string {
  if (typeof tensor === 'string') return tensor;
  if (offsets[tensor]! < 0) return isInput(graph, tensor) ? 'in' : 'out';
  const type = graph.tensors[tensor]!.dtype === 'int8' ? 'int8_t' : 'float';
  return `impulsekit::nn::at<${type}>(scratch, ${offsets[tensor]})`;
}

/** Whether a tensor is the network's input, possibly under another shape. */
function isInput(graph: Graph, tensor: number): boolean {
  if (tensor === graph.input) return true;
  const op = graph.ops.find(({ output }) => output === tensor);
  return op !== undefined && implementationOf(graph, op) === undefined && isInput(graph, op.inputs[0]!);
}

/** A float32 network that only renames its input has no operator to write the output. */
function copyThrough(graph: Graph, { offsets }: MemoryPlan): string[] {
  if (offsets[graph.output]! >= 0 || !isInput(graph, graph.output)) return [];
  return [`  memcpy(out, in, ${bytesOf(graph.tensors[graph.output]!)});`];
}

/** Tables and descriptors of all calls, each table once. */
function constants(name: string, calls: readonly Call[]): { text: string; names: ReadonlyMap<Call, string> } {
  const tables = new Map<CppTable, string>();
  const names = new Map<Call, string>();
  const text: string[] = [];
  const member = (field: Field): string => {
    if (isTable(field)) return tables.get(field)!;
    if (isNested(field)) return `{${field.map(member).join(', ')}}`;
    return typeof field === 'number' ? integer(field) : floatLiteral(field.float);
  };
  calls.forEach((call, i) => {
    const { descriptor, fields } = call.wiring;
    for (const table of tablesOf(fields)) {
      if (tables.has(table)) continue;
      const label = `${name}Table${tables.size}`;
      tables.set(table, label);
      text.push(`static const ${cppType(table)} ${label}[${table.length}] = {\n${tableBody(table)}\n};`);
    }
    names.set(call, `${name}Call${i}`);
    text.push(`static const impulsekit::nn::${descriptor} ${name}Call${i} = ${member(fields)};`);
  });
  return { text: text.join('\n'), names };
}

function integer(value: number): string {
  return value === -2147483648 ? '(-2147483647 - 1)' : String(value);
}
