import { checkGraph, definitionOf, nodeOf } from '../check.js';
import type { Graph, Op, TensorData } from '../graph.js';
import { bytesOf, type Field, valuesOf, type Wiring } from '../op.js';
import { base64 } from './engine.wasm.js';

/** A network on memory: write `input`, run, read `output`. */
export interface Runner {
  readonly input: TensorData;
  readonly output: TensorData;
  readonly run: () => void;
}

type Kernel = (descriptor: number, ...values: readonly number[]) => void;

interface Instance {
  readonly exports: Readonly<Record<string, Kernel>> & {
    readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
    readonly __heap_base: { readonly value: number };
  };
}

/** What of WebAssembly is used here; its types belong to browsers. */
interface WebAssemblyApi {
  readonly Module: { new (bytes: Uint8Array): object; exports(module: object): { readonly name: string }[] };
  readonly Instance: new (module: object) => Instance;
}

interface Engine {
  readonly kernels: ReadonlySet<string>;
  readonly instantiate: () => Instance;
}

/** The compiled module; undefined where there is no WebAssembly with SIMD. */
function load(): Engine | undefined {
  const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyApi };
  try {
    const module = new WebAssembly.Module(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)));
    const kernels = new Set(WebAssembly.Module.exports(module).map(({ name }) => name));
    return { kernels, instantiate: () => new WebAssembly.Instance(module) };
  } catch {
    return undefined;
  }
}

let loaded: { readonly engine: Engine | undefined } | undefined;

function loadOnce(): Engine | undefined {
  loaded ??= { engine: load() };
  return loaded.engine;
}

/** One call of a kernel. */
interface Call {
  readonly kernel: string;
  readonly fields: readonly Field[];
  /** Tensors read, then the tensor written. */
  readonly tensors: readonly number[];
  readonly scratchBytes: number;
}

/** The calls of an operator; undefined if the module has no kernel for it. */
function callsOf(graph: Graph, op: Op, { kernels }: Engine): Call[] | undefined {
  const definition = definitionOf(op);
  if (definition.alias) return [];
  const node = nodeOf(graph, op);
  const { dtype } = node.inputs[0]!;
  // `quantize` is the only kernel of the module that takes float32.
  const implementation =
    dtype === 'int8' || (dtype === 'f32' && op.kind === 'quantize') ? definition[dtype] : undefined;
  if (!implementation) return undefined;
  const computed = op.inputs.filter((i) => !graph.tensors[i]!.data);
  const wiring = implementation.cpp(node, { optimize: 'speed', reverse: false });
  const kernel = kernelName(wiring, computed.length);
  if (!kernels.has(kernel)) return undefined;
  const scratchBytes = implementation.scratchBytes?.(node) ?? 0;
  return [{ kernel, fields: wiring.fields, tensors: [...computed, op.output], scratchBytes }];
}

/** As the macro EXPORT of `engine.cpp` writes it; this processor has one policy, so that it is no part of the name. */
function kernelName({ function: name, descriptor }: Wiring, inputs: number): string {
  return `${name.replace(/<.*/, '')} ${descriptor} ${inputs}`;
}

/** Vectors are 16 bytes, and kernels read to the end of a vector. */
const ALIGNMENT = 16;
const PAGE_BYTES = 65536;

/** Hands out linear memory from the bottom, and fills it once there is enough. */
class Layout {
  private readonly contents = new Map<ArrayBufferView, number>();

  constructor(public end: number) {}

  reserve(bytes: number): number {
    const at = Math.ceil(this.end / ALIGNMENT) * ALIGNMENT;
    this.end = at + bytes;
    return at;
  }

  /** Where a table lies; each is stored once. */
  store(values: ArrayBufferView): number {
    const at = this.contents.get(values) ?? this.reserve(values.byteLength);
    this.contents.set(values, at);
    return at;
  }

  /** Where a descriptor lies. On a 32-bit processor all its members are words. */
  describe(fields: readonly Field[]): number {
    const words: number[] = [];
    const add = (field: Field): void => {
      if (typeof field === 'number') words.push(field);
      else if (ArrayBuffer.isView(field)) words.push(this.store(field));
      else if ('macro' in field) words.push(this.store(field.values));
      else if ('float' in field) words.push(new Int32Array(Float32Array.of(field.float).buffer)[0]!);
      else field.forEach(add);
    };
    fields.forEach(add);
    return this.store(Int32Array.from(words));
  }

  fill(buffer: ArrayBuffer): void {
    for (const [{ buffer: from, byteOffset, byteLength }, at] of this.contents) {
      new Uint8Array(buffer, at, byteLength).set(new Uint8Array(from, byteOffset, byteLength));
    }
  }
}

/**
 * A network on the C++ kernels, compiled to WebAssembly with SIMD: the numbers of the TypeScript kernels, bit for bit.
 * Every tensor has memory of its own. Undefined where there is no WebAssembly with SIMD or not enough memory, and for
 * networks with an operator that has no kernel here: float32 ones, but for `quantize`.
 *
 * @throws what {@link checkGraph} throws
 */
export function runnerOf(graph: Graph): Runner | undefined {
  checkGraph(graph);
  const engine = loadOnce();
  if (!engine || graph.tensors[graph.output]!.data) return undefined;
  const calls: Call[] = [];
  for (const op of graph.ops) {
    const some = callsOf(graph, op, engine);
    if (!some) return undefined;
    calls.push(...some);
  }
  try {
    return bind(graph, calls, engine.instantiate());
  } catch (error) {
    // How WebAssembly says that there is not enough memory.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function bind(graph: Graph, calls: readonly Call[], { exports }: Instance): Runner {
  const { memory, __heap_base } = exports;
  const layout = new Layout(__heap_base.value);
  const descriptors = calls.map(({ fields }) => layout.describe(fields));
  const scratch = layout.reserve(Math.max(0, ...calls.map(({ scratchBytes }) => scratchBytes)));
  const addresses = new Map([[graph.input, layout.reserve(bytesOf(graph.tensors[graph.input]!))]]);
  for (const op of graph.ops) {
    const renamed = definitionOf(op).alias && addresses.get(op.inputs[0]!);
    addresses.set(op.output, renamed || layout.reserve(bytesOf(graph.tensors[op.output]!)));
  }
  const missing = layout.end + ALIGNMENT - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
  layout.fill(memory.buffer);
  const steps = calls.map(({ kernel, tensors }, i) => {
    const run = exports[kernel]!;
    const values = [...tensors.map((tensor) => addresses.get(tensor)!), scratch];
    return () => run(descriptors[i]!, ...values);
  });
  const valuesAt = (tensor: number): TensorData =>
    valuesOf(graph.tensors[tensor]!, memory.buffer, addresses.get(tensor)!);
  const run = (): void => {
    for (const step of steps) step();
  };
  return { input: valuesAt(graph.input), output: valuesAt(graph.output), run };
}
