import type { CppFile, Optimize } from '../../cpp.js';
import { nodeOf } from '../check.js';
import type { Graph, Op } from '../graph.js';
import { implementationOf } from '../interpret/interpreter.js';
import { bytesOf, type Implementation, type Node, type Wiring } from '../op.js';
import type { MemoryPlan } from '../plan/plan.js';
import arenaHeader from './arena.h.js';
import { constantBytes, emitConstants } from './constants.js';

/** One call of an emitted network. */
export interface Call {
  readonly node: Node;
  readonly implementation: Implementation;
  /** Tensors read, then the tensor written; `in` and `out` are the caller's arrays. */
  readonly arguments: readonly (number | 'in' | 'out')[];
  /** Number of the operator in the graph; absent for conversions at the ends. */
  readonly op?: number;
}

/** Machine code of the calls themselves for Cortex-M4F at -Os. */
const WIRING_BYTES = { network: 48, call: 16 } as const;

/** The calls of a network's operators; those that only rename have none. */
export function layerCalls(graph: Graph): Call[] {
  return graph.ops.flatMap((op: Op, number): Call[] => {
    const implementation = implementationOf(graph, op);
    if (!implementation) return [];
    const computed = op.inputs.filter((i) => !graph.tensors[i]!.data);
    return [{ node: nodeOf(graph, op), implementation, arguments: [...computed, op.output], op: number }];
  });
}

function wire(call: Call, memory: MemoryPlan, optimize: Optimize): Wiring {
  const reverse = call.op !== undefined && memory.reverse[call.op]!;
  return call.implementation.cpp(call.node, { optimize, reverse });
}

/** Bytes of the descriptors and tables of calls. */
export function callsConstBytes(calls: readonly Call[], memory: MemoryPlan): number {
  return constantBytes(calls.map((call) => wire(call, memory, 'size').fields));
}

function codeBytesOf({ node, implementation: { codeBytes } }: Call): Readonly<Record<string, number>> {
  return typeof codeBytes === 'function' ? codeBytes(node) : codeBytes;
}

/** Machine code of calls and their kernels, by piece. */
export function callsCodeBytes(calls: readonly Call[]): Record<string, number> {
  return Object.assign({}, ...calls.map(codeBytesOf), {
    [`network of ${calls.length} calls`]: WIRING_BYTES.network + WIRING_BYTES.call * calls.length,
  });
}

/** Calls as C++ text. */
export interface CallsText {
  readonly headers: readonly CppFile[];
  /** Definitions of tables and descriptors. */
  readonly constants: (name: string) => string;
  /** The statement that makes a call; needs `scratch`, and `in` or `out` where those are arguments. */
  readonly statement: (name: string, call: Call) => string;
  readonly constBytes: number;
}

/** Emits calls over a memory plan: data and wiring, nothing else. */
export function emitCalls(graph: Graph, calls: readonly Call[], memory: MemoryPlan, optimize: Optimize): CallsText {
  const wirings = calls.map((call) => wire(call, memory, optimize));
  return {
    headers: [...new Set<CppFile>([arenaHeader, ...wirings.map(({ header }) => header)])],
    constBytes: constantBytes(wirings.map(({ fields }) => fields)),
    constants: (name) => emitConstants(name, wirings).text,
    statement: (name, call) => {
      const number = calls.indexOf(call);
      const scratch = call.op === undefined ? -1 : memory.scratchOffsets[call.op]!;
      const values = [
        `${name}Call${number}`,
        ...call.arguments.map((tensor) => pointerTo(graph, memory, tensor)),
        ...(scratch < 0 ? [] : [`impulsekit::nn::at(scratch, ${scratch})`]),
      ];
      return `  impulsekit::nn::${wirings[number]!.function}(${values.join(', ')});`;
    },
  };
}

/** A C++ expression for where a tensor's values lie. */
export function pointerTo(graph: Graph, { offsets }: MemoryPlan, tensor: number | 'in' | 'out'): string {
  if (typeof tensor === 'string') return tensor;
  if (offsets[tensor]! < 0) return isInput(graph, tensor) ? 'in' : 'out';
  return `impulsekit::nn::at<${elementType(graph, tensor)}>(scratch, ${offsets[tensor]})`;
}

/** C++ type of a computed tensor's values. */
export function elementType(graph: Graph, tensor: number): 'int8_t' | 'float' {
  return graph.tensors[tensor]!.dtype === 'int8' ? 'int8_t' : 'float';
}

/** Whether a tensor is the network's input, possibly under another shape. */
function isInput(graph: Graph, tensor: number): boolean {
  if (tensor === graph.input) return true;
  const op = graph.ops.find(({ output }) => output === tensor);
  return op !== undefined && implementationOf(graph, op) === undefined && isInput(graph, op.inputs[0]!);
}

/** A network that only renames the caller's input has no operator to write the caller's output. */
export function copyThrough(graph: Graph, { offsets }: MemoryPlan): string[] {
  if (offsets[graph.output]! >= 0 || !isInput(graph, graph.output)) return [];
  return [`  memcpy(out, in, ${bytesOf(graph.tensors[graph.output]!)});`];
}
